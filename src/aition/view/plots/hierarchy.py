"""A hierarchy of one sample: which groups were joined, in which order, and what each counts for."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from aition.core.errors import InputError
from aition.core.explanation import Explanation
from aition.core.tree import owners
from aition.view.plots.canvas import INK, PAPER, canvas, dress, head, label_bar, name_rows, plain
from aition.view.plots.colours import Scale, scale_of
from aition.view.plots.lines import draw_values
from aition.view.plots.reading import read_sample
from aition.view.plots.said import said_of, title_of
from aition.view.plots.tree import Tree, tree_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STAGES = (0.4, 0.7, 0.9, 0.97)
"""Shares of the joins after which groups are shown over steps and features."""
WORDS = 40
"""Up to so many groups their names are written below."""
BLOCKS = 2.7
"""Inches of the blocks, with what stands below them."""
NUMBER = (0.34, 0.13)
"""A block's score is written in it if it is so many inches wide and tall."""


def plot_hierarchy(
    explanation: Explanation,
    sample: str,
    *,
    names: Sequence[str] = (),
    class_names: Sequence[str] = (),
    target: int = 0,
    limit: float = 0.0,
    width: float = 9.0,
) -> "Figure":
    """Show the hierarchy of a sample as blocks: side by side at a height are the groups after so many joins.

    A block reaches from the join that made a group to the one that joins it with others; its colour, and a number where
    there is room, is what the group counts for. Below stands what the groups are of: the values of a single feature,
    names, or, of several features, steps and features after four shares of the joins, cells in the colour of their
    group.

    Args:
        explanation: An explanation by :class:`~aition.methods.AgglomerativeHierarchy`.
        sample: Id of the sample.
        names: Of the units from the left, such as words of a sentence; empty: their steps.
        class_names: Names of the classes; their numbers where nothing is said.
        target: Which of several targets.
        limit: What the end of the colour scale stands for; found from the sample if 0.
        width: Inches.

    Returns:
        A figure of its own, not known to pyplot: ``figure.savefig(path)``.

    Raises:
        InputError: There is no such sample or target, no hierarchy, or there are not as many names as units.
        MissingExtraError: matplotlib is not installed.
    """
    reading = read_sample(explanation, sample, variable="attribution", target=target)
    tree = tree_of(explanation, sample, target=target)
    if names and len(names) != len(tree.joined):
        raise InputError(f"names must be one for each of the {len(tree.joined)} units, but are {len(names)}")
    said = said_of(explanation, sample, class_names=class_names, target=target)
    scale = scale_of(tree.score, signed=True, limit=limit)
    valued = tree.in_line and tree.group.shape[1] == 1 and not names
    below = 1.1 if valued else 0.0 if tree.in_line else 0.55 + 0.16 * tree.group.shape[1]
    subtitle = "At the bottom every unit alone; upwards, neighbours are joined. Colour: what a group counts for in "
    subtitle += said.question + (f" (here {said.score})" if said.score else "")
    figure = canvas(width, BLOCKS + below, title=title_of(sample, said), subtitle=subtitle)
    if valued:
        upper, course = figure.subplots(2, 1, sharex=True, height_ratios=[BLOCKS - 0.3, below])
        draw_values(course, np.arange(len(tree.group), dtype=np.float64) + 0.5, reading.value[0, :, 0])
        course.set(ylabel=plain(reading.features[0], 20), xlabel="step")
        upper.tick_params(labelbottom=False)
        dress(course)
        beside: Any = [upper, course]
    else:
        parts: Any = figure.subfigures(
            1 + bool(below), 1, height_ratios=[BLOCKS, below][: 1 + bool(below)], squeeze=False
        )
        upper = beside = parts[0, 0].subplots()
    in_steps = tree.in_line and not names
    wide = np.bincount(tree.group[:, 0]) if in_steps else np.ones(len(tree.joined))
    mesh = draw_blocks(upper, tree, scale, wide=wide.astype(float))
    name_units(upper, tree, names, in_steps=in_steps)
    if below and not valued:
        draw_stages(parts[-1, 0].subplots(1, len(STAGES), sharey=True), tree, scale, reading.features)
    bar = figure.colorbar(mesh, ax=beside, extend=scale.extend, pad=0.015, aspect=18)
    label_bar(bar, "counts for it (red)\nor against it (blue)")
    return figure


