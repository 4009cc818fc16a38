"""How the search for dreams went."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from aition.core.explanation import Explanation
from aition.view.plots.canvas import INK, RULE, dress, head, value_panels
from aition.view.plots.colours import LEAST
from aition.view.plots.dreamt import about, check_dreams, wish_name, wishes_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def plot_dream_courses(dreams: Explanation, *, class_names: Sequence[str] = ()) -> "Figure":
    """Show what every dream reached at each step, a panel for each objective, beside what real series reach.

    Args:
        dreams: What :func:`aition.dream.dream` answered.
        class_names: What the classes are called; as the dreams know them where nothing is said.

    Returns:
        A figure of its own, not known to pyplot.

    Raises:
        InputError: It holds no dreams.
        MissingExtraError: matplotlib is not installed.
    """
    check_dreams(dreams)
    wishes = wishes_of(dreams)
    figure, panels = value_panels(
        len(wishes),
        8.5,
        title="On the way to the dreams",
        subtitle="Lines: what each dream reached; grey: four fifths of the real series of the class; dotted: the aim",
        sharey=False,
    )
    for place, (axes, wish) in enumerate(zip(panels, wishes, strict=True)):
        dress(axes, grid=True)
        rows = dreams["target_wish"].values == wish
        low, high = np.quantile(dreams["real_reached"].values[about(dreams, wish), wish], (0.1, 0.9))
        axes.axhspan(low, high, color=RULE, alpha=0.45, linewidth=0)
        axes.plot(dreams["objective"].values[rows].T, color=LEAST, linewidth=0.8, alpha=0.8)
        if not np.isnan(wanted := dreams["wanted"].values[rows][0]):
            axes.axhline(wanted, color=INK, linewidth=1.0, linestyle=":")
        head(axes, wish_name(dreams, wish, class_names))
        axes.set_xlabel("iteration")
        if place % 3 == 0:
            axes.set_ylabel("reached (logits)" if (dreams["target_class"].values[rows] >= 0).all() else "reached")
    return figure
