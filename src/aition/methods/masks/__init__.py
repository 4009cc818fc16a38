"""Learned masks: which cells are enough to keep, or to change, what a model says."""

from aition.methods.masks.contrastive import ContrastiveMask
from aition.methods.masks.drawn import Drawn
from aition.methods.masks.dynamask import Dynamask
from aition.methods.masks.extremal import ExtremalMask
from aition.methods.masks.gate import Flat, LearnedTrend, LocalTrend
from aition.methods.masks.generator import Generated, Learned
from aition.methods.masks.perturbation import Fade, Widen
from aition.methods.masks.replacement import Blur, DonorStep, Fixed, InTurn, OwnStep, SeriesMean
from aition.methods.masks.start import Even, GradientRank

__all__ = [
    "Blur",
    "ContrastiveMask",
    "DonorStep",
    "Drawn",
    "Dynamask",
    "Even",
    "ExtremalMask",
    "Fade",
    "Fixed",
    "Flat",
    "Generated",
    "GradientRank",
    "InTurn",
    "Learned",
    "LearnedTrend",
    "LocalTrend",
    "OwnStep",
    "SeriesMean",
    "Widen",
]
