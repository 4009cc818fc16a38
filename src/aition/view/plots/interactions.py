"""Which groups of cells act together: of one sample, over its steps, and in the mean over samples."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from aition.core.errors import InputError
from aition.core.explanation import Explanation
from aition.view.plots.canvas import INK, MUTED, PAPER, bar_beside, canvas, dress, head, label_bar, name_rows, plain
from aition.view.plots.colours import Scale, scale_of
from aition.view.plots.reading import Array, Reading, read_sample
from aition.view.plots.said import method_of, said_of, title_of
from aition.view.plots.together import Together, mean_of, most_of, needed, stretches, together_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST = 40
"""Groups of a matrix at most, those that act together most."""
WIDEST = 4.5
"""Points of the line of the strongest pair."""
SHORT = 10
"""Letters of names that are written below a matrix too."""
LABELLED = 3
"""Arcs with their number."""


Point = tuple[float, float]


def plot_interactions(
    explanation: Explanation,
    sample: str,
    *,
    names: Sequence[str] = (),
    class_names: Sequence[str] = (),
    target: int = 0,
    top: int = 6,
    limit: float = 0.0,
    width: float = 10.0,
) -> "Figure":
    """Show which groups of a sample's cells act together: arcs over its steps, and a matrix.

    A block is a group, its colour what it counts for alone; an arc joins two groups, its colour and width are what
    they count for beyond that, red for the output and blue against it; the matrix has all pairs. Groups alone and
    pairs add up to the change of the output from the baseline where the explainer's ``completeness`` is 0.

    Args:
        explanation: An explanation by one of :mod:`aition.methods.interactions`, or another with their variables.
        sample: Id of the sample.
        names: Of the groups, such as words of a sentence; empty: their features and steps.
        class_names: Names of the classes; their numbers where nothing is said.
        target: Which of several targets.
        top: Arcs drawn, the strongest.
        limit: What the end of the colours of pairs stands for; found from the sample if 0.
        width: Inches.

    Returns:
        A figure of its own, not known to pyplot: ``figure.savefig(path)``.

    Raises:
        InputError: There is no such sample or target, there are no interactions, or not as many names as groups.
        MissingExtraError: matplotlib is not installed.
    """
    if top < 1:
        raise InputError(f"top must be 1 or more, but is {top}")
    reading = read_sample(explanation, sample, variable="attribution", target=target)
    found = together_of(explanation, sample, names=names, target=target)
    said = said_of(explanation, sample, class_names=class_names, target=target)
    scale, own = scale_of(found.pairs, signed=True, limit=limit), scale_of(found.alone, signed=True)
    rows = rows_of(found, reading.features)
    height = max(2.9, 1.4 + 0.42 * len(rows), 1.0 + 0.17 * min(len(found.alone), MOST))
    subtitle = f"Groups alone and two together, for {said.question}" + (f" (score {said.score})" if said.score else "")
    figure = canvas(width, height, title=title_of(sample, said), subtitle=f"{subtitle}, by {method_of(explanation)}")
    left, right = figure.subplots(1, 2, width_ratios=[3, 2])
    blocks = draw_groups(left, found, reading, rows, own, named=bool(names))
    draw_arcs(left, found, rows, scale, top=top)
    mesh = draw_matrix(right, found, found.pairs, scale)
    head(right, "all pairs")
    for axes, shown, one, words in ((left, blocks, own, "alone (blocks)"), (right, mesh, scale, "together")):
        bar = figure.colorbar(shown, ax=axes, extend=one.extend, pad=0.02, aspect=18, shrink=0.75)
        label_bar(bar, f"{words}\nred for, blue against")
    return figure


def plot_interaction_means(
    explanation: Explanation,
    *,
    names: Sequence[str] = (),
    target: int = 0,
    width: float = 10.0,
) -> "Figure":
    """Show which groups act together in the mean over all samples: how much, and in which direction.

    Args:
        explanation: As for :func:`plot_interactions`; a group must mean the same in every sample, such as the first
            sixth of a series.
        names: Of the groups; empty: their features and steps in the sample with most of them.
        target: Which of several targets.
        width: Inches.

    Returns:
        A figure of its own, not known to pyplot: left the means of sizes, right of what is for and against.

    Raises:
        InputError: There are no interactions, no such target, or not as many names as groups.
        MissingExtraError: matplotlib is not installed.
    """
    pairs = needed(explanation, "interaction", target).transpose("sample", "group", "group_other").values
    alone = needed(explanation, "attribution_alone", target).transpose("sample", "group").values
    found = together_of(explanation, most_of(explanation, target), names=names, target=target)
    every = pairs.copy()
    every[:, range(alone.shape[1]), range(alone.shape[1])] = alone
    every = every[:, found.places[:, None], found.places]
    size, mean = mean_of(np.abs(every)), mean_of(every)
    n_row = min(len(found.alone), MOST)
    figure = canvas(
        width,
        max(2.6, 1.2 + 0.17 * n_row),
        title=f"What acts together in {len(pairs)} sample{'s' * (len(pairs) != 1)}",
        subtitle=f"Groups alone (diagonal) and two together, by {method_of(explanation)}",
    )
    panels = figure.subplots(1, 2)
    for axes, values, signed, words in ((panels[0], size, False, "mean size"), (panels[1], mean, True, "mean")):
        scale = scale_of(values, signed=signed)
        mesh = draw_matrix(axes, found, values, scale, by=size)
        head(axes, words + (" (red for, blue against)" if signed else ""))
        bar_beside(np.array([axes]), mesh, extend=scale.extend, words=words)
    return figure


def rows_of(found: Together, features: Sequence[str]) -> tuple[str, ...]:
    """The rows that blocks lie in: the features, or a single one where every group is of all of them."""
    across = all(bool((cells == cells[:, :1]).all()) for cells in found.cells)
    return ("",) if across else tuple(features)


def draw_groups(
    axes: "Axes", found: Together, reading: Reading, rows: Sequence[str], scale: Scale, *, named: bool
) -> Any:
    """Blocks of groups over steps, in each the course of its feature, or its name."""
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Rectangle

    dress(axes)
    blocks, counted = [], []
    for cells, alone in zip(found.cells, found.alone, strict=True):
        for row in range(len(rows)):
            for first, last in stretches(cells[:, row]):
                blocks.append(Rectangle((first - 0.5, row - 0.32), last - first + 1, 0.64))
                counted.append(alone)
    drawn = PatchCollection(blocks, cmap=scale.colours(), edgecolor=MUTED, linewidth=0.6)
    drawn.set(array=np.array(counted), clim=(scale.low, scale.limit))
    axes.add_collection(drawn)
    n_step = found.cells.shape[1]
    if named:
        places = [float(np.flatnonzero(cells.any(axis=1)).mean()) for cells in found.cells]
        axes.set_xticks(places, [plain(name, 16) for name in found.names], rotation=40 if len(places) > 8 else 0)
        axes.tick_params(axis="x", length=0, labelsize=8)
    elif rows != ("",) or len(reading.features) == 1:
        for row in range(len(rows)):
            value = reading.value[0, :, row]
            span = np.nanmax(np.abs(value - np.nanmean(value)), initial=0) or 1.0
            axes.plot(np.arange(n_step), row - 0.26 * (value - np.nanmean(value)) / span, color=INK, linewidth=0.9)
    if not named:
        axes.set_xlabel("step")
        axes.locator_params(axis="x", integer=True)
    if rows == ("",):
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
    else:
        name_rows(axes, rows)
    axes.set_xlim(-0.5, n_step - 0.5)
    return drawn


def draw_arcs(axes: "Axes", found: Together, rows: Sequence[str], scale: Scale, *, top: int) -> None:
    """An arc for each of the strongest pairs, above the blocks."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    colours, n_step = scale.colours(), found.cells.shape[1]
    strongest = found.strongest(top)
    most = max((abs(found.pairs[pair]) for pair in strongest), default=1.0)
    headroom = 1.1 if len(rows) == 1 else 0.2
    for first, second in strongest:
        one, other = sorted(centre(found.cells[place], len(rows)) for place in (first, second))
        corners = above(one, other, n_step) if len(rows) == 1 else aside(one, other, n_step, len(rows))
        path = Path(corners, [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4])
        value = found.pairs[first, second]
        share = abs(value) / most
        place = 0.5 + 0.5 * np.clip(value / scale.limit, -1, 1)
        for width, colour in ((WIDEST * share + 2.2, PAPER), (WIDEST * share + 0.8, colours(place))):
            axes.add_patch(PathPatch(path, facecolor="none", edgecolor=colour, linewidth=width, capstyle="round"))
        text: dict[str, Any] = {"size": 7.5, "color": INK, "ha": "center", "va": "center", "zorder": 3}
        text["bbox"] = {"facecolor": PAPER, "edgecolor": "none", "alpha": 0.8, "pad": 0.5}
        if (first, second) in strongest[-LABELLED:]:
            x, y = np.array([1, 3, 3, 1]) / 8 @ np.array(corners)
            axes.text(x, y - (0.1 if len(rows) == 1 else 0.0), f"{value:+#.2g}".replace("-", "−"), **text)
    axes.set_ylim(len(rows) - 0.5, -0.5 - headroom)
    words = "the strongest pair" if len(strongest) == 1 else f"the {len(strongest)} strongest pairs"
    head(axes, f"groups, and {words}" if strongest else "groups; no two count for anything together")


