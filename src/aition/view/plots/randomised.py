"""Randomisation: how like the map of a trained model is to those of models that forgot, layer by layer."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from aition.checks.curve import interval_of
from aition.checks.likeness import Likeness, bound_of, like_unlearned
from aition.core.errors import InputError
from aition.view.plots.canvas import INK, plain
from aition.view.plots.colours import LEAST, MOST, RANDOM
from aition.view.plots.panels import explainer_panels, legend_below

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray


def plot_randomised(found: Mapping[str, Likeness], *, width: float = 10.0) -> "Figure":
    """Show the rank correlation with the trained model's map while layers forget, one panel an explainer.

    Args:
        found: By the name of the explainer, as :func:`aition.checks.randomised_weights` finds it with ``layers=True``.
        width: Inches, of three panels beside one another.

    Returns:
        A figure of its own, not known to pyplot; bands are bootstrap intervals over the samples, and above the dotted
        line a map has too much in common with that of a model that learned nothing.

    Raises:
        InputError: There is nothing to show, or layers were not looked at.
        MissingExtraError: matplotlib is not installed.
    """
    if not found:
        raise InputError("found must hold at least one explainer, but is empty")
    if bare := [name for name, one in found.items() if not one.layers]:
        raise InputError(f"layers must have been looked at, but were not for {bare[0]!r}; take layers=True")
    figure, panels = explainer_panels(
        {name: like_unlearned(one).finding for name, one in found.items()},
        width=width,
        height=3.3,
        title="Does the explanation change when the model forgets?",
        subtitle="Rank correlation with the trained model's map; bands: intervals over the samples; shaded: too much",
        upwards="rank correlation",
    )
    for axes, one in zip(panels, found.values(), strict=True):
        draw(axes, one)
    legend_below(figure, panels[0])
    return figure


def draw(axes: "Axes", one: Likeness) -> None:
    """The layers from the output on: those up to here forgot, or this one alone."""
    bound, places = bound_of(one), np.arange(1 + len(one.layers))
    axes.axhspan(bound, 1.1, color=MOST, alpha=0.07, linewidth=0)
    axes.axhline(bound, color=INK, linewidth=0.9, linestyle=":")
    whole = np.ones((1, one.own.shape[1]))
    looks = (
        ("this layer and all nearer to the output forgot", one.cascade, MOST, "-"),
        ("this layer alone forgot", one.alone, LEAST, "--"),
    )
    for label, values, colour, line in looks:
        mean, low, high = ends(np.concatenate([whole, values]), one).T
        axes.fill_between(places, low, high, color=colour, alpha=0.18, linewidth=0)
        axes.plot(places, mean, color=colour, linestyle=line, linewidth=1.8, marker="o", markersize=3, label=label)
    fresh = ends(one.own, one)[:, 0]
    axes.plot(
        np.full(len(fresh), places[-1]), fresh, "D", color=RANDOM, markersize=4, label="all forgot, by draw of weights"
    )
    axes.set_xticks(places, ["none", *(plain(name, 18) for name in one.layers)], rotation=35, ha="right", size=7.5)
    axes.set_ylim(np.fmin(-0.25, float(np.fmin.reduce(fresh)) - 0.1), 1.05)


def ends(values: "NDArray[np.float64]", one: Likeness) -> "NDArray[np.float64]":
    """Mean and ends of the interval of each row, ``[row, 3]``."""
    rows = [interval_of(one.bootstrap, row) for row in values]
    return np.array([(row.mean, row.low, row.high) for row in rows])
