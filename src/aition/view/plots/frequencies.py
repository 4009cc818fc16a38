"""Components of one sample, or of all: what each counts for, and how much there is of it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from aition.core.explanation import Explanation
from aition.view.plots.bands import Bands, inside_of, read_bands
from aition.view.plots.canvas import INK, RULE, canvas, dress, head, label_bar, name_rows, plain
from aition.view.plots.colours import STRONG, Scale, ramp, scale_of
from aition.view.plots.lines import colour_bar
from aition.view.plots.reading import Array
from aition.view.plots.said import said_of, title_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_PANELS = 3
"""With more features, heat maps take the place of bars."""
TILTED = 30
"""Up to so many components each has its name below."""


def plot_frequencies(
    explanation: Explanation,
    sample: str = "",
    *,
    class_names: Sequence[str] = (),
    target: int = 0,
    limit: float = 0.0,
    width: float = 9.0,
) -> "Figure":
    """Show what each component counts for, and how much there is of it.

    Up to three features are bars side by side, above how much of each component the sample has; more are two heat maps.
    Frequencies lie along the axis, bands side by side at equal width between their borders, and other components in
    their order, by name.

    Args:
        explanation: An explanation by :class:`~aition.methods.Trim`.
        sample: Id of the sample; empty: means of ``|attribution|`` and of amounts over all samples.
        class_names: Names of the classes; their numbers where nothing is said.
        target: Which of several targets.
        limit: What the end of the scale of attributions stands for; found from what is shown if 0.
        width: Inches.

    Returns:
        A figure of its own, not known to pyplot: ``figure.savefig(path)``.

    Raises:
        InputError: There is no such sample or target, or there are no components.
        MissingExtraError: matplotlib is not installed.
    """
    bands = read_bands(explanation, sample, target=target)
    if sample:
        said = said_of(explanation, sample, class_names=class_names, target=target)
        title, subtitle = title_of(sample, said), f"What components counted for in {said.question}"
        subtitle += f" (score {said.score})" if said.score else ""
    else:
        title = f"All {explanation.sizes['sample']} samples"
        subtitle = "Means of what components counted for, without sign"
    subtitle += f", by {inside_of(explanation)}"
    scale = scale_of(bands.attribution, signed=bands.signed, limit=limit)
    heat = len(bands.columns) > MOST_PANELS
    height = 1.5 + 0.2 * len(bands.columns) if heat else 3.4 if bands.amount.size else 2.2
    figure = canvas(width, height, title=title, subtitle=subtitle)
    if heat:
        draw_maps(figure, bands, scale, signed_by_sample=bool(sample))
    else:
        draw_bars(figure, bands, scale, name="attribution" if sample else "mean |attribution|")
    return figure


def draw_bars(figure: "Figure", bands: Bands, scale: Scale, *, name: str) -> None:
    """A panel of bars a feature, and below it how much there is of each component."""
    n_row = 2 if bands.amount.size else 1
    grid: Any = figure.subplots(
        n_row, len(bands.columns), squeeze=False, sharex=True, sharey="row", height_ratios=(3, 2)[:n_row]
    )
    edges = edges_of(bands)
    middle, wide = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
    for column, feature in enumerate(bands.columns):
        upper = grid[0, column]
        value = bands.attribution[:, column]
        colours = scale.colours()((np.nan_to_num(value) - scale.low) / (scale.limit - scale.low))
        upper.bar(middle, value, 0.9 * wide, color=colours, edgecolor=INK, linewidth=0.4)
        upper.axhline(0, color=INK, linewidth=0.6)
        dress(upper)
        head(upper, plain(feature, 30))
        if n_row == 2:
            grid[1, column].bar(middle, bands.amount[:, column], 0.9 * wide, color=STRONG, alpha=0.6)
            dress(grid[1, column])
        label_bands(grid[-1, column], bands, edges)
    grid[0, 0].set_ylabel(name)
    if n_row == 2:
        grid[1, 0].set_ylabel("amount")
    if scale.clipped:
        low = 1.05 * scale.low
        grid[0, 0].set_ylim(low, 1.05 * scale.limit)


def draw_maps(figure: "Figure", bands: Bands, scale: Scale, *, signed_by_sample: bool) -> None:
    """Components along the axis, a row a feature: attributions, and how much there is."""
    n_map = 2 if bands.amount.size else 1
    panels: Any = figure.subplots(1, n_map, sharey=True, squeeze=False)[0]
    edges = edges_of(bands)
    rows = np.arange(len(bands.columns) + 1) - 0.5
    look: dict[str, Any] = {"cmap": scale.colours(), "vmin": scale.low, "vmax": scale.limit}
    mesh = panels[0].pcolormesh(edges, rows, bands.attribution.T, **look)
    place: dict[str, Any] = {"location": "right", "aspect": 18, "pad": 0.02}
    name = "attribution" if signed_by_sample else "mean |attribution|"
    colour_bar(figure, mesh, scale, name, ax=[panels[0]], **place)
    if n_map == 2:
        amount = panels[1].pcolormesh(edges, rows, bands.amount.T, cmap=ramp("Greys", 0.0, 0.85), vmin=0)
        label_bar(figure.colorbar(amount, ax=[panels[1]], **place), "amount")
    for axes in panels:
        dress(axes)
        label_bands(axes, bands, edges)
        axes.tick_params(axis="y", length=0, labelleft=axes is panels[0])
    name_rows(panels[0], bands.columns)


def edges_of(bands: Bands) -> Array:
    """Borders of the places where components are drawn, ``[component + 1]``."""
    if not bands.single or len(bands.low) < 2:
        return np.arange(len(bands.names) + 1, dtype=np.float64) - 0.5
    between = (bands.low[1:] + bands.low[:-1]) / 2
    return np.concatenate([[2 * bands.low[0] - between[0]], between, [2 * bands.low[-1] - between[-1]]])


def label_bands(axes: "Axes", bands: Bands, edges: Array) -> None:
    """What stands below the components: frequencies, borders of bands, or names."""
    axes.set_xlim(edges[0], edges[-1])
    if bands.single:
        axes.set_xlabel(f"frequency ({plain(bands.unit)})")
    elif bands.in_line:
        borders = [f"{border:.3g}".removeprefix("0") or "0" for border in (*bands.low, bands.high[-1])]
        axes.set_xticks(edges, borders)
        axes.set_xlabel(f"borders of bands ({plain(bands.unit)})")
        for edge in edges[1:-1]:
            axes.axvline(edge, color=RULE, linewidth=0.4, zorder=0)
    elif len(bands.names) <= TILTED:
        tilt = 0 if sum(map(len, bands.names)) < 50 else 40
        names = [plain(name, 32) for name in bands.names]
        axes.set_xticks((edges[1:] + edges[:-1]) / 2, names, rotation=tilt, ha="right" if tilt else "center")
    else:
        axes.set_xlabel("component")
