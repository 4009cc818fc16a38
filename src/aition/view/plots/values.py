"""At which values a feature counted: its values against their attributions."""

from typing import TYPE_CHECKING

import numpy as np

from aition.core.errors import InputError
from aition.core.explanation import Explanation
from aition.view.plots.canvas import RULE, dress, head, plain, value_panels
from aition.view.plots.code_classes import plot_code_values
from aition.view.plots.colours import MOST, STRONG, scale_of
from aition.view.plots.counts import tally
from aition.view.plots.reading import Array, read
from aition.view.plots.rows import has_rows
from aition.view.plots.said import method_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_POINTS = 2000
LEVELS = np.array([0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 1])
"""Borders of the bins, as quantiles of the values: finer where values are rare, because there they may count most."""
LEAST = 10
"""A bin of fewer values is too small for quartiles."""


def plot_values(
    explanation: Explanation,
    *,
    variable: str = "attribution",
    target: int = 0,
    top: int = 6,
    seed: int = 0,
    width: float = 10.0,
) -> "Figure":
    """Show, for the features that count most, the attribution of each measured value, with median and quartiles.

    Events are drawn by :func:`plot_code_values`.

    Args:
        explanation: An explanation whose variable has the axes sample, time and feature, or a row an event.
        variable: What to show.
        target: Which of several targets.
        top: Features shown.
        seed: Which cells are drawn where a feature has more than 2,000.
        width: Inches, of three panels beside one another.

    Returns:
        A figure of its own, not known to pyplot.

    Raises:
        InputError: There is no such variable or target.
        MissingExtraError: matplotlib is not installed.
    """
    if top < 1:
        raise InputError(f"top must be 1 or more, but is {top}")
    if has_rows(explanation, variable):
        return plot_code_values(tally([explanation], variable=variable, target=target), top=top, width=width)
    reading = read(explanation, variable=variable, target=target)
    rows = np.argsort(-reading.totals, kind="stable")[:top]
    figure, grid = value_panels(
        len(rows),
        width,
        title="At which values the features counted",
        subtitle=f"Each point is a measured value, by {method_of(explanation)}; line and band: median and quartiles",
    )
    scale = scale_of(reading.attribution[:, :, rows], signed=reading.signed)
    generator = np.random.default_rng(seed)
    for axes, row in zip(grid, rows, strict=True):
        known = ~np.isnan(reading.value[:, :, row]) & ~np.isnan(reading.attribution[:, :, row])
        value, size = reading.value[:, :, row][known], reading.attribution[:, :, row][known]
        drawn = generator.permutation(len(value))[:MOST_POINTS]
        draw_points(axes, value[drawn], np.clip(size[drawn], scale.low, scale.limit))
        middle, quartiles = trend(value, size)
        axes.fill_between(middle, quartiles[:, 0], quartiles[:, 2], color=MOST, alpha=0.2, linewidth=0)
        axes.plot(middle, quartiles[:, 1], color=MOST, linewidth=1.6)
        head(axes, f"{plain(reading.features[row], 28)}, share {100 * reading.shares[row]:.0f} %")
        axes.set_xlabel("value")
    grid[0].set_ylim(scale.low - 0.06 * scale.limit, 1.06 * scale.limit)
    grid[0].ticklabel_format(axis="y", scilimits=(-3, 4))
    for axes in grid[::3]:
        axes.set_ylabel(variable + ("\n(largest beyond the edge)" if scale.clipped else ""))
    return figure


def draw_points(axes: "Axes", value: Array, size: Array) -> None:
    """Each cell as a point."""
    dress(axes, grid=True)
    axes.axhline(0, color=RULE, linewidth=0.8)
    alpha = 0.25 if len(value) > 200 else 0.6
    axes.scatter(value, size, s=6, color=STRONG, alpha=alpha, linewidth=0, rasterized=True)


def trend(value: Array, size: Array) -> tuple[Array, Array]:
    """Median and quartiles of the attribution in bins of values; equal values are never parted.

    Args:
        value: ``[cell]``.
        size: Attribution, ``[cell]``.

    Returns:
        Median value of each bin of 10 cells or more, ``[bin]``, rising, and quartiles of the attribution, ``[bin, 3]``.
    """
    edges = np.unique(np.quantile(value, LEVELS)) if value.size else np.zeros(1)
    place = np.searchsorted(edges[1:-1], value, side="right")
    middle, quartiles = [], []
    for one in range(max(1, len(edges) - 1)):
        inside = place == one
        if inside.sum() >= LEAST:
            middle.append(float(np.median(value[inside])))
            quartiles.append(np.quantile(size[inside], [0.25, 0.5, 0.75]))
    return np.array(middle), np.array(quartiles).reshape(-1, 3)
