"""Files of one table, text or Parquet: their columns with their types, and every row with its file and line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from duckdb import DuckDBPyConnection
from pyarrow import parquet

from aition.core.errors import InputError
from aition.data.readers.delimited import ENDINGS, FILE, delimited, header_of
from aition.data.readers.sql import files_of, listed, literal

PARQUET = ".parquet"
NUMBERED_FILES = 256
"""So many files of text are read one by one, so that a row's line is known."""


@dataclass(frozen=True)
class Tabular:
    """Files with the same columns.

    Args:
        files: In order.
        kinds: The type of each column, as DuckDB calls it.
        scan: All rows as a table function, with the further column ``FILE``.
    """

    files: tuple[Path, ...]
    kinds: Mapping[str, str]
    scan: str

    @property
    def is_text(self) -> bool:
        """Whether they are text."""
        return self.files[0].suffix != PARQUET

    @property
    def parts(self) -> tuple[tuple[str, str], ...]:
        """Table functions that are all rows together, each with its row's line in its file in SQL.

        Of text it counts the lines that are rows, from 2 on; NULL where the files are more than ``NUMBERED_FILES``.
        """
        if not self.is_text:
            return ((self.scan, "file_row_number + 1"),)
        if len(self.files) > NUMBERED_FILES:
            return ((self.scan, "NULL::BIGINT"),)
        return tuple((delimited([file]), "row_number() OVER () + 1") for file in self.files)


def tabular(connection: DuckDBPyConnection, root: Path) -> Tabular:
    """The files of a table.

    Args:
        connection: Where they are to be read.
        root: A file, or a folder of files with the same columns.

    Raises:
        InputError: There is no file, or files are of two kinds, or can't be read.
    """
    files = tuple(files_of(root, (*ENDINGS, PARQUET))) if root.exists() else ()
    if not files:
        raise InputError(
            f"{root} must be a file that ends in {', '.join(ENDINGS)} or {PARQUET}, or a folder of such files"
        )
    kinds = {file.suffix == PARQUET for file in files}
    if len(kinds) > 1:
        raise InputError(f"{root} must hold text or Parquet, but holds both; name the folder of one kind")
    if not kinds.pop():
        return Tabular(files, dict.fromkeys(header_of(files[0]), "VARCHAR"), delimited(files))
    names = columns_of(files)
    scan = (
        f"read_parquet({listed(files)}, filename={literal(FILE)}, file_row_number=true, hive_partitioning=false, "
        "union_by_name=true)"
    )
    found = {str(row[0]): str(row[1]) for row in connection.execute(f"DESCRIBE SELECT * FROM {scan}").fetchall()}
    return Tabular(files, {name: found[name] for name in names}, scan)


def columns_of(files: Sequence[Path]) -> list[str]:
    """The columns of Parquet files.

    Raises:
        InputError: A file can't be read, or has other columns than the first, or two of one name.
    """
    first: list[str] = []
    for file in files:
        try:
            names = list(parquet.read_schema(file).names)
        except (OSError, pa.ArrowException) as error:
            raise InputError(f"{file} must be a Parquet file, but can't be read: {error}") from error
        first = first or names
        if len({name.lower() for name in names}) != len(names):
            raise InputError(f"{file} must have different names of columns (in lower case too), but has {names}")
        if set(names) != set(first):
            raise InputError(f"{file} must have the columns of {files[0].name}, {first}, but has {names}")
    return first


def check(names: Sequence[str], needed: Sequence[str], root: Path) -> None:
    """Raise where a column is missing."""
    if missing := [name for name in needed if name not in names]:
        raise InputError(f"{root} must have a column {missing[0]!r}, but has {list(names)}")
