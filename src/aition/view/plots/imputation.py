"""Imputers beside each other: whether their intervals hold what they should, and how near their draws come."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from aition.core.errors import InputError
from aition.metrics.imputation import ImputationQuality
from aition.view.plots.canvas import INK, MUTED, RULE, canvas, dress, head, name_rows, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = ("#0b5fa5", "#c2410c", "#15803d", "#7c3aed", "#b45309", "#0e7490", "#be185d", "#4d7c0f", "#475569")
LINES = ("-", "--", "-.", ":")


def plot_imputers(found: Mapping[str, ImputationQuality], *, width: float = 10.0) -> "Figure":
    """Show the coverage of intervals at every level, and the energy score and discriminability of each imputer.

    Args:
        found: By the name of the imputer; on the same hidden cells.
        width: Inches.

    Returns:
        A figure of its own, not known to pyplot.

    Raises:
        InputError: There is nothing to show, or not of the same cells.
        MissingExtraError: matplotlib is not installed.
    """
    if not found:
        raise InputError("found must hold at least one imputer's quality, but is empty")
    sizes = {(one.n_sample, one.n_cell) for one in found.values()}
    if len(sizes) > 1:
        raise InputError(f"imputers must be judged on the same cells, but have {sorted(sizes)} samples and cells")
    n_sample, n_cell = sizes.pop()
    figure = canvas(
        width,
        max(2.8, 0.28 * len(found) + 1.4),
        title="How good imputed values are",
        subtitle=f"{n_cell:,} values of {n_sample:,} samples, hidden from the imputer and drawn by it",
    )
    left, middle, right = figure.subplots(1, 3, width_ratios=(1.25, 1, 1))
    draw_coverage(left, found)
    names = list(found)
    for axes, values, words, best in (
        (middle, [one.energy for one in found.values()], "energy score, in deviations", 0.0),
        (right, [one.discriminability for one in found.values()], "AUROC of telling them apart", 0.5),
    ):
        dress(axes)
        name_rows(axes, names)
        places = np.arange(len(names))
        axes.hlines(places, best, values, color=RULE, linewidth=1.2)
        colours = [COLOURS[place % len(COLOURS)] for place in places]
        axes.scatter(values, places, color=colours, s=26, zorder=3, clip_on=False)
        for place, value in enumerate(values):
            axes.annotate(
                f"{value:.2f}", (value, place), (6, 0), textcoords="offset points", size=7, color=INK, va="center"
            )
        axes.axvline(best, color=MUTED, linewidth=0.8)
        axes.set_xlabel(words)
        axes.set_xlim(best, best + 1.18 * max(max(values) - best, 0.1))
    right.tick_params(labelleft=False)
    head(middle, "how near: less is better")
    head(right, "how like: .5 is best")
    return figure


def draw_coverage(axes: "Axes", found: Mapping[str, ImputationQuality]) -> None:
    """Draw how much intervals hold beside what they should."""
    dress(axes, grid=True)
    axes.plot([0, 100], [0, 100], color=MUTED, linewidth=0.8)
    for place, (name, one) in enumerate(found.items()):
        (line,) = axes.plot(100 * one.level, 100 * one.coverage, linewidth=1.4, label=plain(name, 24))
        line.set(color=COLOURS[place % len(COLOURS)], linestyle=LINES[place % len(LINES)])
    axes.set(xlim=(0, 100), ylim=(-3, 102), xlabel="interval (%)", ylabel="values that it holds (%)")
    axes.legend(frameon=False, fontsize=6.5, labelcolor=INK, loc="upper left")
    head(axes, "how sure: on the line is best")
