"""What dreams reach against how real they look: dreams of several presets among the real series."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from aition.core.errors import InputError
from aition.core.explanation import Explanation
from aition.core.realism import LOW
from aition.view.plots.canvas import INK, MUTED, RULE, dress, head, plain, value_panels
from aition.view.plots.colours import MOST
from aition.view.plots.dreamt import (
    COLOURS,
    CROWD,
    SIGNS,
    Array,
    about,
    check_dreams,
    percentiles_of,
    wish_name,
    wishes_of,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FAR = 3.0
"""Times what real series reach, beyond which the axis of what was reached is drawn by its logarithm."""


def plot_dream_realism(dreams: Mapping[str, Explanation], *, class_names: Sequence[str] = ()) -> "Figure":
    """Show what was reached against how real it looks, a panel for each objective, every dream and real series a point.

    Upward is more real: of 100 held-out real series, so many lie further out than this one, on its side, to the judge
    to whom it is strangest. The line joins the dreams that no other dream beats in both: what realism costs.

    Args:
        dreams: What :func:`aition.dream.dream` answered, by the name of the recipe; of the same objectives and data.
        class_names: What the classes are called; as the dreams know them where nothing is said.

    Returns:
        A figure of its own, not known to pyplot.

    Raises:
        InputError: It holds no dreams, they are of different objectives, or nobody judged them.
        MissingExtraError: matplotlib is not installed.
    """
    first = check_several(dreams)
    wishes = wishes_of(first)
    figure, panels = value_panels(
        len(wishes),
        9.5,
        title="Does what is reached look real?",
        subtitle="Coloured: dreams, by recipe; line: those that none beats in both; grey: real series of the class, "
        "dotted: the most of any",
    )
    floor = 50 / first.sizes["real"]
    for axes, wish in zip(panels, wishes, strict=True):
        dress(axes, grid=True)
        draw_points(axes, dreams, wish, floor)
        head(axes, wish_name(first, wish, class_names))
        axes.set_xlabel("what was reached")
    panels[0].set_ylabel("of 100 real series, so many\nlie further out (strictest judge)")
    panels[0].set_ylim(0.8 * floor, 70)
    ticks = [one for one in (1, 3, 10, 30) if one > 2 * floor]
    panels[0].set_yticks([floor, *ticks], ["none", *map(str, ticks)], minor=False)
    panels[0].minorticks_off()
    handles, names = panels[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=6, fontsize=7.5, frameon=False)
    return figure


def draw_points(axes: "Axes", several: Mapping[str, Explanation], wish: int, floor: float) -> None:
    """Dreams of one objective and the real series of its class, and the front of the dreams."""
    first = next(iter(several.values()))
    real = first["real_reached"].values[:, wish]
    own, judged = about(first, wish), percentiles_of(first, real=True)
    look: dict[str, Any] = {"linestyle": "", "markersize": 3, "markeredgewidth": 0, "rasterized": len(real) > CROWD}
    if judged.names:
        axes.plot(real[own], at_least(judged.rarity[own], floor), marker="o", color=RULE, label="real series", **look)
    axes.axhspan(0.5 * floor, max(LOW, 1.5 * floor), color=MOST, alpha=0.08, linewidth=0)
    points = []
    for place, (name, one) in enumerate(several.items()):
        rows = one["target_wish"].values == wish
        reached, rarity = one["margin"].values[rows], at_least(percentiles_of(one).rarity[rows], floor)
        look = {"linestyle": "", "markersize": 5, "alpha": 0.8, "markeredgecolor": "white", "markeredgewidth": 0.4}
        colour, sign = COLOURS[place % len(COLOURS)], SIGNS[place % len(SIGNS)]
        axes.plot(reached, rarity, marker=sign, color=colour, label=plain(name), zorder=3, **look)
        points.append(np.stack([reached, rarity], axis=1))
    line = front(np.concatenate(points))
    axes.step(line[:, 0], line[:, 1], where="pre", color=INK, linewidth=0.9, zorder=2)
    axes.set_yscale("log")
    far = np.abs(np.concatenate(points)[:, 0]).max()
    if far > FAR * (most := float(np.abs(real).max())):
        axes.set_xscale("symlog", linthresh=most, linscale=2.0)
        near = [-most, 0.0, most] if np.concatenate(points)[:, 0].min() < 0 else [0.0, most]
        ticks = [*near, *10.0 ** np.arange(np.ceil(np.log10(2 * most)), np.ceil(np.log10(far)) + 1)]
        axes.set_xticks(ticks, [f"{one:.2g}" if abs(one) < 10 else f"{one:.0f}" for one in ticks])
        axes.minorticks_off()
    axes.axvline(float(real[own].max()), color=MUTED, linewidth=0.9, linestyle=":")


def at_least(rarity: Array, floor: float) -> Array:
    """Rarities that a logarithm can show: none is a little below the rarest that can be."""
    found: Array = np.maximum(rarity, floor)
    return found


def front(points: Array) -> Array:
    """Points that no other beats in both coordinates, from the smallest first coordinate to the largest.

    >>> front(np.array([[0.0, 1.0], [1.0, 3.0], [2.0, 2.0], [1.5, 1.0]])).tolist()
    [[1.0, 3.0], [2.0, 2.0]]
    """
    order = np.lexsort((points[:, 1], points[:, 0]))[::-1]
    best = np.maximum.accumulate(np.concatenate([[-np.inf], points[order, 1]]))[:-1]
    found: Array = points[order[points[order, 1] > best]][::-1]
    return found


def check_several(dreams: Mapping[str, Explanation]) -> Explanation:
    """The first; raises unless all are dreams of the same objectives that somebody judged."""
    if not dreams:
        raise InputError("dreams must hold what aition.dream.dream() answered, by the name of the recipe, but is empty")
    for name, one in dreams.items():
        check_dreams(one)
        if not percentiles_of(one).names:
            raise InputError(
                f"dreams must have been judged, but {name} were not: give dream() twenty real series or more"
            )
    first = next(iter(dreams.values()))
    wishes = [str(one) for one in first["wish"].values]
    for name, one in dreams.items():
        if [str(each) for each in one["wish"].values] != wishes or one.sizes["real"] != first.sizes["real"]:
            raise InputError(f"dreams must be of the same objectives beside the same real series, but {name} are not")
    return first