def draw_blocks(axes: "Axes", tree: Tree, scale: Scale, *, wide: NDArray[np.float64]) -> Any:
    """A block for each node, from the join that made it to the one that joins it again; answers what is coloured.

    Args:
        axes: Where.
        tree: The hierarchy.
        scale: Of colours.
        wide: How wide each group is, ``[group]``.
    """
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Rectangle

    n_group, n_merge = len(tree.joined), len(tree.merge_joined)
    low, high = tree.spans(wide)
    made = np.concatenate([np.zeros(n_group), np.arange(1, n_merge + 1)])
    again = np.where(tree.above >= 0, tree.above + 1, n_merge + 1)
    blocks = [Rectangle((low[i], made[i]), high[i] - low[i], again[i] - made[i]) for i in range(len(made))]
    thin = 0.7 if n_group <= 80 else 0.25
    drawn = PatchCollection(blocks, cmap=scale.colours(), edgecolor=PAPER, linewidth=thin)
    drawn.set(array=tree.score, clim=(scale.low, scale.limit))
    axes.add_collection(drawn)
    axes.set(xlim=(0, wide.sum()), ylim=(0, n_merge + 1), ylabel="joins made")
    axes.locator_params(axis="y", integer=True)
    dress(axes)
    inches = 0.82 * axes.figure.bbox.width / axes.figure.dpi / wide.sum(), 0.8 * BLOCKS / (n_merge + 1)
    roomy = ((high - low) * inches[0] >= NUMBER[0]) & ((again - made) * inches[1] >= NUMBER[1])
    for node in np.flatnonzero(roomy).tolist():
        score = float(tree.score[node])
        strong = abs(score) > 0.6 * scale.limit
        where = (low[node] + high[node]) / 2, (made[node] + again[node]) / 2
        axes.text(
            *where, number(score, scale.limit), size=7.5, color=PAPER if strong else INK, ha="center", va="center"
        )
    return drawn


def number(score: float, limit: float) -> str:
    """A score with as many decimals as tell a twentieth of the limit.

    >>> number(-3.04, 3.2), number(0.001, 0.5), number(41.2, 90.0)
    ('−3.0', '0', '+41')
    """
    decimals = max(0, 1 - math.floor(math.log10(limit)))
    rounded = round(score, decimals)
    return f"{rounded:+.{decimals}f}".replace("-", "−") if rounded else "0"


def name_units(axes: "Axes", tree: Tree, names: Sequence[str], *, in_steps: bool) -> None:
    """What stands below the blocks: names, steps, or only that units are in the order of the tree."""
    if names and len(names) <= WORDS:
        places = tree.places() + 0.5
        axes.set_xticks(places, [plain(name, 16) for name in names], rotation=0 if len(names) <= 12 else 40)
        axes.tick_params(axis="x", length=0, labelsize=9)
    elif in_steps:
        axes.locator_params(axis="x", integer=True)
        if tree.group.shape[1] > 1:
            axes.set_xlabel("step")
    else:
        axes.set_xticks([])
        axes.set_xlabel(f"{len(tree.joined)} units, so that what is joined stands together", size=7.5, color=INK)


def draw_stages(panels: Any, tree: Tree, scale: Scale, features: Sequence[str]) -> None:
    """Steps and features after shares of the joins, cells in the colour of their group, with lines between groups."""
    from matplotlib.collections import LineCollection

    n_merge = len(tree.merge_joined)
    for axes, share in zip(panels, STAGES, strict=True):
        n_made = round(share * n_merge)
        owner = owners(tree.joined, tree.merge_joined, n_merge=n_made)[tree.group].T
        axes.imshow(
            tree.score[owner],
            cmap=scale.colours(),
            vmin=scale.low,
            vmax=scale.limit,
            aspect="auto",
            interpolation="nearest",
        )
        right, under = np.argwhere(owner[:, 1:] != owner[:, :-1]), np.argwhere(owner[1:] != owner[:-1])
        lines = [[(t + 0.5, f - 0.5), (t + 0.5, f + 0.5)] for f, t in right.tolist()]
        lines += [[(t - 0.5, f + 0.5), (t + 0.5, f + 0.5)] for f, t in under.tolist()]
        axes.add_collection(LineCollection(lines, colors=INK, linewidths=0.35))
        dress(axes)
        head(axes, f"after {n_made} of {n_merge} joins")
        axes.set_xlabel("step")
        axes.locator_params(axis="x", integer=True)
    name_rows(panels[0], features)
