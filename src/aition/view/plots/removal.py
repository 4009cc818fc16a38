"""Curves of removal and insertion: what a model loses while values are taken away, with intervals."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aition.checks.curve import Order, RemovalCurve, band, verdict
from aition.core.errors import InputError
from aition.view.plots.canvas import INK
from aition.view.plots.colours import LEAST, MOST, RANDOM
from aition.view.plots.panels import explainer_panels, legend_below

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LOOKS: dict[Order, dict[str, Any]] = {
    "most": {"label": "most important first", "color": MOST, "linestyle": "-"},
    "random": {"label": "random order", "color": RANDOM, "linestyle": "--"},
    "least": {"label": "least important first", "color": LEAST, "linestyle": "-."},
}
REVERSED: dict[Order, Order] = {"most": "least", "random": "random", "least": "most"}


def plot_removal(
    curves: Mapping[str, RemovalCurve], *, fraction: float = 0.2, insertion: bool = False, width: float = 10.0
) -> "Figure":
    """Show the mean measure of all samples while values are removed, one panel an explainer, on one axis.

    Args:
        curves: By the name of the explainer, or of one explainer by the name of what stands in; all of one measure.
        fraction: Share of the values at which the verdict is given.
        insertion: Put values back instead, from none to all: the same curves read from their end, where the values
            that were removed last, the most important ones of ``least``, come first.
        width: Inches, of three panels beside one another.

    Returns:
        A figure of its own, not known to pyplot; bands are bootstrap intervals of the mean over the samples.

    Raises:
        InputError: There are no curves, or they differ in measure.
        MissingExtraError: matplotlib is not installed.
    """
    if not curves:
        raise InputError("curves must hold at least one curve, but is empty")
    if len(measures := {curve.measure for curve in curves.values()}) > 1:
        raise InputError(f"curves must be of one measure, but are of {' and '.join(sorted(measures))}")
    one = next(iter(curves.values()))
    n_sample, level = len(one.most), f"{100 * one.bootstrap.level:g} %"
    subtitle = f"Mean over {n_sample} sample{'s' * (n_sample != 1)}"
    subtitle += f"; bands: {level} bootstrap intervals" if n_sample > 1 else ""
    subtitle += "" if insertion else f"; the verdict is given at {100 * fraction:g} %"
    done = "put back" if insertion else "removed"
    figure, panels = explainer_panels(
        {name: verdict(curve, fraction=fraction).finding for name, curve in curves.items()},
        width=width,
        height=2.9,
        title=f"What the model says while values are {done}",
        subtitle=subtitle,
        across=f"values {done} (%)",
        upwards="probability of the\nexplained class" if one.measure == "probability" else "explained score",
    )
    for axes, curve in zip(panels, curves.values(), strict=True):
        draw_curve(axes, curve, insertion=insertion)
        if not insertion:
            axes.axvline(100 * fraction, color=INK, linewidth=0.7, linestyle=":")
    legend_below(figure, panels[0])
    return figure


def draw_curve(axes: "Axes", curve: RemovalCurve, *, insertion: bool) -> None:
    """Draw the three orders with their bands."""
    share = 100 * (1 - curve.fraction if insertion else curve.fraction)
    for order, look in LOOKS.items():
        mean, low, high = band(curve, REVERSED[order] if insertion else order).T
        axes.fill_between(share, low, high, color=look["color"], alpha=0.18, linewidth=0)
        axes.plot(share, mean, linewidth=1.8, marker="o", markersize=2.5, **look)
    axes.set_xlim(0, 100)
    if curve.measure == "probability":
        axes.set_ylim(0, 1.02)
