"""A gallery of dreams over the real series that they are meant to look like."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from aition.core.errors import InputError
from aition.core.explanation import Explanation
from aition.view.plots.canvas import INK, MUTED, RULE, canvas, dress, head, plain
from aition.view.plots.colours import LEAST, MOST, RANDOM
from aition.view.plots.lines import beside

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = NDArray[Any]
ROW, PANEL = 1.35, 2.15
JUDGED = "percentile_"
LOW, HIGH = 0.5, 99.0
"""Percentiles between which held-out real series lie."""


def plot_dreams(dreams: Explanation, *, feature: str = "", most: int = 4, class_names: Sequence[str] = ()) -> "Figure":
    """Show dreams, a row for each objective, over the band of real series and the one that reaches most.

    The band holds four fifths of the real series of the class (of all, where there is none). Beside each row stands
    what was aimed at, and above each dream what it reached and how strange it is to the strictest judge.

    Args:
        dreams: What :func:`aition.dream.dream` answered.
        feature: Which feature; the first where nothing is said.
        most: Dreams of each objective, at most.
        class_names: What the classes are called.

    Returns:
        A figure of its own, not known to pyplot.

    Raises:
        InputError: It holds no dreams, or no such feature.
        MissingExtraError: matplotlib is not installed.
    """
    column = feature_of(dreams, feature)
    wishes = np.unique(dreams["target_wish"].values)
    n_column = min(most, int(max((dreams["target_wish"].values == one).sum() for one in wishes)))
    looks = f", {100 * float(dreams['looks_real'].values.mean()):.0f} % look real to all judges" * (
        "looks_real" in dreams
    )
    figure = canvas(
        1.2 + PANEL * n_column,
        ROW * len(wishes) + 0.5,
        title=f"What {dreams.attrs['model']} would love to see" + (f": {feature}" if feature else ""),
        subtitle=f"Lines: dreams{looks}; grey: four fifths of the real series; dashed: the real one that reaches most",
    )
    grid = figure.subplots(len(wishes), n_column, squeeze=False, sharex=True, sharey=True)
    for axes_row, wish in zip(grid, wishes.tolist(), strict=True):
        rows = np.flatnonzero(dreams["target_wish"].values == wish)[:n_column]
        for place, axes in enumerate(axes_row):
            if place < len(rows):
                draw_dream(axes, dreams, int(rows[place]), column)
            else:
                axes.set_visible(False)
        axes_row[0].set_ylabel(plain(row_words(dreams, int(rows[0]), class_names), 28))
    for axes in grid[-1]:
        axes.set_xlabel("step")
    return figure


def draw_dream(axes: "Axes", dreams: Explanation, draw: int, column: int) -> None:
    """One dream over real series."""
    dress(axes)
    value = dreams["value"].values[draw, :, column]
    low, high, real = band_of(dreams, draw, column)
    step = np.arange(len(value))
    axes.fill_between(step, low, high, color=RULE, alpha=0.45, linewidth=0)
    axes.plot(step, real, color=MUTED, linewidth=0.8, linestyle="--")
    strangest = strictest(dreams, draw)
    colour = RANDOM if np.isnan(strangest) else LEAST if LOW <= strangest <= HIGH else MOST
    axes.plot(step, value, color=colour, linewidth=1.2)
    said = f"{dreams['margin'].values[draw]:.3g}"
    if not np.isnan(strangest):
        said += f" · percentile {strangest:.0f}"
    head(axes, said)


def band_of(dreams: Explanation, draw: int, column: int) -> tuple[Array, Array, Array]:
    """Where four fifths of the real series lie, and the real one that reaches most, ``[time]`` each."""
    real = dreams["real_value"].values[:, :, column]
    label, target = dreams["real_label"].values, dreams["target_class"].values[draw]
    own = real[label == target] if (label == target).any() else real
    there = ~np.isnan(own).all(axis=0)
    low, high = np.full(own.shape[1], np.nan), np.full(own.shape[1], np.nan)
    low[there], high[there] = np.nanquantile(own[:, there], (0.1, 0.9), axis=0)
    return low, high, real[int(dreams["top"].values[draw])]


def strictest(dreams: Explanation, draw: int) -> float:
    """The percentile of the judge to whom a dream is strangest; NaN where nobody judged."""
    said = [float(dreams[name].values[draw]) for name in dreams.data_vars if str(name).startswith(JUDGED)]
    outside = [max(LOW - one, one - HIGH) for one in said]
    return said[int(np.argmax(outside))] if said else np.nan


def row_words(dreams: Explanation, draw: int, class_names: Sequence[str]) -> str:
    """What a row was driven to."""
    name = str(dreams["wish"].values[int(dreams["target_wish"].values[draw])])
    target, other = (int(dreams[one].values[draw]) for one in ("target_class", "target_class_other"))
    if class_names and 0 <= target < len(class_names) and other < 0:
        name = class_names[target]
    wanted = float(dreams["wanted"].values[draw])
    return name if np.isnan(wanted) else f"{name} at {wanted:.3g}"


def plot_dream_courses(dreams: Explanation) -> "Figure":
    """Show what every dream reached at each step, a panel for each objective, beside what real series reach.

    Args:
        dreams: What :func:`aition.dream.dream` answered.

    Raises:
        InputError: It holds no dreams.
        MissingExtraError: matplotlib is not installed.
    """
    check_dreams(dreams)
    wishes = np.unique(dreams["target_wish"].values).tolist()
    figure = canvas(
        1.0 + 2.6 * min(3, len(wishes)),
        2.2 * -(-len(wishes) // 3) + 0.2,
        title="On the way to the dreams",
        subtitle="What the objective reached at each step; grey: four fifths of the real series, dotted: the aim",
    )
    grid = figure.subplots(-(-len(wishes) // 3), min(3, len(wishes)), squeeze=False).ravel()
    for axes in grid[len(wishes) :]:
        axes.set_visible(False)
    for axes, wish in zip(grid, wishes, strict=False):
        dress(axes, grid=True)
        rows = dreams["target_wish"].values == wish
        low, high = np.quantile(dreams["real_reached"].values[:, wish], (0.1, 0.9))
        axes.axhspan(low, high, color=RULE, alpha=0.45, linewidth=0)
        axes.plot(dreams["objective"].values[rows].T, color=LEAST, linewidth=0.8, alpha=0.8)
        if not np.isnan(wanted := dreams["wanted"].values[rows][0]):
            axes.axhline(wanted, color=INK, linewidth=0.8, linestyle=":")
        head(axes, plain(str(dreams["wish"].values[wish])))
        axes.set_xlabel("iteration")
    return figure


def plot_dream_realism(dreams: Explanation) -> "Figure":
    """Show activation against realism: what each dream reached, and how strange it is to the strictest judge.

    Args:
        dreams: What :func:`aition.dream.dream` answered.

    Raises:
        InputError: It holds no dreams, or nobody judged them.
        MissingExtraError: matplotlib is not installed.
    """
    check_dreams(dreams)
    judges = [str(name) for name in dreams.data_vars if str(name).startswith(JUDGED)]
    if not judges:
        raise InputError("dreams must have been judged, but were not: give dream() twenty real series or more")
    figure = canvas(
        6.5,
        3.2,
        title="Does what is reached look real?",
        subtitle="Each point a dream; the shaded sides lie beyond all but a few held-out real series",
    )
    axes = figure.subplots()
    dress(axes, grid=True)
    axes.axhspan(HIGH, 103, color=MOST, alpha=0.07, linewidth=0)
    axes.axhspan(-3, LOW, color=MOST, alpha=0.07, linewidth=0)
    signs = "osD^vPX*"
    wish = dreams["target_wish"].values
    height = np.array([strictest(dreams, one) for one in range(dreams.sizes["draw"])])
    for place, one in enumerate(np.unique(wish).tolist()):
        look: dict[str, Any] = {"marker": signs[place % len(signs)], "linestyle": "", "markersize": 5, "alpha": 0.8}
        name = plain(str(dreams["wish"].values[one]))
        axes.plot(dreams["margin"].values[wish == one], height[wish == one], color=LEAST, label=name, **look)
    axes.set_ylim(-3, 103)
    axes.set_xlabel("what was reached")
    axes.set_ylabel("percentile to the strictest judge")
    axes.legend(fontsize=7.5, frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
    beside(axes, "stranger than real", (1, 1), (-2, -9), size=7, color=MUTED, ha="right")
    beside(axes, "more usual than real", (1, 0), (-2, 3), size=7, color=MUTED, ha="right")
    return figure


def plot_dream_frequencies(dreams: Explanation, *, feature: str = "") -> "Figure":
    """Show the power of dreams at each frequency over that of real series.

    Args:
        dreams: What :func:`aition.dream.dream` answered.
        feature: Which feature; the first where nothing is said.

    Raises:
        InputError: It holds no dreams, or no such feature.
        MissingExtraError: matplotlib is not installed.
    """
    column = feature_of(dreams, feature)
    figure = canvas(
        6.5,
        3.0,
        title="Frequencies of dreams and of real series",
        subtitle="Lines: the middle of the dreams of each objective; grey: four fifths of the real series",
    )
    axes = figure.subplots()
    dress(axes, grid=True)
    frequency, low, high = power_band(dreams["real_value"].values[:, :, column])
    axes.fill_between(frequency, low, high, color=RULE, alpha=0.45, linewidth=0)
    wish = dreams["target_wish"].values
    from matplotlib import colormaps

    for place, one in enumerate(np.unique(wish).tolist()):
        power = power_of(dreams["value"].values[wish == one, :, column])
        colour = colormaps["tab10"](place % 10)
        axes.plot(
            frequency,
            np.median(power, axis=0),
            linewidth=1.1,
            color=colour,
            label=plain(str(dreams["wish"].values[one])),
        )
    axes.set_yscale("log")
    axes.set_xlabel("frequency (cycles per step)")
    axes.set_ylabel("power")
    axes.legend(fontsize=7.5, frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure


def power_of(series: Array) -> Array:
    """Power at each frequency above 0, ``[series, frequency]``; what is not there counts as 0."""
    whole = np.nan_to_num(series - np.nanmean(series, axis=1, keepdims=True))
    power: Array = np.abs(np.fft.rfft(whole, axis=1)[:, 1:]) ** 2 / series.shape[1]
    return np.maximum(power, 1e-12)


def power_band(series: Array) -> tuple[Array, Array, Array]:
    """Frequencies, and where the power of four fifths of the series lies."""
    power = power_of(series)
    low, high = np.quantile(power, (0.1, 0.9), axis=0)
    return np.fft.rfftfreq(series.shape[1])[1:], low, high


def feature_of(dreams: Explanation, feature: str) -> int:
    """The place of a feature.

    Raises:
        InputError: There are no dreams, or no such feature.
    """
    check_dreams(dreams)
    names = [str(one) for one in dreams["feature"].values]
    if feature and feature not in names:
        raise InputError(f"feature must be one of {', '.join(names)}, but is {feature!r}")
    return names.index(feature) if feature else 0


def check_dreams(dreams: Explanation) -> None:
    """Raise unless an Explanation holds dreams."""
    if "draw" not in dreams.dims or "real_value" not in dreams:
        raise InputError("dreams must be what aition.dream.dream() answered, but have no axis draw or no real series")
