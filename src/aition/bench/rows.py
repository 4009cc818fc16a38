"""Rows: what a bench found, one JSON object a line, in a file that several processes may append to."""

import fcntl
import json
import math
import os
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aition.core.errors import AitionWarning, InputError

Row = dict[str, Any]
KEY = ("task", "recipe", "method", "settings", "seed", "fold")
"""What makes two rows the same; versions, machines and times do not."""


def key_of(row: Mapping[str, Any]) -> str:
    """What a row is of, as text.

    >>> one = {"task": "state", "recipe": "9f", "method": "occlusion", "settings": {"b": 1, "a": 2}, "seed": 3}
    >>> key_of(one | {"fold": 0, "seconds": 7.5}) == key_of(one | {"fold": 0})
    True
    """
    return json.dumps([row[name] for name in KEY], sort_keys=True)


def line_of(row: Mapping[str, Any]) -> bytes:
    """A row as it stands in the file, with the end of its line."""
    return (json.dumps(row, allow_nan=False) + "\n").encode()


def row_of(line: bytes, *, path: Path, number: int) -> Row:
    """A row from its line.

    Args:
        line: Without its end.
        path: Where it stands, for errors.
        number: Of the line, from 1.

    Raises:
        InputError: It is none.
    """
    try:
        row = json.loads(line)
    except ValueError as error:
        raise InputError(f"{path}, line {number} must be a JSON object, but can't be read: {error}") from error
    if not isinstance(row, dict):
        raise InputError(f"{path}, line {number} must be a JSON object, but is {str(row)[:40]!r}")
    if missing := [name for name in KEY if name not in row]:
        raise InputError(f"{path}, line {number} must be a row of the bench, but has no {missing[0]}")
    metrics = row.get("metrics")
    if isinstance(metrics, dict) and all(map(is_finite, metrics.values())):
        return row
    if isinstance(row.get("refused"), str):
        return row
    raise InputError(f"{path}, line {number} must have metrics, finite numbers by name, or why it was refused")


def is_finite(value: Any) -> bool:
    """Whether JSON holds a number here."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def read_rows(path: Path | str) -> list[Row]:
    """The rows of a file; its last line, if torn, is left out with a warning.

    Raises:
        InputError: There is no such file, or a line is no row.
    """
    place = Path(path)
    try:
        with place.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH)
            data = file.read()
    except OSError as error:
        raise InputError(f"rows of the bench can't be read from {place}: {error.strerror or error}") from error
    *lines, torn = data.split(b"\n")
    if torn:
        warnings.warn(
            f"line {len(lines) + 1} of {place} is torn ({len(torn)} bytes without an end) and left out; "
            "the next 'aition bench run' mends it",
            AitionWarning,
            stacklevel=2,
        )
    return [row_of(line, path=place, number=number) for number, line in enumerate(lines, 1)]


class RowFile:
    """A file of rows that grows at its end, also by other processes; every row is in it once.

    Args:
        path: The file; made where there is none, in a folder that exists.
        retry_refused: Take refusals for rows that are not there yet, so that they can be appended again; the new row
            stands below the old one and counts in its place.
        key: What a row of the file is of.

    Raises:
        InputError: It can't be written, or holds what is no row.
    """

    def __init__(
        self, path: Path | str, *, retry_refused: bool = False, key: Callable[[Mapping[str, Any]], str] = key_of
    ) -> None:
        self.path, self.retry_refused, self.key = Path(path), retry_refused, key
        self.keys: set[str] = set()
        self.read = self.n_line = 0
        self.guard = threading.Lock()
        with self.locked() as file:
            self.catch_up(file)

    def __contains__(self, key: str) -> bool:
        """Whether a row of this key is there, whoever wrote it."""
        with self.locked() as file:
            self.catch_up(file)
            return key in self.keys

    def append(self, row: Mapping[str, Any]) -> bool:
        """Write a row; when this returns, it is on the disk.

        Returns:
            False where another process has written a row of the same key meanwhile; then nothing is written.
        """
        line, key = line_of(row), self.key(row)
        with self.locked() as file:
            self.catch_up(file)
            if key in self.keys:
                return False
            try:
                self.write(file, line)
            except OSError:
                os.ftruncate(file, self.read)
                raise
            self.keys.add(key)
        return True

    @contextmanager
    def locked(self) -> Iterator[int]:
        """The open file, which nobody else writes meanwhile."""
        try:
            file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
        except OSError as error:
            raise InputError(f"rows of the bench can't be written to {self.path}: {error.strerror or error}") from error
        try:
            with self.guard:
                fcntl.flock(file, fcntl.LOCK_EX)
                yield file
        finally:
            os.close(file)

    def catch_up(self, file: int) -> None:
        """Read what was added since; a line without an end, left by a process that died in the middle, is mended."""
        size = os.fstat(file).st_size
        if size < self.read:
            self.keys, self.read, self.n_line = set(), 0, 0
        *lines, torn = os.pread(file, size - self.read, self.read).split(b"\n")
        for line in lines:
            self.note(row_of(line, path=self.path, number=self.n_line + 1))
            self.read, self.n_line = self.read + len(line) + 1, self.n_line + 1
        if torn:
            self.mend(file, torn)

    def note(self, row: Row) -> None:
        """Know that a row of the file is there, unless it is a refusal that is to be tried again."""
        if not (self.retry_refused and "refused" in row):
            self.keys.add(self.key(row))

    def mend(self, file: int, torn: bytes) -> None:
        """Give a whole line its end; cut off a part of one."""
        where = f"line {self.n_line + 1} of {self.path}"
        try:
            row = row_of(torn, path=self.path, number=self.n_line + 1)
        except InputError:
            if not torn.startswith(b"{"):
                raise
            os.ftruncate(file, self.read)
            os.fsync(file)
            done = f"was torn: its {len(torn)} bytes, left by a process that died in the middle, were cut off"
        else:
            self.write(file, b"\n", known=len(torn))
            self.note(row)
            done = "had no end, left by a process that died before it; it was whole and is kept"
        warnings.warn(f"{where} {done}", AitionWarning, stacklevel=4)

    def write(self, file: int, data: bytes, *, known: int = 0) -> None:
        """Append what ends a line, ``known`` bytes of which are there, and put it on the disk."""
        left = memoryview(data)
        while left:
            left = left[os.write(file, left) :]
        os.fsync(file)
        self.read, self.n_line = self.read + known + len(data), self.n_line + 1
