"""Explainers by name, and their settings read from words or JSON through the annotations of their fields."""

import json
import sys
import types
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from difflib import get_close_matches
from importlib import import_module
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from aition.core.errors import InputError
from aition.core.provenance import described_setting, kebab

WORDS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
ROOMS = ("aition.methods", "aition.impute")
"""Where a setting that is itself a small dataclass may be defined."""


@dataclass(frozen=True)
class Setting:
    """One setting of an explainer, for people and programs to read."""

    name: str
    kind: str
    default: Any


def explainers() -> dict[str, type[Any]]:
    """Every explainer by its name on the command line.

    >>> "integrated-gradients" in explainers()
    True
    """
    methods = import_module("aition.methods")
    return {kebab(name): getattr(methods, name) for name in sorted(methods.__all__)}


def explainer(name: str, settings: Mapping[str, Any] | None = None, *, preset: str = "") -> Any:
    """An explainer by name, with settings as words or JSON values.

    Args:
        name: Such as "integrated-gradients".
        settings: By field; a setting that is itself an object is written as its name, or as ``{"name": …, …}``.
        preset: One of the published settings that the explainer offers, such as "paper"; empty for its own defaults.

    Raises:
        InputError: The name, a field or a value is unknown; the message names those there are.

    >>> explainer("integrated-gradients", {"steps": "64"}).steps
    64
    """
    known = explainers()
    if name not in known:
        raise InputError(f"explainer must be one of {', '.join(known)}, but is {name!r}{likely(name, known)}")
    make = known[name]
    if preset:
        offered = presets(make)
        if preset not in offered:
            raise InputError(f"preset of {name} must be one of {', '.join(offered) or 'none'}, but is {preset!r}")
        return getattr(make, preset)(**values_of(make, settings or {}))
    return make(**values_of(make, settings or {}))


def presets(make: type[Any]) -> tuple[str, ...]:
    """Names of an explainer's class methods that return it with published settings."""
    return tuple(getattr(make, "PRESETS", ()))


def described(name: str) -> tuple[Setting, ...]:
    """The settings of an explainer, with their kinds and defaults."""
    make = explainers()[name]
    hints = get_type_hints(make)
    return tuple(
        Setting(part.name, worded(hints[part.name]), described_setting(default_of(part)))
        for part in fields(make)
        if part.init
    )


