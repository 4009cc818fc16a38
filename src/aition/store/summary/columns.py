"""Columns of the samples as people look at them: classes, categories and numbers, with the bins of their histograms."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from aition.core.errors import InputError
from aition.store.cube.bins import named
from aition.store.cube.opened import OpenCube
from aition.store.cube.samples import OUTCOME
from aition.store.cube.settle import shared_labels

MOST_CATEGORIES = 12
N_BIN = 20
CLASSES = ("predicted", "label", "target_class")
HIDDEN = ("sample", "id")
UNKNOWN = "unknown"
PROBABILITY = "probability"
LENGTH = "length"
FIRST = ("predicted", "label", OUTCOME, PROBABILITY)
OUTCOMES = ("TP", "FN", "FP", "TN", "right", "wrong")
TOPS = (0.05, 0.1, 0.2, 0.5, 1.0)
"""Where the axis of small probabilities may end."""


@dataclass(frozen=True)
class Column:
    """What a column of the samples holds, and how its histogram is binned.

    Args:
        name: The column's.
        kind: "class", "category" (few different values) or "number".
        values: Of a class or a category, what a cohort names; a bin each.
        labels: Of the values, for people.
        edges: Of a number: bin k holds what has reached ``edges[k - 1]`` and not ``edges[k]``.
        least: The smallest finite value; NaN where there is none.
        most: The largest.
        n_missing: Samples without a value, which are in no bin.
    """

    name: str
    kind: Literal["class", "category", "number"]
    values: tuple[float | str, ...] = ()
    labels: tuple[str, ...] = ()
    edges: tuple[float, ...] = ()
    least: float = np.nan
    most: float = np.nan
    n_missing: int = 0

    @property
    def n_bin(self) -> int:
        return len(self.edges) + 1 if self.kind == "number" else len(self.values)

    def bins(self, column: NDArray[Any]) -> NDArray[np.int64]:
        """The bin of each sample; -1 where it has no value."""
        if self.kind == "number":
            value = column.astype(np.float64)
            return np.where(np.isnan(value), -1, np.searchsorted(np.asarray(self.edges), value, side="right"))
        known = np.array(self.values, dtype=column.dtype if column.dtype.kind == "U" else np.float64)
        order = np.argsort(known)
        place = np.minimum(np.searchsorted(known[order], column), len(known) - 1)
        return np.where(known[order][place] == column, order[place], -1)


def columns_of(cube: OpenCube) -> tuple[Column, ...]:
    """All columns of a cube's samples that a histogram can show.

    Predictions come first, then what is known of a sample from the start, its length, and at last what is
    :func:`technical`.
    """
    found = [
        column_of(name, column, cube.spec.class_names)
        for name, column in cube.samples.items()
        if name not in HIDDEN and not nothing_known(column)
    ]
    place = {name: rank for rank, name in enumerate(FIRST)}
    return tuple(
        sorted(found, key=lambda one: (technical(cube, one), one.name == LENGTH, place.get(one.name, len(place))))
    )


def technical(cube: OpenCube, column: Column) -> bool:
    """Whether a column is for those who made the run: counts of its rows, and what the explainer left."""
    return column.name not in (*FIRST, LENGTH) and column.name not in static_columns(cube)


def static_columns(cube: OpenCube) -> dict[str, str]:
    """Columns of static values by their names, and what the run calls them."""
    names = shared_labels(cube.run, "static") or [f"{place}" for place in range(cube.run.sizes.get("static", 0))]
    known = {f"static {name}" if f"static {name}" in cube.samples else name: name for name in names}
    return {column: name for column, name in known.items() if column in cube.samples}


def nothing_known(column: NDArray[Any]) -> bool:
    """Whether no sample has a value."""
    if column.dtype.kind == "U":
        return bool((column == "").all())
    return bool(column.dtype.kind == "f" and np.isnan(column).all())


def column_of(name: str, column: NDArray[Any], class_names: tuple[str, ...]) -> Column:
    """What a column holds.

    >>> column_of("age", np.array([30.0, 30.0, np.nan]), ())
    Column(name='age', kind='category', values=(30.0,), labels=('30',), edges=(), least=30.0, most=30.0, n_missing=1)
    """
    if column.dtype.kind == "U":
        values = tuple(np.unique(column).tolist())
        if name == OUTCOME:
            values = tuple(one for one in OUTCOMES if one in values)
        return Column(name, "category", values, values, n_missing=int((~np.isin(column, values)).sum()))
    seen = column[np.isfinite(column)] if column.dtype.kind == "f" else column.astype(np.int64)
    missing = len(column) - len(seen)
    if name in CLASSES:
        known = sorted({*range(len(class_names)), *np.unique(seen).tolist()})
        labels = tuple(class_names[one] if 0 <= one < len(class_names) else UNKNOWN for one in map(int, known))
        return Column(name, "class", tuple(map(float, known)), labels, n_missing=missing)
    distinct = np.unique(seen)
    least, most = (float(distinct[0]), float(distinct[-1])) if len(distinct) else (np.nan, np.nan)
    if name == PROBABILITY:
        top = next((one for one in TOPS if most <= one), 1.0)
        edges = np.linspace(0, top, N_BIN + 1)[1:-1].round(6)
        return Column(name, "number", edges=tuple(edges.tolist()), least=least, most=most, n_missing=missing)
    if len(distinct) <= MOST_CATEGORIES and bool((distinct == np.round(distinct)).all()):
        return Column(
            name, "category", tuple(map(float, distinct)), named(distinct), least=least, most=most, n_missing=missing
        )
    low, high = np.quantile(seen, [0.005, 0.995])
    edges = np.unique(np.linspace(low, high, N_BIN + 1)[1:-1])
    return Column(name, "number", edges=tuple(edges.tolist()), least=least, most=most, n_missing=missing)


def asked_column(name: Any, columns: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
    """A column by its name.

    Raises:
        InputError: There is none.
    """
    if not isinstance(name, str) or name not in columns:
        raise InputError(f"column must be one of {', '.join(columns)}, but is {str(name)[:80]!r}")
    return columns[name]
