"""All samples at once: which features counted, when, and at which values."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from aition.core.errors import InputError
from aition.core.explanation import Explanation
from aition.view.plots.canvas import MUTED, RULE, canvas, dress, head, label_bar, name_rows, plain
from aition.view.plots.codes import plot_codes
from aition.view.plots.colours import scale_of, value_colours
from aition.view.plots.counts import tally
from aition.view.plots.profile import Profile, profile_of
from aition.view.plots.reading import Array, Reading, read
from aition.view.plots.rows import has_rows
from aition.view.plots.said import method_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable
    from matplotlib.figure import Figure

MOST_POINTS = 700
"""Points drawn for each feature; more would only lie on one another."""
N_BIN = 50


def plot_summary(
    explanation: Explanation,
    *,
    variable: str = "attribution",
    target: int = 0,
    top: int = 20,
    seed: int = 0,
    width: float = 10.0,
) -> "Figure":
    """Show all samples: mean ``|attribution|`` by feature and time, and beside it each cell by its value.

    On the right a point is a cell that was measured: how far it stands from 0 is its attribution, its colour the rank
    of its value among all values of the feature. Events are drawn by :func:`plot_codes`.

    Args:
        explanation: An explanation whose variable has the axes sample, time and feature, or a row an event.
        variable: What to show.
        target: Which of several targets.
        top: Features shown, those with the largest shares in the sum of ``|attribution|``.
        seed: Which cells are drawn where a feature has more than 700.
        width: Inches.

    Returns:
        A figure of its own, not known to pyplot.

    Raises:
        InputError: There is no such variable or target.
        MissingExtraError: matplotlib is not installed.
    """
    if top < 1:
        raise InputError(f"top must be 1 or more, but is {top}")
    if has_rows(explanation, variable):
        return plot_codes(tally([explanation], variable=variable, target=target), top=top, width=width)
    reading = read(explanation, variable=variable, target=target)
    rows = np.argsort(-reading.totals, kind="stable")[:top]
    n_sample = len(reading.ids)
    figure = canvas(
        width,
        max(2.6, 1.2 + 0.3 * len(rows)),
        title=f"What counted in {n_sample} sample{'s' * (n_sample != 1)}: {features_in_words(reading, rows)}",
        subtitle=f"By {method_of(explanation)}",
    )
    profile = profile_of(reading)
    uneven = bool((profile.count != profile.count.max(initial=0)).any())
    heights = [0.35, 0.3 * len(rows) + 0.6] if uneven else [1]
    grid = figure.add_gridspec(len(heights), 2, width_ratios=[6, 5], height_ratios=heights)
    heat, swarm = figure.add_subplot(grid[-1, 0]), figure.add_subplot(grid[-1, 1])
    below: dict[str, Any] = {"location": "bottom", "aspect": 30, "shrink": 0.8, "fraction": 0.05}
    below["pad"] = 0.12 / figure.get_figheight()
    scale = scale_of(profile.mean[:, rows], signed=False)
    shown = draw_profile(heat, reading, profile, rows, limit=scale.limit)
    label_bar(figure.colorbar(shown, ax=heat, extend=scale.extend, **below), f"mean |{variable}|")
    if uneven:
        draw_count(figure.add_subplot(grid[0, 0], sharex=heat), profile)
    bar = figure.colorbar(draw_swarm(swarm, reading, rows, seed=seed), ax=swarm, **below)
    label_bar(bar, "value: rank within its feature")
    bar.set_ticks([0, 0.5, 1], labels=["lowest", "median", "highest"])
    return figure


def features_in_words(reading: Reading, rows: NDArray[np.intp]) -> str:
    """Which features are shown, and what they make of the whole."""
    n_feature = len(reading.features)
    if n_feature == 1:
        return reading.features[0]
    if len(rows) == n_feature:
        return f"all {n_feature} features"
    share = f"{100 * reading.shares[rows].sum():.0f} % of all |{reading.name}|"
    return f"{len(rows)} of {n_feature} features, which make {share}"


def draw_profile(
    axes: "Axes", reading: Reading, profile: Profile, rows: NDArray[np.intp], *, limit: float
) -> "ScalarMappable":
    """Mean ``|attribution|`` of the features in rows, by time, with the share of each."""
    dress(axes)
    colours = scale_of(np.zeros(0), signed=False).colours()
    borders = np.arange(len(rows) + 1) - 0.5
    shown = axes.pcolormesh(
        profile.edges, borders, profile.mean[:, rows].T, cmap=colours, vmin=0, vmax=limit, rasterized=True
    )
    name_rows(axes, [reading.features[row] for row in rows])
    several = len(reading.features) > 1
    for place, row in enumerate(rows if several else []):
        look: dict[str, Any] = {"textcoords": "offset points", "va": "center", "size": 7, "color": MUTED}
        words = f"{100 * reading.shares[row]:.0f} %"
        axes.annotate(words, (1, place), (4, 0), xycoords=("axes fraction", "data"), **look)
    bins = f"   (bins of {profile.width} steps)" if profile.width > 1 else ""
    axes.set_xlabel(plain(reading.time_label) + bins)
    head(axes, f"mean |{reading.name}|{', and the share of each feature' if several else ''}")
    return shown


def draw_count(axes: "Axes", profile: Profile) -> None:
    """How many samples have a step at each time."""
    dress(axes)
    axes.stairs(profile.count, profile.edges, fill=True, color=RULE)
    axes.tick_params(labelbottom=False)
    most = max(1, int(profile.count.max()))
    axes.set_ylim(0, 1.1 * most)
    axes.set_yticks([0, most])
    head(axes, "samples that have this time")


def draw_swarm(axes: "Axes", reading: Reading, rows: NDArray[np.intp], *, seed: int) -> "ScalarMappable":
    """Every measured cell of a feature as a point: attribution along x, its value as colour."""
    dress(axes)
    generator = np.random.default_rng(seed)
    scale = scale_of(reading.attribution[:, :, rows], signed=reading.signed)
    xs, ys, colours = [], [], []
    for place, row in enumerate(rows):
        known = ~np.isnan(reading.value[:, :, row]) & ~np.isnan(reading.attribution[:, :, row])
        value, size = reading.value[:, :, row][known], reading.attribution[:, :, row][known]
        drawn = generator.permutation(len(size))[:MOST_POINTS]
        xs.append(np.clip(size[drawn], scale.low, scale.limit))
        ys.append(place + spread_out(xs[-1], generator))
        colours.append(ranks(value)[drawn])
    x, y, colour = (np.concatenate(parts) for parts in (xs, ys, colours))
    mixed = generator.permutation(len(x))
    axes.axvline(0, color=RULE, linewidth=0.8, zorder=0)
    look: dict[str, Any] = {"s": 5, "linewidth": 0, "alpha": 0.8, "rasterized": True, "vmin": 0, "vmax": 1}
    points = axes.scatter(x[mixed], y[mixed], c=colour[mixed], cmap=value_colours(), **look)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.ticklabel_format(axis="x", scilimits=(-3, 4))
    axes.set_xlim(scale.low - 0.04 * scale.limit, 1.04 * scale.limit)
    axes.set_xlabel(reading.name + ("   (the largest lie beyond the edge)" if scale.clipped else ""))
    head(axes, "each measured value")
    return points


def ranks(values: Array) -> Array:
    """Rank of each value among all, in [0, 1]; one half where all are equal.

    >>> ranks(np.array([5., 1., 5.])).tolist()
    [0.75, 0.0, 0.75]
    """
    if values.size < 2 or np.ptp(values) == 0:
        return np.full(values.shape, 0.5)
    ordered = np.sort(values)
    middle = (np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right") - 1) / 2
    return np.asarray(middle / (values.size - 1))


def spread_out(sizes: Array, generator: np.random.Generator) -> Array:
    """Places across the row, wider where more points lie, within ±0.4."""
    if not sizes.size:
        return sizes
    count, edges = np.histogram(sizes, bins=N_BIN)
    density = count[np.clip(np.digitize(sizes, edges) - 1, 0, N_BIN - 1)] / max(1, count.max())
    return np.asarray(generator.uniform(-0.4, 0.4, sizes.size) * np.sqrt(density))
