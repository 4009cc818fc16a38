"""MIMIC-IV: the stays of its intensive care units, and what was charted, measured, given and prescribed in them."""

from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from duckdb import DuckDBPyConnection

from aition.data.readers.delimited import check_rows
from aition.data.readers.mimic_schema import MIMIC_IV, check_files
from aition.data.readers.mimic_stays import Outcome, Question, stays_of
from aition.data.readers.mimic_tables import ItemUnit, Kind, Recorded, check_kinds, events_of

STAYS = {
    "icu/icustays": ("stay_id", "subject_id", "hadm_id", "intime", "outtime"),
    "hosp/admissions": ("hadm_id", "deathtime", "hospital_expire_flag"),
    "hosp/patients": ("subject_id", "gender", "anchor_age", "anchor_year"),
}
AGE = "CAST(person.anchor_age + year(began) - person.anchor_year AS DOUBLE)"
FRACTION = 1.0
"""Inspired oxygen is a fraction up to here, and a percentage above."""
RECORDED: dict[Kind, tuple[Recorded, ...]] = {
    "chart": (
        Recorded(
            "icu/chartevents",
            "chart:",
            "charttime",
            sample="stay_id",
            values=("valuenum", "value"),
            units=("valueuom", "valueuom"),
            raw=("value", "valuenum"),
            flags=(("warning", "1", "flagged by a warning"),),
            item_units=(
                ItemUnit("°F", ("223761",)),
                ItemUnit("°C", ("223762",)),
                ItemUnit("fraction", ("223835",), FRACTION),
                ItemUnit("%", ("223835",)),
            ),
        ),
    ),
    "lab": (
        Recorded(
            "hosp/labevents",
            "lab:",
            "charttime",
            values=("valuenum", "value"),
            units=("valueuom", "valueuom"),
            raw=("value", "valuenum"),
            item_units=(ItemUnit("fraction", ("50816",), FRACTION), ItemUnit("%", ("50816",))),
        ),
    ),
    "input": (
        Recorded(
            "icu/inputevents",
            "input:",
            "starttime",
            sample="stay_id",
            values=("rate", "amount"),
            units=("rateuom", "amountuom"),
            raw=("rate", "amount"),
            flags=(("statusdescription", "Rewritten", "order was rewritten"),),
        ),
    ),
    "output": (
        Recorded(
            "icu/outputevents",
            "output:",
            "charttime",
            sample="stay_id",
            values=("value",),
            units=("valueuom",),
            raw=("value",),
        ),
    ),
    "drug": (Recorded("hosp/prescriptions", "drug:", "starttime", item="drug", raw=("dose_val_rx",)),),
}
"""How each kind of event is read."""


@dataclass(frozen=True)
class MimicIV:
    """MIMIC-IV as published: ``hosp`` and ``icu`` with their tables as ``.csv`` or ``.csv.gz``.

    A sample is a stay in intensive care, from ``intime`` to ``outtime``. Its static values are ``age`` (years; all
    above 89 are 91 when anchored) and ``male``. Codes are ``chart:220045``, ``lab:50912``, ``input:221906``,
    ``output:226559`` and ``drug:HEPARIN``: an item's number, or a drug's name in capitals.

    Args:
        root: Folder that holds ``hosp`` and ``icu``.
        outcome: "death-in-hospital", "death-in-stay", or "long-stay".
        long_hours: A long stay is longer than this.
        known_after: Stays whose outcome shows before so many hours are left out, and counted; give the hours of the
            window.
        kinds: Events that are read; each needs its table.

    References:
        Johnson, Bulgarelli, Shen et al., "MIMIC-IV, a freely accessible electronic health record dataset",
        Scientific Data 10, 1 (2023).
    """

    root: Path
    outcome: Outcome = "death-in-hospital"
    long_hours: float = 168.0
    known_after: float = 48.0
    kinds: tuple[Kind, ...] = get_args(Kind)

    def __post_init__(self) -> None:
        object.__setattr__(self, "root", Path(self.root))
        check_kinds(self.kinds)
        Question(self.outcome, self.long_hours, self.known_after)

    def files(self) -> dict[str, Path]:
        """The file of each table that is read; raises where one, or a column of it, is missing."""
        recorded = {one.table: one.reads for kind in self.kinds for one in RECORDED[kind]}
        return check_files(self.root, STAYS | recorded, MIMIC_IV)

    def samples(self, connection: DuckDBPyConnection) -> str:
        """A SELECT of the stays; raises where a line of a table of stays, admissions or patients is no row."""
        files = {table: path for table, path in self.files().items() if table in STAYS}
        check_rows(connection, files.values())
        question = Question(self.outcome, self.long_hours, self.known_after)
        return stays_of(files, MIMIC_IV, STAYS, question=question, age=AGE)

    def events(self, connection: DuckDBPyConnection) -> str:
        """A SELECT of every line of the tables of events."""
        files = self.files()
        read = [one for kind in self.kinds for one in RECORDED[kind]]
        return " UNION ALL ".join(events_of(files[one.table], one, MIMIC_IV[one.table]) for one in read)
