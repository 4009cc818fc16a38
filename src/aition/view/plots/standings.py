"""How methods did on a task: means with their intervals and single seeds, and what papers print beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from aition.core.errors import InputError
from aition.metrics.interval import Interval
from aition.view.plots.canvas import FAINT, INK, MUTED, PAPER, RULE, canvas, dress, plain
from aition.view.plots.colours import RANDOM, STRONG
from aition.view.plots.lines import beside

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW, GAP = 0.3, 1.25
"""Inches of a method's row, and rows that a new group takes before its first one."""


@dataclass(frozen=True)
class Entry:
    """One line of a figure.

    Args:
        label: Of a method.
        interval: Mean of a metric, with its ends where there are some.
        words: The same as it is to be read.
        values: What the mean was made of, such as one number a seed.
        source: Where the figure is printed, if it was not made here.
    """

    label: str
    interval: Interval
    words: str
    values: tuple[float, ...] = ()
    source: str = ""


def plot_standings(
    entries: Sequence[Entry], *, title: str, subtitle: str, metric: str, better: str, width: float = 8.0
) -> "Figure":
    """Show one metric of several methods, one row each in the order given; those of one source stand together.

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
    rows = places(entries)
    figure = canvas(width, ROW * (rows[-1] + 1) + 0.75, title=title, subtitle=subtitle)
    axes = figure.subplots()
    dress(axes)
    axes.grid(axis="x", color=RULE, linewidth=0.6, alpha=0.45)
    axes.set_axisbelow(True)
    axes.set_ylim(rows[-1] + 0.6, -0.6)
    axes.set_xlim(*span(entries))
    axes.set_yticks(rows, [plain(entry.label, 44) for entry in entries])
    axes.tick_params(axis="y", length=0, labelsize=8.5)
    axes.spines["left"].set_visible(False)
    look: dict[str, Any] = {"transform": axes.get_yaxis_transform(), "va": "center", "clip_on": False}
    for row, entry, label, before in zip(rows, entries, axes.get_yticklabels(), ["", *entries], strict=False):
        draw_entry(axes, row, entry)
        colour = MUTED if entry.source else INK
        label.set_color(colour)
        axes.text(1.02, row, entry.words, size=8.5, color=colour, **look)
        if entry.source and entry.source != getattr(before, "source", ""):
            axes.axhline(row - 0.95, color=FAINT, linewidth=1.2)
            axes.text(
                0, row - 0.7, plain(f"published, not run here: {entry.source}", 90), size=7.5, color=MUTED, **look
            )
    axes.set_xlabel(plain(metric))
    arrow, side, aligned = ("better →", 1, "right") if better == "higher" else ("← better", 0, "left")
    beside(axes, arrow, (side, 0), (0, -28), size=8, color=MUTED, ha=aligned)
    return figure


def places(entries: Sequence[Entry]) -> list[float]:
    """The height of each row, with room for a heading where a source begins.

    >>> one = Interval(0.5, 0.4, 0.6, 0.95, 3, 0)
    >>> places([Entry("a", one, ""), Entry("b", one, ""), Entry("c", one, "", source="a paper")])
    [0.0, 1.0, 3.25]
    """
    rows, row, source = [], -1.0, ""
    for entry in entries:
        row += 1.0 + GAP * (entry.source != source)
        source = entry.source
        rows.append(row)
    return rows


def draw_entry(axes: "Axes", row: float, entry: Entry) -> None:
    """Draw a row: a hollow diamond for what was printed; else the interval, the mean, and the values below them."""
    mean, low, high = entry.interval.mean, entry.interval.low, entry.interval.high
    known = bool(np.isfinite([low, high]).all())
    if entry.source:
        if known:
            axes.plot([low, high], [row, row], color=RANDOM, linewidth=1.0, linestyle=(0, (2, 1.5)))
        axes.plot(mean, row, "D", markersize=5.0, markerfacecolor=PAPER, markeredgecolor=RANDOM, markeredgewidth=1.1)
        return
    if known:
        axes.plot([low, high], [row, row], color=STRONG, linewidth=2.4, alpha=0.55, solid_capstyle="butt")
    axes.plot(mean, row, "o", markersize=7.0, markerfacecolor=STRONG, markeredgecolor=PAPER, markeredgewidth=1.2)
    if len(entry.values) > 1:
        axes.plot(entry.values, np.full(len(entry.values), row + 0.3), "|", markersize=5.0, color=STRONG, alpha=0.7)


def span(entries: Sequence[Entry]) -> tuple[float, float]:
    """The range of all marks with a margin; not so narrow that differences of no weight fill the page."""
    marks = [mark for one in entries for mark in (one.interval.mean, one.interval.low, one.interval.high, *one.values)]
    known = np.array([mark for mark in marks if np.isfinite(mark)])
    low, high = float(known.min()), float(known.max())
    least = 0.05 * max(abs(low), abs(high)) or 0.1
    margin = 0.05 * (high - low) + max(0.0, least - (high - low)) / 2
    return low - margin, high + margin
