"""Lines of values over the colours of their attributions: one panel a feature, one time axis."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from aition.view.plots.canvas import HEADING, INK, MUTED, PAPER, RULE, dress, label_bar, plain
from aition.view.plots.colours import Scale
from aition.view.plots.reading import Array, Reading
from aition.view.plots.said import shortened
from aition.view.plots.strips import Strips, strips_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable
    from matplotlib.figure import Figure

LABEL = 34
"""Points between the names of features and their panels, for the numbers of the y axis."""
MARKED = 80
"""Up to so many steps every measured value gets a mark."""


def draw_lines(figure: "Figure", reading: Reading, scale: Scale) -> None:
    """Draw one sample, one panel a feature.

    Panels are placed by hand: a dozen of them take a layout engine a second.
    """
    n_feature = len(reading.features)
    figure.set_layout_engine("none")
    width, height = figure.get_size_inches()
    names = max(len(shortened(name, 20)) for name in reading.features)
    left = (0.1 + LABEL / 72 + 0.074 * names if n_feature > 1 else 0.8) / width
    right, bottom = 1 - (1.75 if n_feature > 1 else 1.2) / width, 0.52 / height
    top = 1 - (HEADING + (0.34 if n_feature > 1 else 0.06)) / height
    edges = {"left": left, "right": right, "top": top, "bottom": bottom, "hspace": 0.24}
    panels = list(figure.subplots(n_feature, 1, sharex=True, squeeze=False, gridspec_kw=edges)[:, 0])
    strips = strips_of(reading.times[0])
    for place, axes in enumerate(panels):
        dress(axes)
        values = reading.value[0, :, place]
        low, high = span(values)
        coloured = strips.spaced(strips.strongest(reading.attribution[0, :, place]))[None]
        look = {"cmap": scale.colours(), "vmin": scale.low, "vmax": scale.limit}
        mesh = axes.pcolormesh(strips.edges, [low, high], coloured, rasterized=True, **look)
        hatch(axes, strips, np.isnan(values))
        draw_values(axes, reading.times[0], values)
        axes.set_ylim(low, high)
        axes.locator_params(axis="y", nbins=3 if n_feature > 1 else 6)
        axes.ticklabel_format(axis="y", scilimits=(-3, 4))
        if n_feature > 1:
            where: dict[str, Any] = {"ha": "right", "va": "center", "size": 8.5, "color": INK}
            beside(axes, plain(reading.features[place], 20), (0, 0.5), (-LABEL, 0), **where)
            beside(axes, f"{100 * reading.shares[place]:.0f} %", (1, 0.5), (6, 0), size=8, color=INK, va="center")
        else:
            axes.set_ylabel(plain(reading.features[place], 40))
    if n_feature > 1:
        beside(panels[0], f"share of\n|{reading.name}|", (1, 1), (6, 2), size=6.5, color=MUTED, va="bottom")
    label_time(panels[-1], reading, strips, "strongest")
    tall = min(top - bottom, 2.2 / height)
    place_of_bar = figure.add_axes((1 - 0.95 / width, top - tall, 0.13 / width, tall))
    colour_bar(figure, mesh, scale, reading.name, cax=place_of_bar)


def draw_values(axes: "Axes", times: Array, values: Array) -> None:
    """A line through what was measured, haloed so that it shows on every colour; single values get a mark."""
    from matplotlib.patheffects import Normal, Stroke

    known = ~np.isnan(values)
    beside_known = np.concatenate([[False], known[:-1]]) | np.concatenate([known[1:], [False]])
    marked = known if len(times) <= MARKED else known & ~beside_known
    thin = 1.4 if len(times) <= 400 else 0.9
    halo = [Stroke(linewidth=thin + 1.4, foreground=PAPER), Normal()]
    axes.plot(times, values, color=INK, linewidth=thin, path_effects=halo)
    if marked.any():
        dots: dict[str, Any] = {"marker": "o", "markersize": 3, "markeredgecolor": PAPER, "markeredgewidth": 0.5}
        axes.plot(times[marked], values[marked], linestyle="", color=INK, **dots)


def hatch(axes: "Axes", strips: Strips, missing: NDArray[np.bool_]) -> None:
    """Hatching where nothing was measured at any step of a column."""
    empty = np.flatnonzero(np.logical_and.reduceat(missing, strips.steps[:, 0]))
    if not empty.size:
        return
    begin, end = strips.edges[::2], strips.edges[1::2]
    apart = (np.diff(empty) > 1) | (begin[empty[1:]] > end[empty[:-1]])
    first, last = empty[np.concatenate([[True], apart])], empty[np.concatenate([apart, [True]])]
    bounds = [(float(begin[one]), float(end[other] - begin[one])) for one, other in zip(first, last, strict=True)]
    look: dict[str, Any] = {"facecolor": "none", "edgecolor": RULE, "hatch": "////", "linewidth": 0}
    axes.broken_barh(bounds, (0, 1), transform=axes.get_xaxis_transform(), **look).set_gid("not-measured")


def span(values: Array) -> tuple[float, float]:
    """The range of the values with a margin; around the value if there is one, 0 to 1 if there is none."""
    known = values[np.isfinite(values)]
    if not known.size:
        return 0.0, 1.0
    low, high = float(known.min()), float(known.max())
    margin = 0.1 * (high - low) or 0.5 * abs(high) or 1.0
    return low - margin, high + margin


def beside(axes: "Axes", words: str, place: tuple[float, float], offset: tuple[float, float], **look: Any) -> None:
    """Words at a place of the panel (0 to 1), moved by an offset in points."""
    axes.annotate(words, place, offset, xycoords="axes fraction", textcoords="offset points", **look)


def colour_bar(figure: "Figure", shown: "ScalarMappable", scale: Scale, name: str, **place: Any) -> None:
    """The scale of attributions, with what its ends mean."""
    meaning = "red for, blue against" if scale.signed else "white is nothing"
    label_bar(figure.colorbar(shown, extend=scale.extend, **place), f"{plain(name)}\n({meaning})")


def label_time(axes: "Axes", reading: Reading, strips: Strips, what: str) -> None:
    """The range of the time axis, its unit, and how many steps a column of colour stands for, if several."""
    axes.set_xlim(strips.edges[0], strips.edges[-1])
    pooled = f"   (each column: the {what} of {strips.pooled} steps)" if strips.pooled > 1 else ""
    axes.set_xlabel(plain(reading.time_label) + pooled)
    if reading.unit == "step":
        axes.locator_params(axis="x", integer=True)
