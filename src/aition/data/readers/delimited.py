"""Delimited text: files of one table, every column as text, and the lines that are none of its rows."""

import csv
import gzip
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from duckdb import DuckDBPyConnection

from aition.core.errors import InputError
from aition.data.readers.sql import listed, literal

ENDINGS = (".csv", ".csv.gz")
FILE = "file of this row"
"""The column that a scan adds; no table should have one of this name."""
LINE_FAULTS = {
    "TOO MANY COLUMNS": "line has too many columns",
    "MISSING COLUMNS": "line has too few columns",
    "UNQUOTED VALUE": "quotes of a line do not close",
    "INVALID ENCODING": "line is not UTF-8",
    "LINE SIZE OVER MAXIMUM": "line is too long",
}
RUN = 8
"""Refused lines one after another that call for a second look: a part of a file, 8 MB, could be all such."""
REFUSED_LIMIT = 1_000_000
"""Lines that may be no rows: DuckDB keeps each in memory, in about a kB."""
FIRST_LINES, FEWEST_FIT = 1000, 0.1
"""How many lines of a file are looked at before it is read, and which part of them must be rows."""


def header_of(path: Path) -> list[str]:
    """The names in the first line of a file.

    Raises:
        InputError: There is no first line, it can't be read, or hardly any of those that follow has its columns.
    """
    with lines_of(path) as lines:
        first = list(islice(lines, 1))
        if not first:
            raise InputError(f"{path} is empty, but must begin with a line of the names of its columns")
        names = first[0]
        if not names or len({name.lower() for name in names}) != len(names):
            raise InputError(
                f"{path} must begin with a line of different names of columns (in lower case too), but begins with "
                f"{names}"
            )
        widths = widths_of(lines)
    if len(widths) == FIRST_LINES and widths.count(len(names)) < FEWEST_FIT * FIRST_LINES:
        raise InputError(
            f"{path} must have {len(names)} columns in every line, as in its first, but {widths.count(len(names))} of "
            f"the next {FIRST_LINES} have; write it with commas and with quotes where a text holds one"
        )
    return names


def widths_of(lines: Iterator[list[str]]) -> list[int]:
    """Texts in each of the first lines; none where one of them is longer than Python's reader can hold."""
    try:
        return [len(line) for line in islice(lines, FIRST_LINES) if line]
    except csv.Error:
        return []


@contextmanager
def lines_of(path: Path) -> Iterator[Iterator[list[str]]]:
    """The lines of a file, each as its texts; raises an InputError where they can't be read."""
    try:
        with (
            gzip.open(path, "rt", encoding="utf-8-sig", errors="replace", newline="")
            if path.suffix == ".gz"
            else path.open(encoding="utf-8-sig", errors="replace", newline="") as stream
        ):
            yield csv.reader(stream)
    except (OSError, EOFError, csv.Error, zlib.error) as error:
        raise InputError(f"{path} must be a table as text, but its first lines can't be read: {error}") from error


