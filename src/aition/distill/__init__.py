"""Distillation: a wavelet and a small model in place of a large one."""

from aition.distill.bands import Bands, Grid
from aition.distill.distill import distill
from aition.distill.distilled import Distilled
from aition.distill.saved import load_distilled, save_distilled
from aition.distill.students import Linear, Logistic, Ridge, Rules, Small, Student
from aition.distill.trees import TreeSum
from aition.distill.wavelet import AdaptiveWavelet, FixedWavelet

__all__ = [
    "AdaptiveWavelet",
    "Bands",
    "Distilled",
    "FixedWavelet",
    "Grid",
    "Linear",
    "Logistic",
    "Ridge",
    "Rules",
    "Small",
    "Student",
    "TreeSum",
    "distill",
    "load_distilled",
    "save_distilled",
]
