"""MIMIC-IV: the stays of its intensive care units, and what was charted, measured, given and prescribed in them."""

from dataclasses import dataclass

from aition.data.readers.mimic import Mimic, Release
from aition.data.readers.mimic_kinds import (
    METAVISION,
    METAVISION_WORDS,
    analysed,
    charted,
    dosed,
    drained,
    prescribed,
)
from aition.data.readers.mimic_schema import MIMIC_IV
from aition.data.readers.mimic_tables import Kind, Recorded

STAY = "stay_id"
RECORDED: dict[Kind, tuple[Recorded, ...]] = {
    "chart": (
        charted(
            "icu/chartevents",
            STAY,
            flags=(("warning", "1", "flagged by a warning"),),
            item_units=METAVISION,
            worded=METAVISION_WORDS,
        ),
    ),
    "lab": (analysed("hosp/labevents"),),
    "input": (
        dosed(
            "icu/inputevents",
            STAY,
            "starttime",
            until="endtime",
            flags=(("statusdescription", "Rewritten", "order was rewritten"),),
        ),
    ),
    "output": (drained("icu/outputevents", STAY),),
    "drug": (prescribed("hosp/prescriptions", "starttime"),),
}
"""How each kind of event is read."""
RELEASE = Release(
    published=MIMIC_IV,
    stays={
        "icu/icustays": ("stay_id", "subject_id", "hadm_id", "intime", "outtime"),
        "hosp/admissions": ("hadm_id", "deathtime", "hospital_expire_flag"),
        "hosp/patients": ("subject_id", "gender", "anchor_age", "anchor_year"),
    },
    age="CAST(person.anchor_age + year(began) - person.anchor_year AS DOUBLE)",
    recorded=RECORDED,
)


@dataclass(frozen=True)
class MimicIV(Mimic):
    """MIMIC-IV as published: ``hosp`` and ``icu`` with their tables as ``.csv`` or ``.csv.gz``.

    A sample is a stay in intensive care, from ``intime`` to ``outtime``. Its static values are ``age`` (years; all
    above 89 are 91 when anchored) and ``male``, and those of ``static``. Codes are ``chart:220045``, ``lab:50912``,
    ``input:221906``, ``output:226559`` and ``drug:HEPARIN``: an item's number, or a drug's name in capitals. Settings
    are those of :class:`aition.data.readers.mimic.Mimic`.

    References:
        Johnson, Bulgarelli, Shen et al., "MIMIC-IV, a freely accessible electronic health record dataset",
        Scientific Data 10, 1 (2023).
    """

    @property
    def release(self) -> Release:
        """See :class:`aition.data.readers.mimic.Release`."""
        return RELEASE
