"""Where dreams lie among real series."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from aition.core.errors import InputError
from aition.core.explanation import Explanation
from aition.view.plots.canvas import INK, PAPER, canvas, dress
from aition.view.plots.colours import RANDOM
from aition.view.plots.dreamt import (
    COLOURS,
    CROWD,
    SIGNS,
    check_dreams,
    classes_of,
    label_name,
    looking_real,
    names_of_classes,
    wish_name,
    wishes_of,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def plot_dream_projection(dreams: Explanation, *, class_names: Sequence[str] = ()) -> "Figure":
    """Show where dreams lie among real series, in two directions of what judges see and the model never told.

    The directions are the first principal components of random dilated kernels' answers to real series. A dream that
    lies outside is strange; one that lies inside need not look real, because there are further directions.

    Args:
        dreams: What :func:`aition.dream.dream` answered.
        class_names: What the classes are called; as the dreams know them where nothing is said.

    Returns:
        A figure of its own, not known to pyplot.

    Raises:
        InputError: It holds no dreams, or no judge looked at features of theirs.
        MissingExtraError: matplotlib is not installed.
    """
    check_dreams(dreams)
    if "projection" not in dreams or dreams["projection"].values.shape[1] < 2:
        raise InputError("dreams must have been seen by a judge of features, such as Neighbours(), but were not")
    figure = canvas(
        6.8,
        3.8,
        title="Dreams among real series",
        subtitle="Large: dreams (hollow: unreal to a judge); small: real series; star: the one that reaches most",
    )
    axes = figure.subplots()
    dress(axes, grid=True)
    names, label = names_of_classes(dreams, class_names), dreams["real_label"].values
    real, dreamt = dreams["real_projection"].values, dreams["projection"].values
    for one in np.unique(label).tolist():
        look: dict[str, Any] = {"linestyle": "", "marker": "o", "markersize": 3, "alpha": 0.5, "markeredgewidth": 0}
        look["rasterized"] = len(real) > CROWD
        axes.plot(*real[label == one].T, color=colour_of(one), label=f"real: {label_name(one, names)}", **look)
    unreal = looking_real(dreams) == 0
    for place, wish in enumerate(wishes_of(dreams)):
        mine = dreams["target_wish"].values == wish
        own = classes_of(dreams, wish)
        colour = colour_of(own[0] if own else -1) if len(own) < 2 else INK
        top = real[int(dreams["top"].values[mine][0])]
        axes.plot(*top, marker="*", markersize=9, color=colour, markeredgecolor=PAPER, markeredgewidth=0.5, zorder=4)
        look = {
            "linestyle": "",
            "marker": SIGNS[place % len(SIGNS)],
            "markersize": 6,
            "markeredgewidth": 1.2,
            "zorder": 3,
        }
        words = f"dream: {wish_name(dreams, wish, class_names)}"
        axes.plot(*dreamt[mine & ~unreal].T, color=colour, markeredgecolor=PAPER, label=words, **look)
        axes.plot(*dreamt[mine & unreal].T, color=PAPER, markeredgecolor=colour, **look)
    share = 100 * dreams["projection_share"].values
    axes.set_xlabel(f"first direction ({share[0]:.0f} % of the variance)")
    axes.set_ylabel(f"second direction ({share[1]:.0f} %)")
    axes.legend(fontsize=7.5, frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure


def colour_of(label: int) -> str:
    """The colour of a class."""
    return COLOURS[label % len(COLOURS)] if label >= 0 else RANDOM
