"""What counted for each class: feature by time, one panel a class."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from aition.core.errors import InputError
from aition.core.explanation import Explanation
from aition.view.plots.canvas import bar_beside, canvas, dress, head, hide, name_rows, plain
from aition.view.plots.code_classes import plot_code_classes
from aition.view.plots.colours import scale_of
from aition.view.plots.counts import tally
from aition.view.plots.profile import profiles_of
from aition.view.plots.reading import classes_of, read
from aition.view.plots.rows import has_rows
from aition.view.plots.said import class_name, class_names_of, method_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_PANELS = 12


def plot_classes(
    explanation: Explanation,
    *,
    variable: str = "attribution",
    class_names: Sequence[str] = (),
    target: int = 0,
    top: int = 20,
    width: float = 10.0,
) -> "Figure":
    """Show mean ``|attribution|`` by feature and time for the samples of each class, on one scale.

    The class is the explained one, or the predicted one where all classes were explained together. Events are drawn by
    :func:`plot_code_classes`.

    Args:
        explanation: An explanation of classes whose variable has the axes sample, time and feature, or a row an event.
        variable: What to show.
        class_names: Names of the classes; those of the explanation, or their numbers, where nothing is said.
        target: Which of several targets.
        top: Features shown, those with the largest shares over all classes.
        width: Inches.

    Returns:
        A figure of its own, not known to pyplot; at most 12 classes, those of the most samples.

    Raises:
        InputError: There are no classes, or there is no such variable or target.
        MissingExtraError: matplotlib is not installed.
    """
    if top < 1:
        raise InputError(f"top must be 1 or more, but is {top}")
    if has_rows(explanation, variable):
        counts = tally([explanation], variable=variable, target=target)
        return plot_code_classes(counts, class_names=class_names, top=top, width=width)
    class_names = class_names or class_names_of(explanation)
    reading = read(explanation, variable=variable, target=target)
    index, meaning = classes_of(explanation, target)
    classes, count = np.unique(index[index >= 0], return_counts=True)
    shown = np.sort(classes[np.argsort(-count, kind="stable")][:MOST_PANELS])
    rows = np.argsort(-reading.totals, kind="stable")[:top]
    n_column = 2 if len(shown) == 4 else min(len(shown), 3)
    n_row = -(-len(shown) // n_column)
    some = f"{len(shown)} of {len(classes)} classes" if len(shown) < len(classes) else "each class"
    figure = canvas(
        width,
        n_row * max(1.5, 0.5 + 0.16 * len(rows)) + 0.3,
        title=f"What counted for {some}",
        subtitle=f"Mean |{variable}| over the samples whose {meaning} class it is, by {method_of(explanation)}",
    )
    profiles = profiles_of(reading, [index == one for one in shown])
    scale = scale_of(np.stack([profile.mean[:, rows] for profile in profiles]), signed=False)
    look: dict[str, Any] = {"cmap": scale.colours(), "vmin": 0, "vmax": scale.limit, "rasterized": True}
    grid = figure.subplots(n_row, n_column, sharex=True, sharey=True, squeeze=False).ravel()
    borders = np.arange(len(rows) + 1) - 0.5
    for place, (axes, one, profile) in enumerate(zip(grid, shown, profiles, strict=False)):
        dress(axes)
        mesh = axes.pcolormesh(profile.edges, borders, profile.mean[:, rows].T, **look)
        head(axes, f"{plain(class_name(int(one), class_names), 28)}  (n = {int((index == one).sum())})")
        name_rows(axes, [reading.features[row] for row in rows])
        if place + n_column >= len(shown):
            axes.set_xlabel(plain(reading.time_label))
            axes.tick_params(labelbottom=True)
    hide(grid[len(shown) :])
    bar_beside(grid[: len(shown)], mesh, extend=scale.extend, words=f"mean |{variable}|")
    return figure
