"""The explainers that there are, and the small dataclasses that are their settings, by name."""

import inspect
import sys
import types
from collections.abc import Callable, Iterable, Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from difflib import get_close_matches
from importlib import import_module
from typing import Any, get_args, get_origin, get_type_hints

from aition.core.errors import InputError
from aition.core.provenance import kebab

WORDED = (bool, int, float, str)
ROOMS = ("aition.methods", "aition.impute")
"""Where a setting that is itself a small dataclass may be defined."""


def explainers() -> dict[str, type[Any]]:
    """Every explainer by its name on the command line.

    >>> "integrated-gradients" in explainers()
    True
    """
    methods = import_module("aition.methods")
    return {kebab(name): getattr(methods, name) for name in sorted(methods.__all__)}


def explainer_class(name: str) -> type[Any]:
    """The class of an explainer by name.

    Raises:
        InputError: There is none of this name; the message lists those there are.
    """
    known = explainers()
    if name not in known:
        raise InputError(f"explainer must be one of {', '.join(known)}, but is {name!r}{likely(name, known)}")
    return known[name]


def presets(make: type[Any]) -> tuple[str, ...]:
    """Names of an explainer's class methods that answer it with published settings, as its ``PRESETS`` lists them."""
    return tuple(getattr(make, "PRESETS", ()))


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


def fits(make: type[Any], kind: Any) -> bool:
    """Whether a dataclass is what an annotation asks for.

    It is if it is of this class; if it has the members and the call of this protocol; if it is called with arguments of
    these types and answers one of this type.
    """
    if get_origin(kind) is Callable:
        arguments, answer = get_args(kind)
        hints = get_type_hints(make.__call__)
        return hints.pop("return", None) == answer and list(hints.values()) == list(arguments)
    if not isinstance(kind, type):
        return False
    if not getattr(kind, "_is_protocol", False):
        return issubclass(make, kind)
    members = [name for name in vars(kind) if not name.startswith("_")]
    calls = [list(inspect.signature(one.__call__).parameters) for one in (make, kind)]
    return all(hasattr(make, name) for name in members) and calls[0] == calls[1]


def fitting(kind: Any) -> dict[str, type[Any]]:
    """The explainers and parts that an annotation takes and that words can make, by name."""
    known = {**parts(), **explainers()}
    return {name: known[name] for name in sorted(known) if fits(known[name], kind) and sayable(known[name])}


def sayable(make: type[Any]) -> bool:
    """Whether every setting that must be given can be given in words; a tensor or a module can't."""
    hints = get_type_hints(make)
    needed = [hints[part.name] for part in fields(make) if part.init and is_needed(part)]
    return all(not isinstance(kind, type) or kind in WORDED or is_dataclass(kind) for kind in needed)


def is_needed(part: Field[Any]) -> bool:
    """Whether a field has no default."""
    return part.default is MISSING and part.default_factory is MISSING


def likely(word: str, known: Iterable[str]) -> str:
    """A hint at the nearest known word."""
    near = get_close_matches(word, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
