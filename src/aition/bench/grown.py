"""Settings that a method has got since a row was made: rows from before have them at their defaults."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import cache
from typing import Any

from aition.bench.rows import Row
from aition.core.errors import InputError


def filled(row: Mapping[str, Any]) -> Row:
    """A row with every setting that its method has today; as it is where the method is not known here."""
    return {**row, "settings": {**defaults_of(row["method"]), **row["settings"]}}


def evened(rows: Sequence[Row]) -> list[Row]:
    """Rows of which those of one method all have the same settings; methods are looked up only where they differ."""
    names: dict[str, set[frozenset[str]]] = {}
    for row in rows:
        names.setdefault(row["method"], set()).add(frozenset(row["settings"]))
    return [filled(row) if len(names[row["method"]]) > 1 else row for row in rows]


@cache
def defaults_of(method: str) -> Mapping[str, Any]:
    """The settings of a method that have a default, as JSON; asked once, for packages that announce methods stay."""
    from aition.bench.blind import BLIND
    from aition.registry.cards import REQUIRED, default_of
    from aition.registry.known import explainer_class

    try:
        made = BLIND.get(method) or explainer_class(method)
    except InputError:
        return {}
    found = {part.name: default_of(part) for part in fields(made) if part.init}
    return {name: value for name, value in found.items() if value != REQUIRED}
