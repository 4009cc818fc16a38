"""A hierarchy of one sample: which groups were joined, in which order, and what each counts for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from aition.core.errors import InputError
from aition.core.explanation import Explanation
from aition.core.tree import owners
from aition.view.plots.canvas import INK, PAPER, canvas, dress, head, label_bar, name_rows, plain
from aition.view.plots.colours import Scale, scale_of
from aition.view.plots.lines import draw_values
from aition.view.plots.reading import Reading, asked, read_sample, row_of
from aition.view.plots.said import said_of, title_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STAGES = (0.4, 0.7, 0.9, 0.97)
"""Shares of the joins after which groups are shown over steps and features."""
WORDS = 40
"""Up to so many groups their names are written below."""


@dataclass(frozen=True, eq=False)
class Tree:
    """The hierarchy of one sample; nodes are its groups and, behind them, its merges.

    Args:
        joined: The merge that joined each group first, ``[group]``.
        merge_joined: The later merge that joined each merge again, ``[merge]``; -1 for the last.
        score: What each node counts for, ``[node]``.
        group: The group of each cell, ``[time, feature]``.
    """

    joined: NDArray[np.int64]
    merge_joined: NDArray[np.int64]
    score: NDArray[np.float64]
    group: NDArray[np.int64]

    @property
    def above(self) -> NDArray[np.int64]:
        """The merge that joins each node, ``[node]``; -1 for the last."""
        return np.concatenate([self.joined, self.merge_joined])

    def places(self) -> NDArray[np.int64]:
        """Where each group stands from the left so that what is joined stands together, ``[group]``."""
        n_group, n_merge = len(self.joined), len(self.merge_joined)
        below: list[list[int]] = [[] for _ in range(n_merge)]
        first = np.concatenate([np.arange(n_group), np.full(n_merge, n_group)])
        for node, merge in enumerate(self.above.tolist()):
            if merge >= 0:
                below[merge].append(node)
                first[n_group + merge] = min(first[n_group + merge], first[node])
        stack = [node for node, merge in enumerate(self.above.tolist()) if merge < 0][::-1]
        order = []
        while stack:
            node = stack.pop()
            if node < n_group:
                order.append(node)
            else:
                stack += sorted(below[node - n_group], key=lambda one: -first[one])
        place = np.empty(n_group, dtype=np.int64)
        place[order] = np.arange(n_group)
        return place


def tree_of(explanation: Explanation, sample: str, *, target: int, reading: Reading) -> Tree:
    """The hierarchy of a sample.

    Raises:
        InputError: The explanation has none.
    """
    needed = ("membership", "attribution_group", "group_joined", "attribution_merge", "merge_joined")
    if lacks := [name for name in needed if name not in explanation.data_vars]:
        raise InputError(
            f"a hierarchy needs {', '.join(lacks)}, which the explanation has not; take AgglomerativeHierarchy"
        )
    row = row_of(explanation, sample)
    part = {name: asked(explanation, name, target).isel(sample=row).values for name in needed[1:]}
    cells = asked(explanation, "membership", target).isel(sample=row).transpose("time", "feature", "group").values
    times = np.asarray(explanation["times"].values[row], dtype=np.float64)
    steps = np.flatnonzero(np.asarray(explanation["exists"].values[row], dtype=bool))
    cells = cells[steps[np.argsort(times[steps], kind="stable")]].astype(bool)
    groups, merges = ~np.isnan(part["attribution_group"]), ~np.isnan(part["attribution_merge"])
    return Tree(
        joined=part["group_joined"][groups].astype(np.int64),
        merge_joined=part["merge_joined"][merges].astype(np.int64),
        score=np.concatenate([part["attribution_group"][groups], part["attribution_merge"][merges]]),
        group=np.where(cells.any(axis=2), cells.argmax(axis=2), -1),
    )


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

    A block reaches from the join that made a group to the one that joins it with others; its colour is what the group
    counts for. Below stands what the groups are of: the values of a single feature, names, or, of several features,
    steps and features after four shares of the joins, cells in the colour of their group.

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
    tree = tree_of(explanation, sample, target=target, reading=reading)
    if names and len(names) != len(tree.joined):
        raise InputError(f"names must be one for each of the {len(tree.joined)} units, but are {len(names)}")
    said = said_of(explanation, sample, class_names=class_names, target=target)
    scale = scale_of(tree.score, signed=True, limit=limit)
    in_line = bool((tree.group == tree.group[:, :1]).all())
    valued = in_line and tree.group.shape[1] == 1 and not names
    below = 1.1 if valued else 0.0 if in_line else 0.55 + 0.16 * tree.group.shape[1]
    subtitle = f"Groups joined step by step, by what they count for in {said.question}"
    subtitle += f" (score {said.score})" if said.score else ""
    figure = canvas(width, 2.7 + below, title=title_of(sample, said), subtitle=subtitle)
    parts: Any = figure.subfigures(2 if below else 1, 1, height_ratios=[2.7, below][: 2 if below else 1], squeeze=False)
    upper, lower = parts[0, 0], parts[-1, 0]
    axes = upper.subplots()
    draw_blocks(axes, tree, scale)
    label_units(axes, tree, names, in_line=in_line)
    mesh = draw_scale(axes, scale)
    if valued:
        draw_course(lower.subplots(), reading, tree)
    elif not in_line:
        draw_stages(lower.subplots(1, len(STAGES), sharey=True), tree, scale, reading.features)
    label_bar(
        figure.colorbar(mesh, ax=axes, extend=scale.extend, pad=0.015, aspect=18), "score\n(red for, blue against)"
    )
    return figure


def draw_scale(axes: "Axes", scale: Scale) -> Any:
    """What a colour bar is made of."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    return ScalarMappable(Normalize(scale.low, scale.limit), scale.colours())


