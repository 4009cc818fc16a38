"""Alike: what a folder takes over from an earlier one, so that a model that was trained on that reads it too."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from duckdb import DuckDBPyConnection

from aition.core.errors import InputError
from aition.data.folder import Folder, sealed
from aition.data.readers.moments import Moments
from aition.data.readers.source import Source
from aition.data.readers.spans import Samples, leave_out, missing
from aition.data.readers.spec import Spec
from aition.data.readers.toml import spec_of, to_toml

UNKNOWN = "label is not known"
PLAIN = (str, int, float, bool)


@dataclass(frozen=True)
class Earlier:
    """What an earlier folder says of itself; nothing is taken over where it is empty.

    Args:
        name: Where it is.
        sha256: Of what its manifest says.
        spec: What it was made by.
        moments: Of its features, or of its codes in order.
        classed: Whether its labels are classes.
        class_names: One a class.
        static_names: One a static column.
        static_fill: What stands where a static value is missing, by column.
    """

    name: str = ""
    sha256: str = ""
    spec: Spec = field(default_factory=lambda: Spec(form="events"))
    moments: Mapping[str, Moments] = field(default_factory=dict)
    classed: bool = True
    class_names: tuple[str, ...] = ()
    static_names: tuple[str, ...] = ()
    static_fill: Mapping[str, float] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether there is one."""
        return bool(self.name)


def earlier_of(folder: Folder) -> Earlier:
    """What a folder has for another.

    Raises:
        InputError: It was made before folders said that.
    """
    said = folder.manifest
    return Earlier(
        name=str(folder.path),
        sha256=sealed(said),
        spec=asked_of(folder)[0],
        moments={one["name"]: Moments(one["n_value"], one["mean"], one["scale"]) for one in said["features"]},
        classed=said["label"] == "class",
        class_names=folder.class_names,
        static_names=folder.static_names,
        static_fill=said["static_fill"],
    )


def asked_of(folder: Folder) -> tuple[Spec, dict[str, Any]]:
    """The spec that a folder was made by, and the settings of its source that are not the default.

    Raises:
        InputError: The folder does not say.
    """
    if not folder.manifest.get("spec"):
        raise InputError(
            f"{folder.path} must say the spec that it was made by, but does not: it was simulated, or made by an "
            "earlier version; ingest it anew"
        )
    return spec_of(folder.manifest["spec"])


def asked(spec: Spec, source: Source) -> str:
    """The spec and the settings of a source as TOML, without where the records are."""
    settings = {}
    for part in fields(source):  # type: ignore[arg-type] # a source is a dataclass
        value = getattr(source, part.name)
        plain = isinstance(value, PLAIN) or (isinstance(value, tuple) and all(isinstance(one, str) for one in value))
        if plain and value != part.default:
            settings[part.name] = value
    return to_toml(spec, settings)


def check_agrees(spec: Spec, earlier: Earlier) -> None:
    """Raise where a model would read what a spec asks for as something else.

    Codes, other units, plausible values, and how short a sample may be, are free: another hospital has its own.

    Raises:
        InputError: Naming the part that differs.
    """
    for what, own, other in (
        ("form", earlier.spec.form, spec.form),
        *((f"window.{name}", getattr(earlier.spec.window, name), getattr(spec.window, name)) for name in STEPS),
    ):
        if own != other:
            raise InputError(f"{what} must be {own!r}, as in {earlier.name}, but is {other!r}")
    known = {one.name: one for one in earlier.spec.features}
    names = [one.name for one in spec.features]
    if spec.form == "grid" and names != list(known):
        raise InputError(f"features must be {list(known)}, as in {earlier.name}, but are {names}")
    for one in spec.features:
        own = known.get(one.name, one)
        for name in MEANING if spec.form == "grid" else MEANING[:1]:
            if getattr(own, name) != getattr(one, name):
                raise InputError(
                    f"{name} of feature {one.name!r} must be {getattr(own, name)!r}, as in {earlier.name}, but is "
                    f"{getattr(one, name)!r}"
                )


STEPS = ("hours", "every", "align")
MEANING = ("unit", "aggregate")
"""What says the meaning of a feature's values."""


