"""Spans: the samples that are kept, in their order, with the part of each that is seen."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from duckdb import DuckDBPyConnection

from aition.core.errors import InputError
from aition.data.readers.source import SAMPLES, Source
from aition.data.readers.spec import Spec, Window
from aition.data.readers.sql import literal, quoted

HOUR = 3_600_000_000
"""Microseconds."""
CLASS_LIMIT = 1000
LEFT_OUT = "left_out"
SPLITS = ("train", "tuning", "held_out")


@dataclass(frozen=True)
class Samples:
    """What is known of the samples after their table ``spans`` is made.

    Args:
        n_sample: How many are numbered, from 0.
        n_kept: How many have a row in ``spans``: all of them, unless nothing was recorded of some.
        splits: Their splits, in order.
        left_out: How many are not, by reason.
        n_unlabelled: How many of those kept have no known label.
        classed: Whether labels are class numbers, rather than values.
        class_names: One a class; empty where labels are values, or none is known.
        static_names: Columns of static values.
        static_fill: What stands where a value is missing, by the columns that the source has.
        static_filled: Columns of an earlier folder that do not say where a value is missing, though some are; ``spans``
            says where, in columns ``filled0`` and on.
    """

    n_sample: int
    n_kept: int
    splits: tuple[str, ...]
    left_out: dict[str, int]
    n_unlabelled: int
    classed: bool
    class_names: tuple[str, ...]
    static_names: tuple[str, ...]
    static_fill: dict[str, float]
    static_filled: tuple[str, ...] = ()


def ticks(hours: float) -> int:
    """Hours as microseconds."""
    return round(hours * HOUR)


def write_spans(connection: DuckDBPyConnection, source: Source, spec: Spec, *, shares: Sequence[float] = ()) -> Samples:
    """Make the table ``spans``: number, id, subject, label, split, static values, and the window of each sample kept.

    ``begin`` is when step 0 begins; ``low`` and ``high`` hold the times that are seen, in microseconds of the epoch;
    ``before`` is the last time that an earlier sample of the same subject sees, so that a record is counted once.

    Args:
        connection: Where the table is made.
        source: The raw records.
        spec: Which part of a sample is seen.
        shares: Of subjects in "train", "tuning" and "held_out", drawn by their ids, where the source says no split.

    Raises:
        InputError: Columns are missing, ids come twice, a split is written otherwise, or no sample is left.
    """
    connection.execute(f"CREATE TEMP TABLE given AS {source.samples(connection)}")
    names = check_columns(connection)
    classed, classes, label = labels_of(connection)
    reason = f"coalesce({LEFT_OUT}, {reasons(spec.window, classed=classed)})"
    connection.execute(
        f"CREATE TEMP TABLE judged AS SELECT * REPLACE ({split_sql(shares)} AS split), {label} AS known, "
        f"{reason} AS why FROM given"
    )
    left_out = dict(
        connection.execute("SELECT why, count(*) FROM judged WHERE why IS NOT NULL GROUP BY why").fetchall()
    )
    fixed, fills = static_sql(connection, names)
    connection.execute(f"CREATE TEMP TABLE spans AS {spans_sql(spec.window, fixed)}")
    connection.execute("DROP TABLE given")
    connection.execute("DROP TABLE judged")
    found = connection.execute(
        "SELECT split, known IS NULL OR isnan(known), count(*) FROM spans GROUP BY ALL"
    ).fetchall()
    count: Counter[str] = Counter()
    for split, _, size in found:
        count[str(split)] += int(size)
    if not found:
        told = "; ".join(f"{size} left out: {why}" for why, size in left_out.items())
        raise InputError(f"no sample is left to be made: {told or 'the records hold none'}")
    return Samples(
        n_sample=sum(count.values()),
        n_kept=sum(count.values()),
        splits=tuple(sorted(count)),
        left_out={str(why): int(size) for why, size in sorted(left_out.items())},
        n_unlabelled=sum(int(size) for _, unknown, size in found if unknown),
        classed=classed,
        class_names=classes,
        static_names=tuple(name for name, _ in fixed),
        static_fill=fills,
    )


def leave_out(connection: DuckDBPyConnection, samples: Samples, where: str, why: str) -> Samples:
    """Take samples out of the table ``spans``, and count them.

    Raises:
        InputError: None is left.
    """
    left, unlabelled = connection.execute(
        f"SELECT count(*), count(*) FILTER (known IS NULL) FROM spans WHERE {where}"
    ).fetchone() or (0, 0)
    if left == samples.n_kept:
        raise InputError(f"no sample is left to be made: {left} left out: {why}")
    connection.execute(f"DELETE FROM spans WHERE {where}")
    splits = connection.execute("SELECT DISTINCT split FROM spans ORDER BY split").fetchall()
    return replace(
        samples,
        n_kept=samples.n_kept - left,
        splits=tuple(str(row[0]) for row in splits),
        left_out=dict(sorted((Counter(samples.left_out) + Counter({why: left})).items())),
        n_unlabelled=samples.n_unlabelled - unlabelled,
    )


def check_columns(connection: DuckDBPyConnection) -> list[str]:
    """The static columns; raises where others are missing, ids come twice, or "train" is written otherwise."""
    names = [str(row[0]) for row in connection.execute("DESCRIBE given").fetchall()]
    if missing := [name for name in SAMPLES if name not in names]:
        raise InputError(f"samples must have the columns {', '.join(SAMPLES)}, but miss {', '.join(missing)}")
    if LEFT_OUT not in names:
        connection.execute(f"ALTER TABLE given ADD COLUMN {LEFT_OUT} VARCHAR")
    twice = connection.execute(
        "SELECT sample, count(*) FROM given GROUP BY sample HAVING count(*) > 1 OR sample IS NULL ORDER BY 1 LIMIT 1"
    ).fetchone()
    if twice:
        raise InputError(f"samples must have different ids, but {twice[0]!r} comes {twice[1]} times")
    near = f"lower(replace(trim(split), '-', '_')) IN ({', '.join(map(literal, SPLITS))})"
    other = connection.execute(
        f"SELECT split, count(*) FROM given WHERE {near} AND split NOT IN ({', '.join(map(literal, SPLITS))}) "
        "GROUP BY split ORDER BY split"
    ).fetchone()
    if other:
        raise InputError(f"splits must be written {', '.join(SPLITS)}, but {other[1]} samples are of {other[0]!r}")
    return [name for name in names if name not in SAMPLES and name != LEFT_OUT]


def labels_of(connection: DuckDBPyConnection) -> tuple[bool, tuple[str, ...], str]:
    """Whether labels are classes, the names of the classes that are known, and the label as a number in SQL."""
    kind = str(connection.execute("SELECT typeof(label) FROM given LIMIT 1").fetchone() or "")
    if "ENUM" in kind:
        found = connection.execute("SELECT enum_range(label) FROM given LIMIT 1").fetchone()
        return named_classes(list(found[0]) if found else [])
    if "VARCHAR" in kind or "BOOLEAN" in kind:
        rows = connection.execute(
            "SELECT DISTINCT label::VARCHAR FROM given WHERE label IS NOT NULL ORDER BY 1"
        ).fetchall()
        return named_classes(["false", "true"] if "BOOLEAN" in kind else [row[0] for row in rows])
    connection.execute("UPDATE given SET label = NULL WHERE isnan(label::DOUBLE)")
    endless = connection.execute("SELECT sample, label FROM given WHERE isinf(label::DOUBLE) ORDER BY 1").fetchone()
    if endless:
        raise InputError(f"labels must be finite, or empty where they are unknown, but {endless[0]!r} has {endless[1]}")
    known, whole, largest = connection.execute(
        "SELECT count(label), coalesce(bool_and(label >= 0 AND label = floor(label)), true), coalesce(max(label), 1) "
        "FROM given"
    ).fetchone() or (0, True, 1)
    if not known:
        return True, (), "NULL::DOUBLE"
    if "FLOAT" in kind or not whole or largest >= CLASS_LIMIT:
        return False, (), "label::DOUBLE"
    return True, tuple(str(number) for number in range(max(2, int(largest) + 1))), "label::DOUBLE"


def named_classes(names: Sequence[str]) -> tuple[bool, tuple[str, ...], str]:
    """The classes, and each name as its number in SQL."""
    if not names:
        return True, (), "NULL::DOUBLE"
    if len(names) > CLASS_LIMIT:
        raise InputError(f"labels must be of at most {CLASS_LIMIT} classes, but are of {len(names)}")
    whens = " ".join(f"WHEN {literal(name)} THEN {number}" for number, name in enumerate(names))
    return True, tuple(names), f"CASE label::VARCHAR {whens} END::DOUBLE"


def reasons(window: Window, *, classed: bool) -> str:
    """Why a sample is left out, in SQL; NULL where it is kept."""
    needed, other = ("start", "stop") if window.align == "start" else ("stop", "start")
    rules = [
        (f'"{needed}" IS NULL', f"{needed} is not known"),
        ('"stop" < "start"', "stop is before start"),
        (f'epoch_us("stop") - epoch_us("start") < {ticks(window.shortest)}', "span is too short"),
    ]
    if window.shortest > 0:
        rules.append((f'"{other}" IS NULL', f"{other} is not known"))
    if not classed:
        rules.append(("label IS NULL OR isnan(label::DOUBLE)", "label is not known"))
    return "CASE " + " ".join(f"WHEN {rule} THEN {literal(why)}" for rule, why in rules) + " END"


def missing(name: str) -> str:
    """The column that says where a static column's value is missing."""
    return f"{name}_missing"


