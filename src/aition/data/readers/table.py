"""Tables: records of any kind in delimited text or Parquet, a row a record (long) or a row a time (wide)."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal, get_args

from duckdb import DuckDBPyConnection

from aition.core.errors import InputError
from aition.data.readers.delimited import FILE, check_rows
from aition.data.readers.groups import NO_NUMBER
from aition.data.readers.source import SAMPLES
from aition.data.readers.spans import LEFT_OUT, SPLITS
from aition.data.readers.spec import Spec
from aition.data.readers.sql import literal, quoted
from aition.data.readers.tabular import Tabular, check, tabular

TimeUnit = Literal["second", "minute", "hour", "day"]
SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT",
           "UHUGEINT", "FLOAT", "DOUBLE", "DECIMAL")  # fmt: skip
"""Types of columns of numbers, as DuckDB calls them or how these begin."""
BLANKS = "' ' || chr(9) || chr(10) || chr(13) || chr(160)"
"""What is no part of a label's name where it stands around it, in SQL."""
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

    def __post_init__(self) -> None:
        if self.time_unit not in get_args(TimeUnit):
            raise InputError(f"time_unit must be one of {', '.join(get_args(TimeUnit))}, but is {self.time_unit!r}")
        known = [*SAMPLES, LEFT_OUT]
        for name in self.static:
            if name.lower() in known:
                raise InputError(
                    f"static must name different columns, and none called {', '.join([*SAMPLES, LEFT_OUT])}, "
                    f"but {name!r} is one"
                )
            known.append(name.lower())

    def check_spec(self, spec: Spec) -> None:
        """Any window will do: what is to be foretold is none of the records."""

    def samples(self, connection: DuckDBPyConnection) -> str:
        """See :class:`aition.data.readers.source.Source`."""
        table = tabular(connection, self.root)
        check(list(table.kinds), (self.sample, self.time), self.root)
        when = self.when(self.time, table.kinds[self.time])
        seen = (
            f"SELECT {quoted(self.sample)}::VARCHAR AS sample, min({when}) AS first, max({when}) AS last "
            f"FROM {table.scan} WHERE {quoted(self.sample)}::VARCHAR <> '' GROUP BY 1"
        )
        if self.labels == Path():
            return (
                'SELECT sample, sample AS subject, first AS "start", last AS "stop", NULL::DOUBLE AS label, '
                f"'' AS split FROM ({seen})"
            )
        given = tabular(connection, self.labels)
        self.check_labels(connection, given)
        label = self.label_sql(connection, given)
        start = self.when(self.start, given.kinds[self.start]) if self.start in given.kinds else "first"
        stop = self.when(self.stop, given.kinds[self.stop]) if self.stop in given.kinds else "last"
        known = self.start in given.kinds and self.stop in given.kinds
        joined = "" if known else f"LEFT JOIN ({seen}) seen ON given.{quoted(self.sample)}::VARCHAR = seen.sample"
        split = f"{quoted(self.split)}::VARCHAR" if self.split in given.kinds else "''"
        static = "".join(f", {quoted(name)}::DOUBLE AS {quoted(name)}" for name in self.static)
        return f"""
            SELECT given.{quoted(self.sample)}::VARCHAR AS sample, given.{quoted(self.sample)}::VARCHAR AS subject,
                {start} AS "start", {stop} AS "stop", {label} AS label, {split} AS split{static}
            FROM {given.scan} given {joined}
        """

    def check_labels(self, connection: DuckDBPyConnection, given: Tabular) -> None:
        """See that the labels have the columns that they are asked for, and that each of their texts can be read."""
        asked = [
            getattr(self, part.name)
            for part in fields(self)
            if part.name in ("label", "split", "start", "stop") and getattr(self, part.name) != part.default
        ]
        check(list(given.kinds), (self.sample, *asked, *self.static), self.labels)
        if given.is_text:
            check_rows(connection, given.files)
        sample = quoted(self.sample)
        rules = [(sample, f"coalesce({sample}::VARCHAR, '') = ''", "an id in every row")]
        for name in (self.start, self.stop):
            if name in given.kinds:
                rules.append((quoted(name), f"{self.when(name, given.kinds[name])} IS NULL", "dates or numbers"))
        if self.split in given.kinds:
            known = f"{quoted(self.split)}::VARCHAR NOT IN ({', '.join(map(literal, SPLITS))})"
            rules.append((quoted(self.split), known, f"{', '.join(SPLITS)}, or nothing"))
        rules += [(quoted(name), f"TRY_CAST({quoted(name)} AS DOUBLE) IS NULL", "numbers") for name in self.static]
        for column, unfit, needed in rules:
            filled = "true" if column == sample else f"trim({column}::VARCHAR) <> ''"
            count, one = connection.execute(
                f"SELECT count(*), min({column}::VARCHAR) FROM {given.scan} WHERE {filled} AND {unfit}"
            ).fetchone() or (0, "")
            if count:
                shown = "nothing" if one is None else repr(one)
                raise InputError(
                    f"column {column} of {self.labels} must hold {needed}, but has {shown} in one of {count} rows"
                )

    def label_sql(self, connection: DuckDBPyConnection, given: Tabular) -> str:
        """The label: a number where all are, a name, without the blanks around it, where not."""
        if self.label not in given.kinds:
            return "NULL::DOUBLE"
        name = quoted(self.label)
        if given.kinds[self.label] == "VARCHAR":
            name = f"trim({name}, {BLANKS})"
        unfit = connection.execute(
            f"SELECT count(*) FROM {given.scan} WHERE {name}::VARCHAR <> '' AND TRY_CAST({name} AS DOUBLE) IS NULL"
        ).fetchone()
        return f"nullif({name}::VARCHAR, '')" if unfit and unfit[0] else f"TRY_CAST({name} AS DOUBLE)"

    def events(self, connection: DuckDBPyConnection) -> str:
        """See :class:`aition.data.readers.source.Source`."""
        table = tabular(connection, self.root)
        rows = self.long_sql(table) if self.code else self.wide_sql(table)
        return f"""
            SELECT whom AS sample, whom AS subject, "time", code, value, unit, file, line, raw, CASE
                    WHEN coalesce(whom, '') = '' THEN '{NO_SAMPLE}'
                    WHEN "time" IS NULL THEN '{NO_DATE}'
                    WHEN raw <> '' AND value IS NULL THEN '{NO_NUMBER}'
                END AS fault
            FROM (
                SELECT *, {self.when("moment", table.kinds[self.time])} AS "time", TRY_CAST(raw AS DOUBLE) AS value
                FROM ({rows})
            )
        """

    def long_sql(self, table: Tabular) -> str:
        """Every row of a long table, as a record."""
        needed = (self.sample, self.time, self.code, self.value, *([self.unit] if self.unit else []))
        check(list(table.kinds), needed, self.root)
        unit = f"{quoted(self.unit)}::VARCHAR" if self.unit else "NULL::VARCHAR"
        return " UNION ALL ".join(
            f"SELECT {self.where(line)}, {unit} AS unit, {quoted(self.code)}::VARCHAR AS code, "
            f"{quoted(self.value)}::VARCHAR AS raw FROM {scan}"
            for scan, line in table.parts
        )

    def wide_sql(self, table: Tabular) -> str:
        """Every cell of a wide table that is not empty, as a record."""
        check(list(table.kinds), (self.sample, self.time), self.root)
        codes = [name for name in table.kinds if name not in (self.sample, self.time)]
        if not codes:
            raise InputError(f"{self.root} must have columns beside {self.sample} and {self.time}, but has none")
        cells = ", ".join(f"nullif({quoted(name)}::VARCHAR, '') AS {quoted(f'c{at}')}" for at, name in enumerate(codes))
        places = ", ".join(quoted(f"c{at}") for at in range(len(codes)))
        whens = " ".join(f"WHEN {literal(f'c{at}')} THEN {literal(name)}" for at, name in enumerate(codes))
        rows = " UNION ALL ".join(f"SELECT {self.where(line)}, {cells} FROM {scan}" for scan, line in table.parts)
        return f"""
            SELECT whom, moment, CASE place {whens} END AS code, raw, NULL::VARCHAR AS unit, file, line
            FROM (UNPIVOT ({rows}) ON {places} INTO NAME place VALUE raw)
        """

    def where(self, line: str) -> str:
        """Whom, when, and where a row stands, in SQL."""
        return (
            f"{quoted(self.sample)}::VARCHAR AS whom, {quoted(self.time)} AS moment, {quoted(FILE)} AS file, "
            f"{line} AS line"
        )

    def when(self, column: str, kind: str) -> str:
        """A moment in SQL, NULL where it is none: a date, or a number from the start of 1970.

        Args:
            column: Where it stands.
            kind: The column's type, as DuckDB calls it.
        """
        name = quoted(column)
        if kind.startswith(("TIMESTAMPTZ", "TIMESTAMP WITH")):
            return f"{name}::TIMESTAMPTZ::TIMESTAMP"
        if kind == "DATE" or kind.startswith("TIMESTAMP"):
            return f"{name}::TIMESTAMP"
        if kind.startswith(NUMBERS):
            return self.moment(f"{name}::DOUBLE")
        moment = f"trim({name}::VARCHAR)"
        # A cast that fails is slow, so what looks like a date is not tried as a number, nor a number as a date.
        return (
            f"CASE WHEN substr({moment}, 5, 1) = '-' THEN TRY_CAST({moment} AS TIMESTAMP) "
            f"ELSE {self.moment(f'TRY_CAST({moment} AS DOUBLE)')} END"
        )

    def moment(self, number: str) -> str:
        """The moment that a number in SQL means."""
        ticks = f"round({number} * {SECONDS[self.time_unit] * 1_000_000})"
        return f"CASE WHEN abs({ticks}) < 9e15 THEN make_timestamp(CAST({ticks} AS BIGINT)) END"
