"""Groups: which codes are made into the same features, and how their values are cleaned."""

from dataclasses import dataclass
from itertools import pairwise

from duckdb import DuckDBPyConnection

from aition.core.errors import InputError
from aition.data.readers.spec import Feature, Spec
from aition.data.readers.sql import literal

VALUELESS = ("count", "any")
"""Aggregates that need no value: that something was recorded is enough."""
NO_NUMBER = "value is no number"


@dataclass(frozen=True)
class Group:
    """Features that are made of the same codes, and so of values cleaned alike.

    Args:
        features: Their places in the spec.
        needs_value: Whether a record without a number is of no use to any of them.
        cleaning: The feature that says units and bounds.
    """

    features: tuple[int, ...]
    needs_value: bool
    cleaning: Feature


def matches(pattern: str, code: str) -> bool:
    """Whether a pattern of a feature means a code.

    >>> matches("HR//*", "HR//220045"), matches("HR", "HR//220045")
    (True, False)
    """
    return code.startswith(pattern[:-1]) if pattern.endswith("*") else code == pattern


def groups_of(spec: Spec) -> tuple[tuple[Group, ...], dict[str, int]]:
    """The groups, and the number of the group of every pattern.

    A code belongs to the group of the pattern that is the code itself, or else of the longest that it begins with.

    Raises:
        InputError: Features share a code but clean it differently; or, of events, share one at all.
    """
    groups: list[Group] = []
    numbers: dict[str, int] = {}
    for pattern in sorted({code for one in spec.features for code in one.codes}):
        places = tuple(
            place
            for place, one in enumerate(spec.features)
            if any(other == pattern or (other.endswith("*") and matches(other, pattern)) for other in one.codes)
        )
        known = [number for number, group in enumerate(groups) if group.features == places]
        numbers[pattern] = known[0] if known else len(groups)
        if not known:
            groups.append(group_of(spec, pattern, places))
    return tuple(groups), numbers


def group_of(spec: Spec, pattern: str, places: tuple[int, ...]) -> Group:
    """The group of these features; raises where they do not agree."""
    members = [spec.features[place] for place in places]
    names = ", ".join(one.name for one in members)
    if spec.form == "events" and len(members) > 1:
        raise InputError(f"code {pattern!r} must belong to one feature of a list of events, but belongs to {names}")
    valued = [one for one in members if one.aggregate not in VALUELESS]
    for one, other in pairwise(valued):
        if (one.unit, dict(one.units), one.low, one.high) != (other.unit, dict(other.units), other.low, other.high):
            raise InputError(
                f"features {one.name} and {other.name} share the code {pattern!r}, so their unit, units, low and high "
                "must be the same, but differ"
            )
    return Group(places, len(valued) == len(members), (valued or members)[0])


def write_groups(connection: DuckDBPyConnection, spec: Spec) -> tuple[Group, ...]:
    """Tables ``named`` (code, grp), ``bounds`` (grp, …) and ``conversions`` (grp, unit, factor, shift), in lower case.

    Returns:
        The groups, by ``grp``.
    """
    groups, numbers = groups_of(spec)
    connection.execute("CREATE TEMP TABLE named (code VARCHAR, grp INTEGER)")
    connection.execute(
        "CREATE TEMP TABLE bounds (grp INTEGER, checks_unit BOOLEAN, needs_value BOOLEAN, low DOUBLE, high DOUBLE)"
    )
    connection.execute("CREATE TEMP TABLE conversions (grp INTEGER, unit VARCHAR, factor DOUBLE, shift DOUBLE)")
    for code, number in numbers.items():
        if not code.endswith("*"):
            connection.execute("INSERT INTO named VALUES (?, ?)", [code, number])
    for number, group in enumerate(groups):
        one = group.cleaning
        knows = bool(one.unit or one.units)
        connection.execute(
            "INSERT INTO bounds VALUES (?, ?, ?, ?, ?)", [number, knows, group.needs_value, one.low, one.high]
        )
        for unit, (factor, shift) in conversions_of(one).items():
            connection.execute("INSERT INTO conversions VALUES (?, ?, ?, ?)", [number, unit, factor, shift])
    return groups


def conversions_of(feature: Feature) -> dict[str, tuple[float, float]]:
    """Factor and offset by unit, in lower case; the feature's own unit changes nothing."""
    own = {feature.unit.strip().lower(): (1.0, 0.0)} if feature.unit.strip() else {}
    others: dict[str, tuple[float, float]] = {}
    for unit, how in feature.units.items():
        word = unit.strip().lower()
        if not word or word in others:
            raise InputError(
                f"units of feature {feature.name!r} must be different words (in lower case too), but {unit!r} is not"
            )
        others[word] = (how.factor, how.offset)
    return own | others


def group_sql(spec: Spec, code: str, exact: str) -> str:
    """The group of a code in SQL, NULL where no feature names it.

    Args:
        spec: What names the codes.
        code: The code's column.
        exact: The column of the group of a code that is named in full.
    """
    _, numbers = groups_of(spec)
    endless = sorted((pattern for pattern in numbers if pattern.endswith("*")), key=len, reverse=True)
    whens = "".join(
        f" WHEN starts_with({code}, {literal(pattern[:-1])}) THEN {numbers[pattern]}" for pattern in endless
    )
    return f"CASE WHEN {exact} IS NOT NULL THEN {exact}{whens} END"
