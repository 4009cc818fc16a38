"""Where dreams stand between two classes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from aition.core.errors import InputError
from aition.core.explanation import Explanation
from aition.view.plots.canvas import INK, MUTED, RULE, canvas, dress
from aition.view.plots.colours import RANDOM
from aition.view.plots.dreamt import (
    COLOURS,
    CROWD,
    SIGNS,
    Array,
    check_dreams,
    label_name,
    names_of_classes,
    wish_name,
    wishes_of,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def plot_dream_border(
    dreams: Explanation, *, between: tuple[int, int] = (-1, -1), class_names: Sequence[str] = ()
) -> "Figure":
    """Show dreams and real series by the logits of two classes, with the line on which the model is torn.

    With more than two classes, logits are counted from the largest of the others, so that a third class wins to the
    left of 0 and below it; a second panel says how probable the two are together: equal logits need not be sure ones.

    Args:
        dreams: What :func:`aition.dream.dream` answered, of a model of classes.
        between: The two classes; those of the first border that was dreamed of, else the first two, where they are -1.
        class_names: What the classes are called; as the dreams know them where nothing is said.

    Returns:
        A figure of its own, not known to pyplot.

    Raises:
        InputError: It holds no dreams, the model says no classes, or there are no such ones.
        MissingExtraError: matplotlib is not installed.
    """
    check_dreams(dreams)
    said = {name: logits_of(dreams, name) for name in ("prediction", "real_prediction")}
    pair = pair_of(dreams, between, said["prediction"].shape[1])
    names = names_of_classes(dreams, class_names)
    several = said["prediction"].shape[1] > 2
    words = [label_name(one, names) for one in pair]
    figure = canvas(
        9.0 if several else 5.8,
        3.6,
        title=f"Between {words[0]} and {words[1]}",
        subtitle="Large: dreams; small: real series, by their labels; on the line the model is torn",
    )
    panels = figure.subplots(1, 1 + several, squeeze=False)[0]
    dress(panels[0], grid=True)
    draw_series(panels[0], dreams, {name: heights(one, pair) for name, one in said.items()}, pair, names)
    edges = np.array([*panels[0].get_xlim(), *panels[0].get_ylim()])
    panels[0].axline((0, 0), slope=1, color=INK, linewidth=1.0, linestyle="--", zorder=1)
    rest = " above the largest other" if several else ""
    panels[0].set_xlabel(f"logit of {words[0]}{rest}")
    panels[0].set_ylabel(f"logit of {words[1]}{rest}")
    if several:
        panels[0].fill_between([edges[0], 0], edges[2], 0, color=RULE, alpha=0.35, linewidth=0, zorder=0)
        panels[0].text(edges[0], edges[2], " another class wins", size=7, color=MUTED, va="bottom")
        dress(panels[1], grid=True)
        draw_series(panels[1], dreams, {name: lead_and_joint(one, pair) for name, one in said.items()}, pair, names)
        panels[1].axvline(0, color=INK, linewidth=1.0, linestyle="--", zorder=1)
        panels[1].set_xlabel(f"lead of {words[0]} over {words[1]} (logits)")
        panels[1].set_ylabel("probability of the two together")
        panels[1].set_ylim(-0.04, 1.04)
    panels[0].set(xlim=edges[:2], ylim=edges[2:])
    panels[-1].legend(fontsize=7.5, frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure


def draw_series(
    axes: "Axes", dreams: Explanation, points: dict[str, Array], pair: tuple[int, int], names: Sequence[str]
) -> None:
    """Real series as small points by class, dreams as large ones by objective."""
    label = dreams["real_label"].values
    real = points["real_prediction"]
    kinds = [
        (label == pair[0], COLOURS[0], label_name(pair[0], names)),
        (label == pair[1], COLOURS[1], label_name(pair[1], names)),
    ]
    kinds.append((~np.isin(label, pair), RANDOM, "others"))
    for mine, colour, name in kinds:
        if mine.any():
            look: dict[str, Any] = {"linestyle": "", "marker": "o", "markersize": 3, "alpha": 0.6, "zorder": 2}
            look["rasterized"] = len(real) > CROWD
            axes.plot(*real[mine].T, color=colour, label=f"real: {name}", markeredgewidth=0, **look)
    for place, wish in enumerate(wishes_of(dreams)):
        mine = dreams["target_wish"].values == wish
        one, other = (int(dreams[name].values[mine][0]) for name in ("target_class", "target_class_other"))
        colour = INK if other >= 0 or one not in pair else COLOURS[pair.index(one)]
        look = {"linestyle": "", "marker": SIGNS[place % len(SIGNS)], "markersize": 6, "zorder": 3}
        axes.plot(
            *points["prediction"][mine].T,
            color=colour if other < 0 and one in pair else "white",
            markeredgecolor=colour if one not in pair or other >= 0 else INK,
            markeredgewidth=0.8,
            label=f"dream: {wish_name(dreams, wish, names)}",
            **look,
        )


def logits_of(dreams: Explanation, name: str) -> Array:
    """What the model says, ``[series, class]``; of one output, half of it for and against class 1."""
    if name not in dreams or dreams[name].dims[1:] != ("class",):
        raise InputError("dreams must be of a model that gives each series one number a class, but are not")
    said: Array = dreams[name].values.astype(np.float64)
    return np.concatenate([-said, said], axis=1) / 2 if said.shape[1] == 1 else said


def pair_of(dreams: Explanation, between: tuple[int, int], n_class: int) -> tuple[int, int]:
    """Two classes: those asked for, those of the first border, or the first two.

    Raises:
        InputError: There are no such classes, or they are the same.
    """
    if between == (-1, -1):
        borders = np.flatnonzero(dreams["target_class_other"].values >= 0)
        if not len(borders):
            return 0, 1
        between = tuple(int(dreams[one].values[borders[0]]) for one in ("target_class", "target_class_other"))  # type: ignore[assignment]
    if between[0] == between[1] or not all(0 <= one < n_class for one in between):
        raise InputError(f"between must be two classes from 0 to {n_class - 1}, but is {between}")
    return between


def heights(logits: Array, pair: tuple[int, int]) -> Array:
    """Logits of two classes, ``[series, 2]``, above the largest of the others where there are others.

    >>> heights(np.array([[3.0, 1.0, 2.0]]), (0, 1)).tolist()
    [[1.0, -1.0]]
    """
    rest = np.delete(logits, pair, axis=1)
    above = rest.max(axis=1, keepdims=True) if rest.shape[1] else 0.0
    found: Array = logits[:, list(pair)] - above
    return found


def lead_and_joint(logits: Array, pair: tuple[int, int]) -> Array:
    """How far the first of two classes leads, in logits, and the probability of both together, ``[series, 2]``."""
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    joint = odds[:, list(pair)].sum(axis=1) / odds.sum(axis=1)
    return np.stack([logits[:, pair[0]] - logits[:, pair[1]], joint], axis=1)
