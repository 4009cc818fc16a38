"""Metrics: pure functions of arrays; none sees a model."""

from aition.metrics.completeness import attribution_total, completeness_error
from aition.metrics.envelope import envelope_spectrum, strike_prominence
from aition.metrics.faithfulness import accuracy, comprehensiveness, cross_entropy, log_odds, predicted, sufficiency
from aition.metrics.interval import Bootstrap, Interval
from aition.metrics.pattern import active_share, energy_within, pattern_likeness
from aition.metrics.ranking import cell_count, first_cells, first_fraction, removal_order
from aition.metrics.trajectory import cpd, cpp, cumulative_difference, removal_area
from aition.metrics.truth import aup, auprc, aur, auroc, entropy, information, minmax

__all__ = [
    "Bootstrap",
    "Interval",
    "accuracy",
    "active_share",
    "attribution_total",
    "aup",
    "auprc",
    "aur",
    "auroc",
    "cell_count",
    "completeness_error",
    "comprehensiveness",
    "cpd",
    "cpp",
    "cross_entropy",
    "cumulative_difference",
    "energy_within",
    "entropy",
    "envelope_spectrum",
    "first_cells",
    "first_fraction",
    "information",
    "log_odds",
    "minmax",
    "pattern_likeness",
    "predicted",
    "removal_area",
    "removal_order",
    "strike_prominence",
    "sufficiency",
]
