"""What stands in a row whatever the table: items, values, words, units and the faults that were added."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aition.data.simulate.drawing import Reals, Whole
from aition.data.simulate.hospital.items import CONCEPTS, NOT_ASKED, UNKNOWN, WORDS, Item
from aition.data.simulate.hospital.measures import FEATURES, N_BIN
from aition.data.simulate.hospital.persons import MINUTE, NOBODY, Persons
from aition.data.simulate.hospital.records import TABLE, Records
from aition.data.simulate.hospital.sheets import chosen, moments, rounded, where

EXCUSES = ("UNABLE TO OBTAIN", "ERROR", "see comments", "___", "NOT DONE", "HEMOLYZED")
"""What stands where a number should."""
BAD_DATES = ("2150-02-30 25:61:00", "not recorded", "0000-00-00 00:00:00")
ITEMS: tuple[Item, ...] = tuple(one for concept in CONCEPTS for one in (*concept.items, concept.other, *concept.older))
"""Five a concept: the usual one, the second, the usual one in another unit, and the two of the older system."""
PER_CONCEPT = 5
NUMBER = np.array([one.id for one in ITEMS])
FACTOR = np.array([one.factor for one in ITEMS])
OFFSET = np.array([one.offset for one in ITEMS])
DECIMALS = np.array([one.decimals for one in ITEMS])
UNIT = [one.unit for one in ITEMS]
SCORES = [word for name in FEATURES for word in (WORDS.get(name, ()) + ("",) * (N_BIN + 1))[: N_BIN + 1]]


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of one table as they are written, by column.

    Args:
        subject: Number of the patient.
        admission: Number of the admission; missing where the row does not name it.
        stay: Number of the stay.
        item: Number of the item.
        number: The value in the unit written; missing where words stand in its place.
        text: The value as text.
        unit: Its unit; missing where there is none.
        time: When, as text.
        seconds: When, in seconds since 1970.
    """

    subject: Whole
    admission: Any
    stay: Whole
    item: Whole
    number: Any
    text: Any
    unit: Any
    time: Any
    seconds: Whole


def rows_of(records: Records, persons: Persons, *, older: bool) -> Rows:
    """What is written of records.

    Args:
        records: Of one table.
        persons: Of the same stays.
        older: Whether stays of the older system come under its items.
    """
    nobody = np.where(records.is_kind("no such stay"), NOBODY, 0)
    old = persons.older[records.stay] if older else np.zeros(len(records), dtype=np.bool_)
    place = PER_CONCEPT * records.feature + np.where(
        old, 3 + records.second, np.where(records.other, 2, records.second)
    )
    number: Reals = rounded(records.value * FACTOR[place] + OFFSET[place], DECIMALS[place])
    wordless = records.is_kind("words for a number")
    minute = records.at // MINUTE
    excuse = chosen(list(EXCUSES), minute % len(EXCUSES))
    score = chosen(SCORES, (N_BIN + 1) * records.feature + np.clip(records.value.astype(np.int64) - 1, 0, N_BIN))
    text = where(wordless, excuse, pc.coalesce(score, pc.cast(pa.array(number), pa.string())))
    item = np.where(records.is_kind("unknown item"), UNKNOWN, NUMBER[place])
    lab = TABLE[records.feature] == "lab"
    spare = records.is_kind("item of no feature")
    item = np.where(spare, np.where(lab, NOT_ASKED[1].id, NOT_ASKED[0].id), item)
    seconds = persons.came[records.stay] + records.at
    undated = records.is_kind("no such date")
    bad = chosen(list(BAD_DATES), minute % len(BAD_DATES))
    return Rows(
        subject=persons.subject[records.stay] + nobody,
        admission=where(~records.named, None, pa.array(persons.admission[records.stay] + nobody)),
        stay=persons.stay[records.stay] + nobody,
        item=item,
        number=where(wordless, None, pa.array(number)),
        text=text,
        unit=where(spare, chosen([one.unit for one in NOT_ASKED], lab.astype(np.int64)), chosen(UNIT, place)),
        time=where(undated, bad, moments(seconds)),
        seconds=seconds,
    )
