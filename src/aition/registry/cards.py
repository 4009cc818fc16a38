"""Cards: what an explainer and its settings are, in words."""

import inspect
import re
import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, fields
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from aition.core.batch import Batch
from aition.core.provenance import described_setting, kebab
from aition.impute.imputer import Imputer
from aition.registry.known import FITS, explainer_class, fitting, imputers, presets

REQUIRED = "required"
PLAIN = {bool: "true | false", int: "whole number", float: "number", str: "word", type(None): "none"}


@dataclass(frozen=True)
class Setting:
    """One setting of an explainer, for people and programs to read.

    Args:
        name: The field.
        kind: What its annotation asks for, in words.
        default: As JSON; "required" where there is none.
        about: What its docstring says of it.
    """

    name: str
    kind: str
    default: Any
    about: str


@dataclass(frozen=True)
class Card:
    """An explainer, for people and programs to read.

    Args:
        name: On the command line.
        about: First sentence of its docstring.
        presets: Names of published settings that it offers.
        settings: Its fields.
    """

    name: str
    about: str
    presets: tuple[str, ...]
    settings: tuple[Setting, ...]


def card(name: str) -> Card:
    """An explainer with its settings, their kinds and defaults.

    Raises:
        InputError: There is none of this name.

    >>> [setting.kind for setting in card("integrated-gradients").settings if setting.name == "steps"]
    ['whole number']
    """
    make = explainer_class(name)
    hints, about = get_type_hints(make), arguments_of(make)
    settings = tuple(
        Setting(part.name, worded(hints[part.name]), default_of(part), about.get(part.name, ""))
        for part in fields(make)
        if part.init
    )
    first = (inspect.getdoc(make) or "").split("\n\n")[0]
    return Card(name, unmarked(first), presets(make), settings)


def arguments_of(make: type[Any]) -> dict[str, str]:
    """What the section ``Args`` of a docstring says of each argument, in one line."""
    doc = inspect.getdoc(make) or ""
    section = re.search(r"^Args:\n((?:[ ]+.*\n?|\n)+)", doc, flags=re.MULTILINE)
    found = re.findall(r"^    (\w+): ((?:.+\n?)(?:^     +.*\n?)*)", section[1] if section else "", flags=re.MULTILINE)
    return {name: unmarked(words) for name, words in found}


def unmarked(words: str) -> str:
    """A docstring's words in one line, without its marks.

    >>> unmarked("Takes ``x`` as  :class:`Blur` does.")
    'Takes x as Blur does.'
    """
    return " ".join(re.sub(r"(?::\w+:`~?([^`]*)`)|``([^`]*)``", r"\1\2", words).split())


def worded(kind: Any) -> str:
    """An annotation as people read it: the names of what it takes."""
    if get_origin(kind) is Literal:
        return " | ".join(map(str, get_args(kind)))
    if get_origin(kind) in (Union, types.UnionType):
        return " | ".join(worded(part) for part in get_args(kind))
    if get_origin(kind) is tuple:
        inner = [worded(part) for part in get_args(kind) if part is not Ellipsis]
        return f"{inner[0]},…" if Ellipsis in get_args(kind) else ",".join(inner)
    if get_origin(kind) in (Mapping, dict):
        return "JSON object"
    if kind is Batch:
        return "data file"
    if kind in (Imputer, FITS):
        return " | ".join(imputers())
    return PLAIN.get(kind) or " | ".join(fitting(kind)) or kebab(getattr(kind, "__name__", str(kind)))


def default_of(part: Field[Any]) -> Any:
    """A field's default as JSON; ``REQUIRED`` where it has none, a Batch by its size."""
    if part.default_factory is MISSING and part.default is MISSING:
        return REQUIRED
    value = part.default if part.default_factory is MISSING else part.default_factory()
    return f"{len(value)} samples" if isinstance(value, Batch) else described_setting(value)
