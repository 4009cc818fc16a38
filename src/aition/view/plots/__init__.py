"""Figures of explanations: functions that answer a matplotlib Figure and touch no global state."""

from aition.view.plots.against import plot_class_against
from aition.view.plots.classes import plot_classes
from aition.view.plots.code_classes import plot_code_classes, plot_code_values
from aition.view.plots.codes import plot_codes
from aition.view.plots.coefficients import plot_coefficients
from aition.view.plots.concord import plot_concord
from aition.view.plots.counts import EventCounts, Tally, tally
from aition.view.plots.dream_borders import plot_dream_border
from aition.view.plots.dream_changes import plot_dream_changes
from aition.view.plots.dream_courses import plot_dream_courses
from aition.view.plots.dream_frequencies import plot_dream_frequencies
from aition.view.plots.dream_projection import plot_dream_projection
from aition.view.plots.dream_realism import plot_dream_realism
from aition.view.plots.dreams import plot_dreams
from aition.view.plots.frequencies import plot_frequencies
from aition.view.plots.hierarchy import plot_hierarchy
from aition.view.plots.imputation import plot_imputers
from aition.view.plots.interactions import plot_interaction_means, plot_interactions
from aition.view.plots.moved import plot_moved
from aition.view.plots.randomised import plot_randomised
from aition.view.plots.relearned import plot_retrained
from aition.view.plots.removal import plot_removal
from aition.view.plots.sample import plot_sample
from aition.view.plots.selected import plot_selected
from aition.view.plots.selections import plot_checks, plot_selections
from aition.view.plots.standings import plot_standings
from aition.view.plots.summary import plot_summary
from aition.view.plots.time_frequency import plot_time_frequency
from aition.view.plots.values import plot_values
from aition.view.plots.wavelet import plot_wavelet

__all__ = [
    "EventCounts",
    "Tally",
    "plot_checks",
    "plot_class_against",
    "plot_classes",
    "plot_code_classes",
    "plot_code_values",
    "plot_codes",
    "plot_coefficients",
    "plot_concord",
    "plot_dream_border",
    "plot_dream_changes",
    "plot_dream_courses",
    "plot_dream_frequencies",
    "plot_dream_projection",
    "plot_dream_realism",
    "plot_dreams",
    "plot_frequencies",
    "plot_hierarchy",
    "plot_imputers",
    "plot_interaction_means",
    "plot_interactions",
    "plot_moved",
    "plot_randomised",
    "plot_removal",
    "plot_retrained",
    "plot_sample",
    "plot_selected",
    "plot_selections",
    "plot_standings",
    "plot_summary",
    "plot_time_frequency",
    "plot_values",
    "plot_wavelet",
    "tally",
]
