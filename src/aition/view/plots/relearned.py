"""Retraining: the accuracy of networks trained anew without (or with nothing but) what was called important."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from aition.checks.retrained import Retrained, accuracy_band, missed
from aition.core.errors import InputError
from aition.view.plots.canvas import INK, MUTED
from aition.view.plots.colours import LEAST, MOST, RANDOM
from aition.view.plots.panels import explainer_panels, legend_below

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DONE = {"remove": "removed", "keep": "kept"}


def plot_retrained(found: Mapping[str, Retrained], *, fraction: float, width: float = 10.0) -> "Figure":
    """Show the accuracy of retrained networks by the share of the values, one panel an explainer.

    Args:
        found: By the name of the explainer, as :func:`aition.checks.retraining` finds it; all of one game.
        fraction: Share at which the verdict is given.
        width: Inches, of three panels beside one another.

    Returns:
        A figure of its own, not known to pyplot; bands are bootstrap intervals over the test samples.

    Raises:
        InputError: There is nothing to show, games differ, or there is no such share.
        MissingExtraError: matplotlib is not installed.
    """
    if not found:
        raise InputError("found must hold at least one explainer, but is empty")
    if len(games := {one.game for one in found.values()}) > 1:
        raise InputError(f"all must be of one game, but are of {' and '.join(sorted(games))}")
    done = DONE[games.pop()]
    figure, panels = explainer_panels(
        {name: missed(one, fraction=fraction).finding for name, one in found.items()},
        width=width,
        height=2.9,
        title=f"What networks know that are trained anew, with values {done}",
        subtitle=f"Accuracy on test samples; bands: intervals over these; the verdict is given at {100 * fraction:g} %",
        across=f"values {done} (%)",
        upwards="accuracy",
    )
    for axes, one in zip(panels, found.values(), strict=True):
        draw(axes, one)
        axes.axvline(100 * fraction, color=INK, linewidth=0.7, linestyle=":")
    legend_below(figure, panels[0])
    return figure


def draw(axes: "Axes", one: Retrained) -> None:
    """The most important, as many random ones, and the pattern alone, beside all values and the commonest class."""
    share = 100 * one.fraction
    looks = (
        (f"most important {DONE[one.game]}", one.explained, MOST, "-"),
        (f"as many at random {DONE[one.game]}", one.random, RANDOM, "--"),
        ("which ones they are, and no values", one.pattern, LEAST, "-."),
    )
    for label, values, colour, line in looks:
        mean, low, high = accuracy_band(one, values).T
        axes.fill_between(share, low, high, color=colour, alpha=0.18, linewidth=0)
        axes.plot(share, mean, color=colour, linestyle=line, linewidth=1.8, marker="o", markersize=3, label=label)
    axes.axhline(float(one.whole.mean()), color=INK, linewidth=0.9, label="all values")
    axes.axhline(one.commonest, color=MUTED, linewidth=0.9, linestyle=":", label="the commonest class")
    axes.set_xlim(0, 100)
    axes.set_ylim(0, 1.02)
