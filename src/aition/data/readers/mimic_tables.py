"""Tables of MIMIC as records: how a line of a chart, a laboratory, a pump or a pharmacy becomes an event."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from aition.core.errors import InputError
from aition.data.readers.delimited import delimited
from aition.data.readers.groups import NO_NUMBER
from aition.data.readers.mimic_schema import Columns
from aition.data.readers.sql import literal, quoted

Kind = Literal["chart", "lab", "input", "output", "drug"]
CASTS = {
    "INTEGER": "BIGINT", "SMALLINT": "BIGINT", "DOUBLE": "DOUBLE", "TIMESTAMP": "TIMESTAMP", "DATE": "TIMESTAMP",
    "VARCHAR": "VARCHAR",
}  # fmt: skip
"""What each published type is read as. All columns come as text; what can't be read so is a fault."""
EMPTY = "''"
LONGEST = 30
"""Days that an infusion can last; what ends later was not written as it was."""
BACKWARDS, ENDLESS = "end is before start", f"end is more than {LONGEST} days after start"
FAULTS = {"BIGINT": "is no number", "DOUBLE": "is no number", "TIMESTAMP": "is no date"}


@dataclass(frozen=True)
class ItemUnit:
    """The unit that some items have, whatever was written beside them.

    Args:
        unit: Their unit.
        items: The items.
        largest: Of values in this unit; above it the unit is what was written, or the next that fits.
    """

    unit: str
    items: tuple[str, ...]
    largest: float = math.inf


@dataclass(frozen=True)
class Worded:
    """Words in place of which an item's number must not be believed: their lines have a code of their own.

    Args:
        ending: Of the code, after the item.
        items: The items.
        words: What is written, in small letters.
    """

    ending: str
    items: tuple[str, ...]
    words: tuple[str, ...]


@dataclass(frozen=True)
class Recorded:
    """How the lines of one table become events.

    Args:
        table: Its name in the published schema.
        prefix: Of its codes, before the item.
        time: Column that says when.
        item: Column that says what.
        sample: Column of the stay; empty where the table has none.
        values: Columns of the value; the first that is not empty counts. None: a line says that something happened.
        units: Column of the unit of each of ``values``.
        raw: Columns of what was written; the first that is not empty counts.
        flags: A column, what it holds in a line that can't be used, and why that is.
        item_units: Units that are known from the item; the first that fits counts.
        worded: Words that change the code.
        until: Column that says when it ended; empty where a line is of one moment. What the first of ``values`` says
            is true until then.
    """

    table: str
    prefix: str
    time: str
    item: str = "itemid"
    sample: str = ""
    values: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    raw: tuple[str, ...] = ()
    flags: tuple[tuple[str, str, str], ...] = ()
    item_units: tuple[ItemUnit, ...] = ()
    worded: tuple[Worded, ...] = ()
    until: str = ""

    @property
    def reads(self) -> tuple[str, ...]:
        """Columns that are read."""
        named = ("subject_id", self.sample, self.time, self.until, self.item, *self.values, *self.units, *self.raw)
        return tuple(dict.fromkeys(one for one in (*named, *(column for column, _, _ in self.flags)) if one))


def check_kinds(kinds: tuple[Kind, ...]) -> None:
    """See that the kinds of events are some there are, each once; raises where not."""
    if not kinds or set(kinds) - set(get_args(Kind)) or len(set(kinds)) < len(kinds):
        raise InputError(f"kinds must be some of {', '.join(get_args(Kind))}, each once, but are {kinds}")


def cast(column: str, types: Columns) -> str:
    """A column as its published type in SQL, NULL where it is empty or something else."""
    return f"TRY_CAST({quoted(column)} AS {kind_of(column, types)})"


def kind_of(column: str, types: Columns) -> str:
    """What a column is read as."""
    return CASTS[{name.lower(): kind for name, kind in types.items()}[column.lower()]]


def texts(path: Path, names: Sequence[str], *, more: str = "") -> str:
    """A SELECT of columns of a file as text without blanks around it, NULL where nothing stands."""
    columns = ", ".join(f"nullif(trim({quoted(name)}), '') AS {quoted(name)}" for name in names)
    return f"SELECT {columns}{more} FROM {delimited([path])}"


