"""Tables of a store in DuckDB: one view for each, and nothing else within reach."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from aition.core.errors import InputError, StoreError

if TYPE_CHECKING:
    import duckdb


def connect(tables: Mapping[str, Sequence[Path]]) -> "duckdb.DuckDBPyConnection":
    """A connection with one view for each table, that can open no other file and whose settings are locked.

    It stops no one from overwriting the store's own files by COPY: give it trusted SQL, and other SQL to
    :func:`answered`.

    Raises:
        StoreError: A table is no Parquet.
    """
    import duckdb

    connection = duckdb.connect(":memory:")
    paths = {table: [os.path.abspath(path) for path in files] for table, files in tables.items()}
    allowed = {name for files in paths.values() for path in files for name in (path, globbed(path))}
    connection.execute(f"SET allowed_paths = [{', '.join(map(quoted, sorted(allowed)))}]")
    # DuckDB lets every query read its directory for temporary files, which is .tmp wherever the process runs.
    connection.execute("SET temp_directory = ''")
    connection.execute("SET enable_external_access = false")
    for table, files in paths.items():
        listed = ", ".join(quoted(globbed(path)) for path in files)
        view = f'CREATE VIEW "{table}" AS SELECT * FROM read_parquet([{listed}], hive_partitioning = false)'
        try:
            connection.execute(view)
        except duckdb.Error as error:
            connection.close()
            raise StoreError(f"the table {table} can't be read: {first_line(error)}") from error
    connection.execute("SET lock_configuration = true")
    return connection


def answered(connection: "duckdb.DuckDBPyConnection", query: str, parameters: Sequence[Any]) -> pa.Table:
    """What one SELECT says.

    Raises:
        InputError: It is no single SELECT, or DuckDB does not understand it.
        StoreError: DuckDB could not read a table.
    """
    import duckdb

    try:
        statements = connection.extract_statements(query)
        if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
            raise InputError(f"query must be one SELECT, but is {query!r}")
        return connection.sql(query, params=list(parameters)).to_arrow_table()
    except (duckdb.ProgrammingError, duckdb.NotSupportedError, duckdb.DataError) as error:
        raise InputError(f"query is not understood: {first_line(error)}") from error
    except duckdb.Error as error:
        raise StoreError(f"query failed: {first_line(error)}") from error


def first_line(error: Exception) -> str:
    """The first line of a message of DuckDB."""
    return str(error).splitlines()[0]


def quoted(text: str) -> str:
    """A string of SQL."""
    return "'" + text.replace("'", "''") + "'"


def globbed(path: str) -> str:
    """A path that means itself where patterns are read."""
    return "".join(f"[{letter}]" if letter in "[*?" else letter for letter in path)