def values_of(make: type[Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of a dataclass, each turned into what its annotation asks for."""
    hints = get_type_hints(make)
    names = [part.name for part in fields(make) if part.init]
    given = {str(key).replace("-", "_"): value for key, value in settings.items()}
    if unknown := [key for key in given if key not in names]:
        raise InputError(
            f"{kebab(make.__name__)} has the settings {', '.join(names) or 'none'}, "
            f"but not {unknown[0]!r}{likely(unknown[0], names)}"
        )
    return {key: value_of(value, hints[key], f"{kebab(make.__name__)}'s {key}") for key, value in given.items()}


def value_of(value: Any, kind: Any, where: str) -> Any:
    """A value as its annotation asks for it."""
    if get_origin(kind) in (Union, types.UnionType):
        return first_that_fits(value, get_args(kind), where, kind)
    if get_origin(kind) is Literal:
        if value in get_args(kind):
            return value
        raise InputError(f"{where} must be one of {', '.join(map(repr, get_args(kind)))}, but is {value!r}")
    if get_origin(kind) in (tuple, Mapping, dict, list) or kind in (tuple, dict, list):
        return collection_of(value, kind, where)
    if kind in (bool, int, float, str):
        return plain_of(value, kind, where)
    if kind is type(None):
        if value in (None, "none", "null"):
            return None
        raise InputError(f"{where} must be none, but is {value!r}")
    return part_of(value, kind, where)


def plain_of(value: Any, kind: type[Any], where: str) -> Any:
    """A bool, integer, number or word."""
    raw = value
    if isinstance(value, str) and kind is bool:
        value = WORDS.get(value.lower(), value)
    if isinstance(value, str) and kind in (int, float):
        with suppress(ValueError):
            value = kind(value)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        words = {bool: "true or false", int: "a whole number", float: "a number", str: "a word"}[kind]
        raise InputError(f"{where} must be {words}, but is {raw!r}")
    return value


def collection_of(value: Any, kind: Any, where: str) -> Any:
    """A tuple or mapping: JSON, or words with commas between them."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            value = [word.strip() for word in value.split(",")]
    inner = get_args(kind)
    if get_origin(kind) in (Mapping, dict) or kind is dict:
        if not isinstance(value, Mapping):
            raise InputError(f"{where} must be a JSON object, but is {value!r}")
        return dict(value)
    if not isinstance(value, list | tuple):
        value = [value]
    if len(inner) == 2 and inner[1] is Ellipsis:
        inner = (inner[0],) * len(value)
    if inner and len(inner) != len(value):
        raise InputError(f"{where} must be {len(inner)} values, but are {len(value)}")
    return tuple(value_of(one, part, where) for one, part in zip(value, inner, strict=True)) if inner else tuple(value)


def part_of(value: Any, kind: Any, where: str) -> Any:
    """A setting that is an object: the dataclass of this name, with its own settings."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            value = json.loads(value)
        except ValueError as error:
            raise InputError(f"{where} must be a name or a JSON object, but is {value!r}: {error}") from error
    if isinstance(value, str):
        value = {"name": value}
    if not isinstance(value, Mapping):
        return value
    known = {**parts(), **explainers()}
    name = str(value.get("name", ""))
    if name not in known:
        raise InputError(f"{where} must be one of {', '.join(sorted(known))}, but is {name!r}{likely(name, known)}")
    make = known[name]
    if isinstance(kind, type) and is_dataclass(kind) and not issubclass(make, kind):
        raise InputError(f"{where} must be {kebab(kind.__name__)}, but is {name!r}")
    return make(**values_of(make, {key: one for key, one in value.items() if key != "name"}))


def parts() -> dict[str, type[Any]]:
    """Small dataclasses that serve as settings, by name."""
    explainers()
    found: dict[str, type[Any]] = {}
    for module_name, module in list(sys.modules.items()):
        if module_name.startswith(ROOMS):
            for make in dataclasses_of(module):
                found[kebab(make.__name__)] = make
    return found


def dataclasses_of(module: types.ModuleType) -> Iterator[type[Any]]:
    """The dataclasses that a module defines and that can be called."""
    for value in vars(module).values():
        if (
            isinstance(value, type)
            and is_dataclass(value)
            and value.__module__ == module.__name__
            and "__call__" in vars(value)
        ):
            yield value


def first_that_fits(value: Any, kinds: tuple[Any, ...], where: str, whole: Any) -> Any:
    """The value by the first of several annotations that takes it."""
    last: InputError | None = None
    for kind in kinds:
        try:
            return value_of(value, kind, where)
        except InputError as error:
            last = error
    raise InputError(f"{where} must be {worded(whole)}, but is {value!r}") from last


def worded(kind: Any) -> str:
    """An annotation as people read it."""
    if get_origin(kind) is Literal:
        return " | ".join(map(str, get_args(kind)))
    if get_origin(kind) in (Union, types.UnionType):
        return " | ".join(worded(part) for part in get_args(kind))
    if isinstance(kind, type) and get_origin(kind) is None:
        return {bool: "true | false", int: "whole number", float: "number", str: "word"}.get(kind, kebab(kind.__name__))
    return str(kind).replace("typing.", "").replace("collections.abc.", "")


def default_of(part: Field[Any]) -> Any:
    """A field's default; "required" where it has none."""
    if part.default is not MISSING:
        return part.default
    return part.default_factory() if part.default_factory is not MISSING else "required"


def likely(word: str, known: Any) -> str:
    """A hint at the nearest known word."""
    near = get_close_matches(word, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
