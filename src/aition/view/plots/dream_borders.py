"""Where dreams stand between two classes or more."""

from collections.abc import Mapping, Sequence
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
    classes_of,
    label_name,
    names_of_classes,
    wish_name,
    wishes_of,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def plot_dream_border(
    dreams: Explanation, *, between: tuple[int, ...] = (), class_names: Sequence[str] = ()
) -> "Figure":
    """Show dreams and real series by the logits of two classes, with the line on which the model is torn.

    With further classes, logits are counted from the largest of these, so that another class wins to the left of 0 and
    below it; a second panel says how probable the two are together: equal logits need not be sure ones. Between three
    classes or more, the first panel shows how far the first leads over the second and the third, and the second panel
    how far all of them are apart.

    Args:
        dreams: What :func:`aition.dream.dream` answered, of a model of classes.
        between: The classes; where none is named, those of the first border that was dreamed of, else the first two.
        class_names: What the classes are called; as the dreams know them where nothing is said.

    Returns:
        A figure of its own, not known to pyplot.

    Raises:
        InputError: It holds no dreams, the model says no classes, or there are no such ones.
        MissingExtraError: matplotlib is not installed.
    """
    check_dreams(dreams)
    said = {name: logits_of(dreams, name) for name in ("prediction", "real_prediction")}
    sides = sides_of(dreams, between, said["prediction"].shape[1])
    names = names_of_classes(dreams, class_names)
    others = said["prediction"].shape[1] > len(sides)
    words, several = [label_name(one, names) for one in sides], len(sides) > 2
    figure = canvas(
        9.0 if others else 5.8,
        3.6,
        title=f"Between {', '.join(words[:-1])} and {words[-1]}",
        subtitle="Large: dreams; small: real series, by their labels; "
        + ("where the lines cross" if several else "on the line")
        + " the model is torn",
    )
    panels = figure.subplots(1, 1 + others, squeeze=False)[0]
    if several:
        draw_leads(panels[0], dreams, said, sides, names)
    else:
        draw_heights(panels[0], dreams, said, sides, names)
    if len(panels) > 1:
        draw_joint(panels[1], dreams, said, sides, names)
    panels[-1].legend(fontsize=7.5, frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure


def draw_heights(
    axes: "Axes", dreams: Explanation, said: Mapping[str, Array], pair: tuple[int, ...], names: Sequence[str]
) -> None:
    """The logits of two classes, above the largest of the others where there are others."""
    dress(axes, grid=True)
    draw_series(axes, dreams, {name: heights(one, pair) for name, one in said.items()}, pair, names)
    edges = np.array([*axes.get_xlim(), *axes.get_ylim()])
    axes.axline((0, 0), slope=1, color=INK, linewidth=1.0, linestyle="--", zorder=1)
    others = said["prediction"].shape[1] > 2
    rest = " above the largest other" if others else ""
    axes.set_xlabel(f"logit of {label_name(pair[0], names)}{rest}")
    axes.set_ylabel(f"logit of {label_name(pair[1], names)}{rest}")
    if others:
        axes.fill_between([edges[0], 0], edges[2], 0, color=RULE, alpha=0.35, linewidth=0, zorder=0)
        axes.text(edges[0], edges[2], " another class wins", size=7, color=MUTED, va="bottom")
    axes.set(xlim=edges[:2], ylim=edges[2:])


def draw_leads(
    axes: "Axes", dreams: Explanation, said: Mapping[str, Array], sides: tuple[int, ...], names: Sequence[str]
) -> None:
    """How far the first of several classes leads over the second and the third."""
    dress(axes, grid=True)
    points = {name: one[:, sides[:1]] - one[:, sides[1:3]] for name, one in said.items()}
    draw_series(axes, dreams, points, sides, names)
    for line in (axes.axvline, axes.axhline):
        line(0, color=INK, linewidth=1.0, linestyle="--", zorder=1)
    first, second, third = (label_name(one, names) for one in sides[:3])
    axes.set_xlabel(f"lead of {first} over {second} (logits)")
    axes.set_ylabel(f"lead of {first} over {third} (logits)")


def draw_joint(
    axes: "Axes", dreams: Explanation, said: Mapping[str, Array], sides: tuple[int, ...], names: Sequence[str]
) -> None:
    """How probable some classes are together, by how far the first leads, or by how far several are apart."""
    dress(axes, grid=True)
    draw_series(axes, dreams, {name: apart_and_joint(one, sides) for name, one in said.items()}, sides, names)
    axes.axvline(0, color=INK, linewidth=1.0, linestyle="--", zorder=1)
    first, second = (label_name(one, names) for one in sides[:2])
    lead = f"lead of {first} over {second} (logits)"
    axes.set_xlabel(lead if len(sides) == 2 else f"how far the {len(sides)} are apart at most (logits)")
    axes.set_ylabel("probability of the two together" if len(sides) == 2 else "probability of all of them together")
    axes.set_ylim(-0.04, 1.04)


def draw_series(
    axes: "Axes", dreams: Explanation, points: Mapping[str, Array], sides: tuple[int, ...], names: Sequence[str]
) -> None:
    """Real series as small points by class, dreams as large ones by objective."""
    label = dreams["real_label"].values
    real = points["real_prediction"]
    colours = {one: COLOURS[place % len(COLOURS)] for place, one in enumerate(sides)}
    kinds = [(label == one, colour, label_name(one, names)) for one, colour in colours.items()]
    kinds.append((~np.isin(label, sides), RANDOM, "others"))
    for mine, colour, name in kinds:
        if mine.any():
            look: dict[str, Any] = {"linestyle": "", "marker": "o", "markersize": 3, "alpha": 0.6, "zorder": 2}
            look["rasterized"] = len(real) > CROWD
            axes.plot(*real[mine].T, color=colour, label=f"real: {name}", markeredgewidth=0, **look)
    for place, wish in enumerate(wishes_of(dreams)):
        mine = dreams["target_wish"].values == wish
        own = classes_of(dreams, wish)
        colour = colours.get(own[0], INK) if len(own) == 1 else INK
        look = {"linestyle": "", "marker": SIGNS[place % len(SIGNS)], "markersize": 6, "zorder": 3}
        axes.plot(
            *points["prediction"][mine].T,
            color="white" if colour == INK else colour,
            markeredgecolor=INK,
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


def sides_of(dreams: Explanation, between: tuple[int, ...], n_class: int) -> tuple[int, ...]:
    """Two classes or more: those asked for, those of the first border, or the first two.

    Raises:
        InputError: There are no such classes, or two are the same.
    """
    borders = (classes_of(dreams, wish) for wish in wishes_of(dreams))
    sides = between or next((one for one in borders if len(one) > 1), (0, 1))
    if len(sides) < 2 or len(set(sides)) < len(sides) or not all(0 <= one < n_class for one in sides):
        raise InputError(f"between must be two different classes or more, from 0 to {n_class - 1}, but is {sides}")
    return sides


def heights(logits: Array, pair: tuple[int, ...]) -> Array:
    """Logits of two classes, ``[series, 2]``, above the largest of the others where there are others.

    >>> heights(np.array([[3.0, 1.0, 2.0]]), (0, 1)).tolist()
    [[1.0, -1.0]]
    """
    rest = np.delete(logits, pair, axis=1)
    above = rest.max(axis=1, keepdims=True) if rest.shape[1] else 0.0
    found: Array = logits[:, list(pair)] - above
    return found


def apart_and_joint(logits: Array, sides: tuple[int, ...]) -> Array:
    """How far classes are apart at most, in logits, and the probability of all together, ``[series, 2]``.

    Of two classes it is how far the first leads, which may be less than 0.

    >>> apart_and_joint(np.zeros((1, 4)), (0, 1, 3)).tolist()
    [[0.0, 0.75]]
    """
    mine = logits[:, list(sides)]
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    joint = odds[:, list(sides)].sum(axis=1) / odds.sum(axis=1)
    return np.stack([mine[:, 0] - mine[:, 1] if len(sides) == 2 else np.ptp(mine, axis=1), joint], axis=1)
