"""MIMIC-III: the stays of its intensive care units, and what was charted, measured, given and prescribed in them."""

from dataclasses import dataclass

from aition.data.readers.mimic import Mimic, Release
from aition.data.readers.mimic_kinds import (
    FRACTION,
    METAVISION,
    METAVISION_WORDS,
    NO_VENTILATOR,
    TUBE,
    analysed,
    charted,
    dosed,
    drained,
    prescribed,
)
from aition.data.readers.mimic_schema import MIMIC_III
from aition.data.readers.mimic_tables import ItemUnit, Kind, Recorded, Worded

STAY = "icustay_id"
SHIFTED, OLDEST = 150, 91
"""Who is above 89 has a date of birth 300 years before the first stay; their age is unknown, and MIMIC-IV says 91."""
YEARS = "date_sub('year', person.dob, began)"
CAREVUE = (
    ItemUnit("°F", ("678", "679")),
    ItemUnit("°C", ("676", "677")),
    ItemUnit("fraction", ("190",), FRACTION),
    ItemUnit("%", ("190", "3420", "3422", "646")),
    ItemUnit("bpm", ("211",)),
    ItemUnit("mmHg", ("51", "52", "442", "443", "455", "456", "6701", "6702", "8368", "8440", "8441", "8555")),
    ItemUnit("insp/min", ("615", "618")),
    ItemUnit("cmH2O", ("60", "437", "505", "506", "543", "686")),
    ItemUnit("mL", ("639", "654", "681", "682", "683", "684")),
    ItemUnit("kg", ("762", "763", "3580", "3723")),
    ItemUnit("in", ("920", "1394", "3486", "4187")),
    ItemUnit("cm", ("3485", "4188")),
)
"""Units of CareVue's items, by which its published concepts pool them."""
CAREVUE_WORDS = (Worded(TUBE, ("723",), ("1.0 et/trach",)), Worded(NO_VENTILATOR, ("720",), ("other/remarks",)))
RECORDED: dict[Kind, tuple[Recorded, ...]] = {
    "chart": (
        charted(
            "CHARTEVENTS",
            STAY,
            flags=(("error", "1", "flagged as an error"), ("warning", "1", "flagged by a warning")),
            item_units=METAVISION + CAREVUE,
            worded=METAVISION_WORDS + CAREVUE_WORDS,
        ),
    ),
    "lab": (analysed("LABEVENTS"),),
    "input": (
        dosed("INPUTEVENTS_CV", STAY, "charttime"),
        dosed(
            "INPUTEVENTS_MV",
            STAY,
            "starttime",
            until="endtime",
            flags=(
                ("statusdescription", "Rewritten", "order was rewritten"),
                ("cancelreason", "1", "order was cancelled"),
                ("cancelreason", "2", "order was cancelled"),
            ),
        ),
    ),
    "output": (drained("OUTPUTEVENTS", STAY, flags=(("iserror", "1", "flagged as an error"),)),),
    "drug": (prescribed("PRESCRIPTIONS", "startdate", STAY),),
}
"""How each kind of event is read."""
RELEASE = Release(
    published=MIMIC_III,
    stays={
        "ICUSTAYS": ("icustay_id", "subject_id", "hadm_id", "intime", "outtime"),
        "ADMISSIONS": ("hadm_id", "deathtime", "hospital_expire_flag"),
        "PATIENTS": ("subject_id", "gender", "dob"),
    },
    age=f"CAST(CASE WHEN {YEARS} > {SHIFTED} THEN {OLDEST} ELSE {YEARS} END AS DOUBLE)",
    recorded=RECORDED,
)


@dataclass(frozen=True)
class MimicIII(Mimic):
    """MIMIC-III as published: one folder of tables in capitals, as ``.csv`` or ``.csv.gz``.

    A sample is a stay in intensive care, from ``INTIME`` to ``OUTTIME``. Its static values are ``age`` (whole years;
    91 for all above 89) and ``male``, and those of ``static``. Codes are ``chart:211``, ``lab:50912``, ``input:30047``,
    ``output:40055`` and ``drug:HEPARIN``: an item's number, CareVue's or MetaVision's, or a drug's name in capitals.
    Settings are those of :class:`aition.data.readers.mimic.Mimic`.

    References:
        Johnson, Pollard, Shen et al., "MIMIC-III, a freely accessible critical care database", Scientific Data 3,
        160035 (2016).
    """

    @property
    def release(self) -> Release:
        """See :class:`aition.data.readers.mimic.Release`."""
        return RELEASE