def alike(connection: DuckDBPyConnection, samples: Samples, earlier: Earlier) -> Samples:
    """Give the table ``spans`` the classes and the static columns of an earlier folder.

    Raises:
        InputError: Labels are of another kind, or of classes that it does not have; or a static column is missing that
            always was known there.
    """
    known, made = labels_alike(connection, samples, earlier)
    columns, lacking = static_alike(samples, earlier)
    old = [f"s{place}" for place in range(len(samples.static_names))]
    new = "".join(f", {how}::DOUBLE AS s{place}" for place, how in enumerate(columns))
    new += "".join(f", {lacks} AS filled{place}" for place, lacks in enumerate(lacking.values()))
    connection.execute(
        f"CREATE TEMP TABLE taken AS SELECT * EXCLUDE ({', '.join(['known', *old])}), {known} AS known{new} "
        "FROM spans ORDER BY number"
    )
    connection.execute("DROP TABLE spans")
    connection.execute("ALTER TABLE taken RENAME TO spans")
    return replace(
        made, static_names=earlier.static_names, static_fill=dict(earlier.static_fill), static_filled=tuple(lacking)
    )


def filled(connection: DuckDBPyConnection, samples: Samples) -> dict[str, int]:
    """How many samples hold the earlier folder's median in a static column that does not say so."""
    counts = (f"count(*) FILTER (filled{place})" for place in range(len(samples.static_filled)))
    found = connection.execute(f"SELECT {', '.join(['0', *counts])} FROM spans").fetchone() or (0,)
    return {name: count for name, count in zip(samples.static_filled, found[1:], strict=True) if count}


def labels_alike(connection: DuckDBPyConnection, samples: Samples, earlier: Earlier) -> tuple[str, Samples]:
    """The label in SQL as a number of the earlier folder's, and what is known of the samples then."""
    if samples.classed and not samples.class_names:
        return "known", replace(samples, class_names=earlier.class_names)
    if not earlier.classed:
        if not samples.classed:
            return "known", samples
        if any(not name.isdigit() for name in samples.class_names):
            raise InputError(f"labels must be values, as in {earlier.name}, but are {in_words(samples.class_names)}")
        return "known", replace(leave_out(connection, samples, "known IS NULL", UNKNOWN), classed=False, class_names=())
    if not earlier.class_names:
        return "known", samples
    if not samples.classed or (set(samples.class_names) - set(earlier.class_names)):
        are = in_words(samples.class_names) if samples.classed else "values"
        raise InputError(f"labels must be of {in_words(earlier.class_names)}, as in {earlier.name}, but are {are}")
    whens = " ".join(
        f"WHEN {place} THEN {earlier.class_names.index(name)}" for place, name in enumerate(samples.class_names)
    )
    return f"CASE known {whens} END::DOUBLE", replace(samples, class_names=earlier.class_names)


def static_alike(samples: Samples, earlier: Earlier) -> tuple[list[str], dict[str, str]]:
    """Each static column of the earlier folder in SQL; and where one that always was known there is missing now."""
    place = {name: f"s{at}" for at, name in enumerate(samples.static_names)}
    columns, lacking = {}, {}
    for name, fill in earlier.static_fill.items():
        told = missing(name)
        lacks = f"{place[told]} = 1" if told in place and told not in samples.static_fill else "false"
        if name in samples.static_fill:
            columns[name] = f"CASE WHEN {lacks} THEN {fill!r} ELSE {place[name]} END"
            columns.setdefault(told, f"({lacks})::INTEGER")
            if lacks != "false" and told not in earlier.static_names:
                lacking[name] = lacks
        elif told in earlier.static_names and told not in earlier.static_fill:
            columns[name], columns[told] = repr(fill), "1"
        else:
            raise InputError(
                f"static columns must be {in_words(earlier.static_names)}, as in {earlier.name}, but {name!r} is not "
                "there; name it among the settings of the source, or add it to the records"
            )
    return [columns[name] for name in earlier.static_names], lacking


def in_words(names: Sequence[str]) -> str:
    """Names in a row."""
    return ", ".join(map(repr, names))
