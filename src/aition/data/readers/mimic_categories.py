"""Categories of MIMIC's stays: words that differ between the releases, as columns of zeros and ones that do not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from aition.core.errors import InputError
from aition.data.readers.sql import literal, quoted

Static = Literal["careunit", "admission"]


@dataclass(frozen=True)
class Category:
    """A column of words, and the classes that they are of; any other word, and none, is of the class "other".

    Args:
        of_stay: Whether it stands in the table of stays, rather than of admissions.
        column: Where the words are.
        classes: The words of each class, in capitals.
    """

    of_stay: bool
    column: str
    classes: Mapping[str, tuple[str, ...]]

    def columns(self, name: str) -> Mapping[str, str]:
        """Each class as 0 or 1 in SQL, by the name of its column."""
        word = f"upper({quoted(self.column)})"
        known = [one for words in self.classes.values() for one in words]
        whether = {one: f"{word} IN ({', '.join(map(literal, words))})" for one, words in self.classes.items()}
        whether["other"] = f"{word} NOT IN ({', '.join(map(literal, known))}) OR {word} IS NULL"
        return {f"{name}_{one}": f"CASE WHEN {when} THEN 1::DOUBLE ELSE 0 END" for one, when in whether.items()}


CATEGORIES: Mapping[Static, Category] = {
    "careunit": Category(
        True,
        "first_careunit",
        {
            "coronary": ("CCU", "CORONARY CARE UNIT (CCU)"),
            "cardiac_surgery": ("CSRU", "CVICU", "CARDIAC VASCULAR INTENSIVE CARE UNIT (CVICU)"),
            "medical": ("MICU", "MEDICAL INTENSIVE CARE UNIT (MICU)"),
            "medical_surgical": ("MEDICAL/SURGICAL INTENSIVE CARE UNIT (MICU/SICU)",),
            "surgical": ("SICU", "SURGICAL INTENSIVE CARE UNIT (SICU)"),
            "trauma": ("TSICU", "TRAUMA SICU (TSICU)"),
            "neuro": (
                "NEURO SURGICAL INTENSIVE CARE UNIT (NEURO SICU)", "NEURO INTERMEDIATE", "NEURO STEPDOWN",
            ),
            "newborn": ("NICU", "NWARD"),
        },
    ),
    "admission": Category(
        False,
        "admission_type",
        {
            "emergency": ("EMERGENCY", "EW EMER.", "DIRECT EMER."),
            "urgent": ("URGENT",),
            "elective": ("ELECTIVE", "SURGICAL SAME DAY ADMISSION"),
            "observation": (
                "OBSERVATION ADMIT", "EU OBSERVATION", "DIRECT OBSERVATION", "AMBULATORY OBSERVATION",
            ),
            "newborn": ("NEWBORN",),
        },
    ),
}  # fmt: skip
"""Words as published: of MIMIC-III in short, of MIMIC-IV in full."""


def check_static(static: tuple[Static, ...]) -> None:
    """See that the categories are some there are, each once; raises where not."""
    if set(static) - set(get_args(Static)) or len(set(static)) < len(static):
        raise InputError(f"static must be some of {', '.join(get_args(Static))}, each once, but are {static}")
