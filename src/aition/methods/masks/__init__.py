"""Learned masks: which cells are enough to keep, or to change, what a model says."""

from aition.methods.masks.extremal import ExtremalMask
from aition.methods.masks.generator import Generated, Learned
from aition.methods.masks.replacement import Blur, DonorStep, Fixed, OwnStep, SeriesMean
from aition.methods.masks.start import Even, GradientRank

__all__ = [
    "Blur",
    "DonorStep",
    "Even",
    "ExtremalMask",
    "Fixed",
    "Generated",
    "GradientRank",
    "Learned",
    "OwnStep",
    "SeriesMean",
]
