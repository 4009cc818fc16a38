"""Codes of events by class, and by value: what counted for whom, and at which values."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from aition.core.errors import InputError
from aition.view.plots.canvas import RULE, bar_beside, canvas, dress, head, hide, name_rows, plain, value_panels
from aition.view.plots.codes import borders_of, draw_cells, leading, over_time
from aition.view.plots.colours import MOST, STRONG, scale_of
from aition.view.plots.counts import Tally
from aition.view.plots.reading import Array
from aition.view.plots.said import class_name
from aition.view.plots.sums import NOWHERE, Sums, in_shares

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_PANELS = 12
LEVELS = 20
"""Bins of the values of a code, each of as many events."""
LEAST = 10
"""A bin of fewer events is too small for a mean with a deviation."""


def plot_code_classes(tally: Tally, *, class_names: Sequence[str] = (), top: int = 20, width: float = 10.0) -> "Figure":
    """Show ``|attribution|`` by code and step for the samples of each class, on one scale.

    Args:
        tally: What counted, from :func:`aition.view.plots.tally`.
        class_names: Names of the classes; those of the tally, or their numbers, where nothing is said.
        top: Codes shown, those with the largest shares over all samples.
        width: Inches.

    Returns:
        A figure of its own, not known to pyplot; at most 12 classes, those of the most samples.

    Raises:
        InputError: There are no classes, or no event has an answer.
        MissingExtraError: matplotlib is not installed.
    """
    if not tally.classes:
        raise InputError("there must be classes, but the explained outputs are none")
    codes, edges = leading(tally.whole, top), borders_of(tally.whole)
    most = sorted(tally.classes, key=lambda one: -tally.classes[one].n_sample)[:MOST_PANELS]
    shown = {one: over_time(tally.classes[one], codes, edges)[1] for one in sorted(most)}
    n_column = 2 if len(shown) == 4 else min(len(shown), 3)
    n_row = -(-len(shown) // n_column)
    some = f"{len(shown)} of {len(tally.classes)} classes" if len(shown) < len(tally.classes) else "each class"
    figure = canvas(
        width,
        n_row * max(1.5, 0.5 + 0.16 * len(codes)) + 0.3,
        title=f"What counted for {some}",
        subtitle=f"|{tally.variable}| of a sample's step, mean over the samples whose {tally.meaning} class it is, "
        f"by {tally.method}",
    )
    scale = scale_of(np.stack(list(shown.values())), signed=False)
    grid = figure.subplots(n_row, n_column, sharex=True, sharey=True, squeeze=False).ravel()
    for place, (axes, (one, cells)) in enumerate(zip(grid, shown.items(), strict=False)):
        mesh = draw_cells(axes, edges, cells, scale.limit)
        name = plain(class_name(one, class_names or tally.class_names), 28)
        head(axes, f"{name}  (n = {tally.classes[one].n_sample})")
        name_rows(axes, [tally.names[code] for code in codes])
        if place + n_column < len(shown):
            axes.set_xlabel("")
    hide(grid[len(shown) :])
    bar_beside(grid[: len(shown)], mesh, extend=scale.extend, words=f"|{tally.variable}|")
    return figure


def plot_code_values(tally: Tally, *, top: int = 6, width: float = 10.0) -> "Figure":
    """Show, for the codes with values that count most, the mean attribution of low to high values, and its deviation.

    Args:
        tally: What counted, from :func:`aition.view.plots.tally`.
        top: Codes shown.
        width: Inches, of three panels beside one another.

    Returns:
        A figure of its own, not known to pyplot.

    Raises:
        InputError: No event has a value and an answer.
        MissingExtraError: matplotlib is not installed.
    """
    trends = value_trends(tally, top=top)
    figure, grid = value_panels(
        len(trends),
        width,
        title="At which values the codes counted",
        subtitle=f"A mark is up to a twentieth of the values, by {tally.method}; line and band: mean and deviation of "
        "the events' attributions",
    )
    by_code = tally.whole.by_code
    shares = dict(zip(by_code.code.tolist(), tally.whole.shares(by_code), strict=True))
    for axes, (code, (value, mean, deviation)) in zip(grid, trends.items(), strict=True):
        dress(axes, grid=True)
        axes.axhline(0, color=RULE, linewidth=0.8)
        axes.fill_between(value, mean - deviation, mean + deviation, color=MOST, alpha=0.2, linewidth=0)
        axes.plot(value, mean, color=MOST, linewidth=1.6)
        axes.scatter(value, mean, s=9, color=STRONG, zorder=3)
        head(axes, f"{plain(tally.names[code], 28)}, share {100 * shares[code]:.0f} %")
        axes.set_xlabel("value")
    grid[0].ticklabel_format(axis="y", scilimits=(-3, 4))
    for axes in grid[::3]:
        axes.set_ylabel(plain(tally.variable))
    return figure


def value_trends(tally: Tally, *, top: int) -> dict[int, tuple[Array, Array, Array]]:
    """Mean value, mean attribution and its deviation in bins of the values of the codes that count most.

    Returns:
        By code, the code that counts most first: three arrays, ``[bin]``, values rising.
    """
    values = tally.whole.values
    known = values.of(values.place != NOWHERE)
    if not len(known.code):
        raise InputError("there must be events with a value and an attribution to be shown, but there is none")
    with_values = np.unique(known.code)
    codes = [code for code in leading(tally.whole, len(tally.names)).tolist() if code in with_values][:top]
    return {code: trend_of(tally.in_units(in_shares(known.of(known.code == code), LEVELS))) for code in codes}


def trend_of(bins: Sums) -> tuple[Array, Array, Array]:
    """Mean value, mean attribution and deviation of the bins of 10 events or more; of all where none has so many."""
    enough = bins.n_event >= LEAST
    bins = bins.of(enough if enough.any() else np.ones_like(enough))
    mean = bins.signed / bins.n_event
    return bins.at / bins.n_event, mean, np.sqrt(np.maximum(bins.squares / bins.n_event - mean**2, 0))
