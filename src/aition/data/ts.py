"""The .ts format of the UCR/UEA archive: one sample a line, features divided by colons."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.sequences import from_series


def from_ts(path: Path, **rest: Any) -> tuple[Batch, tuple[str, ...]]:
    """Read the samples of a ``.ts`` file.

    Args:
        path: A file with ``@classLabel`` (classes) or ``@targetLabel`` (values), without time stamps.
        rest: ``ids``, ``feature_names``, ``time_unit`` or ``side``, as :func:`aition.core.assemble.from_series` takes
            them.

    Returns:
        The samples, float32, each with its own length, ``?`` and ``NaN`` not observed; and the class names in the order
        of the labels 0 to K - 1, empty where the labels are values.

    Raises:
        InputError: Naming the line and what was expected.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} must be a text file in the .ts format, but can't be read: {error}") from error
    header: dict[str, list[str]] = {}
    series, labels, in_data = [], [], False
    for number, line in enumerate(lines, start=1):
        words = line.split()
        if not words or line.startswith("#"):
            continue
        if in_data:
            values, label = sample_of(line, f"{path}, line {number}")
            series.append(values)
            labels.append(label)
        elif words[0].lower() == "@data":
            in_data = True
        elif line.startswith("@"):
            header[words[0].lower()] = words[1:]
        else:
            raise InputError(
                f"{path}, line {number}, must begin with '#' or '@' as a .ts header does, but is {line[:40]!r}"
            )
    check_header(header, path)
    if not series:
        raise InputError(f"{path} must hold samples after a line '@data', but holds none")
    names = tuple(header.get("@classlabel", [])[1:])
    batch = from_series(series, layout="feature time", label=numbers_of(labels, names, path), **rest)
    return batch, names


def check_header(header: dict[str, list[str]], path: Path) -> None:
    """Raise where the header announces what is not read here."""
    if said(header, "@timestamps") == "true":
        raise InputError(f"{path} holds time stamps, which are not read from .ts; give a table with a time column")
    if "@targetlabel" not in header and said(header, "@classlabel") != "true":
        raise InputError(f"{path} must name its classes in a line such as '@classLabel true walking running'")


def said(header: dict[str, list[str]], word: str) -> str:
    """What the header says first of a word, in lower case; empty where it says nothing."""
    return (header.get(word) or [""])[0].lower()


def sample_of(line: str, place: str) -> tuple[NDArray[np.float32], str]:
    """Values ``[feature, time]`` and the label of one line."""
    *features, label = line.split(":")
    try:
        rows = [[float("nan" if cell.strip() == "?" else cell) for cell in one.split(",")] for one in features]
    except ValueError as error:
        raise InputError(f"{place}, must hold numbers or '?' divided by commas: {error}") from error
    if len({len(row) for row in rows}) != 1:
        raise InputError(
            f"{place}, must hold features of one length, then the label, but has {[len(row) for row in rows]}"
        )
    return np.asarray(rows, dtype=np.float32), label.strip()


def numbers_of(labels: list[str], names: tuple[str, ...], path: Path) -> NDArray[np.int64] | NDArray[np.float32]:
    """Class numbers, or values where no classes are named."""
    if not names:
        try:
            return np.asarray([float(label) for label in labels], dtype=np.float32)
        except ValueError as error:
            raise InputError(f"{path} has values as labels, but not all are numbers: {error}") from error
    if unknown := sorted(set(labels) - set(names)):
        raise InputError(f"{path} has labels {unknown} that its line @classLabel does not name: {list(names)}")
    return np.asarray([names.index(label) for label in labels], dtype=np.int64)
