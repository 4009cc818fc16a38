"""All samples of events at once: which codes counted, when, and at which values."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from aition.core.errors import InputError
from aition.view.plots.canvas import MUTED, RULE, canvas, dress, head, label_bar, name_rows, plain
from aition.view.plots.colours import RANDOM, scale_of, value_colours
from aition.view.plots.counts import BINS, EventCounts, Tally
from aition.view.plots.profile import MOST_BINS
from aition.view.plots.reading import Array
from aition.view.plots.sums import NOWHERE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable
    from matplotlib.figure import Figure

LARGEST = 90.0
"""Area of the mark of all events of a code, in square points."""


def plot_codes(tally: Tally, *, top: int = 20, width: float = 10.0) -> "Figure":
    """Show all samples: ``|attribution|`` by code and step, and beside it the mean attribution of low and high values.

    Left, the sum of ``|attribution|`` in a step, in the mean over the samples. Right, a mark is a fifth of the values
    of a code, or its events without a value, its area their share of the code's events: it stands at their mean
    attribution.

    Args:
        tally: What counted, from :func:`aition.view.plots.tally`.
        top: Codes shown, those with the largest shares in the sum of ``|attribution|``.
        width: Inches.

    Returns:
        A figure of its own, not known to pyplot.

    Raises:
        InputError: No event has an answer.
        MissingExtraError: matplotlib is not installed.
    """
    codes = leading(tally.whole, top)
    by_code = tally.whole.by_code
    shares = tally.whole.shares(by_code)
    n_sample, n_code = tally.whole.n_sample, len(by_code.code)
    what = f"all {n_code} codes that occur"
    if len(codes) < n_code:
        share = 100 * shares[np.isin(by_code.code, codes)].sum()
        what = f"{len(codes)} of {n_code} codes, which make {share:.0f} % of all |{tally.variable}|"
    figure = canvas(
        width,
        max(2.6, 1.2 + 0.3 * len(codes)),
        title=f"What counted in {n_sample} sample{'s' * (n_sample != 1)}: {what}",
        subtitle=f"By {tally.method}; {by_code.n_event.sum():.0f} events",
    )
    heat, marks = figure.subplots(1, 2, width_ratios=[6, 5])
    edges, cells = over_time(tally.whole, codes, borders_of(tally.whole))
    scale = scale_of(cells, signed=False)
    shown = draw_cells(heat, edges, cells, scale.limit)
    name_rows(heat, [tally.names[code] for code in codes])
    for place, code in enumerate(codes):
        look: dict[str, Any] = {"textcoords": "offset points", "va": "center", "size": 7, "color": MUTED}
        words = f"{100 * shares[by_code.code == code][0]:.0f} %"
        heat.annotate(words, (1, place), (4, 0), xycoords=("axes fraction", "data"), **look)
    head(heat, f"|{tally.variable}| of a sample's step, and share of each code")
    below: dict[str, Any] = {"location": "bottom", "aspect": 30, "shrink": 0.8, "fraction": 0.05}
    below["pad"] = 0.12 / figure.get_figheight()
    label_bar(figure.colorbar(shown, ax=heat, extend=scale.extend, **below), f"|{tally.variable}|, mean over samples")
    bar = figure.colorbar(draw_fifths(marks, tally, codes), ax=marks, **below)
    label_bar(bar, "value: fifths of its code (grey: no value)")
    bar.set_ticks([0, 0.5, 1], labels=["lowest", "middle", "highest"])
    return figure


def leading(counts: EventCounts, top: int) -> NDArray[np.int64]:
    """The codes with the largest sums of ``|attribution|``, the largest first."""
    if top < 1:
        raise InputError(f"top must be 1 or more, but is {top}")
    by_code = counts.by_code
    if not len(by_code.code):
        raise InputError("there must be events with an attribution to be shown, but there is none")
    return by_code.code[np.argsort(-by_code.size, kind="stable")[:top]]


def borders_of(counts: EventCounts) -> Array:
    """Borders of bins of steps, from step 0 on, ``[bin + 1]``: a step each, or several where there are many."""
    last = int(counts.steps.high.max()) + 1
    width = max(-(-last // MOST_BINS), 1 << counts.steps.halved)
    return np.append(np.arange(0, last, width), last) - 0.5


def over_time(counts: EventCounts, codes: NDArray[np.int64], edges: Array) -> tuple[Array, Array]:
    """Sum of ``|attribution|`` of the codes in bins of steps, in the mean over the samples: ``[bin, code]``."""
    steps = counts.steps
    row = np.full(int(max(steps.code.max(initial=0), codes.max())) + 1, -1)
    row[codes] = np.arange(len(codes))
    there = row[steps.code] >= 0
    place = np.clip(np.searchsorted(edges, steps.low[there], side="right") - 1, 0, len(edges) - 2)
    cells = np.bincount(
        place * len(codes) + row[steps.code[there]], steps.size[there], minlength=(len(edges) - 1) * len(codes)
    )
    return edges, cells.reshape(len(edges) - 1, len(codes)) / max(1, counts.n_sample)


def draw_cells(axes: "Axes", edges: Array, cells: Array, limit: float) -> "ScalarMappable":
    """Codes by steps as colours."""
    dress(axes)
    look: dict[str, Any] = {"cmap": scale_of(np.zeros(0), signed=False).colours(), "vmin": 0, "vmax": limit}
    shown = axes.pcolormesh(edges, np.arange(cells.shape[1] + 1) - 0.5, cells.T, rasterized=True, **look)
    width = round(edges[1] - edges[0])
    axes.set_xlabel("step" + (f"   (bins of {width} steps)" if width > 1 else ""))
    axes.locator_params(axis="x", integer=True)
    return shown


def draw_fifths(axes: "Axes", tally: Tally, codes: NDArray[np.int64]) -> "ScalarMappable":
    """Mean attribution of the fifths of each code's values, and of its events without a value."""
    dress(axes)
    axes.axvline(0, color=RULE, linewidth=0.8, zorder=0)
    every = tally.whole.by_value
    place = {int(code): row for row, code in enumerate(codes)}
    some = every.of(np.isin(every.code, codes))
    row = np.array([place[code] for code in some.code.tolist()], dtype=float)
    total = np.bincount(row.astype(int), some.n_event)[row.astype(int)]
    area = 6 + LARGEST * some.n_event / total
    mean = some.signed / some.n_event
    bare = some.place == NOWHERE
    look: dict[str, Any] = {"linewidth": 0.4, "edgecolor": MUTED, "alpha": 0.9}
    axes.scatter(mean[bare], row[bare], s=area[bare], c=RANDOM, marker="D", **look)
    colour: dict[str, Any] = {"cmap": value_colours(), "vmin": 0, "vmax": 1}
    marks = axes.scatter(mean[~bare], row[~bare], s=area[~bare], c=some.place[~bare] / (BINS - 1), **colour, **look)
    for one in range(len(codes)):
        axes.axhline(one, color=RULE, linewidth=0.4, alpha=0.5, zorder=0)
    axes.set_ylim(len(codes) - 0.5, -0.5)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.ticklabel_format(axis="x", scilimits=(-3, 4))
    axes.set_xlabel(f"mean {plain(tally.variable)} of an event")
    head(axes, "low and high values")
    return marks
