"""Settings read from words or JSON through the annotations of their fields."""

import inspect
import json
import types
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import fields
from functools import partial
from importlib import import_module
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.provenance import kebab
from aition.impute.imputer import Imputer
from aition.impute.unfitted import Unfitted
from aition.registry.cards import worded
from aition.registry.known import FITS, fitting, imputers, is_needed, likely

WORDS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def made(make: type[Any], values: Mapping[str, Any]) -> Any:
    """A dataclass with these values; raises where a field without a default is missing."""
    needed = [part.name for part in fields(make) if part.init and is_needed(part)]
    if missing := [name for name in needed if name not in values]:
        raise InputError(f"{kebab(make.__name__)} needs the setting {missing[0]}, but it is not given")
    return make(**values)


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
    if kind is Batch and isinstance(value, str):
        return import_module("aition.data").read(value)
    if kind == FITS and isinstance(value, str | Mapping):
        return fit_of(value, where)
    if kind is type(None):
        if value in (None, "none", "null"):
            return None
        raise InputError(f"{where} must be none, but is {value!r}")
    if kind is Imputer and isinstance(value, str | Mapping):
        return Unfitted(fit_of(value, where))
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
    """A tuple or mapping: JSON, or (a tuple) words with commas between them."""
    inner = get_args(kind)
    if get_origin(kind) in (Mapping, dict) or kind is dict:
        value = json_of(value, where) if isinstance(value, str) else value
        if not isinstance(value, Mapping):
            raise InputError(f'{where} must be a JSON object, such as {{"window": 5}}, but is {value!r}')
        return dict(value)
    if isinstance(value, str):
        value = json_of(value, where) if value.startswith("[") else [word.strip() for word in value.split(",")]
    if not isinstance(value, list | tuple):
        value = [value]
    if len(inner) == 2 and inner[1] is Ellipsis:
        inner = (inner[0],) * len(value)
    if inner and len(inner) != len(value):
        raise InputError(f"{where} must be {len(inner)} values, but are {len(value)}")
    return tuple(value_of(one, part, where) for one, part in zip(value, inner, strict=True)) if inner else tuple(value)


def json_of(words: str, where: str) -> Any:
    """What JSON says."""
    try:
        return json.loads(words)
    except ValueError as error:
        raise InputError(f"{where} must be JSON, but is {words!r}: {error}") from error


def part_of(value: Any, kind: Any, where: str) -> Any:
    """A setting that is an object: the dataclass of this name, with its own settings."""
    if isinstance(value, str):
        value = json_of(value, where) if value.lstrip().startswith("{") else {"name": value}
    if not isinstance(value, Mapping):
        return value
    known = fitting(kind)
    if not known:
        raise InputError(f"{where} can't be given in words, for it is of type {worded(kind)}; set it in Python")
    name = str(value.get("name", ""))
    if name not in known:
        raise InputError(f"{where} must be one of {', '.join(known)}, but is {name!r}{likely(name, known)}")
    make = known[name]
    return made(make, values_of(make, {key: one for key, one in value.items() if key != "name"}))


def first_that_fits(value: Any, kinds: tuple[Any, ...], where: str, whole: Any) -> Any:
    """The value by the first of several annotations that takes it."""
    if Imputer in kinds and names_imputer(value):
        return value_of(value, Imputer, where)
    last: InputError | None = None
    for kind in kinds:
        try:
            return value_of(value, kind, where)
        except InputError as error:
            last = error
    raise InputError(f"{where} must be {worded(whole)}, but is {value!r}") from last


def names_imputer(words: Any) -> bool:
    """Whether words are the name of an imputer that is fitted, or JSON with such a name."""
    with suppress(InputError):
        return isinstance(words, str | Mapping) and imputer_words(words, "an imputer")[0] in imputers()
    return False


def fit_of(value: Any, where: str) -> Callable[[Batch], Imputer]:
    """The fit of an imputer by name, or by JSON with its name and settings of the fit."""
    name, settings = imputer_words(value, where)
    known = imputers()
    if name not in known:
        raise InputError(f"{where} must be one of {', '.join(known)}, but is {name!r}{likely(name, known)}")
    fit: Callable[..., Imputer] = known[name].fit
    hints = get_type_hints(fit)
    offered = [part for part in inspect.signature(fit).parameters if part != "background"]
    given = {str(key).replace("-", "_"): one for key, one in settings.items()}
    if unknown := [key for key in given if key not in offered]:
        raise InputError(
            f"the fit of {name} has the settings {', '.join(offered) or 'none'}, but not {unknown[0]!r}"
            f"{likely(unknown[0], offered)}"
        )
    chosen = {key: value_of(one, hints[key], f"{name}'s {key}") for key, one in given.items()}
    return partial(fit, **chosen) if chosen else fit


def imputer_words(value: Any, where: str) -> tuple[str, Mapping[str, Any]]:
    """A name and settings, of words or of JSON."""
    value = json_of(value, where) if isinstance(value, str) and value.lstrip().startswith("{") else value
    if isinstance(value, Mapping):
        return str(value.get("name", "")), {key: one for key, one in value.items() if key != "name"}
    return str(value), {}
