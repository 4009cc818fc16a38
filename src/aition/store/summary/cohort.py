"""Cohort: which samples are meant, as conditions on their columns, on their rows, and on each other."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aition.core.errors import InputError
from aition.store.summary.selection import Selection
from aition.store.summary.words import MOST, known_keys

Mask = NDArray[np.bool_]
DEEPEST = 8
MOST_IDS = 200_000
"""Samples that a cohort names, at most."""
LARGEST = 2**53
NUMBERS = (int, float)
WORDS: dict[type, str] = {int: "whole numbers", float: "numbers", bool: "truths", str: "names"}
BOUNDS = (("from", np.greater_equal), ("to", np.less_equal), ("below", np.less))
"""What bounds a column, and how."""
FORMS = ("column", "ids", "rows", "together", "not", "all", "any")
MOST_TOGETHER = 8
"""Selections that must be met within one time bin, at most."""


def nowhere(_selections: Sequence[Selection]) -> Mask:
    """What stands for samples whose rows are not at hand.

    Raises:
        InputError: Always.
    """
    raise InputError("a cohort by what comes together must be asked of a cube")


def cohort_mask(
    asked: Any,
    columns: Mapping[str, NDArray[Any]],
    rows: Callable[[Selection, int], Mask],
    together: Callable[[Sequence[Selection]], Mask] = nowhere,
    *,
    depth: int = 0,
) -> Mask:
    """Which samples a cohort has, ``[sample]``.

    Args:
        asked: ``{"all": []}`` for everybody; ``{"column": name, "in": […]}``; ``{"column": name, "from": x, "to": y}``,
            both included, or ``"below": y``, which is not; each may be left out; ``{"ids": […]}``;
            ``{"rows": selection, "at_least": k}``, those with k rows among the selected;
            ``{"together": [selections]}``, those with a row of each within one time bin; and
            ``{"not": cohort}``, ``{"all": [cohorts]}``, ``{"any": [cohorts]}``.
        columns: Of the samples, ``[sample]`` each.
        rows: Answers the samples with at least so many rows in a selection.
        together: Answers the samples with a row in each of some selections within one time bin.
        depth: How many conditions stand above this one.

    Raises:
        InputError: It has another form, or names a column that there is not.

    >>> columns = {"id": np.array(["ann", "bob", "eve"]), "age": np.array([30.0, 71.0, 65.0])}
    >>> cohort_mask({"all": [{"column": "age", "from": 60}, {"not": {"ids": ["eve"]}}]}, columns, rows=None)
    array([False,  True, False])
    """
    known_keys("a cohort", asked, (*FORMS, "in", *(key for key, _ in BOUNDS), "at_least"))
    form = [name for name in FORMS if name in asked]
    if len(form) != 1 or depth > DEEPEST:
        raise InputError(f"a cohort must have one of {', '.join(FORMS)}, at most {DEEPEST} deep, but has {form}")
    within = {"column": ("column", "in", *(key for key, _ in BOUNDS)), "rows": ("rows", "at_least")}.get(
        form[0], (form[0],)
    )
    known_keys(f"a cohort by {form[0]}", asked, within)
    n_sample = len(columns["id"])
    if form == ["column"]:
        return by_column(asked, columns)
    if form == ["ids"]:
        return np.isin(columns["id"], listed("ids", asked["ids"], (str,)))
    if form == ["rows"]:
        least = asked.get("at_least", 1)
        if type(least) is not int or least < 1:
            raise InputError(f"at_least must be a whole number from 1, but is {least!r}")
        return rows(Selection.from_json(asked["rows"]), least)
    if form == ["together"]:
        met = asked["together"]
        if not isinstance(met, list) or not 2 <= len(met) <= MOST_TOGETHER:
            raise InputError(f"together must be a list of 2 to {MOST_TOGETHER} selections, but is {str(met)[:80]}")
        return together([Selection.from_json(one) for one in met])
    if form == ["not"]:
        return ~cohort_mask(asked["not"], columns, rows, together, depth=depth + 1)
    parts = asked[form[0]]
    if not isinstance(parts, list) or len(parts) > MOST:
        raise InputError(f"{form[0]} must be a list of cohorts, but is {type(parts).__name__}")
    masks = [cohort_mask(part, columns, rows, together, depth=depth + 1) for part in parts]
    join = np.logical_and if form == ["all"] else np.logical_or
    start = np.full(n_sample, form == ["all"])
    for mask in masks:
        start = join(start, mask)
    return start


def by_column(asked: Mapping[str, Any], columns: Mapping[str, NDArray[Any]]) -> Mask:
    """Samples whose column has one of some values, or lies within bounds; a missing value does neither."""
    name = asked["column"]
    if not isinstance(name, str) or name not in columns:
        raise InputError(f"column must be one of {', '.join(columns)}, but is {str(name)[:80]!r}")
    column = columns[name]
    text = column.dtype.kind in "US"
    bounded = [key for key, _ in BOUNDS if key in asked]
    if "in" in asked:
        if bounded:
            raise InputError(f"a cohort by column must have either in, or bounds, but has in and {bounded[0]}")
        return np.isin(column, listed("in", asked["in"], (str,) if text else (*NUMBERS, bool)))
    if text or not bounded:
        raise InputError(f"a cohort by the column {name} must have {'in' if text else 'in, from, to or below'}")
    mask: Mask = ~np.isnan(column.astype(np.float64))
    for key, holds in BOUNDS:
        if key in asked:
            mask &= holds(column, listed(key, [asked[key]], NUMBERS)[0])
    return mask


def listed(name: str, values: Any, kinds: tuple[type, ...]) -> NDArray[Any]:
    """A list of values of some kinds, as an array."""
    fits = isinstance(values, list) and len(values) <= MOST_IDS and all(type(one) in kinds for one in values)
    if not fits or any(type(one) is int and abs(one) > LARGEST for one in values):
        raise InputError(
            f"{name} must be of at most {MOST_IDS} {' or '.join(WORDS[kind] for kind in kinds)}, but is "
            f"{str(values)[:80]}"
        )
    return np.array(values, dtype=np.str_ if kinds == (str,) else np.float64)


def digest_of(asked: Any) -> str:
    """A name for a cohort, equal for equal conditions."""
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:16]
