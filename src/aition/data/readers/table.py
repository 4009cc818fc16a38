"""Tables: records of any kind in delimited text or Parquet, a row a record (long) or a row a time (wide)."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pyarrow as pa
from duckdb import DuckDBPyConnection
from pyarrow import parquet

from aition.core.errors import InputError
from aition.data.readers.delimited import ENDINGS, delimited, header_of
from aition.data.readers.groups import NO_NUMBER
from aition.data.readers.sql import files_of, listed, literal, quoted

TimeUnit = Literal["second", "minute", "hour", "day"]
SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
PARQUET = ".parquet"
NO_DATE, NO_SAMPLE = "time is no date", "sample is missing"


@dataclass(frozen=True)
class Table:
    """Records in files of one table: ``.csv``, ``.csv.gz`` or ``.parquet``, one file or a folder of them.

    In long form a row is a record, with a code and a value. In wide form, where ``code`` is empty, a row is a time,
    with a column a code; empty cells are no records. A sample's span goes from its first row to its last, unless the
    labels say otherwise.

    Args:
        root: A file, or a folder of files with the same columns.
        labels: A file with a row a sample: the column ``sample``, and any of ``label``, ``split``, ``start``, ``stop``
            and static columns. Where none is given, every sample is kept, of an unknown class.
        sample: Column of the samples' ids.
        time: Column of dates, or of numbers in ``time_unit`` from any zero.
        code: Column of the codes; empty for the wide form.
        value: Column of the values of the long form.
        unit: Column of the values' units; empty where there is none.
        label: Column of ``labels``: class names, or whole numbers from 0, or values.
        split: Column of ``labels``: train, tuning, held_out.
        start: Column of ``labels``: when a sample's span begins, as ``time``.
        stop: Column of ``labels``: when it ends.
        static: Columns of numbers of ``labels`` that do not change.
        time_unit: Of times that are numbers.
    """

    root: Path
    labels: Path = Path()
    sample: str = "sample"
    time: str = "time"
    code: str = "code"
    value: str = "value"
    unit: str = ""
    label: str = "label"
    split: str = "split"
    start: str = "start"
    stop: str = "stop"
    static: tuple[str, ...] = ()
    time_unit: TimeUnit = "hour"

    def samples(self, connection: DuckDBPyConnection) -> str:
        """See :class:`aition.data.readers.source.Source`."""
        scan, names = scan_of(self.root)
        check(names, (self.sample, self.time), self.root)
        seen = (
            f"SELECT {quoted(self.sample)}::VARCHAR AS sample, min({self.when(self.time)}) AS first, "
            f"max({self.when(self.time)}) AS last FROM {scan} WHERE {quoted(self.sample)} IS NOT NULL GROUP BY 1"
        )
        if self.labels == Path():
            return (
                'SELECT sample, sample AS subject, first AS "start", last AS "stop", NULL::DOUBLE AS label, '
                f"'' AS split FROM ({seen})"
            )
        others, columns = scan_of(self.labels)
        check(columns, (self.sample, *self.static), self.labels)
        label = self.label_sql(connection, others, columns)
        start = self.when(self.start) if self.start in columns else "first"
        stop = self.when(self.stop) if self.stop in columns else "last"
        split = f"{quoted(self.split)}::VARCHAR" if self.split in columns else "''"
        static = "".join(f", TRY_CAST({quoted(name)} AS DOUBLE) AS {quoted(name)}" for name in self.static)
        return f"""
            SELECT given.{quoted(self.sample)}::VARCHAR AS sample, given.{quoted(self.sample)}::VARCHAR AS subject,
                {start} AS "start", {stop} AS "stop", {label} AS label, {split} AS split{static}
            FROM {others} given LEFT JOIN ({seen}) seen ON given.{quoted(self.sample)}::VARCHAR = seen.sample
        """

    def label_sql(self, connection: DuckDBPyConnection, scan: str, columns: Sequence[str]) -> str:
        """The label: a number where all are, a name where not."""
        if self.label not in columns:
            return "NULL::DOUBLE"
        name = quoted(self.label)
        unfit = connection.execute(
            f"SELECT count(*) FROM {scan} WHERE {name}::VARCHAR <> '' AND TRY_CAST({name} AS DOUBLE) IS NULL"
        ).fetchone()
        return f"nullif({name}::VARCHAR, '')" if unfit and unfit[0] else f"TRY_CAST({name} AS DOUBLE)"

    def events(self, connection: DuckDBPyConnection) -> str:
        """See :class:`aition.data.readers.source.Source`."""
        scan, names = scan_of(self.root)
        line = "file_row_number + 1" if "file_row_number" in scan else "NULL::BIGINT"
        where = f"filename AS file, {line} AS line"
        if self.code:
            check(
                names, (self.sample, self.time, self.code, self.value, *([self.unit] if self.unit else [])), self.root
            )
            unit = f"{quoted(self.unit)}::VARCHAR" if self.unit else "NULL::VARCHAR"
            rows = (
                f"SELECT {quoted(self.sample)}::VARCHAR AS whom, {quoted(self.time)} AS moment, {where}, "
                f"{unit} AS unit, {quoted(self.code)}::VARCHAR AS code, {quoted(self.value)}::VARCHAR AS raw "
                f"FROM {scan}"
            )
        else:
            rows = self.wide_sql(scan, names, where)
        return f"""
            SELECT whom AS sample, whom AS subject, "time", code, value, unit, file, line, raw, CASE
                    WHEN coalesce(whom, '') = '' THEN '{NO_SAMPLE}'
                    WHEN "time" IS NULL THEN '{NO_DATE}'
                    WHEN raw <> '' AND value IS NULL THEN '{NO_NUMBER}'
                END AS fault
            FROM (SELECT *, {self.when("moment")} AS "time", TRY_CAST(raw AS DOUBLE) AS value FROM ({rows}))
        """

    def wide_sql(self, scan: str, names: Sequence[str], where: str) -> str:
        """Every cell of a wide table that is not empty, as a record."""
        codes = [name for name in names if name not in (self.sample, self.time)]
        check(names, (self.sample, self.time), self.root)
        if not codes:
            raise InputError(f"{self.root} must have columns beside {self.sample} and {self.time}, but has none")
        cells = ", ".join(f"nullif({quoted(name)}::VARCHAR, '') AS {quoted(f'c{at}')}" for at, name in enumerate(codes))
        places = ", ".join(quoted(f"c{at}") for at in range(len(codes)))
        whens = " ".join(f"WHEN {literal(f'c{at}')} THEN {literal(name)}" for at, name in enumerate(codes))
        return f"""
            SELECT whom, moment, CASE place {whens} END AS code, raw, NULL::VARCHAR AS unit, file, line FROM (
                UNPIVOT (
                    SELECT {quoted(self.sample)}::VARCHAR AS whom, {quoted(self.time)} AS moment, {where}, {cells}
                    FROM {scan}
                ) ON {places} INTO NAME place VALUE raw
            )
        """

    def when(self, column: str) -> str:
        """A moment in SQL, NULL where it is none: a date, or a number from the start of 1970."""
        moment = f"trim({quoted(column)}::VARCHAR)"
        ticks = f"round(TRY_CAST({moment} AS DOUBLE) * {SECONDS[self.time_unit] * 1_000_000})"
        # A cast that fails is slow, so what looks like a date is not tried as a number, nor a number as a date.
        return (
            f"CASE WHEN substr({moment}, 5, 1) = '-' THEN TRY_CAST({moment} AS TIMESTAMP) "
            f"WHEN abs({ticks}) < 9e15 THEN make_timestamp(CAST({ticks} AS BIGINT)) END"
        )


def scan_of(root: Path) -> tuple[str, list[str]]:
    """A table function over a table's files, and its columns.

    Raises:
        InputError: There is no file, or files are of two kinds, or can't be read.
    """
    files = files_of(root, (*ENDINGS, PARQUET)) if root.exists() else []
    if not files:
        raise InputError(
            f"{root} must be a file that ends in {', '.join(ENDINGS)} or {PARQUET}, or a folder of such files"
        )
    kinds = {file.suffix == PARQUET for file in files}
    if len(kinds) > 1:
        raise InputError(f"{root} must hold text or Parquet, but holds both; name the folder of one kind")
    if not kinds.pop():
        return delimited(files), header_of(files[0])
    return f"read_parquet({listed(files)}, filename=true, file_row_number=true, hive_partitioning=false)", columns_of(
        files
    )


def columns_of(files: Sequence[Path]) -> list[str]:
    """The columns of Parquet files.

    Raises:
        InputError: A file can't be read, or has other columns than the first.
    """
    first: list[str] = []
    for file in files:
        try:
            names = list(parquet.read_schema(file).names)
        except (OSError, pa.ArrowException) as error:
            raise InputError(f"{file} must be a Parquet file, but can't be read: {error}") from error
        first = first or names
        if set(names) != set(first):
            raise InputError(f"{file} must have the columns of {files[0].name}, {first}, but has {names}")
    return first


def check(names: Sequence[str], needed: Sequence[str], root: Path) -> None:
    """Raise where a column is missing."""
    if missing := [name for name in needed if name not in names]:
        raise InputError(f"{root} must have a column {missing[0]!r}, but has {list(names)}")
