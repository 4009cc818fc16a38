"""Figures of explanations: functions that answer a matplotlib Figure and touch no global state."""

from aition.view.plots.classes import plot_classes
from aition.view.plots.removal import plot_removal
from aition.view.plots.sample import plot_sample
from aition.view.plots.standings import plot_standings
from aition.view.plots.summary import plot_summary
from aition.view.plots.values import plot_values

__all__ = ["plot_classes", "plot_removal", "plot_sample", "plot_standings", "plot_summary", "plot_values"]