def static_sql(connection: DuckDBPyConnection, names: Sequence[str]) -> tuple[list[tuple[str, str]], dict[str, float]]:
    """Names of the static columns, and each in SQL; what is missing holds the median, and a further column says so.

    The median is that of the training samples, of all where there are none; the medians come beside the columns.
    """
    columns: list[tuple[str, str]] = []
    fills: dict[str, float] = {}
    n_train = connection.execute(f"SELECT count(*) FROM judged WHERE why IS NULL AND split = '{SPLITS[0]}'").fetchone()
    learnt = f"split = '{SPLITS[0]}'" if n_train and n_train[0] else "true"
    for name in names:
        held = f"{quoted(name)}::DOUBLE"
        finite = f"CASE WHEN isfinite({held}) THEN {held} END"
        n_missing, middle = connection.execute(
            f"SELECT count(*) - count(value), quantile_disc(value, 0.5) FILTER ({learnt}) "
            f"FROM (SELECT split, {finite} AS value FROM judged WHERE why IS NULL)"
        ).fetchone() or (0, None)
        fills[name] = float(middle or 0.0)
        columns.append((name, f"coalesce({finite}, {fills[name]!r}::DOUBLE)"))
        if n_missing:
            columns.append((missing(name), f"({finite} IS NULL)::INTEGER::DOUBLE"))
    return columns, fills