def above(one: Point, other: Point, n_step: int) -> list[Point]:
    """Corners of an arc over a single row, the higher the farther it reaches."""
    peak = -0.67 - 1.1 * abs(other[0] - one[0]) / n_step
    return [(one[0], -0.32), (one[0], peak), (other[0], peak), (other[0], -0.32)]


def aside(one: Point, other: Point, n_step: int, n_row: int) -> list[Point]:
    """Corners of an arc from block to block that bends to its left, so that arcs of one column lie apart."""
    x, y = (other[0] - one[0]) / n_step, (other[1] - one[1]) / n_row
    bend = 0.3 * n_step * y, -0.3 * n_row * x
    near, far = (
        (one[0] + part * (other[0] - one[0]) + bend[0], one[1] + part * (other[1] - one[1]) + bend[1])
        for part in (0.25, 0.75)
    )
    return [one, near, far, other]


def centre(cells: NDArray[np.bool_], n_row: int) -> Point:
    """The middle of a group: step and row."""
    steps, columns = np.nonzero(cells)
    return float(steps.mean()), float(columns.mean()) if n_row > 1 else 0.0


def draw_matrix(axes: "Axes", found: Together, values: Array, scale: Scale, *, by: Array | None = None) -> Any:
    """Groups by groups as colours, those that act together most where there are many."""
    size = np.nan_to_num(np.abs(values if by is None else by)).sum(axis=1)
    shown = np.sort(np.argsort(-size, kind="stable")[:MOST])
    names = [found.names[place] for place in shown]
    look: dict[str, Any] = {"cmap": scale.colours(), "vmin": scale.low, "vmax": scale.limit, "aspect": "equal"}
    mesh = axes.imshow(values[np.ix_(shown, shown)], **look)
    dress(axes)
    name_rows(axes, names)
    short = all(len(name) <= SHORT for name in names)
    axes.set_xticks(range(len(names)), [plain(name) if short else "" for name in names], rotation=90)
    axes.tick_params(axis="x", length=0, labelsize=7 if len(names) > 15 else 8)
    for spine in axes.spines.values():
        spine.set_visible(False)
    return mesh