def draw_blocks(axes: "Axes", tree: Tree, scale: Scale) -> None:
    """A block for each node: as wide as its groups, from the join that made it to the one that joins it again."""
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Rectangle

    n_group, n_merge = len(tree.joined), len(tree.merge_joined)
    place, above = tree.places(), tree.above
    low, high = np.full(len(above), n_group), np.zeros(len(above), dtype=np.int64)
    low[:n_group] = high[:n_group] = place
    for node, merge in enumerate(above.tolist()):
        if merge >= 0:
            low[n_group + merge] = min(low[n_group + merge], low[node])
            high[n_group + merge] = max(high[n_group + merge], high[node])
    made = np.concatenate([np.zeros(n_group), np.arange(1, n_merge + 1)])
    again = np.where(above >= 0, above + 1, n_merge + 1)
    blocks = [Rectangle((low[i] - 0.5, made[i]), high[i] - low[i] + 1, again[i] - made[i]) for i in range(len(above))]
    thin = 0.7 if n_group <= 80 else 0.25
    drawn = PatchCollection(blocks, cmap=scale.colours(), edgecolor=PAPER, linewidth=thin)
    drawn.set(array=tree.score, clim=(scale.low, scale.limit))
    axes.add_collection(drawn)
    axes.set(xlim=(-0.5, n_group - 0.5), ylim=(0, n_merge + 1), ylabel="joins made")
    axes.locator_params(axis="y", integer=True)
    dress(axes)


def label_units(axes: "Axes", tree: Tree, names: Sequence[str], *, in_line: bool) -> None:
    """What stands below the blocks: names, steps, or only that units are in the order of the tree."""
    place = tree.places()
    if names and len(names) <= WORDS:
        axes.set_xticks(place, [plain(name, 16) for name in names], rotation=0 if len(names) <= 12 else 40)
        axes.tick_params(axis="x", length=0, labelsize=8)
    elif in_line:
        axes.set_xlabel("unit, in order of time")
        axes.locator_params(axis="x", integer=True)
    else:
        axes.set_xticks([])
        axes.set_xlabel(f"{len(tree.joined)} units, so that what is joined stands together", size=7.5, color=INK)


def draw_course(axes: "Axes", reading: Reading, tree: Tree) -> None:
    """The values of the only feature below the blocks of its steps."""
    value = reading.value[0, :, 0]
    unit = tree.places()[tree.group[:, 0]].astype(float)
    within = np.array([np.flatnonzero(unit == one).searchsorted(step) for step, one in enumerate(unit)])
    size = np.bincount(unit.astype(int))[unit.astype(int)]
    draw_values(axes, unit - 0.5 + (within + 0.5) / size, value)
    axes.set_xlim(-0.5, len(tree.joined) - 0.5)
    axes.set_ylabel(plain(reading.features[0], 20))
    dress(axes)


def draw_stages(panels: Any, tree: Tree, scale: Scale, features: Sequence[str]) -> None:
    """Steps and features after shares of the joins, cells in the colour of what their group counts for."""
    from matplotlib.collections import LineCollection

    n_merge = len(tree.merge_joined)
    for axes, share in zip(panels, STAGES, strict=True):
        n_made = round(share * n_merge)
        owner = owners(tree.joined, tree.merge_joined, n_merge=n_made)[tree.group].T
        axes.imshow(tree.score[owner], cmap=scale.colours(), vmin=scale.low, vmax=scale.limit, aspect="auto")
        right, under = np.argwhere(owner[:, 1:] != owner[:, :-1]), np.argwhere(owner[1:] != owner[:-1])
        lines = [[(t + 0.5, f - 0.5), (t + 0.5, f + 0.5)] for f, t in right.tolist()]
        lines += [[(t - 0.5, f + 0.5), (t + 0.5, f + 0.5)] for f, t in under.tolist()]
        axes.add_collection(LineCollection(lines, colors=INK, linewidths=0.35))
        dress(axes)
        head(axes, f"after {n_made} of {n_merge} joins")
        axes.set_xlabel("step")
        axes.locator_params(axis="x", integer=True)
    name_rows(panels[0], features)
