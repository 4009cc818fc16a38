"""Wording: what the things of a run are called by those who look at them."""

import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aition.core.errors import InputError
from aition.store.summary.truth import truth_file

FILE = "words.toml"
"""Of a simulator, beside its truth."""
SCALES = ("log-odds", "probability", "score")
WORDS = ("sequence", "sequences", "outcome", "unit", "time", "scale")
LISTS = ("classes", "outcomes")
TABLES = ("features", "columns")


@dataclass(frozen=True)
class Called:
    """What a feature or a column is called.

    Args:
        name: For people; empty keeps the run's.
        unit: Of its values; empty keeps the run's.
        values: Words for values, by how these are written.
    """

    name: str = ""
    unit: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Wording:
    """What things are called; what is empty keeps the words of the run.

    Args:
        words: By key: ``sequence`` and ``sequences`` (such as "stay"), ``outcome`` (what attributions raise), ``unit``
            and ``scale`` of attributions, ``time`` (the unit of a step, such as "hour").
        classes: Names of the classes, in order.
        outcomes: What attributions raise, by the class that is explained.
        features: By the run's names.
        columns: Of the sequences, by the run's names.
    """

    words: Mapping[str, str] = field(default_factory=dict)
    classes: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    features: Mapping[str, Called] = field(default_factory=dict)
    columns: Mapping[str, Called] = field(default_factory=dict)

    def outcome(self, explained: int) -> str:
        """What attributions raise where a class is explained; empty where that is not told."""
        return self.outcomes[explained] if 0 <= explained < len(self.outcomes) else self.words.get("outcome", "")


USUAL = Wording()


def wording_of(words: str | os.PathLike[str], truth: str | os.PathLike[str]) -> Wording:
    """What things are called: by a file, or by that beside a planted truth where there is one.

    Args:
        words: The file; "" for none.
        truth: Where the truth lies; "" for nowhere.
    """
    beside = truth_file(truth).with_name(FILE) if truth else Path(FILE)
    if words or (truth and beside.is_file()):
        return read_wording(Path(words) if words else beside)
    return USUAL


def read_wording(path: Path) -> Wording:
    """The words in a file of TOML, of which every key may be left out.

    Raises:
        InputError: It can't be read, or holds what is not known.
    """
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path} must be a file of TOML, but can't be read: {error}") from error
    known(f"{path}", said, (*WORDS, *LISTS, *TABLES))
    words = {key: text(f"{key} in {path}", said[key]) for key in WORDS if key in said}
    if words.get("scale", SCALES[0]) not in SCALES:
        raise InputError(f"scale in {path} must be one of {', '.join(SCALES)}, but is {words['scale']!r}")
    classes, outcomes = (texts(f"{key} in {path}", said.get(key, [])) for key in LISTS)
    features, columns = (
        {name: called(f"{key}.{name} in {path}", one) for name, one in table(f"{key} in {path}", said, key).items()}
        for key in TABLES
    )
    return Wording(words, classes, outcomes, features, columns)


def called(where: str, said: Any) -> Called:
    """A name alone, or a table with name, unit and values."""
    if isinstance(said, str):
        return Called(text(where, said))
    known(where, said, ("name", "unit", "values"))
    values = {key: text(f"values.{key} of {where}", one) for key, one in table(where, said, "values").items()}
    return Called(text(where, said.get("name", "")), text(where, said.get("unit", "")), values)


def known(where: str, said: Any, keys: Sequence[str]) -> None:
    """Raise unless it is a table that says none but these keys."""
    if not isinstance(said, dict):
        raise InputError(f"{where} must be a table, but is {said!r}")
    if unknown := sorted(set(said) - set(keys)):
        raise InputError(f"{where} must have none but the keys {', '.join(keys)}, but has {unknown[0]!r}")


def table(where: str, said: dict[str, Any], key: str) -> dict[str, Any]:
    """A table in a table; empty where there is none."""
    found = said.get(key, {})
    if not isinstance(found, dict):
        raise InputError(f"{key} of {where} must be a table, but is {found!r}")
    return found


def text(where: str, said: Any) -> str:
    """A text of at most 200 letters."""
    if not isinstance(said, str) or len(said) > 200:
        raise InputError(f"{where} must be a text of at most 200 letters, but is {str(said)[:80]!r}")
    return said


def texts(where: str, said: Any) -> tuple[str, ...]:
    """A list of texts."""
    if not isinstance(said, list):
        raise InputError(f"{where} must be a list of texts, but is {str(said)[:80]!r}")
    return tuple(text(where, one) for one in said)
