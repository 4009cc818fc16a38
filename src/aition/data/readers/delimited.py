"""Delimited text: files of one table, every column as text, and the lines that are none of its rows."""

import csv
import gzip
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from duckdb import DuckDBPyConnection

from aition.core.errors import InputError
from aition.data.readers.sql import listed, literal

ENDINGS = (".csv", ".csv.gz")
LINE_FAULTS = {
    "TOO MANY COLUMNS": "line has too many columns",
    "MISSING COLUMNS": "line has too few columns",
    "UNQUOTED VALUE": "quotes of a line do not close",
    "INVALID ENCODING": "line is not UTF-8",
    "LINE SIZE OVER MAXIMUM": "line is too long",
}


def header_of(path: Path) -> list[str]:
    """The names in the first line of a file.

    Raises:
        InputError: There is no first line, or it can't be read.
    """
    try:
        with (
            gzip.open(path, "rt", encoding="utf-8-sig", newline="")
            if path.suffix == ".gz"
            else path.open(encoding="utf-8-sig", newline="") as stream
        ):
            names = next(csv.reader(stream), [])
    except (OSError, EOFError, UnicodeDecodeError, csv.Error, zlib.error) as error:
        raise InputError(f"{path} must be a table as text, but its first line can't be read: {error}") from error
    if not names or len(set(names)) != len(names):
        raise InputError(f"{path} must begin with a line of different names of columns, but begins with {names}")
    return names


def delimited(paths: Sequence[Path]) -> str:
    """A table function over files with the same columns: each column as VARCHAR, and ``filename``.

    Lines that are no rows are left out, and kept for :func:`refused`.

    Raises:
        InputError: A file has other columns than the first.
    """
    names = header_of(paths[0])
    for path in paths[1:]:
        if (others := header_of(path)) != names:
            raise InputError(f"{path} must have the columns of {paths[0].name}, {names}, but has {others}")
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)
    return (
        f"read_csv({listed(paths)}, auto_detect=false, columns={{{columns}}}, header=true, delim=',', quote='\"', "
        "escape='\"', filename=true, store_rejects=true, rejects_limit=0)"
    )


def forget_refused(connection: DuckDBPyConnection) -> None:
    """Forget the lines that earlier scans refused: another scan meets them again."""
    for table in ("reject_errors", "reject_scans"):
        connection.execute(f"DROP TABLE IF EXISTS {table}")


def refused(connection: DuckDBPyConnection) -> str:
    """A SELECT of ``file, line, code, raw, unit, fault`` of the lines that the last scan of text refused."""
    tables = connection.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'reject_errors'").fetchone()
    if tables is None or not tables[0]:
        return (
            "SELECT NULL::VARCHAR AS file, NULL::BIGINT AS line, NULL::VARCHAR AS code, NULL::VARCHAR AS raw, "
            "NULL::VARCHAR AS unit, NULL::VARCHAR AS fault WHERE false"
        )
    whens = " ".join(f"WHEN {literal(kind)} THEN {literal(fault)}" for kind, fault in LINE_FAULTS.items())
    return f"""
        SELECT file_path AS file, line::BIGINT AS line, NULL::VARCHAR AS code, min(csv_line) AS raw,
            NULL::VARCHAR AS unit, min(CASE error_type::VARCHAR {whens} ELSE 'line is no row' END) AS fault
        FROM reject_errors JOIN reject_scans USING (scan_id, file_id)
        GROUP BY scan_id, file_path, line
    """


def check_rows(connection: DuckDBPyConnection, paths: Iterable[Path]) -> None:
    """See that every line of small tables is a row.

    Raises:
        InputError: One is not; says where and why.
    """
    for path in paths:
        forget_refused(connection)
        connection.execute(f"SELECT count(*) FROM {delimited([path])}").fetchall()
        first = connection.execute(f"SELECT line, fault FROM ({refused(connection)}) ORDER BY line").fetchall()
        forget_refused(connection)
        if first:
            line, fault = first[0]
            raise InputError(f"{path} has {len(first)} lines that are no rows; the first is line {line}: {fault}")
