"""Judges of realism, which never see the explained model."""

from aition.dream.judges.judge import JUDGES, Isolation, Judge, LocalOutliers, Neighbours, Spectra
from aition.dream.judges.percentiles import looks_real, percentiles

__all__ = ["JUDGES", "Isolation", "Judge", "LocalOutliers", "Neighbours", "Spectra", "looks_real", "percentiles"]
