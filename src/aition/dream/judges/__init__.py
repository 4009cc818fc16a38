"""Judges of realism, which never see the explained model."""

from aition.dream.judges.judge import JUDGES, Isolation, Judge, LocalOutliers, Neighbours, Spectra, Timing
from aition.dream.judges.percentiles import looks_real, percentiles
from aition.dream.judges.standing import Standing, standing

__all__ = [
    "JUDGES",
    "Isolation",
    "Judge",
    "LocalOutliers",
    "Neighbours",
    "Spectra",
    "Standing",
    "Timing",
    "looks_real",
    "percentiles",
    "standing",
]
