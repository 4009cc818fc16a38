"""Explanations of cells in a report: pictures of what counted, with their numbers and what is to be seen."""

from collections.abc import Sequence

import numpy as np

from aition.core.errors import InputError
from aition.core.explanation import Explanation
from aition.view.plots import plot_classes, plot_summary, plot_values
from aition.view.plots.reading import classes_of
from aition.view.report.document import Picture
from aition.view.report.numbers import (
    class_numbers,
    class_seen,
    summary_numbers,
    summary_seen,
    value_numbers,
    value_seen,
)
from aition.view.report.picture import drawn


def cell_pictures(one: Explanation, *, name: str, variable: str, class_names: Sequence[str]) -> tuple[Picture, ...]:
    """Which features counted, when, for which class and at which values.

    Args:
        one: An explanation of cells.
        name: What the ids of the pictures are made of.
        variable: What to show.
        class_names: Names of the classes; their numbers where nothing is said.
    """
    pictures: list[Picture] = [
        Picture(
            drawn(plot_summary(one, variable=variable), name=f"{name} summary"),
            summary_seen(one, variable=variable),
            "Left: how much each feature counted at each time, in the mean over all samples. Right: each point is one "
            "measured value; its place says how it counted, its colour whether it was low or high for its feature.",
            summary_numbers(one, variable=variable),
        )
    ]
    if has_classes(one):
        figure = plot_classes(one, variable=variable, class_names=class_names)
        seen = class_seen(one, variable=variable, class_names=class_names)
        numbers = class_numbers(one, variable=variable, class_names=class_names)
        caption = "The same for each class, on one scale: what counted for one may not have counted for another."
        pictures.append(Picture(drawn(figure, name=f"{name} classes"), seen, caption, numbers))
    pictures.append(
        Picture(
            drawn(plot_values(one, variable=variable), name=f"{name} values"),
            value_seen(one, variable=variable),
            "At which values the most important features counted: a rising line means that high values speak for the "
            "explained output (or, for a mask, that they were needed), a falling one that low values do.",
            value_numbers(one, variable=variable),
        )
    )
    return tuple(pictures)


def has_classes(explanation: Explanation) -> bool:
    """Whether samples can be told apart by class, and there are two or more of them."""
    try:
        index, _ = classes_of(explanation, 0)
    except InputError:
        return False
    return len(np.unique(index[index >= 0])) > 1
