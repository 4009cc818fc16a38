"""Spec from and to TOML."""

import json
import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from aition.core.errors import InputError
from aition.data.readers.spec import Conversion, Feature, Spec, Window

TABLES = ("window", "features", "source")


def read_spec(path: str | Path) -> tuple[Spec, dict[str, Any]]:
    """A spec, and the settings of a source, from a TOML file.

    Returns:
        The spec; and what the table ``[source]`` says, for the fields of the source.

    Raises:
        InputError: Naming the key, what was expected and what came.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} must be a spec in TOML, but can't be read: {error}") from error
    try:
        return spec_of(text)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def spec_of(text: str) -> tuple[Spec, dict[str, Any]]:
    """A spec, and the settings of a source, from TOML.

    Raises:
        InputError: Naming the key, what was expected and what came.

    >>> spec, source = spec_of('''
    ... form = "events"
    ... [window]
    ... hours = 24
    ... [source]
    ... anchor = "ICU*"
    ... ''')
    >>> spec.window.hours, source
    (24.0, {'anchor': 'ICU*'})
    """
    try:
        whole = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"a spec must be TOML, but is not: {error}") from error
    known = {"form", "fewest", *TABLES}
    if unknown := sorted(set(whole) - known):
        raise InputError(f"a spec has the keys {', '.join(sorted(known))}, but not {unknown[0]!r}")
    window = made(Window, table_of(whole.get("window", {}), "window"), "window")
    named = whole.get("features", [])
    if not isinstance(named, list):
        raise InputError("features must be tables, each under [[features]], but are one: write two brackets")
    features = tuple(feature_of(table_of(one, f"features[{place}]"), place) for place, one in enumerate(named))
    source = table_of(whole.get("source", {}), "source")
    rest = {name: typed(whole[name], get_type_hints(Spec)[name], name) for name in ("form", "fewest") if name in whole}
    return Spec(window=window, features=features, **rest), dict(source)


def feature_of(table: Mapping[str, Any], place: int) -> Feature:
    """One of the features."""
    where = f"features[{place}]" + (f" ({table['name']})" if isinstance(table.get("name"), str) else "")
    units = table_of(table.get("units", {}), f"{where}.units")
    conversions = {
        unit: made(Conversion, table_of(how, f"{where}.units.{unit}"), f"{where}.units.{unit}")
        for unit, how in units.items()
    }
    feature: Feature = made(Feature, {**table, "units": conversions}, where)
    return feature


def made(kind: type[Any], table: Mapping[str, Any], where: str) -> Any:
    """A dataclass of a table's keys."""
    hints = get_type_hints(kind)
    if unknown := [key for key in table if key not in hints]:
        raise InputError(f"{where} has the keys {', '.join(hints)}, but not {unknown[0]!r}")
    needed = [part.name for part in fields(kind) if part.default is MISSING and part.default_factory is MISSING]
    if missing := [name for name in needed if name not in table]:
        raise InputError(f"{where} must have the key {missing[0]!r}, but has {', '.join(table) or 'none'}")
    return kind(**{key: typed(value, hints[key], f"{where}.{key}") for key, value in table.items()})


def typed(value: Any, kind: Any, where: str) -> Any:
    """A value as its annotation asks for it; raises where it is another."""
    if get_origin(kind) is Literal:
        if value not in get_args(kind):
            raise InputError(f"{where} must be one of {', '.join(get_args(kind))}, but is {value!r}")
        return value
    if get_origin(kind) is tuple:
        parts = [value] if isinstance(value, str) else value
        if not isinstance(parts, list | tuple) or not all(isinstance(one, str) for one in parts):
            raise InputError(f"{where} must be a list of texts, but is {value!r}")
        return tuple(parts)
    if kind is Path and isinstance(value, str | Path):
        return Path(value)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    plain = {float: "a number", int: "a whole number", str: "a text", bool: "true or false"}
    if kind in plain and (not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool)):
        raise InputError(f"{where} must be {plain[kind]}, but is {value!r}")
    if kind is float and math.isnan(value):
        raise InputError(f"{where} must be a number, but is nan")
    return value


def table_of(value: Any, where: str) -> Mapping[str, Any]:
    """A table; raises where it is none."""
    if not isinstance(value, Mapping):
        raise InputError(f"{where} must be a table, but is {value!r}")
    return value


def to_toml(spec: Spec, source: Mapping[str, Any] | None = None) -> str:
    """A spec as TOML, such that :func:`spec_of` reads the same; defaults are left out.

    >>> spec = Spec(features=(Feature("hr", ("HR",), units={"Hz": Conversion(60.0)}),))
    >>> spec_of(to_toml(spec)) == (spec, {})
    True
    """
    lines = [f"form = {written(spec.form)}"]
    if spec.fewest != 1:
        lines.append(f"fewest = {spec.fewest}")
    lines += ["", "[window]", *(f"{name.name} = {written(getattr(spec.window, name.name))}" for name in fields(Window))]
    for one in spec.features:
        lines += ["", "[[features]]", f"name = {written(one.name)}", f"codes = {written(one.codes)}"]
        for part in fields(Feature)[2:]:
            value = getattr(one, part.name)
            default = {} if part.name == "units" else part.default
            if value != default:
                lines.append(f"{part.name} = {written(value)}")
    if source:
        lines += ["", "[source]", *(f"{name} = {written(value)}" for name, value in source.items())]
    return "\n".join(lines) + "\n"


def written(value: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(value, Conversion):
        return f"{{ factor = {written(value.factor)}, offset = {written(value.offset)} }}"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{written(key)} = {written(one)}" for key, one in value.items()) + " }"
    if isinstance(value, str | Path):
        return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, Sequence):
        return "[" + ", ".join(map(written, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value)
