"""What is selected: the share of samples of each class in which a cell is, and some series with their cells marked."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from aition.checks.finding import CheckVerdict
from aition.checks.honest import honesty
from aition.core.errors import InputError
from aition.core.explanation import Explanation
from aition.view.plots.canvas import (
    FAINT,
    INK,
    PAPER,
    RULE,
    bar_beside,
    bare,
    canvas,
    dress,
    head,
    hide,
    name_rows,
    plain,
)
from aition.view.plots.colours import Scale, value_colours
from aition.view.plots.heat import SPREAD, spread_of
from aition.view.plots.profile import profiles_of
from aition.view.plots.reading import Array, Reading, classes_of, read
from aition.view.plots.said import class_name, class_names_of, method_of
from aition.view.plots.selections import COLOURS, SIGNS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_CLASSES = 4


def plot_selected(
    explanation: Explanation,
    *,
    class_names: Sequence[str] = (),
    target: int = 0,
    top: int = 20,
    examples: int = 2,
    width: float = 10.0,
) -> "Figure":
    """Show in which share of samples each cell is selected, some series, and whether the selection can be believed.

    Args:
        explanation: With ``selected``, as a fitted :class:`aition.methods.Lex` answers it.
        class_names: Names of the classes; those of the explanation, or their numbers, where nothing is said.
        target: Which of several targets.
        top: Features shown, those that are selected most often.
        examples: Series shown of each class, the first ones.
        width: Inches.

    Returns:
        A figure of its own, not known to pyplot; at most 4 classes, those of the most samples. Values are in half
        interquartile ranges from the median of their feature; squares are selected.

    Raises:
        InputError: There is no selection, or no such target.
        MissingExtraError: matplotlib is not installed.
    """
    if top < 1 or examples < 0:
        raise InputError(f"top must be 1 or more and examples 0 or more, but are {top} and {examples}")
    verdicts = honesty(explanation, target=target)
    reading = read(explanation, variable="selected", target=target)
    groups = groups_of(explanation, class_names or class_names_of(explanation), target)
    rows = np.argsort(-reading.totals, kind="stable")[:top]
    high = max(1.0, 0.45 + 0.16 * len(rows))
    heights = [high] * (1 + examples) + [0.28 * len(verdicts)]
    figure = canvas(
        width,
        sum(heights) + 0.35 * len(heights),
        title="What is selected, and can it be believed?",
        subtitle=f"Above: the share of samples in which a cell is selected; below: series, by {method_of(explanation)}",
    )
    spec = figure.add_gridspec(len(heights), len(groups), height_ratios=heights)
    places = [[figure.add_subplot(spec[row, column]) for column in range(len(groups))] for row in range(1 + examples)]
    grid = np.array(places, dtype=object)
    profiles = profiles_of(reading, [inside for _, inside in groups])
    scale = Scale(max(1e-9, float(np.nanmax([np.nanmax(one.mean) for one in profiles]))), signed=False, clipped=False)
    middle, spread = spread_of(explanation)
    scaled = (reading.value - middle) / spread
    borders = np.arange(len(rows) + 1) - 0.5
    for column, ((name, inside), profile) in enumerate(zip(groups, profiles, strict=True)):
        axes = grid[0, column]
        dress(axes)
        look: dict[str, Any] = {"cmap": scale.colours(), "vmin": 0, "vmax": scale.limit, "rasterized": True}
        shares = axes.pcolormesh(profile.edges, borders, profile.mean[:, rows].T, **look)
        head(axes, f"{plain(name, 28)}  (n = {int(inside.sum())})")
        label_rows(axes, reading, rows, first=not column)
        some = np.flatnonzero(inside)[:examples]
        for place, sample in enumerate(some):
            values = draw_series(grid[1 + place, column], reading, scaled, int(sample), rows)
            label_rows(grid[1 + place, column], reading, rows, first=not column)
        hide(grid[1 + len(some) :, column])
    bar_beside(grid[0], shares, extend="neither", words="share selected")
    if examples:
        bar_beside(grid[1:].ravel(), values, extend="both", words="value, scaled")
    draw_verdicts(figure.add_subplot(spec[-1, :]), verdicts)
    return figure


def groups_of(explanation: Explanation, class_names: Sequence[str], target: int) -> list[tuple[str, NDArray[np.bool_]]]:
    """The samples of each class, of the largest at most, with its name; all samples where there are no classes."""
    try:
        index, _ = classes_of(explanation, target)
    except InputError:
        return [("all samples", np.ones(explanation.sizes["sample"], dtype=bool))]
    classes, count = np.unique(index[index >= 0], return_counts=True)
    shown = np.sort(classes[np.argsort(-count, kind="stable")][:MOST_CLASSES])
    return [(class_name(int(one), class_names), index == one) for one in shown]


def draw_series(axes: "Axes", reading: Reading, scaled: Array, sample: int, rows: NDArray[np.int64]) -> Any:
    """The values of one series, with its selected cells as squares."""
    dress(axes)
    steps = np.flatnonzero(reading.exists[sample])
    values = scaled[sample][steps][:, rows]
    look: dict[str, Any] = {"cmap": value_colours(), "vmin": -SPREAD, "vmax": SPREAD, "rasterized": True}
    borders = np.arange(len(steps) + 1) - 0.5
    mesh = axes.pcolormesh(borders, np.arange(len(rows) + 1) - 0.5, values.T, **look)
    axes.set_facecolor(FAINT)
    axes.patch.set(hatch="////", edgecolor=RULE, linewidth=0)
    when, row = np.nonzero(reading.attribution[sample][steps][:, rows] > 0)
    size = float(np.clip(900 / max(len(steps), 2 * len(rows)), 6, 60))
    for colour, line in ((PAPER, 2.6), (INK, 1.1)):
        axes.scatter(when, row, s=size, marker="s", facecolors="none", edgecolors=colour, linewidths=line)
    head(axes, plain(f"sample {reading.ids[sample]}", 28))
    return mesh


def label_rows(axes: "Axes", reading: Reading, rows: NDArray[np.int64], *, first: bool) -> None:
    """Names of the features, in the first column, and steps."""
    name_rows(axes, [reading.features[row] if first else "" for row in rows])
    axes.locator_params(axis="x", integer=True, nbins=6)


def draw_verdicts(axes: "Axes", verdicts: Sequence[CheckVerdict]) -> None:
    """A line a check: its sign, its figure with the interval, and its bound."""
    bare(axes)
    axes.set_xlim(0, 1)
    axes.set_ylim(len(verdicts) - 0.4, -0.6)
    look: dict[str, Any] = {"va": "center", "size": 8.5}
    for row, one in enumerate(verdicts):
        axes.text(0.0, row, f"{SIGNS[one.finding]} {one.check}: {one.finding}", color=COLOURS[one.finding], **look)
        axes.text(0.36, row, plain(in_short(one), 110), color=INK, va="center", size=7.5)


def in_short(one: CheckVerdict) -> str:
    """The figure with its interval and bound, or why there is none.

    >>> from aition.checks.finding import not_measured
    >>> in_short(not_measured("static mask", "there is one sample alone", .9, highest=True, unit="Jaccard"))
    'there is one sample alone'
    """
    if one.finding == "not measured":
        return one.words.removeprefix("Not measured: ").removesuffix(".")
    figure, bound = one.figure, f"{'at most' if one.highest else 'at least'} {one.bound:g}"
    return f"{figure.mean:.3f} [{figure.low:.3f}, {figure.high:.3f}] {one.unit}, {bound}; {figure.n_sample} samples"