def events_of(path: Path, recorded: Recorded, types: Columns, *, every: float = 0.0) -> str:
    """A SELECT of the lines of a table as events.

    ``line`` counts the lines that are rows, so it is the line in the file as long as none before it was refused or
    goes over several.

    Args:
        path: The table's file.
        recorded: How it becomes events.
        types: Its published columns.
        every: Hours after which what lasts is an event again, and once more just before it ends; 0: only at its start.
    """
    lasts = bool(recorded.until and every)
    item = whole(recorded.item) if kind_of(recorded.item, types) == "BIGINT" else f"upper({quoted(recorded.item)})"
    given = "".join(
        f" WHEN {quoted(one)} IS NOT NULL THEN TRY_CAST({quoted(one)} AS DOUBLE)" for one in recorded.values
    )
    written = "".join(
        f" WHEN {quoted(value)} IS NOT NULL THEN {quoted(unit)}"
        for value, unit in zip(recorded.values, recorded.units, strict=True)
    )
    kept = f", coalesce({', '.join(f'nullif({quoted(one)}, {EMPTY})' for one in recorded.raw)}) AS raw"
    numbered = f"""
        SELECT *, {item} AS item, {f"CASE{given} END" if given else "NULL::DOUBLE"} AS number,
            {f"CASE{written} END" if written else "NULL::VARCHAR"} AS written
        FROM ({texts(path, recorded.reads, more=f"{kept}, row_number() OVER () + 1 AS line")})
    """
    made = f"""
        SELECT {whole(recorded.sample) if recorded.sample else "NULL::VARCHAR"} AS sample,
            {whole("subject_id")} AS subject, {cast(recorded.time, types)} AS "time",
            {literal(recorded.prefix)} || item{ending_of(recorded)} AS code, number AS "value",
            {unit_of(recorded)} AS unit, {literal(path)} AS file, line,
            {raw_of(recorded, types, lasts=lasts)} AS raw,
            {fault_of(recorded, types, lasts=lasts)} AS fault{end_of(recorded, types) if lasts else ""}
        FROM ({numbered})
    """
    return repeated(made, every) if lasts else made


def end_of(recorded: Recorded, types: Columns) -> str:
    """The further column ``ended`` in SQL: until when a line is true, NULL where it is of one moment."""
    return f", CASE WHEN {quoted(recorded.values[0])} IS NOT NULL THEN {cast(recorded.until, types)} END AS ended"


def repeated(events: str, every: float) -> str:
    """The same events in SQL, each at its start, after every so many hours, and in its last microsecond.

    Whatever steps of ``every`` hours or more a grid has, each step in which an event lasts holds one of them.
    """
    last = "ended - INTERVAL 1 MICROSECOND"
    moments = f'generate_series("time", {last}, INTERVAL {round(every * 3.6e9)} MICROSECOND)'
    return f"""
        SELECT * EXCLUDE (ended) REPLACE (
            unnest(CASE WHEN fault IS NULL AND ended > "time" THEN list_distinct(list_append({moments}, {last}))
                ELSE ["time"] END) AS "time"
        ) FROM ({events})
    """


def ending_of(recorded: Recorded) -> str:
    """What comes after the item in a code, in SQL, of ``raw`` and ``item``."""
    whens = "".join(
        f" WHEN item IN ({', '.join(map(literal, one.items))}) AND lower(trim(raw)) IN "
        f"({', '.join(map(literal, one.words))}) THEN {literal(one.ending)}"
        for one in recorded.worded
    )
    return f" || CASE{whens} ELSE '' END" if whens else ""


def whole(column: str) -> str:
    """A column of whole numbers in SQL, as text written in one way."""
    return f"CAST(TRY_CAST({quoted(column)} AS BIGINT) AS VARCHAR)"


def unit_of(recorded: Recorded) -> str:
    """The unit in SQL: that of the item where one is known, else as written."""
    whens = "".join(
        f" WHEN item IN ({', '.join(map(literal, one.items))})"
        + (f" AND number <= {one.largest}" if one.largest < math.inf else "")
        + f" THEN {literal(one.unit)}"
        for one in recorded.item_units
    )
    return f"CASE{whens} ELSE written END" if whens else "written"


def raw_of(recorded: Recorded, types: Columns, *, lasts: bool) -> str:
    """What was written, in SQL: the id, item or time that can't be read, else the value."""
    whens = "".join(
        f" WHEN {quoted(one)} IS NOT NULL AND {cast(one, types)} IS NULL THEN {quoted(one)}"
        for one in ("subject_id", recorded.time, recorded.item, recorded.sample, recorded.until if lasts else "")
        if one and kind_of(one, types) in FAULTS
    )
    return f"CASE{whens} ELSE raw END"


def fault_of(recorded: Recorded, types: Columns, *, lasts: bool) -> str:
    """Why a line can't be used in SQL; NULL where it can."""
    whens: list[tuple[str, str]] = []
    for column, word, needed in (
        ("subject_id", "subject_id", True),
        (recorded.time, "time", True),
        (recorded.item, recorded.item, True),
        (recorded.sample, recorded.sample, False),
        (recorded.until if lasts else "", recorded.until, False),
    ):
        if column and needed:
            whens.append((f"{quoted(column)} IS NULL", f"{word} is missing"))
        if column and kind_of(column, types) in FAULTS:
            bad = f"{quoted(column)} IS NOT NULL AND {cast(column, types)} IS NULL"
            whens.append((bad, f"{word} {FAULTS[kind_of(column, types)]}"))
    whens += [(f"{quoted(column)} = {literal(value)}", why) for column, value, why in recorded.flags]
    if lasts:
        start, stop = (cast(column, types) for column in (recorded.time, recorded.until))
        whens += [(f"{stop} < {start}", BACKWARDS), (f"{stop} > {start} + INTERVAL {LONGEST} DAY", ENDLESS)]
    if recorded.values:
        some = " OR ".join(f"{quoted(one)} IS NOT NULL" for one in recorded.values)
        whens.append((f"number IS NULL AND ({some})", NO_NUMBER))
    return "CASE " + " ".join(f"WHEN {when} THEN {literal(why)}" for when, why in whens) + " END"
