"""A gallery of dreams over the real series that they are meant to look like."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from aition.core.errors import InputError
from aition.core.explanation import Explanation
from aition.view.plots.canvas import INK, MUTED, PAPER, RULE, canvas, dress, head, plain
from aition.view.plots.colours import LEAST, MOST, RANDOM
from aition.view.plots.dreamt import (
    SIGNS,
    Array,
    Percentiles,
    about,
    clock_of,
    copies_of,
    feature_of,
    feature_words,
    features_of,
    looking_real,
    percentiles_of,
    wish_name,
    wishes_of,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANEL, ROW, LANE = 2.0, 1.25, 0.42
"""Inches: how wide a panel is, how high one of one feature, and how much higher each further feature makes it."""
MOST_LANES = 8
"""Features of one panel, at most."""


@dataclass(frozen=True, eq=False)
class Lanes:
    """Features of dreams, one above another in every panel, and their scales.

    Args:
        columns: Places of the features.
        low: The least of each over real series and dreams, ``[lane]``.
        high: The most.
        clock: Where each step is drawn along time, ``[time]``.
        time: What that axis is called.
    """

    columns: Array
    low: Array
    high: Array
    clock: Array
    time: str

    def laid(self, series: Array, lane: int) -> Array:
        """A series as it is drawn: as it is where it is alone, else within its lane, the first on top."""
        if len(self.columns) == 1:
            return series
        span = self.high[lane] - self.low[lane] or 1.0
        laid: Array = len(self.columns) - 1 - lane + 0.06 + 0.88 * (series - self.low[lane]) / span
        return laid


def plot_dreams(dreams: Explanation, *, feature: str = "", most: int = 4, class_names: Sequence[str] = ()) -> "Figure":
    """Show dreams, a row for each objective: the real series that reaches most, then dreams beside it.

    Of a border, it is the real series that is nearest to it.
    The band holds four fifths of the real series of the class (of all, where there is none). Above each panel stands
    what the series reached; on the scale at its right, where each judge puts it among 100 held-out real series.

    Args:
        dreams: What :func:`aition.dream.dream` answered.
        feature: Which feature; up to eight, one above another, where nothing is said.
        most: Dreams of each objective, at most.
        class_names: What the classes are called; as the dreams know them where nothing is said.

    Returns:
        A figure of its own, not known to pyplot.

    Raises:
        InputError: It holds no dreams, or no such feature.
        MissingExtraError: matplotlib is not installed.
    """
    if most < 1:
        raise InputError(f"most must be 1 or more, but is {most}")
    lanes = lanes_of(dreams, feature)
    wishes, which = wishes_of(dreams), dreams["target_wish"].values
    n_column = 1 + min(most, max(int((which == one).sum()) for one in wishes))
    looks = looking_real(dreams)
    share = f", of which {100 * (looks == 1).mean():.0f} % look real" if (looks >= 0).any() else ""
    tall = ROW + LANE * (len(lanes.columns) - 1)
    n_lane, n_feature = len(lanes.columns), len(features_of(dreams))
    what = "" if n_lane > 1 else f": {feature_words(dreams, int(lanes.columns[0]))}"
    part = f"; {n_lane} of {n_feature} features" if 1 < n_lane < n_feature else ""
    figure = canvas(
        1.3 + PANEL * n_column,
        tall * len(wishes) + 0.75,
        title=f"What {dreams.attrs['model']} would love to see{what}",
        subtitle=f"{dreams.sizes['draw']} dreams{share}, beside the real one that reaches most, or nearest the border"
        + part,
    )
    grid = figure.subplots(len(wishes), n_column, squeeze=False, sharex=True, sharey=True)
    for axes_row, wish in zip(grid, wishes, strict=True):
        rows = np.flatnonzero(which == wish)[: n_column - 1]
        draw_real(axes_row[0], dreams, int(rows[0]), lanes)
        for place, axes in enumerate(axes_row[1:]):
            if place < len(rows):
                draw_dream(axes, dreams, int(rows[place]), lanes)
            else:
                axes.set_visible(False)
        axes_row[0].set_ylabel(row_words(dreams, int(rows[0]), class_names))
    for axes in grid[-1]:
        axes.set_xlabel(lanes.time)
    legend(figure, dreams)
    return figure


def lanes_of(dreams: Explanation, feature: str) -> Lanes:
    """Which features are drawn, and their scales."""
    first = feature_of(dreams, feature)
    columns = np.array([first]) if feature else np.arange(min(len(features_of(dreams)), MOST_LANES))
    both = np.concatenate(
        [dreams[name].values.reshape(-1, dreams.sizes["feature"]) for name in ("real_value", "value")]
    )
    low, high = np.nanmin(both[:, columns], axis=0), np.nanmax(both[:, columns], axis=0)
    return Lanes(columns, low, high, *clock_of(dreams))


def draw_real(axes: "Axes", dreams: Explanation, draw: int, lanes: Lanes) -> None:
    """The real series that reaches most of what a dream was driven to."""
    top, wish = int(dreams["top"].values[draw]), int(dreams["target_wish"].values[draw])
    draw_band(axes, dreams, draw, lanes)
    for lane, column in enumerate(lanes.columns):
        real = lanes.laid(dreams["real_value"].values[top, :, column], lane)
        axes.plot(lanes.clock, real, color=INK, linewidth=1.1)
    gap = float(dreams["real_gap"].values[top, wish]) if "real_gap" in dreams else np.nan
    reached = float(dreams["real_reached"].values[top, wish])
    head(axes, f"real: {short(reached) if np.isnan(gap) else f'gap {short(gap)}'}")
    draw_scale(axes, percentiles_of(dreams, real=True), top)


def draw_dream(axes: "Axes", dreams: Explanation, draw: int, lanes: Lanes) -> None:
    """One dream over real series."""
    draw_band(axes, dreams, draw, lanes)
    looks = int(looking_real(dreams)[draw])
    colour = {-1: RANDOM, 0: MOST, 1: LEAST}[looks]
    top = dreams["real_value"].values[int(dreams["top"].values[draw])]
    other = dreams["value_before"].values[draw] if "value_before" in dreams else top
    for lane, column in enumerate(lanes.columns):
        axes.plot(lanes.clock, lanes.laid(other[:, column], lane), color=MUTED, linewidth=0.7, linestyle="--")
        axes.plot(lanes.clock, lanes.laid(dreams["value"].values[draw, :, column], lane), color=colour, linewidth=1.3)
    gap, margin = (float(dreams[name].values[draw]) for name in ("gap", "margin"))
    verdict = {-1: "", 0: ", unreal", 1: ", looks real"}[looks] + ", a copy" * bool(copies_of(dreams)[draw])
    head(axes, (short(margin) if np.isnan(gap) else f"gap {short(gap)}") + verdict)
    draw_scale(axes, percentiles_of(dreams), draw)


def draw_band(axes: "Axes", dreams: Explanation, draw: int, lanes: Lanes) -> None:
    """Where four fifths of the real series of a dream's class lie; names of features where there are several."""
    dress(axes)
    real = dreams["real_value"].values[about(dreams, int(dreams["target_wish"].values[draw]))]
    for lane, column in enumerate(lanes.columns):
        low, high = band_of(real[:, :, column])
        laid = lanes.laid(low, lane), lanes.laid(high, lane)
        axes.fill_between(lanes.clock, *laid, color=RULE, alpha=0.45, linewidth=0)
    if len(lanes.columns) > 1:
        names = [plain(features_of(dreams)[column], 14) for column in lanes.columns]
        axes.set_yticks(np.arange(len(names)) + 0.5, names[::-1])
        axes.tick_params(axis="y", length=0, labelsize=6.5)
        axes.hlines(np.arange(1, len(names)), lanes.clock[0], lanes.clock[-1], color=RULE, linewidth=0.4)
        axes.set_ylim(0, len(names))