def delimited(paths: Sequence[Path], *, parallel: bool = True) -> str:
    """A table function over files with the same columns: each column as VARCHAR, and ``FILE``.

    Lines that are no rows are left out, and kept for :func:`refused`.

    Args:
        paths: The files.
        parallel: Whether a file may be read in parts. If so, DuckDB 2.0 ends silently at a part without any row, which
            :func:`check_runs` finds; if not, at a quote that does not close.

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
        f"escape='\"', filename={literal(FILE)}, parallel={str(parallel).lower()}, store_rejects=true, "
        f"rejects_limit={REFUSED_LIMIT + 1})"
    )


def forget_refused(connection: DuckDBPyConnection) -> None:
    """Forget the lines that earlier scans refused: another scan meets them again."""
    for table in ("reject_errors", "reject_scans"):
        connection.execute(f"DROP TABLE IF EXISTS {table}")


def refused(connection: DuckDBPyConnection) -> str:
    """A SELECT of ``file, line, code, raw, unit, fault`` of the lines that the last scan of text refused.

    Raises:
        InputError: They are too many to be listed, or a part of a file was not read because it holds no row.
    """
    tables = connection.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'reject_errors'").fetchone()
    if tables is None or not tables[0]:
        return (
            "SELECT NULL::VARCHAR AS file, NULL::BIGINT AS line, NULL::VARCHAR AS code, NULL::VARCHAR AS raw, "
            "NULL::VARCHAR AS unit, NULL::VARCHAR AS fault WHERE false"
        )
    whens = " ".join(f"WHEN {literal(kind)} THEN {literal(fault)}" for kind, fault in LINE_FAULTS.items())
    most = connection.execute(
        "SELECT file_path, count(*) FROM reject_errors JOIN reject_scans USING (scan_id, file_id) "
        "GROUP BY file_path ORDER BY 2 DESC, 1 LIMIT 1"
    ).fetchone()
    if most and most[1] > REFUSED_LIMIT:
        raise InputError(f"{most[0]} must be a table, but more than {REFUSED_LIMIT} of its lines are no rows; mend it")
    check_runs(connection)
    return f"""
        SELECT file_path AS file, line::BIGINT AS line, NULL::VARCHAR AS code, min(csv_line) AS raw,
            NULL::VARCHAR AS unit, min(CASE error_type::VARCHAR {whens} ELSE 'line is no row' END) AS fault
        FROM reject_errors JOIN reject_scans USING (scan_id, file_id)
        GROUP BY scan_id, file_path, line
    """


def check_runs(connection: DuckDBPyConnection) -> None:
    """See that a scan in parts has gone through files in which many lines were refused one after another.

    Raises:
        InputError: It has not.
    """
    scan = "SELECT max(scan_id) FROM reject_scans"
    found = connection.execute(f"""
        SELECT DISTINCT file_path FROM (
            SELECT file_path, line - lag(line, {RUN - 1}) OVER (PARTITION BY scan_id, file_id ORDER BY line) AS apart
            FROM (
                SELECT DISTINCT scan_id, file_id, file_path, line
                FROM reject_errors JOIN reject_scans USING (scan_id, file_id) WHERE scan_id = ({scan})
            )
        ) WHERE apart < {RUN}
    """).fetchall()
    for (name,) in found:
        seen = (
            "SELECT line FROM reject_errors JOIN reject_scans USING (scan_id, file_id) "
            f"WHERE file_path = {literal(name)}"
        )
        before = connection.execute(scan).fetchone() or (0,)
        connection.execute(f"SELECT count(*) FROM {delimited([Path(name)], parallel=False)}").fetchall()
        lost = connection.execute(
            f"SELECT min(line) FROM ({seen} AND scan_id > {before[0]} EXCEPT {seen} AND scan_id = {before[0]})"
        ).fetchone()
        for table in ("reject_errors", "reject_scans"):
            connection.execute(f"DELETE FROM {table} WHERE scan_id > {before[0]}")
        if lost and lost[0] is not None:
            raise InputError(
                f"{name} must be one table, but megabytes of lines around line {lost[0]} are no rows of it; part "
                "it, or mend them"
            )


def in_file(rows: str, refused_lines: str) -> str:
    """Rows with their line in the file, from rows whose ``line`` counts the lines that are rows, from 2 on.

    Args:
        rows: A SELECT of ``file, line`` and others.
        refused_lines: What :func:`refused` answered.
    """
    return f"""
        WITH lost AS (
            SELECT file, before, max(place) AS n_lost FROM (
                SELECT file, row_number() OVER (PARTITION BY file ORDER BY line) AS place, line - place AS before
                FROM ({refused_lines})
            ) GROUP BY ALL
        )
        SELECT rows.* REPLACE (rows.line + coalesce(n_lost, 0) AS line)
        FROM ({rows}) rows ASOF LEFT JOIN lost ON rows.file = lost.file AND rows.line > lost.before
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
            many = f"has {len(first)} lines that are no rows; the first is line {line}"
            raise InputError(f"{path} {many if len(first) > 1 else f'has a line that is no row, line {line}'}: {fault}")
