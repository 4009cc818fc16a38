"""Heat maps of many features: attributions beside values, the features that count most on top."""

from typing import TYPE_CHECKING, Any

import numpy as np

from aition.core.explanation import Explanation
from aition.view.plots.canvas import FAINT, INK, RULE, bare, dress, head, label_bar, name_rows
from aition.view.plots.colours import STRONG, Scale, value_colours
from aition.view.plots.lines import colour_bar, label_time
from aition.view.plots.reading import Array, Reading
from aition.view.plots.strips import strips_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SPREAD = 2.0
"""Values are shown up to so many spreads from the median of their feature."""


def draw_heat(figure: "Figure", reading: Reading, scale: Scale, *, background: Explanation, top: int) -> None:
    """Draw one sample: attributions, values, and the share of each feature.

    Args:
        figure: Where to draw.
        reading: One sample.
        scale: Of the attributions.
        background: Where median and spread of each feature are taken from: all samples of the explanation.
        top: Features shown.
    """
    rows = np.argsort(-reading.totals, kind="stable")[:top]
    strips = strips_of(reading.times[0])
    left, right, bars = figure.subplots(1, 3, sharey=True, width_ratios=[5, 5, 1.1])
    middle, spread = spread_of(background)
    scaled = (reading.value[0] - middle) / spread
    coloured = strips.spaced(strips.strongest(reading.attribution[0][:, rows]))
    look: dict[str, Any] = {"rasterized": True, "cmap": scale.colours(), "vmin": scale.low, "vmax": scale.limit}
    borders = np.arange(len(rows) + 1) - 0.5
    attributions = left.pcolormesh(strips.edges, borders, coloured, **look)
    look |= {"cmap": value_colours(), "vmin": -SPREAD, "vmax": SPREAD}
    values = right.pcolormesh(strips.edges, borders, strips.spaced(strips.mean(scaled[:, rows])), **look)
    for axes, title, what in ((left, reading.name, "strongest"), (right, "value", "mean")):
        dress(axes)
        head(axes, title)
        label_time(axes, reading, strips, what)
    right.set_facecolor(FAINT)
    right.patch.set(hatch="////", edgecolor=RULE, linewidth=0)
    draw_bars(bars, reading.shares[rows])
    name_rows(left, [reading.features[row] for row in rows])
    right.tick_params(axis="y", length=0, labelleft=False)
    below: dict[str, Any] = {"location": "bottom", "aspect": 30, "shrink": 0.8, "pad": 0.02, "fraction": 0.05}
    colour_bar(figure, attributions, scale, reading.name, ax=[left], **below)
    words = "value, in half interquartile ranges from the\nmedian of its feature (hatched: not measured)"
    label_bar(figure.colorbar(values, ax=[right], extend="both", **below), words)


def draw_bars(axes: "Axes", shares: Array) -> None:
    """The share of each feature as a bar with its figure."""
    bare(axes)
    axes.barh(np.arange(len(shares)), shares, height=0.7, color=STRONG, alpha=0.75)
    for row, share in enumerate(shares):
        place: dict[str, Any] = {"textcoords": "offset points", "va": "center", "size": 6.5, "color": INK}
        axes.annotate(f"{100 * share:.0f} %", (share, row), (2, 0), **place)
    axes.set_xlim(0, 1.5 * max(float(shares.max(initial=0)), 1e-9))
    head(axes, "share")


def spread_of(explanation: Explanation) -> tuple[Array, Array]:
    """Median and spread of each feature over all measured values: half the interquartile range, ``[feature]`` each.

    The standard deviation stands in where the quartiles agree, and 1 where all values do.
    """
    observed = explanation["observed"].transpose("sample", "time", "feature").values.astype(bool)
    value = explanation["value"].transpose("sample", "time", "feature").values.astype(np.float64)
    middle, spread = np.zeros(value.shape[2]), np.ones(value.shape[2])
    for feature in range(value.shape[2]):
        known = value[:, :, feature][observed[:, :, feature]]
        if known.size:
            low, middle[feature], high = np.quantile(known, [0.25, 0.5, 0.75])
            spread[feature] = (high - low) / 2 or known.std() or 1.0
    return middle, spread