def band_of(series: Array) -> tuple[Array, Array]:
    """Where four fifths of series ``[series, time]`` lie at each step, ``[time]`` each; NaN where there are none."""
    there = ~np.isnan(series).all(axis=0)
    low, high = np.full(series.shape[1], np.nan), np.full(series.shape[1], np.nan)
    low[there], high[there] = np.nanquantile(series[:, there], (0.1, 0.9), axis=0)
    return low, high


def short(value: float) -> str:
    """A number of three figures, but never more than two behind the point.

    >>> short(3.4412), short(-2.4e-07), short(1234.5)
    ('3.44', '0', '1.23e+03')
    """
    return f"{round(value, 2) + 0.0:.3g}"


def draw_scale(axes: "Axes", percentiles: Percentiles, row: int) -> None:
    """A scale from 0 to 100 at the right of a panel, with a mark for each judge; red beyond where real series lie."""
    if not percentiles.names:
        return
    scale = axes.inset_axes((1.02, 0, 0.08, 1))
    scale.set(xlim=(-1, 1), ylim=(-6, 106), xticks=[], yticks=[])
    scale.patch.set_visible(False)
    for spine in scale.spines.values():
        spine.set_visible(False)
    scale.vlines(0, 0, 100, color=RULE, linewidth=0.8)
    scale.hlines((0, 50, 100), -0.4, 0.4, color=RULE, linewidth=0.8)
    for height in (0, 50, 100):
        scale.annotate(f"{height}", (0.5, height), (2, 0), textcoords="offset points", size=5, color=MUTED, va="center")
    for place, (one, unreal) in enumerate(zip(percentiles.value[row], percentiles.unreal[row], strict=True)):
        look: dict[str, Any] = {"marker": SIGNS[place % len(SIGNS)], "markersize": 3.6, "clip_on": False}
        colour = MOST if unreal else LEAST
        scale.plot(0, one, color=colour, markeredgecolor=PAPER, markeredgewidth=0.3, **look)


def legend(figure: "Figure", dreams: Explanation) -> None:
    """What lines, bands and marks are."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    beside = "the real series before its change" if "value_before" in dreams else "that real series"
    judges, looks = percentiles_of(dreams).names, set(looking_real(dreams).tolist())
    said = {-1: (RANDOM, "dream"), 1: (LEAST, "dream that looks real"), 0: (MOST, "dream that does not")}
    found: list[Any] = [
        Line2D([], [], color=colour, label=words) for one, (colour, words) in said.items() if one in looks
    ]
    found.append(Line2D([], [], color=MUTED, linestyle="--", linewidth=0.8, label=beside))
    found.append(Patch(color=RULE, alpha=0.45, label="8 of 10 real series"))
    for place, name in enumerate(judges):
        look: dict[str, Any] = {"marker": SIGNS[place % len(SIGNS)], "linestyle": "", "markersize": 3.6, "color": LEAST}
        found.append(Line2D([], [], label=f"percentile: {name.replace('_', ' ')}", **look))
    figure.legend(handles=found, loc="outside lower center", ncols=4, fontsize=7, frameon=False)


def row_words(dreams: Explanation, draw: int, class_names: Sequence[str]) -> str:
    """What a row was driven to."""
    name = plain(wish_name(dreams, int(dreams["target_wish"].values[draw]), class_names), 24)
    wanted = float(dreams["wanted"].values[draw])
    return name if np.isnan(wanted) else f"{name}\naim {wanted:.3g}"
