"""Components over steps and frequencies of one sample, above its values."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from aition.core.errors import InputError
from aition.core.explanation import Explanation
from aition.view.plots.bands import Bands, inside_of, read_bands
from aition.view.plots.canvas import FAINT, canvas, dress, head, plain
from aition.view.plots.colours import Scale, scale_of
from aition.view.plots.lines import colour_bar, draw_values, span
from aition.view.plots.reading import Array, read_sample
from aition.view.plots.said import said_of, title_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def plot_time_frequency(
    explanation: Explanation,
    sample: str,
    *,
    class_names: Sequence[str] = (),
    target: int = 0,
    top: int = 3,
    limit: float = 0.0,
    width: float = 9.0,
) -> "Figure":
    """Show what each component counts for as a field over its steps and frequencies, above the values.

    Bands stand above one another at equal height between their borders. Where components of a band overlap, such as
    frames, each is drawn up to the middle between it and the next.

    Args:
        explanation: An explanation by :class:`~aition.methods.Trim` with a transform whose components have a place in
            time and a band, such as ``ShortTime()`` or ``Wavelets(each=True)``.
        sample: Id of the sample.
        class_names: Names of the classes; their numbers where nothing is said.
        target: Which of several targets.
        top: Features shown at most, side by side, those that count most.
        limit: What the end of the colour scale stands for; found from what is shown if 0.
        width: Inches.

    Returns:
        A figure of its own, not known to pyplot: ``figure.savefig(path)``.

    Raises:
        InputError: There is no such sample or target, or components have no place in time or no band.
        MissingExtraError: matplotlib is not installed.
    """
    bands = read_bands(explanation, sample, target=target)
    if not (len(bands.first) and len(bands.low)) or bands.columns == ("",):
        raise InputError(
            "components must lie at steps and in bands, each of one feature, as those of ShortTime or "
            "Wavelets(each=True); of others take plot_frequencies"
        )
    if top < 1:
        raise InputError(f"top must be 1 or more, but is {top}")
    reading = read_sample(explanation, sample, variable="attribution", target=target)
    said = said_of(explanation, sample, class_names=class_names, target=target)
    order = np.argsort(-np.nansum(np.abs(bands.attribution), axis=0), kind="stable")[:top]
    scale = scale_of(bands.attribution[:, order], signed=bands.signed, limit=limit)
    subtitle = f"What components counted for in {said.question}"
    subtitle += f" (score {said.score})" if said.score else ""
    left_out = len(bands.columns) - len(order)
    subtitle += f", by {inside_of(explanation)}" + (f"; {len(order)} of {len(bands.columns)} features" * bool(left_out))
    figure = canvas(width, 3.7, title=title_of(sample, said), subtitle=subtitle)
    grid: Any = figure.subplots(2, len(order), squeeze=False, sharex=True, sharey="row", height_ratios=(3, 1.4))
    borders = np.unique(np.concatenate([bands.low, bands.high]))
    n_time = reading.value.shape[1]
    for place, column in enumerate(order.tolist()):
        upper, lower = grid[:, place]
        mesh = draw_fields(upper, bands, column, borders, n_time=n_time, scale=scale)
        head(upper, plain(bands.columns[column], 30))
        draw_values(lower, np.arange(n_time, dtype=np.float64) + 0.5, reading.value[0, :, column])
        dress(lower)
        lower.set_xlabel("step")
        lower.set_xlim(0, n_time)
    lowest, highest = span(reading.value[0][:, order].ravel())
    grid[1, 0].set(ylabel="value", ylim=(lowest, highest))
    grid[0, 0].set_yticks(range(len(borders)), [f"{border:.3g}" for border in borders])
    grid[0, 0].set_ylabel(f"borders of bands\n({plain(bands.unit)})")
    colour_bar(figure, mesh, scale, "attribution", ax=list(grid[0]), aspect=18, pad=0.015)
    return figure


def draw_fields(axes: "Axes", bands: Bands, column: int, borders: Array, *, n_time: int, scale: Scale) -> Any:
    """A rectangle a component; nothing where the sample has none."""
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Rectangle

    begin, end = spans(bands, n_time)
    bottom, above = np.searchsorted(borders, bands.low), np.searchsorted(borders, bands.high)
    there = np.flatnonzero(~np.isnan(bands.attribution[:, column]) & (end > begin))
    fields = [Rectangle((begin[i], bottom[i]), end[i] - begin[i], above[i] - bottom[i]) for i in there.tolist()]
    drawn = PatchCollection(fields, cmap=scale.colours(), linewidth=0, antialiased=False)
    drawn.set(array=bands.attribution[there, column], clim=(scale.low, scale.limit))
    axes.add_collection(drawn)
    axes.set(ylim=(0, len(borders) - 1))
    dress(axes)
    axes.set_facecolor(FAINT)
    return drawn


def spans(bands: Bands, n_time: int) -> tuple[Array, Array]:
    """Steps over which each component is drawn, ``[component]`` both: no two of one band overlap."""
    begin, end = bands.first.astype(np.float64), bands.last.astype(np.float64)
    for low in np.unique(bands.low):
        own = np.flatnonzero(bands.low == low)
        own = own[np.argsort(begin[own] + end[own], kind="stable")]
        between = np.minimum(end[own[:-1]], (end[own[:-1]] + begin[own[1:]]) / 2)
        overlap = begin[own[1:]] < end[own[:-1]]
        end[own[:-1]] = np.where(overlap, between, end[own[:-1]])
        begin[own[1:]] = np.where(overlap, between, begin[own[1:]])
    return np.clip(begin, 0, n_time), np.clip(end, 0, n_time)
