"""Buckets: one pass over all records, which are cleaned, given to samples, counted, and put in files by sample."""

from dataclasses import dataclass
from pathlib import Path

from duckdb import DuckDBPyConnection

from aition.data.readers.delimited import forget_refused, in_file, refused
from aition.data.readers.groups import NO_NUMBER, group_sql
from aition.data.readers.source import Source
from aition.data.readers.spans import ticks
from aition.data.readers.spec import Spec
from aition.data.readers.sql import files_of, listed, literal

N_BUCKET = 64
FLUSH_ROWS = 131_072
"""Rows that a thread keeps before they go to the buckets' files."""
USED, REPEATED, UNASKED, STATIC, OUTSIDE, BAD = range(6)
"""Fates of a record; repeated: a further sample sees it too, so it is used but was counted already."""
NO_TIME, NO_CODE, NO_VALUE = "time is not finite", "code is missing", "value is missing"
NO_UNIT, INFINITE = "unit is not known", "value is not finite"
TOO_LOW, TOO_HIGH = "value is below the least plausible", "value is above the largest plausible"


@dataclass(frozen=True)
class Counts:
    """What became of every record that was read; together they are all of them.

    Args:
        used: Records that are in a sample.
        not_asked_for: Records of codes that no feature names.
        outside: Records that no sample's window holds.
        static: Records without a time, which say what does not change.
        rare: Of events: records of codes with too few of them.
        bad: Records that can't be used, by reason; ``rejected.parquet`` lists them.
    """

    used: int
    not_asked_for: int
    outside: int
    static: int
    rare: int
    bad: dict[str, int]

    @property
    def read(self) -> int:
        """All records."""
        return self.used + self.not_asked_for + self.outside + self.static + self.rare + sum(self.bad.values())


def write_buckets(connection: DuckDBPyConnection, source: Source, spec: Spec, folder: Path, *, n_sample: int) -> Counts:
    """Read all records once, write those used to ``folder/bucket=N``, and make the table ``rejected`` of the bad ones.

    Needs the tables of :func:`aition.data.readers.groups.write_groups` and
    :func:`aition.data.readers.spans.write_spans`. A bucket holds the samples of one run of numbers; its columns that
    count are ``number, step, place`` (µs since the window began), ``grp, code, value``.
    """
    forget_refused(connection)
    connection.execute(f"SET partitioned_write_flush_threshold = {FLUSH_ROWS}")
    # Joins must build on the samples, never on the records, whatever their files make DuckDB expect.
    connection.execute("SET disabled_optimizers = 'build_side_probe_side'")
    try:
        connection.execute(
            f"COPY ({records_sql(source.events(connection), spec, bucket_width(n_sample))}) TO {literal(folder)} "
            f"(FORMAT parquet, COMPRESSION lz4_raw, PARTITION_BY (bucket), ROW_GROUP_SIZE {FLUSH_ROWS // 2})"
        )
    finally:
        connection.execute("RESET disabled_optimizers")
    return counted(connection, folder)


