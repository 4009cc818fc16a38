"""Concord: a matrix of how alike several explainers rank the values."""

from typing import TYPE_CHECKING

from aition.checks.concordance import Concord, concordant
from aition.view.plots.canvas import INK, canvas, dress, label_bar, plain
from aition.view.plots.colours import ramp
from aition.view.plots.selections import COLOURS, SIGNS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SIDE = 0.62
"""Inches of a cell."""


def plot_concord(found: Concord) -> "Figure":
    """Show the mean rank correlation of every two explanations.

    Args:
        found: What :func:`aition.checks.concord` gave.

    Returns:
        A figure of its own, not known to pyplot; beside each row the finding whether another explainer says alike.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    mean, n = found.mean, len(found)
    size = max(2.2, SIDE * n)
    figure = canvas(
        size + 4.6,
        size + 1.3,
        title="Do the explainers agree?",
        subtitle="Mean rank correlation of the magnitudes over the samples (1: the same ranks)",
    )
    axes = figure.subplots()
    dress(axes)
    colours = ramp("RdBu", 0.08, 0.92)
    shown = axes.imshow(mean, cmap=colours, vmin=-1, vmax=1, aspect="equal")
    for row in range(n):
        for column in range(n):
            value = mean[row, column]
            pale = not abs(value) > 0.7  # NaN is written on white
            colour = INK if pale else "white"
            axes.text(column, row, f"{value:.2f}", ha="center", va="center", size=8, color=colour)
    names = [plain(name, 26) for name in found.names]
    axes.set_xticks(range(n), names, rotation=35, ha="right", size=8)
    axes.set_yticks(range(n), names, size=8)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    for row, one in enumerate(concordant(found).values()):
        words = f"{SIGNS[one.finding]} {one.finding}"
        axes.text(n - 0.4, row, words, size=8.5, va="center", clip_on=False, color=COLOURS[one.finding])
    label_bar(figure.colorbar(shown, ax=axes, shrink=0.7, pad=0.28 if n < 4 else 0.2), "rank correlation")
    return figure
