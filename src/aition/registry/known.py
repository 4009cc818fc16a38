"""The explainers that there are, and the small dataclasses that are their settings, by name."""

import inspect
import sys
import types
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any, get_args, get_origin, get_type_hints

from aition.core.batch import Batch
from aition.core.errors import AitionWarning, InputError
from aition.core.provenance import kebab
from aition.impute.imputer import Imputer

GROUP = "aition.explainers"
"""Entry points by which other packages announce explainers: a name in kebab-case, and the class."""
WORDED = (bool, int, float, str)
ROOMS = ("aition.methods", "aition.impute", "aition.transform")
"""Where a setting that is itself a small dataclass may be defined."""
IMPUTERS = ("autoencoder", "constant", "copula", "diffusion", "flow", "gaussian", "mixture", "rows", "state_space")
"""Modules that define imputers."""
SERVING = (
    "aition.impute.change_points",
    "aition.methods.cd.scorer",
    *(f"aition.impute.{name}" for name in IMPUTERS),
)
"""Modules of such dataclasses that explainers of other families take, and so none imports."""
FITS = Callable[[Batch], Imputer]
"""A setting that fits an imputer on what its explainer is fitted on."""
SERVES = (
    {"__call__"},
    {"forward", "inverse"},
    {"fit", "draw"},
    {"turns", "log_prob"},
    {"charge", "after"},
    {"layers"},
    {"fit", "network"},
)
"""What a small dataclass can do, by its methods, that a setting is made of it."""


def explainers() -> dict[str, type[Any]]:
    """Every explainer by its name on the command line: ours, and those that installed packages announce.

    A package announces its explainers by entry points of the group ``aition.explainers``. One that can't be imported,
    is no dataclass, or has the name of one of ours is left out with a warning.

    >>> "integrated-gradients" in explainers()
    True
    """
    methods = import_module("aition.methods")
    found = {kebab(name): getattr(methods, name) for name in methods.__all__}
    for point in entry_points(group=GROUP):
        try:
            if point.name in found:
                raise InputError("there is another explainer of this name already")
            found[point.name] = announced(point)
        except InputError as error:
            warnings.warn(f"explainer {point.name!r} is left out: {error}", AitionWarning, stacklevel=2)
    return dict(sorted(found.items()))


def announced(point: EntryPoint) -> type[Any]:
    """The class of an explainer that an installed package announces.

    Raises:
        InputError: It can't be imported, or is no explainer.
    """
    try:
        make = point.load()
    except Exception as error:
        raise InputError(f"{point.value} can't be imported: {type(error).__name__}: {error}") from error
    if not (isinstance(make, type) and is_dataclass(make) and any("__call__" in vars(one) for one in make.__mro__)):
        raise InputError(f"{point.value} must be a dataclass that is called, but is {make!r}")
    return make


def explainer_class(name: str) -> type[Any]:
    """The class of an explainer by name.

    Raises:
        InputError: There is none of this name; the message lists those there are, or says what is wrong with it.
    """
    known = explainers()
    if name in known:
        return known[name]
    if points := tuple(entry_points(group=GROUP).select(name=name)):
        return announced(points[0])
    raise InputError(f"explainer must be one of {', '.join(known)}, but is {name!r}{likely(name, known)}")


def presets(make: type[Any]) -> tuple[str, ...]:
    """Names of an explainer's class methods that answer it with published settings, as its ``PRESETS`` lists them."""
    return tuple(getattr(make, "PRESETS", ()))


def parts() -> dict[str, type[Any]]:
    """Small dataclasses that serve as settings, by name."""
    explainers()
    for name in SERVING:
        import_module(name)
    found: dict[str, type[Any]] = {}
    for module_name, module in list(sys.modules.items()):
        if module_name.startswith(ROOMS):
            for make in dataclasses_of(module):
                found[kebab(make.__name__)] = make
    return found


def dataclasses_of(module: types.ModuleType) -> Iterator[type[Any]]:
    """The dataclasses that a module defines and that can do what settings are asked to."""
    for value in vars(module).values():
        if (
            isinstance(value, type)
            and is_dataclass(value)
            and value.__module__ == module.__name__
            and any(methods <= vars(value).keys() for methods in SERVES)
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
    settings = [part.name for part in fields(make)]
    calls = [list(inspect.signature(one.__call__).parameters) for one in (make, kind)]
    return all(hasattr(make, name) or name in settings for name in members) and calls[0] == calls[1]


def fitting(kind: Any) -> dict[str, type[Any]]:
    """The explainers and parts that an annotation takes and that words can make, by name."""
    known = {**parts(), **explainers()}
    return {name: known[name] for name in sorted(known) if fits(known[name], kind) and sayable(known[name])}


def sayable(make: type[Any]) -> bool:
    """Whether every setting that must be given can be given in words; a tensor or a module can't.

    Nor can what only type checkers import, such as the settings that a fitted explainer was learned by.
    """
    try:
        hints = get_type_hints(make)
    except NameError:
        return False
    needed = [hints[part.name] for part in fields(make) if part.init and is_needed(part)]
    return all(not isinstance(kind, type) or kind in (*WORDED, Imputer) or is_dataclass(kind) for kind in needed)


def imputers() -> dict[str, type[Any]]:
    """The imputers that are fitted on a background, by name.

    >>> "gaussian-imputer" in imputers()
    True
    """
    return {name: make for name, make in sorted(parts().items()) if {"fit", "draw"} <= vars(make).keys()}


def is_needed(part: Field[Any]) -> bool:
    """Whether a field has no default."""
    return part.default is MISSING and part.default_factory is MISSING


def likely(word: str, known: Iterable[str]) -> str:
    """A hint at the nearest known word."""
    near = get_close_matches(word, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