def bucket_width(n_sample: int) -> int:
    """Samples in a bucket."""
    return max(1, -(-n_sample // N_BUCKET))


def records_sql(events: str, spec: Spec, width: int) -> str:
    """Every record with its fate, once for each sample that sees it; what is only counted carries nothing else."""
    every = ticks(spec.window.every)
    # A code that no feature names is one by itself in a list of events.
    unasked = "grp IS NULL AND code IS NOT NULL" if spec.form == "grid" else "false"
    needs = "coalesce(needs_value, false)"
    seen = "j.unasked OR j.flaw IS NOT NULL"
    return f"""
        WITH asked AS (
            SELECT e.*, {group_sql(spec, "e.code", "named.grp")} AS grp
            FROM ({events}) e LEFT JOIN named ON e.code = named.code
        ), worded AS (
            SELECT *, {unasked} AS unasked,
                "time" IS NULL AND code IS NOT NULL AND coalesce(fault, '{NO_NUMBER}') = '{NO_NUMBER}' AS idle,
                CASE WHEN grp IS NOT NULL THEN coalesce(lower(trim(unit)), '') END AS word,
                CASE WHEN isfinite("time") THEN epoch_us("time") END AS tick
            FROM asked
        ), fitted AS (
            SELECT w.*, bounds.* EXCLUDE (grp), factor,
                CASE WHEN factor IS NULL THEN w.value ELSE w.value * factor + shift END AS fit
            FROM worded w LEFT JOIN bounds ON w.grp = bounds.grp
                LEFT JOIN conversions ON w.grp = conversions.grp AND w.word = conversions.unit
        ), judged AS (
            SELECT *, CASE
                WHEN unasked OR idle THEN NULL
                WHEN fault <> '{NO_NUMBER}' OR (fault IS NOT NULL AND {needs}) THEN fault
                WHEN code IS NULL THEN '{NO_CODE}'
                WHEN tick IS NULL THEN '{NO_TIME}'
                WHEN value IS NULL THEN CASE WHEN {needs} THEN '{NO_VALUE}' END
                WHEN NOT isfinite(value) THEN '{INFINITE}'
                WHEN checks_unit AND factor IS NULL AND word <> '' THEN '{NO_UNIT}'
                WHEN fit < low THEN '{TOO_LOW}'
                WHEN fit > high THEN '{TOO_HIGH}'
            END AS flaw FROM fitted
        ), given AS (
            SELECT j.*, coalesce(own.number, held.number) AS number, coalesce(own.begin, held.begin) AS begin,
                coalesce(own.steps, held.steps) AS steps, coalesce(j.tick <= held.before, false) AS again
            FROM judged j
            LEFT JOIN spans own ON CASE WHEN {seen} THEN NULL ELSE j.sample END = own.sample
                AND j.tick >= own.low AND j.tick <= own.high
            LEFT JOIN spans held ON CASE WHEN {seen} OR j.sample IS NOT NULL THEN NULL ELSE j.subject END = held.subject
                AND j.tick >= held.low AND j.tick <= held.high
        ), fated AS (
            SELECT *, CASE WHEN idle THEN {STATIC} WHEN unasked THEN {UNASKED} WHEN flaw IS NOT NULL THEN {BAD}
                WHEN number IS NULL THEN {OUTSIDE} WHEN again THEN {REPEATED} ELSE {USED} END AS fate
            FROM given
        )
        SELECT CASE WHEN fate <= {REPEATED} THEN number // {width} WHEN fate = {BAD} THEN -1 ELSE -2 END AS bucket,
            fate::UTINYINT AS fate, number, tick - begin AS place,
            CAST(least(steps - 1, greatest(0, (tick - begin) // {every})) AS INTEGER) AS step,
            CASE WHEN fate <= {REPEATED} THEN grp END AS grp,
            CASE WHEN fate = {BAD} OR (fate <= {REPEATED} AND grp IS NULL) THEN code END AS code,
            CASE WHEN fate <= {REPEATED} THEN fit END AS value,
            CASE WHEN fate = {BAD} THEN file END AS file, CASE WHEN fate = {BAD} THEN line END AS line,
            CASE WHEN fate = {BAD} THEN raw END AS raw, CASE WHEN fate = {BAD} THEN unit END AS unit, flaw AS fault
        FROM fated
    """


def scan_of(*folders: Path) -> str:
    """The records in folders of buckets as a table function; empty where there is none."""
    files = [file for folder in folders for file in files_of(folder, (".parquet",))]
    # Neither what a path is called nor its signs must mean anything: files are named, and columns are those within.
    return f"read_parquet({listed(files)}, hive_partitioning=false)" if files else ""


def counted(connection: DuckDBPyConnection, folder: Path) -> Counts:
    """Make the table ``rejected``, and say what became of all records."""
    fates: dict[int, int] = {}
    rejected = refused(connection)
    if every := scan_of(folder):
        rows = connection.execute(f"SELECT fate, count(*) FROM {every} GROUP BY fate").fetchall()
        fates = {int(fate): int(count) for fate, count in rows}
    if bad := scan_of(folder / "bucket=-1"):
        records = f"SELECT file, line, code, raw, unit, fault FROM {bad}"
        rejected += f" UNION ALL SELECT file, line, code, raw, unit, fault FROM ({in_file(records, rejected)})"
    connection.execute(f"CREATE TEMP TABLE rejected AS {rejected}")
    faults = connection.execute("SELECT fault, count(*) FROM rejected GROUP BY fault ORDER BY fault").fetchall()
    return Counts(
        used=fates.get(USED, 0),
        not_asked_for=fates.get(UNASKED, 0),
        outside=fates.get(OUTSIDE, 0),
        static=fates.get(STATIC, 0),
        rare=0,
        bad={str(fault): int(count) for fault, count in faults},
    )
