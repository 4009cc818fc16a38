"""Verdicts of checks: what was measured, with its interval, beside the bound that it must keep."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from aition.checks.finding import CheckVerdict
from aition.core.errors import InputError
from aition.view.plots.canvas import INK, MUTED, PAPER, RULE, canvas, dress, plain
from aition.view.plots.colours import LEAST, MOST, RANDOM
from aition.view.plots.lines import beside

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

OPEN = ("not decided", "too few samples", "not measured")
COLOURS = {"passed": LEAST, "alarm": MOST, **dict.fromkeys(OPEN, RANDOM)}
SIGNS = {"passed": "✓", "alarm": "✗", **dict.fromkeys(OPEN, "?"), "not measured": "–"}
ROW = 0.34


def plot_checks(verdicts: Mapping[str, Sequence[CheckVerdict]], *, width: float = 8.0) -> "Figure":
    """Show what every check found of one or several explainers, one panel a check.

    Args:
        verdicts: Of each explainer, by its name; checks that it lacks are left out for it.
        width: Inches.

    Returns:
        A figure of its own, not known to pyplot; the shaded side of each bound does not pass. Bounds may differ from
        explainer to explainer: then each has its own mark.

    Raises:
        InputError: There are no verdicts.
        MissingExtraError: matplotlib is not installed.
    """
    return figure_of(verdicts, title="Can the explanations be believed?", width=width)


def plot_selections(verdicts: Mapping[str, Sequence[CheckVerdict]], *, width: float = 8.0) -> "Figure":
    """Show every check of the selections of one or several methods, one panel a check.

    Args:
        verdicts: As in :func:`plot_checks`.
        width: Inches.

    Returns:
        As :func:`plot_checks`.

    Raises:
        InputError: There are no verdicts.
        MissingExtraError: matplotlib is not installed.
    """
    return figure_of(verdicts, title="Can the selections be believed?", width=width)


def figure_of(verdicts: Mapping[str, Sequence[CheckVerdict]], *, title: str, width: float) -> "Figure":
    """A panel for every check, with a row for every explainer that was put before it."""
    checks = list(dict.fromkeys(one.check for some in verdicts.values() for one in some))
    if not checks:
        raise InputError("verdicts must hold at least one verdict, but are empty")
    found = {
        check: [(name, one) for name, some in verdicts.items() for one in some if one.check == check]
        for check in checks
    }
    heights = [len(rows) + 1.6 for rows in found.values()]
    figure = canvas(
        width,
        ROW * sum(heights) + 0.2,
        title=title,
        subtitle="Points: means, lines: intervals over the samples; an alarm is given on the shaded side of the bound",
    )
    grid = figure.subplots(len(checks), 1, squeeze=False, height_ratios=heights)[:, 0]
    for axes, (check, rows) in zip(grid, found.items(), strict=True):
        draw_check(axes, check, rows)
    return figure


def draw_check(axes: "Axes", check: str, rows: Sequence[tuple[str, CheckVerdict]]) -> None:
    """One panel: a row a method."""
    dress(axes)
    highest = rows[0][1].highest
    bounds = [one.bound for _, one in rows]
    low, high = span([one for _, one in rows])
    axes.set_xlim(low, high)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_yticks(range(len(rows)), [plain(name, 36) for name, _ in rows])
    axes.tick_params(axis="y", length=0, labelsize=8.5)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color=RULE, linewidth=0.5, alpha=0.5)
    axes.set_axisbelow(True)
    for row, bound in enumerate(bounds):
        start, end = (bound, high) if highest else (low, bound)
        top, bottom = row - (0.5 if row else 0.6), row + (0.5 if row + 1 < len(rows) else 0.6)
        axes.fill_between([start, end], top, bottom, color=MOST, alpha=0.07, linewidth=0)
        axes.plot([bound, bound], [top, bottom], color=INK, linewidth=0.9, linestyle=":")
    look: dict[str, Any] = {"transform": axes.get_yaxis_transform(), "va": "center", "clip_on": False, "size": 8.5}
    for row, (_, one) in enumerate(rows):
        colour, figure = COLOURS[one.finding], one.figure
        if np.isfinite([figure.low, figure.high]).all():
            axes.plot([figure.low, figure.high], [row, row], color=colour, linewidth=2.4, solid_capstyle="butt")
        axes.plot(figure.mean, row, "o", markersize=6.5, markerfacecolor=colour, markeredgecolor=PAPER)
        axes.text(1.02, row, f"{SIGNS[one.finding]} {one.finding}", color=colour, **look)
    unit = rows[0][1].unit
    beside(axes, f"{check} ({unit})", (0, 1), (0, 3), size=8.5, color=INK)
    least, most = (f"{edge(bounds):.2g}" for edge in (min, max))
    said = f"{'at most' if highest else 'at least'} {least if least == most else f'{least} to {most}'}"
    beside(axes, said, (1, 1), (0, 3), size=7.5, color=MUTED, ha="right")


def span(verdicts: Sequence[CheckVerdict]) -> tuple[float, float]:
    """The range of a panel: all marks, 0 and the bounds; 0 to 1 where figures are overlaps."""
    marks = [mark for one in verdicts for mark in (one.figure.mean, one.figure.low, one.figure.high)]
    known = np.array([mark for mark in (*marks, 0.0, *(one.bound for one in verdicts)) if np.isfinite(mark)])
    if verdicts[0].unit == "Jaccard":
        return -0.02, 1.02
    margin = 0.08 * float(known.max() - known.min())
    return float(known.min()) - margin, float(known.max()) + margin
