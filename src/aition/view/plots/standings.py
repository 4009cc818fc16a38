"""How methods did on a task: means with their intervals and single seeds, and what papers print beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from aition.core.errors import InputError
from aition.metrics.interval import Interval
from aition.view.plots.canvas import FAINT, INK, MUTED, PAPER, canvas, dress, name_rows
from aition.view.plots.colours import RANDOM, STRONG

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Entry:
    """One line of a figure.

    Args:
        label: Of a method.
        interval: Mean of a metric, with its ends where there are some.
        values: What the mean was made of, such as one number a seed.
        printed: Whether it is a figure that a paper prints, and was not made here.
    """

    label: str
    interval: Interval
    values: tuple[float, ...] = ()
    printed: bool = False


def plot_standings(
    entries: Sequence[Entry], *, title: str, subtitle: str, metric: str, better: str, width: float = 8.0
) -> "Figure":
    """Show one metric of several methods, one row each in the order given.

    Args:
        entries: The methods.
        title: First line.
        subtitle: Second line.
        metric: Name of the axis.
        better: "higher" or "lower", told at the axis.
        width: Inches.

    Returns:
        A figure of its own, not known to pyplot.

    Raises:
        InputError: There are no entries.
        MissingExtraError: matplotlib is not installed.
    """
    if not entries:
        raise InputError("entries must hold at least one method, but is empty")
    figure = canvas(width, 0.29 * len(entries) + 0.95, title=title, subtitle=subtitle)
    axes = figure.subplots()
    dress(axes)
    axes.grid(axis="x", color=FAINT, linewidth=1.0)
    axes.set_axisbelow(True)
    for place, entry in enumerate(entries):
        draw_entry(axes, place, entry)
    name_rows(axes, [entry.label for entry in entries])
    for label, entry in zip(axes.get_yticklabels(), entries, strict=True):
        label.set_color(MUTED if entry.printed else INK)
    axes.spines["left"].set_visible(False)
    axes.set_xlim(*span(entries))
    axes.set_xlabel(f"{metric}   ({'→ better' if better == 'higher' else '← better'})")
    return figure


def draw_entry(axes: "Axes", place: int, entry: Entry) -> None:
    """Draw a row: a hollow diamond for what was printed, else the values, the interval and the mean."""
    mean, low, high = entry.interval.mean, entry.interval.low, entry.interval.high
    if entry.printed:
        if np.isfinite([low, high]).all():
            axes.plot([low, high], [place, place], color=RANDOM, linewidth=1.0, linestyle=(0, (2, 1.5)))
        axes.plot(mean, place, "D", markersize=5.0, markerfacecolor=PAPER, markeredgecolor=RANDOM, markeredgewidth=1.1)
        return
    axes.plot(entry.values, np.full(len(entry.values), place), "o", markersize=4.0, color=STRONG, alpha=0.28, mew=0)
    if np.isfinite([low, high]).all():
        axes.plot([low, high], [place, place], color=STRONG, linewidth=2.2, solid_capstyle="round")
    axes.plot(mean, place, "o", markersize=7.0, markerfacecolor=STRONG, markeredgecolor=PAPER, markeredgewidth=1.2)


def span(entries: Sequence[Entry]) -> tuple[float, float]:
    """The range of all marks with a margin."""
    marks = [mark for one in entries for mark in (one.interval.mean, one.interval.low, one.interval.high, *one.values)]
    known = np.array([mark for mark in marks if np.isfinite(mark)])
    low, high = float(known.min()), float(known.max())
    margin = 0.05 * (high - low) or 0.05 * abs(high) or 0.05
    return low - margin, high + margin
