"""MIMIC: simulated stays as the published tables of MIMIC-IV and MIMIC-III, with their mess."""

from collections.abc import Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import numpy as np

from aition.data.readers.mimic_schema import MIMIC_III, MIMIC_IV
from aition.data.simulate.hospital.mimic_events import dictionaries, event_tables
from aition.data.simulate.hospital.mimic_stays import stay_tables
from aition.data.simulate.hospital.persons import persons
from aition.data.simulate.hospital.records import Records
from aition.data.simulate.hospital.sheets import Sheet, length_of
from aition.data.simulate.hospital.stays import Stays

FURTHER: Mapping[str, tuple[str, ...]] = {
    "hosp/diagnoses_icd": ("subject_id", "hadm_id", "seq_num", "icd_code", "icd_version"),
    "hosp/d_labitems": ("itemid", "label", "fluid", "category"),
    "icu/d_items": (
        "itemid", "label", "abbreviation", "linksto", "category", "unitname", "param_type", "lownormalvalue",
        "highnormalvalue",
    ),
    "DIAGNOSES_ICD": ("ROW_ID", "SUBJECT_ID", "HADM_ID", "SEQ_NUM", "ICD9_CODE"),
    "D_LABITEMS": ("ROW_ID", "ITEMID", "LABEL", "FLUID", "CATEGORY", "LOINC_CODE"),
    "D_ITEMS": (
        "ROW_ID", "ITEMID", "LABEL", "ABBREVIATION", "DBSOURCE", "LINKSTO", "CATEGORY", "UNITNAME", "PARAM_TYPE",
        "CONCEPTID",
    ),
}  # fmt: skip
"""Published tables, with their columns in order, that no reader of ours needs."""
NUMBERED = {
    "hosp/labevents": ("labevent_id", "specimen_id"),
    "icu/inputevents": ("orderid",),
    "INPUTEVENTS_CV": ("ORDERID",),
    "INPUTEVENTS_MV": ("ORDERID",),
}
"""Columns that number the rows of a table."""
CUT = ("icu/chartevents", "hosp/labevents", "CHARTEVENTS", "LABEVENTS")
"""Tables in which one line a block breaks off."""
DESCRIBE = ("patients", "admissions", "icustays", "diagnoses_icd", "d_labitems", "d_items")
"""Tables that hold no records of what was measured, given or prescribed."""


class Mimic:
    """The tables of one release, being written block by block.

    Args:
        folder: Where they go.
        newer: MIMIC-IV; else MIMIC-III.
    """

    def __init__(self, folder: Path, *, newer: bool) -> None:
        self.newer = newer
        columns = {name: tuple(types) for name, types in (MIMIC_IV if newer else MIMIC_III).items()}
        columns |= {name: names for name, names in FURTHER.items() if ("/" in name) == newer}
        self.opened = ExitStack()
        self.sheets = {
            name: self.opened.enter_context(closing(Sheet(folder / f"{name}.csv.gz", names, quoted=name in FURTHER)))
            for name, names in columns.items()
        }
        for name, values in dictionaries(newer=newer).items():
            self.add(name, values)

    def __enter__(self) -> "Mimic":
        return self

    def __exit__(self, *raised: object) -> None:
        self.opened.close()

    @property
    def rows(self) -> Mapping[str, int]:
        """Rows written, by table; lines that break off are none."""
        return {name: sheet.n_row for name, sheet in self.sheets.items()}

    @property
    def n_record(self) -> int:
        """Rows that a reader takes for records, prescriptions among them."""
        return sum(size for name, size in self.rows.items() if name.lower().rpartition("/")[2] not in DESCRIBE)

    def taken(self, records: Records) -> Records:
        """The records as they can stand here: all of them."""
        return records

    def write(self, stays: Stays, records: Records, *, seed: int) -> Mapping[str, int]:
        """Add a block of stays; how many lines break off, by table."""
        people = persons(stays, seed=seed)
        tables = (stay_tables(stays, people, newer=self.newer), event_tables(records, people, newer=self.newer))
        for name, values in (one for some in tables for one in some.items()):
            self.add(name, values)
        cut = [name for name in CUT if name in self.sheets]
        for name in cut:
            self.sheets[name].cut(f"{people.subject[0]},{people.admission[0]}")
        return dict.fromkeys(cut, 1)

    def add(self, name: str, values: Mapping[str, Any]) -> None:
        """Rows of a table by the names of MIMIC-IV's columns; those of MIMIC-III are in capitals."""
        sheet = self.sheets[name]
        place = 1 + sheet.n_row + np.arange(length_of(values))
        if not self.newer:
            values = {{"stay_id": "ICUSTAY_ID"}.get(key, key.upper()): one for key, one in values.items()}
        numbers = NUMBERED.get(name, ()) if self.newer else ("ROW_ID", *NUMBERED.get(name, ()))
        sheet.write(dict(values) | dict.fromkeys(numbers, place))
