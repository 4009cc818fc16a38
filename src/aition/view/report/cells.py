"""Explanations of cells in a report: pictures of what counted, with their numbers and what is to be seen."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from aition.core.errors import InputError
from aition.core.explanation import Explanation
from aition.view.plots import plot_classes, plot_summary, plot_values
from aition.view.plots.reading import classes_of
from aition.view.report.document import Picture, Table
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
    pictures = [pictured(one, "summary", SUMMARY, name=name, variable=variable)]
    if has_classes(one):
        pictures.append(pictured(one, "classes", CLASSES, name=name, variable=variable, class_names=class_names))
    return (*pictures, pictured(one, "values", VALUES, name=name, variable=variable))


SUMMARY = (
    "Left: how much each feature counted at each time, in the mean over all samples. Right: each point is one measured "
    "value; its place says how it counted, its colour whether it was low or high for its feature."
)
CLASSES = "The same for each class, on one scale: what counted for one may not have counted for another."
VALUES = (
    "At which values the most important features counted: a rising line means that high values speak for the explained "
    "output (or, for a mask, that they were needed), a falling one that low values do."
)
DRAWN: Mapping[str, tuple[Callable[..., Any], Callable[..., str], Callable[..., Table]]] = {
    "summary": (plot_summary, summary_seen, summary_numbers),
    "classes": (plot_classes, class_seen, class_numbers),
    "values": (plot_values, value_seen, value_numbers),
}
"""By kind of picture: what draws it, what says what is to be seen, and what gives its numbers."""


def pictured(one: Explanation, kind: str, caption: str, *, name: str, **asked: Any) -> Picture:
    """A picture of one kind."""
    plot, seen, numbers = DRAWN[kind]
    figure = drawn(plot(one, **asked), name=f"{name} {kind}")
    return Picture(figure, seen(one, **asked), caption, numbers(one, **asked))


def has_classes(explanation: Explanation) -> bool:
    """Whether samples can be told apart by class, and there are two or more of them."""
    try:
        index, _ = classes_of(explanation, 0)
    except InputError:
        return False
    return len(np.unique(index[index >= 0])) > 1
