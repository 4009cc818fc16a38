"""Wavelet coefficients of one sample, or what each counts for, over steps and levels, of several wavelets."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from aition.core.errors import InputError
from aition.view.plots.canvas import FAINT, canvas, dress, head, plain
from aition.view.plots.colours import Scale, scale_of
from aition.view.plots.lines import colour_bar, draw_values, span
from aition.view.plots.reading import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Parts = Mapping[str, ArrayLike]
SHARE = 0.9
NOWHERE: Mapping[str, Parts] = MappingProxyType({})


def plot_coefficients(
    wavelets: Mapping[str, Parts],
    values: ArrayLike,
    *,
    sample: int,
    channel: int = 0,
    centres: Mapping[str, Parts] = NOWHERE,
    name: str = "attribution",
    width: float = 9.0,
) -> "Figure":
    """Show coefficients of a series over steps and levels, one wavelet beside another, above the values.

    Above each stands how few of them hold 90 % of the sum of sizes. Every level takes the same height, the finest on
    top, and every coefficient as many steps as it stands for.

    Args:
        wavelets: By what each is called, bands as ``Distilled.coefficients`` or ``attributions`` answers: from the
            coarsest to the finest, ``[sample, channel, place]`` each.
        values: The series, ``[sample, time, feature]``.
        sample: Its number.
        channel: Feature that is shown.
        centres: Where coefficients lie, as ``Distilled.centres`` answers, by what each wavelet is called; long filters
            come later than what they see, so without centres a coefficient stands some steps from its place.
        name: What the colours are.
        width: Inches.

    Returns:
        A figure of its own, not known to pyplot: ``figure.savefig(path)``.

    Raises:
        InputError: There is no wavelet, or no such sample or channel.
        MissingExtraError: matplotlib is not installed.
    """
    series = np.asarray(values, dtype=np.float64)
    if not wavelets or series.ndim != 3 or not (0 <= sample < len(series) and 0 <= channel < series.shape[2]):
        raise InputError(
            f"a wavelet, and a sample and channel of values [sample time feature], must be named, but there are "
            f"{len(wavelets)} wavelets, and {sample} and {channel} of {list(series.shape)}"
        )
    taken = {
        one: {band: np.asarray(part, dtype=np.float64)[sample, channel] for band, part in parts.items()}
        for one, parts in wavelets.items()
    }
    every = np.concatenate([part for parts in taken.values() for part in parts.values()])
    scale = scale_of(every, signed=True)
    subtitle = f"{name} of each wavelet coefficient of sample {sample}; below, the values"
    figure = canvas(width, 3.6, title="Coefficients over steps and levels", subtitle=subtitle)
    grid: Any = figure.subplots(2, len(taken), squeeze=False, sharex=True, sharey="row", height_ratios=(3, 1.4))
    n_time = series.shape[1]
    for (upper, lower), (one, parts) in zip(grid.T, taken.items(), strict=True):
        mesh = draw_levels(upper, parts, dict(centres.get(one, {})), n_time=n_time, scale=scale)
        head(upper, f"{plain(one, 24)}: {holders(np.concatenate(list(parts.values())))} hold 90 %")
        draw_values(lower, np.arange(n_time, dtype=np.float64) + 0.5, series[sample, :, channel])
        dress(lower)
        lower.set_xlabel("step")
        lower.set_xlim(0, n_time)
    bands = list(next(iter(taken.values())))
    grid[0, 0].set_yticks(np.arange(len(bands)) + 0.5, [plain(band, 20) for band in bands])
    lowest, highest = span(series[sample, :, channel])
    grid[1, 0].set(ylabel="value", ylim=(lowest, highest))
    colour_bar(figure, mesh, scale, name, ax=list(grid[0]), aspect=18, pad=0.015)
    return figure


def draw_levels(axes: "Axes", parts: Mapping[str, Array], centres: Parts, *, n_time: int, scale: Scale) -> Any:
    """A row of rectangles a band, the coarsest below."""
    size = sum(len(one) for one in parts.values())
    look: dict[str, Any] = {"cmap": scale.colours(), "vmin": scale.low, "vmax": scale.limit}
    for level, (band, part) in enumerate(parts.items()):
        wide = size / len(part)
        where = np.asarray(centres.get(band, (np.arange(len(part)) + 0.5) * wide), dtype=np.float64)
        order = np.argsort(where, kind="stable")
        edges = where[order[0]] - wide / 2 + wide * np.arange(len(part) + 1)
        mesh = axes.pcolormesh(edges, [level, level + 1], part[order][None], rasterized=True, **look)
    axes.set(ylim=(0, len(parts)), xlim=(0, n_time))
    dress(axes)
    axes.set_facecolor(FAINT)
    return mesh


def holders(sizes: Array) -> int:
    """How many, the largest first, hold 90 % of the sum of sizes.

    >>> holders(np.array([9.0, -0.5, 0.5, 0.0])), holders(np.zeros(3))
    (1, 0)
    """
    sums = np.sort(np.abs(sizes))[::-1].cumsum()
    return int((sums < SHARE * sums[-1] * (1 - 1e-12)).sum()) + 1 if sums[-1] else 0
