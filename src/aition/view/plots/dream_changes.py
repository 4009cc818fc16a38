"""What dreams changed in real series."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from aition.core.errors import InputError
from aition.core.explanation import Explanation
from aition.view.plots.canvas import INK, MUTED, RULE, canvas, dress, head, plain
from aition.view.plots.colours import LEAST, MOST, RANDOM
from aition.view.plots.dreamt import (
    Array,
    check_dreams,
    clock_of,
    feature_of,
    features_of,
    looking_real,
    wish_name,
    wishes_of,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDE, TALL = 2.6, 1.9
"""Inches of a dream's panels."""
LEAST_CHANGE = 1e-6
"""A change below so much of the largest value is none."""


def plot_dream_changes(
    dreams: Explanation, *, feature: str = "", most: int = 4, class_names: Sequence[str] = ()
) -> "Figure":
    """Show real series before and after they were changed, and the difference below.

    There is a row for each objective, and a column for each dream of it.

    Args:
        dreams: What :func:`aition.dream.dream` answered, of a recipe that changes real series.
        feature: Which feature; in each panel the one that was changed most, in deviations, where nothing is said.
        most: Dreams of each objective, at most.
        class_names: What the classes are called; as the dreams know them where nothing is said.

    Returns:
        A figure of its own, not known to pyplot.

    Raises:
        InputError: It holds no dreams, they change no real series, or there is no such feature.
        MissingExtraError: matplotlib is not installed.
    """
    check_dreams(dreams)
    if "value_before" not in dreams:
        raise InputError("dreams must be changes of real series, such as of preset('delta'), but are not")
    if most < 1:
        raise InputError(f"most must be 1 or more, but is {most}")
    column = feature_of(dreams, feature) if feature else -1
    which = dreams["target_wish"].values
    rows = {wish: np.flatnonzero(which == wish)[:most].tolist() for wish in wishes_of(dreams)}
    n_column = max(len(some) for some in rows.values())
    figure = canvas(
        0.6 + WIDE * n_column,
        TALL * len(rows) + 0.4,
        title=f"What {dreams.attrs['model']} would have otherwise",
        subtitle="Dashed: the real series before; line: after; bars: the difference; above: how many steps have one",
    )
    grid = figure.subplots(2 * len(rows), n_column, squeeze=False, height_ratios=(3, 1) * len(rows))
    for place, (wish, draws) in enumerate(rows.items()):
        upper, lower = grid[2 * place], grid[2 * place + 1]
        for panel, draw in enumerate(draws):
            draw_change(upper[panel], lower[panel], dreams, draw, column)
        for empty in (*upper[len(draws) :], *lower[len(draws) :]):
            empty.set_visible(False)
        upper[0].set_ylabel(plain(wish_name(dreams, wish, class_names), 24))
    for axes in grid[-1]:
        axes.set_xlabel(clock_of(dreams)[1])
    return figure


def draw_change(upper: "Axes", lower: "Axes", dreams: Explanation, draw: int, column: int) -> None:
    """One series before and after, and the difference; of the feature that was changed most where column is -1."""
    difference = changes_of(dreams)[draw]
    chosen = most_changed(dreams, difference) if column < 0 else column
    clock, _ = clock_of(dreams)
    step = float(clock[1] - clock[0]) if len(clock) > 1 else 1.0
    before, after = (dreams[name].values[draw, :, chosen] for name in ("value_before", "value"))
    colour = {-1: RANDOM, 0: MOST, 1: LEAST}[int(looking_real(dreams)[draw])]
    for axes in (upper, lower):
        dress(axes)
        axes.set_xlim(clock[0] - step / 2, clock[-1] + step / 2)
    upper.plot(clock, after, color=colour, linewidth=1.3)
    upper.plot(clock, before, color=INK, linewidth=0.9, linestyle="--")
    upper.tick_params(labelbottom=False)
    lower.bar(clock, np.nan_to_num(difference[:, chosen]), width=step, color=colour)
    lower.axhline(0, color=RULE, linewidth=0.6)
    lower.tick_params(axis="y", labelsize=6, labelcolor=MUTED)
    lower.locator_params(axis="y", nbins=3)
    name = f"{plain(features_of(dreams)[chosen], 14)}, " if dreams.sizes["feature"] > 1 else ""
    share = changed_share(difference)
    head(upper, f"{name}{100 * share:.0f} % of the steps")


def changes_of(dreams: Explanation) -> Array:
    """What was added to each real series, ``[draw, time, feature]``; NaN in padding."""
    found: Array = dreams["value"].values - dreams["value_before"].values
    return found


def most_changed(dreams: Explanation, difference: Array) -> int:
    """The feature that was changed most, in deviations of the real series, given a difference ``[time, feature]``."""
    spread = np.nanstd(dreams["real_value"].values, axis=(0, 1))
    return int(np.nanmean(np.abs(difference) / np.where(spread > 0, spread, np.inf), axis=0).argmax())


def changed_share(difference: Array) -> float:
    """The share of the steps at which there is a difference ``[time, feature]``.

    >>> changed_share(np.array([[0.0], [1.0], [0.0], [np.nan]]))
    0.3333333333333333
    """
    there = ~np.isnan(difference).all(axis=1)
    size = np.nan_to_num(np.abs(difference[there])).max(axis=1, initial=0.0)
    return float((size > LEAST_CHANGE * max(1.0, float(size.max(initial=0.0)))).mean())