def split_sql(shares: Sequence[float]) -> str:
    """The split of a sample in SQL: as said, or else by a hash of the subject, which any other records share."""
    if not shares:
        return "coalesce(split, '')"
    if len(shares) != len(SPLITS) or not min(shares) >= 0 or not 0 < sum(shares) < math.inf:
        raise InputError(f"shares must be {len(SPLITS)} numbers from 0, of {', '.join(SPLITS)}, but are {list(shares)}")
    drawn = "('0x' || substr(md5(subject), 1, 8))::UBIGINT / 4294967296.0"
    train, tuning = shares[0] / sum(shares), (shares[0] + shares[1]) / sum(shares)
    return (
        f"CASE WHEN coalesce(split, '') <> '' THEN split WHEN {drawn} < {train!r} THEN '{SPLITS[0]}' "
        f"WHEN {drawn} < {tuning!r} THEN '{SPLITS[1]}' ELSE '{SPLITS[2]}' END"
    )


def spans_sql(window: Window, fixed: Sequence[tuple[str, str]]) -> str:
    """The SELECT of the table ``spans``."""
    hours, every, n_step = ticks(window.hours), ticks(window.every), window.n_step
    static = "".join(f", {how} AS {quoted(f's{place}')}" for place, (_, how) in enumerate(fixed))
    length = f"least({n_step}, greatest(1, CAST(ceil((until - since) / {every}::DOUBLE) AS BIGINT)))"
    if window.align == "start":
        sides = (
            f"since AS begin, since AS low, least(coalesce(until, since + {hours} - 1), since + {hours} - 1) AS high"
        )
    else:
        sides = (
            f"until - steps::BIGINT * {every} AS begin, until AS high, "
            f"greatest(coalesce(since, until - {hours}), until - {hours}) AS low"
        )
    return f"""
        WITH timed AS (
            SELECT *, epoch_us("start") AS since, epoch_us("stop") AS until FROM judged WHERE why IS NULL
        ), stepped AS (
            SELECT *, CAST(coalesce({length}, {n_step}) AS INTEGER) AS steps FROM timed
        ), placed AS (
            SELECT sample, subject, known, split, steps, {sides}{static} FROM stepped
        )
        SELECT CAST(row_number() OVER (ORDER BY split, length(sample), sample) - 1 AS INTEGER) AS number, *,
            max(high) OVER (
                PARTITION BY subject ORDER BY low, high, sample ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ) AS before
        FROM placed ORDER BY number
    """
