"""MIMIC-III: the stays of its intensive care units, and what was charted, measured, given and prescribed in them."""

from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from duckdb import DuckDBPyConnection

from aition.data.readers.delimited import check_rows
from aition.data.readers.mimic_schema import MIMIC_III, check_files
from aition.data.readers.mimic_stays import Outcome, Question, stays_of
from aition.data.readers.mimic_tables import ItemUnit, Kind, Recorded, check_kinds, events_of

STAYS = {
    "ICUSTAYS": ("icustay_id", "subject_id", "hadm_id", "intime", "outtime"),
    "ADMISSIONS": ("hadm_id", "deathtime", "hospital_expire_flag"),
    "PATIENTS": ("subject_id", "gender", "dob"),
}
SHIFTED, OLDEST = 150, 91
"""Who is above 89 has a date of birth 300 years before the first stay; their age is unknown, and MIMIC-IV says 91."""
YEARS = "date_sub('year', person.dob, began)"
AGE = f"CAST(CASE WHEN {YEARS} > {SHIFTED} THEN {OLDEST} ELSE {YEARS} END AS DOUBLE)"
FRACTION = 1.0
"""Inspired oxygen is a fraction up to here, and a percentage above."""
OXYGEN = ("190", "223835")
RECORDED: dict[Kind, tuple[Recorded, ...]] = {
    "chart": (
        Recorded(
            "CHARTEVENTS",
            "chart:",
            "charttime",
            sample="icustay_id",
            values=("valuenum", "value"),
            units=("valueuom", "valueuom"),
            raw=("value", "valuenum"),
            flags=(("error", "1", "flagged as an error"), ("warning", "1", "flagged by a warning")),
            item_units=(
                ItemUnit("°F", ("678", "679", "223761")),
                ItemUnit("°C", ("676", "677", "223762")),
                ItemUnit("fraction", OXYGEN, FRACTION),
                ItemUnit("%", (*OXYGEN, "3420", "3422", "646")),
                ItemUnit("bpm", ("211",)),
                ItemUnit(
                    "mmHg", ("51", "52", "442", "443", "455", "456", "6701", "6702", "8368", "8440", "8441", "8555")
                ),
                ItemUnit("insp/min", ("615", "618")),
                ItemUnit("cmH2O", ("505", "506")),
                ItemUnit("kg", ("762", "763")),
            ),
        ),
    ),
    "lab": (
        Recorded(
            "LABEVENTS",
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
            "INPUTEVENTS_CV",
            "input:",
            "charttime",
            sample="icustay_id",
            values=("rate", "amount"),
            units=("rateuom", "amountuom"),
            raw=("rate", "amount"),
        ),
        Recorded(
            "INPUTEVENTS_MV",
            "input:",
            "starttime",
            sample="icustay_id",
            values=("rate", "amount"),
            units=("rateuom", "amountuom"),
            raw=("rate", "amount"),
            flags=(
                ("statusdescription", "Rewritten", "order was rewritten"),
                ("cancelreason", "1", "order was cancelled"),
                ("cancelreason", "2", "order was cancelled"),
            ),
        ),
    ),
    "output": (
        Recorded(
            "OUTPUTEVENTS",
            "output:",
            "charttime",
            sample="icustay_id",
            values=("value",),
            units=("valueuom",),
            raw=("value",),
            flags=(("iserror", "1", "flagged as an error"),),
        ),
    ),
    "drug": (Recorded("PRESCRIPTIONS", "drug:", "startdate", item="drug", sample="icustay_id", raw=("dose_val_rx",)),),
}
"""How each kind of event is read. Units of CareVue's items are those by which its published concepts pool them."""


@dataclass(frozen=True)
class MimicIII:
    """MIMIC-III as published: one folder of tables in capitals, as ``.csv`` or ``.csv.gz``.

    A sample is a stay in intensive care, from ``INTIME`` to ``OUTTIME``. Its static values are ``age`` (whole years;
    91 for all above 89) and ``male``. Codes are ``chart:211``, ``lab:50912``, ``input:30047``, ``output:40055`` and
    ``drug:HEPARIN``: an item's number, CareVue's or MetaVision's, or a drug's name in capitals.

    Args:
        root: Folder of the tables.
        outcome: "death-in-hospital", "death-in-stay", or "long-stay".
        long_hours: A long stay is longer than this.
        known_after: Stays whose outcome shows before so many hours are left out, and counted; give the hours of the
            window.
        kinds: Events that are read; each needs its tables.

    References:
        Johnson, Pollard, Shen et al., "MIMIC-III, a freely accessible critical care database", Scientific Data 3,
        160035 (2016).
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
        return check_files(self.root, STAYS | recorded, MIMIC_III)

    def samples(self, connection: DuckDBPyConnection) -> str:
        """A SELECT of the stays; raises where a line of a table of stays, admissions or patients is no row."""
        files = {table: path for table, path in self.files().items() if table in STAYS}
        check_rows(connection, files.values())
        question = Question(self.outcome, self.long_hours, self.known_after)
        return stays_of(files, MIMIC_III, STAYS, question=question, age=AGE)

    def events(self, connection: DuckDBPyConnection) -> str:
        """A SELECT of every line of the tables of events."""
        files = self.files()
        read = [one for kind in self.kinds for one in RECORDED[kind]]
        return " UNION ALL ".join(events_of(files[one.table], one, MIMIC_III[one.table]) for one in read)
