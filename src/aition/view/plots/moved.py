"""Stability: how far noise that is next to nothing moves the explanations, sample by sample."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from aition.checks.movement import MOVED, Movement, steady, worst
from aition.core.errors import InputError
from aition.view.plots.canvas import INK, PAPER, canvas, dress, plain
from aition.view.plots.colours import MOST
from aition.view.plots.selections import COLOURS, SIGNS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LEAST = 1e-4
"""Where the axis begins: less is drawn there."""


def plot_moved(found: Mapping[str, Movement], *, most: float = MOVED, width: float = 8.0) -> "Figure":
    """Show how far the worst draw of noise moves the map of each sample, one row an explainer.

    Args:
        found: By the name of the explainer, as :func:`aition.checks.shaken` finds it.
        most: The bound of the verdict.
        width: Inches.

    Returns:
        A figure of its own, not known to pyplot; a point a sample, a bar at the mean; the shaded side does not pass.

    Raises:
        InputError: There is nothing to show.
        MissingExtraError: matplotlib is not installed.
    """
    if not found:
        raise InputError("found must hold at least one explainer, but is empty")
    share = 100 * next(iter(found.values())).share
    figure = canvas(
        width,
        0.55 * len(found) + 0.8,
        title="Does the explanation stay as it is under noise that is next to nothing?",
        subtitle=f"Points: samples; bars: means; the worst draw of noise of {share:g} % of each feature's deviation",
    )
    axes = figure.subplots()
    dress(axes, grid=True)
    axes.set_xscale("log")
    for row, one in enumerate(found.values()):
        far = np.maximum(worst(one)[~np.isnan(worst(one))], LEAST)
        verdict = steady(one, most=most)
        colour = COLOURS[verdict.finding]
        beside = (np.arange(far.size) * 0.618 % 1 - 0.5) * 0.5
        axes.plot(np.sort(far), row + beside, "o", markersize=3.5, color=colour, markeredgecolor=PAPER, alpha=0.7)
        if far.size:
            axes.plot([far.mean()] * 2, [row - 0.32, row + 0.32], color=colour, linewidth=2.4)
        words = f"{SIGNS[verdict.finding]} {verdict.finding}"
        axes.text(1.02, row, words, transform=axes.get_yaxis_transform(), va="center", size=8.5, color=colour)
    axes.set_xlim(LEAST * 0.8, 4)
    axes.axvspan(most, 4, color=MOST, alpha=0.07, linewidth=0)
    axes.axvline(most, color=INK, linewidth=0.9, linestyle=":")
    axes.set_yticks(range(len(found)), [plain(name, 36) for name in found], size=8.5)
    axes.set_ylim(len(found) - 0.5, -0.5)
    axes.set_xlabel("distance that the map moves, by its own size (1.4: to an unrelated map)")
    return figure
