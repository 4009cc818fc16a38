"""SQL over raw files: quoting, one guarded connection, and errors that name the file."""

import gzip
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from duckdb import DuckDBPyConnection
from pyarrow import parquet

from aition.core.errors import InputError

THREADS = 2
"""Each thread of DuckDB keeps buffers of its own; two keep pace with reading compressed text."""


def quoted(name: str) -> str:
    """A name as SQL writes it.

    >>> quoted('a"b').count('"')
    4
    """
    return '"' + name.replace('"', '""') + '"'


def literal(value: str | Path) -> str:
    """A text as SQL writes it.

    >>> print(literal("o'clock"))
    'o''clock'
    """
    return "'" + str(value).replace("'", "''") + "'"


def listed(values: Sequence[str | Path]) -> str:
    """Texts as a list in SQL."""
    return "[" + ", ".join(map(literal, values)) + "]"


@contextmanager
def connection(scratch: Path, *, memory_mb: int) -> Iterator[DuckDBPyConnection]:
    """A connection that stays within memory, spills into a folder, and loads nothing from elsewhere.

    Args:
        scratch: Where to spill.
        memory_mb: What DuckDB may fill, in MB.
    """
    opened = duckdb.connect(
        config={
            "memory_limit": f"{memory_mb}MB",
            "threads": THREADS,
            "temp_directory": str(scratch),
            "preserve_insertion_order": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
    )
    try:
        opened.execute("SET TimeZone = 'UTC'")
        yield opened
    finally:
        opened.close()


@contextmanager
def told(source: Any) -> Iterator[None]:
    """Tell what DuckDB raises as an InputError; of a damaged file, by its name.

    Args:
        source: A dataclass, some of whose fields are the folders and files that are read.
    """
    try:
        yield
    except duckdb.Error as error:
        first = str(error).splitlines()[0]
        for path in (file for root in roots(source) for file in files_of(root, (".parquet", ".gz"))):
            if fault := fault_of(path):
                raise InputError(f"{path} is torn or damaged: {fault}; fetch or write it again") from error
        if isinstance(error, duckdb.OutOfMemoryException):
            raise InputError(f"memory_mb is too small for these records: {first}; give more") from error
        raise InputError(f"{type(source).__name__} records can't be read: {first}") from error


def roots(source: Any) -> list[Path]:
    """The folders and files that a source names."""
    return [value for part in fields(source) if isinstance(value := getattr(source, part.name), Path)]


def files_of(root: Path, endings: Sequence[str]) -> list[Path]:
    """A file itself, or the files below a folder that end so, sorted; nothing hidden."""
    if root.is_file():
        return [root]
    return sorted(
        path
        for path in root.rglob("*")
        if path.name.lower().endswith(tuple(endings))
        and path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(root).parts)
    )


def fault_of(path: Path) -> str:
    """Why a file can't be read to its end; empty where it can."""
    try:
        if path.suffix == ".parquet":
            with parquet.ParquetFile(path, page_checksum_verification=True) as file:
                for group in range(file.num_row_groups):
                    file.read_row_group(group)
        elif path.suffix == ".gz":
            with gzip.open(path) as stream:
                while stream.read(1 << 20):
                    pass
    except (OSError, EOFError, ValueError, zlib.error, pa.ArrowException) as error:
        return f"{type(error).__name__}: {error}"
    return ""
