"""MEDS: the Medical Event Data Standard, in Parquet."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal

from duckdb import DuckDBPyConnection

from aition.core.errors import InputError
from aition.data.readers.groups import NO_NUMBER
from aition.data.readers.spans import HOUR
from aition.data.readers.spec import Spec, check_foretold
from aition.data.readers.sql import files_of, listed, literal, quoted
from aition.data.readers.tabular import PARQUET, check, columns_of

BIRTH, DEATH = "MEDS_BIRTH", "MEDS_DEATH"
LABELS = ("boolean_value", "integer_value", "float_value", "categorical_value")
STATIC_LIMIT = 256
JUDGING = ("anchor", "until", "outcome", "after", "gap", "horizon")
"""Settings that say what labels say."""
YEAR = 365.2425 * 24 * HOUR
CENSORED, ALREADY, NO_SUBJECT = (
    "record ends before the horizon", "outcome is not after the window", "subject has no record",
)  # fmt: skip
LabelColumn = Literal["", "boolean_value", "integer_value", "float_value", "categorical_value"]


@dataclass(frozen=True)
class Meds:
    """Records in the Medical Event Data Standard, 0.3 or 0.4: ``data/**/*.parquet`` below a folder.

    With ``labels`` a sample is a row of a label file: what is seen ends with its ``prediction_time``, so the window
    must be aligned to "stop"; its span begins with the subject's first record. Without, a sample is an occurrence of
    ``anchor``, or a subject from its first record on; its label says whether ``outcome`` is recorded in the ``horizon``
    after the window and a gap. Rows without a time become static columns: the number of a code that has any, else
    whether the subject has the code; the age at the start stands beside them where births are recorded. Units are those
    of a column ``unit`` of the records, else of ``metadata/codes.parquet``; where neither is, they are the features'
    own.

    Args:
        root: Folder that holds ``data`` and perhaps ``metadata/subject_splits.parquet``.
        labels: A label file, or a folder of such.
        label_column: The column of labels that counts; the only one that is filled where nothing is said.
        anchor: Code at which samples begin; a ``*`` at its end stands for any ending.
        until: Code that ends a sample; its subject's last record where none comes.
        outcome: Code that makes class 1; empty for samples of an unknown class.
        after: Hours from a sample's start to the end of what is seen: the window's.
        gap: Hours after these in which the outcome must not fall.
        horizon: Hours after the gap in which it counts. Subjects whose record ends before are left out, and counted.
        static: Codes of rows without a time that become columns, as ``anchor``; one that is named in full becomes a
            column though no subject has it.

    References:
        The MEDS working group, Medical Event Data Standard, https://medical-event-data-standard.github.io.
    """

    root: Path
    labels: Path = Path()
    label_column: LabelColumn = ""
    anchor: str = ""
    until: str = ""
    outcome: str = DEATH
    after: float = 48.0
    gap: float = 0.0
    horizon: float = math.inf
    static: tuple[str, ...] = ("*",)

    def __post_init__(self) -> None:
        for name in ("after", "gap"):
            if not 0 <= getattr(self, name) < math.inf:
                raise InputError(f"{name} must be hours from 0, but is {getattr(self, name)}")
        if not self.horizon > 0:
            raise InputError(f"horizon must be above 0 hours, but is {self.horizon}")
        if self.labels == Path():
            if self.label_column:
                raise InputError("label_column chooses a column of labels, but there are none; name their file")
            return
        default = {part.name: part.default for part in fields(self)}
        if judging := [name for name in JUDGING if getattr(self, name) != default[name]]:
            raise InputError(
                f"labels say when samples end and what becomes of them, so {judging[0]} has no place beside them; "
                "leave one of the two out"
            )

    def check_spec(self, spec: Spec) -> None:
        """See :class:`aition.data.readers.source.Source`."""
        if self.labels != Path():
            if spec.window.align == "start":
                raise InputError(
                    'window.align must be "stop" with labels, for what is seen ends with each prediction, but is '
                    '"start"; write align = "stop" under [window], or begin with aition ingest spec meds-labels'
                )
        elif self.outcome:
            check_foretold(spec, "after", self.after)

    def samples(self, connection: DuckDBPyConnection) -> str:
        """See :class:`aition.data.readers.source.Source`."""
        scan, _ = self.scan()
        columns, static = self.static_sql(connection, scan)
        asked = self.labelled(connection) if self.labels != Path() else self.anchored(scan)
        splits = self.root / "metadata" / "subject_splits.parquet"
        split = "''"
        joined = ""
        if splits.is_file():
            check(columns_of([splits]), ("subject_id", "split"), splits)
            joined = f"LEFT JOIN read_parquet({literal(splits)}) splits USING (subject_id)"
            split = "splits.split"
        return f"""
            WITH subjects AS (
                SELECT subject_id, min("time") FILTER (code = '{BIRTH}') AS birth,
                    min("time") FILTER (code <> '{BIRTH}') AS first, max("time") FILTER (code <> '{BIRTH}') AS last
                FROM {scan} GROUP BY subject_id
            ), fixed AS ({static}), asked AS ({asked})
            SELECT asked.sample, asked.subject_id::VARCHAR AS subject, asked.start::TIMESTAMP AS start,
                asked.stop::TIMESTAMP AS stop, asked.label, {split} AS split,
                CASE WHEN subjects.last IS NULL THEN '{NO_SUBJECT}' ELSE asked.left_out END AS left_out,
                (epoch_us(asked.start) - epoch_us(birth)) / {YEAR} AS age{columns}
            FROM asked LEFT JOIN subjects USING (subject_id) LEFT JOIN fixed USING (subject_id) {joined}
        """

    def events(self, connection: DuckDBPyConnection) -> str:
        """See :class:`aition.data.readers.source.Source`."""
        scan, names = self.scan()
        value = "numeric_value::DOUBLE" if "numeric_value" in names else "NULL::DOUBLE"
        text = "text_value::VARCHAR" if "text_value" in names else "NULL::VARCHAR"
        unit, joined = self.unit_sql(names)
        return f"""
            SELECT NULL::VARCHAR AS sample, subject_id::VARCHAR AS subject, "time"::TIMESTAMP AS "time", records.code,
                {value} AS value, {unit} AS unit, filename AS file, file_row_number + 1 AS line,
                coalesce({text}, ({value})::VARCHAR) AS raw, CASE
                    WHEN subject_id IS NULL THEN 'subject is missing'
                    WHEN {value} IS NULL AND {text} IS NOT NULL THEN '{NO_NUMBER}'
                END AS fault
            FROM {scan} records {joined}
        """

    def unit_sql(self, names: Sequence[str]) -> tuple[str, str]:
        """The unit of a record in SQL, and the join that it takes."""
        own = "nullif(records.unit::VARCHAR, '')" if "unit" in names else "NULL::VARCHAR"
        codes = self.root / "metadata" / "codes.parquet"
        if not codes.is_file() or not {"code", "unit"} <= set(columns_of([codes])):
            return own, ""
        known = f"SELECT code, min(unit::VARCHAR) AS known FROM read_parquet({literal(codes)}) GROUP BY code"
        return f"coalesce({own}, codes.known)", f"LEFT JOIN ({known}) codes USING (code)"

    def scan(self) -> tuple[str, list[str]]:
        """The data as a table function, and its columns; raises where there is none."""
        data = self.root / "data"
        files = files_of(data, (PARQUET,)) if data.is_dir() else []
        if not files:
            raise InputError(f"{self.root} must hold MEDS records, data/**/*.parquet, but has none")
        names: set[str] = set()
        for file in files:
            found = columns_of([file])
            check(found, ("subject_id", "time", "code"), file)
            names |= set(found)
        return (
            f"read_parquet({listed(files)}, filename=true, file_row_number=true, hive_partitioning=false, "
            "union_by_name=true)",
            sorted(names),
        )

    def static_sql(self, connection: DuckDBPyConnection, scan: str) -> tuple[str, str]:
        """The static columns of samples, and the SELECT that they are taken from, a row a subject."""
        _, names = self.scan()
        wanted = " OR ".join(like("code", pattern) for pattern in self.static) or "false"
        number = "numeric_value" if "numeric_value" in names else "NULL::DOUBLE"
        found = connection.execute(
            f'SELECT code, count({number}) FROM {scan} WHERE "time" IS NULL AND code IS NOT NULL AND ({wanted}) '
            "GROUP BY code ORDER BY code"
        ).fetchall()
        named = {code: 0 for code in self.static if not code.endswith("*")}
        found = sorted((named | dict(found)).items())
        if len(found) > STATIC_LIMIT:
            raise InputError(
                f"static must name at most {STATIC_LIMIT} codes, but names {len(found)}, such as {found[0][0]!r}; "
                'name those that are to be columns, such as static = ["GENDER*"]'
            )
        made = [
            f"max({number}) FILTER (code = {literal(code)})::DOUBLE AS {quoted(f'c{place}')}"
            if valued
            else f"(count(*) FILTER (code = {literal(code)}) > 0)::INTEGER::DOUBLE AS {quoted(f'c{place}')}"
            for place, (code, valued) in enumerate(found)
        ]
        columns = "".join(
            f", {quoted(f'c{place}') if valued else 'coalesce(' + quoted(f'c{place}') + ', 0)'} AS {quoted(code)}"
            for place, (code, valued) in enumerate(found)
        )
        return (
            columns,
            f'SELECT {", ".join(["subject_id", *made])} FROM {scan} WHERE "time" IS NULL GROUP BY subject_id',
        )

    def labelled(self, connection: DuckDBPyConnection) -> str:
        """A SELECT of a sample a row of the label files."""
        files = files_of(self.labels, (PARQUET,)) if self.labels.exists() else []
        if not files:
            raise InputError(f"labels must be a Parquet file or a folder of such, but {self.labels} is none")
        names = columns_of(files)
        check(
            names, ("subject_id", "prediction_time", *([self.label_column] if self.label_column else [])), self.labels
        )
        rows = f"read_parquet({listed(files)}, hive_partitioning=false, union_by_name=true)"
        column = self.label_column or only_filled(connection, rows, [name for name in LABELS if name in names])
        return f"""
            SELECT subject_id::VARCHAR || '@' || replace(prediction_time::TIMESTAMP::VARCHAR, ' ', 'T') AS sample,
                labels.subject_id, first AS start, prediction_time AS stop, {column} AS label, NULL::VARCHAR AS left_out
            FROM {rows} labels LEFT JOIN subjects USING (subject_id)
        """

    def anchored(self, scan: str) -> str:
        """A SELECT of a sample an occurrence of the anchor, or a subject."""
        begins = "SELECT subject_id, first AS start FROM subjects WHERE first IS NOT NULL"
        name = "subject_id::VARCHAR"
        if self.anchor:
            begins = (
                f'SELECT DISTINCT subject_id, "time" AS start FROM {scan} WHERE "time" IS NOT NULL '
                f"AND {like('code', self.anchor)}"
            )
            name = "subject_id::VARCHAR || '@' || replace(start::TIMESTAMP::VARCHAR, ' ', 'T')"
        stop = "last"
        if self.until:
            stop = "coalesce(ended, last)"
        label, left_out = self.judged()
        return f"""
            SELECT {name} AS sample, subject_id, start, {stop} AS stop, {label} AS label, {left_out} AS left_out FROM (
                SELECT begins.subject_id, start, any_value(last) AS last,
                    min("time") FILTER (hit AND "time" > start) AS struck,
                    min("time") FILTER (done AND "time" > start) AS ended
                FROM ({begins}) begins JOIN subjects USING (subject_id) LEFT JOIN (
                    SELECT subject_id, "time", {like("code", self.outcome) if self.outcome else "false"} AS hit,
                        {like("code", self.until) if self.until else "false"} AS done
                    FROM {scan} WHERE hit OR done
                ) USING (subject_id) GROUP BY begins.subject_id, start
            )
        """

    def judged(self) -> tuple[str, str]:
        """The label of an anchored sample in SQL, and why it is left out, of ``start``, ``struck`` and ``last``."""
        if not self.outcome:
            return "NULL::DOUBLE", "NULL::VARCHAR"
        opens = f"start + INTERVAL ({round((self.after + self.gap) * HOUR)}) MICROSECONDS"
        never, ever = literal("no " + self.outcome), literal(self.outcome)
        within = censored = "false"
        if self.horizon < math.inf:
            closes = f"start + INTERVAL ({round((self.after + self.gap + self.horizon) * HOUR)}) MICROSECONDS"
            within, censored = f"struck > {closes}", f"struck IS NULL AND last < {closes}"
        label = f"CASE WHEN struck IS NULL OR {within} THEN {never} ELSE {ever} END"
        left_out = (
            f"CASE WHEN struck <= {opens} THEN '{ALREADY}' WHEN {censored} THEN '{CENSORED}' ELSE NULL::VARCHAR END"
        )
        return f"CAST({label} AS ENUM({never}, {ever}))", left_out


def like(column: str, pattern: str) -> str:
    """Whether a code is meant by a pattern, in SQL."""
    if pattern.endswith("*"):
        return f"starts_with({column}, {literal(pattern[:-1])})"
    return f"{column} = {literal(pattern)}"


def only_filled(connection: DuckDBPyConnection, rows: str, names: Sequence[str]) -> str:
    """The only label column that holds anything, or NULL in SQL."""
    counts = connection.execute(
        f"SELECT {', '.join(['0', *(f'count({name})' for name in names)])} FROM {rows}"
    ).fetchone()
    filled = [name for name, count in zip(names, (counts or (0,))[1:], strict=False) if count]
    if len(filled) > 1:
        raise InputError(f"label_column must say which of {', '.join(filled)} counts, for all of them are filled")
    return filled[0] if filled else "NULL::DOUBLE"
