"""Under which items, in which units, MIMIC records what the simulated hospital measures."""

from dataclasses import dataclass
from typing import Literal

from aition.data.simulate.hospital.measures import MEASURES, PLACE

Table = Literal["chart", "lab", "input", "output"]


@dataclass(frozen=True)
class Item:
    """One item of a dictionary.

    Args:
        id: Its number.
        label: Its name there.
        unit: In which its values are written.
        factor: Written values are ``factor * value + offset``, the value being in the unit of ``MEASURES``.
        offset: See ``factor``.
        decimals: With which it is written.
    """

    id: int
    label: str
    unit: str
    factor: float = 1.0
    offset: float = 0.0
    decimals: int = 3


@dataclass(frozen=True)
class Concept:
    """How one feature is recorded.

    Args:
        feature: Its name.
        table: Where.
        items: Of MIMIC-IV and of MIMIC-III's newer system: the usual one, and a second.
        older: Of MIMIC-III's older system; the same as ``items`` in the laboratory.
        other: The usual item with the unit that some rows come in; the usual item itself where there is none.
    """

    feature: str
    table: Table
    items: tuple[Item, Item]
    older: tuple[Item, Item]
    other: Item


def charted(feature: str, first: tuple[int, str], second: tuple[int, str], older: tuple[int, int]) -> Concept:
    """A concept of the bedside chart, in one unit."""
    unit = MEASURES[PLACE[feature]].unit
    items = (Item(*first, unit), Item(*second, unit))
    return Concept(
        feature, "chart", items, (Item(older[0], first[1], unit), Item(older[1], second[1], unit)), other=items[0]
    )


def analysed(feature: str, first: int, label: str, second: int = 0, other: tuple[str, float] = ("", 1.0)) -> Concept:
    """A concept of the laboratory: its item, a second one where there is one, and another unit with its factor."""
    unit = MEASURES[PLACE[feature]].unit
    items = (Item(first, label, unit), Item(second or first, label + (", Whole Blood" if second else ""), unit))
    return Concept(
        feature, "lab", items, items, other=Item(first, label, other[0] or unit, factor=other[1], decimals=5)
    )


def fahrenheit(number: int, label: str) -> Item:
    """An item in degrees Fahrenheit."""
    return Item(number, label, "°F", factor=1.8, offset=32.0, decimals=2)


CONCEPTS = (
    charted("heart_rate", (220045, "Heart Rate"), (220045, "Heart Rate"), (211, 211)),
    charted("sysbp", (220179, "Non Invasive Blood Pressure systolic"), (220050, "Arterial Blood Pressure systolic"),
            (455, 51)),
    charted("diabp", (220180, "Non Invasive Blood Pressure diastolic"), (220051, "Arterial Blood Pressure diastolic"),
            (8441, 8368)),
    charted("meanbp", (220181, "Non Invasive Blood Pressure mean"), (220052, "Arterial Blood Pressure mean"),
            (456, 52)),
    charted("resp_rate", (220210, "Respiratory Rate"), (224690, "Respiratory Rate (Total)"), (618, 615)),
    charted("spo2", (220277, "O2 saturation pulseoxymetry"), (220277, "O2 saturation pulseoxymetry"), (646, 646)),
    Concept("temperature", "chart",
            (Item(223762, "Temperature Celsius", "°C"), fahrenheit(223761, "Temperature Fahrenheit")),
            (Item(676, "Temperature C", "°C"), fahrenheit(678, "Temperature F")),
            other=Item(223762, "Temperature Celsius", "°C")),
    charted("gcs_eye", (220739, "GCS - Eye Opening"), (220739, "GCS - Eye Opening"), (184, 184)),
    charted("gcs_verbal", (223900, "GCS - Verbal Response"), (223900, "GCS - Verbal Response"), (723, 723)),
    charted("gcs_motor", (223901, "GCS - Motor Response"), (223901, "GCS - Motor Response"), (454, 454)),
    Concept("fio2", "chart",
            (Item(223835, "Inspired O2 Fraction", ""), Item(223835, "Inspired O2 Fraction", "")),
            (Item(190, "FiO2 Set", "torr", factor=0.01), Item(190, "FiO2 Set", "torr", factor=0.01)),
            other=Item(223835, "Inspired O2 Fraction", "")),
    Concept("urine_output", "output",
            (Item(226559, "Foley", "mL"), Item(226560, "Void", "mL")),
            (Item(40055, "Urine Out Foley", "ml"), Item(40069, "Urine Out Void", "ml")),
            other=Item(226559, "Foley", "mL")),
    Concept("norepinephrine", "input",
            (Item(221906, "Norepinephrine", "mcg/kg/min"), Item(221906, "Norepinephrine", "mcg/kg/min")),
            (Item(30120, "Levophed-k", "mcgkgmin"), Item(30120, "Levophed-k", "mcgkgmin")),
            other=Item(221906, "Norepinephrine", "mcg/kg/min")),
    analysed("lactate", 50813, "Lactate", other=("mg/dL", 9.009)),
    analysed("ph", 50820, "pH"),
    analysed("pao2", 50821, "pO2"),
    analysed("paco2", 50818, "pCO2"),
    analysed("sodium", 50983, "Sodium", 50824),
    analysed("potassium", 50971, "Potassium", 50822),
    analysed("chloride", 50902, "Chloride", 50806),
    analysed("bicarbonate", 50882, "Bicarbonate"),
    analysed("bun", 51006, "Urea Nitrogen", other=("mmol/L", 0.357)),
    analysed("creatinine", 50912, "Creatinine", other=("umol/L", 88.42)),
    analysed("glucose", 50931, "Glucose", 50809, other=("mmol/L", 1 / 18.016)),
    analysed("magnesium", 50960, "Magnesium"),
    analysed("calcium", 50893, "Calcium, Total"),
    analysed("phosphate", 50970, "Phosphate"),
    analysed("hemoglobin", 51222, "Hemoglobin", 50811),
    analysed("wbc", 51301, "White Blood Cells", 51300),
    analysed("platelets", 51265, "Platelet Count"),
    analysed("inr", 51237, "INR(PT)"),
    analysed("ptt", 51275, "PTT"),
    analysed("bilirubin", 50885, "Bilirubin, Total", other=("umol/L", 17.1)),
    analysed("albumin", 50862, "Albumin"),
)  # fmt: skip
WORDS = {
    "gcs_eye": ("None", "To Pain", "To Speech", "Spontaneously"),
    "gcs_verbal": ("No Response", "Incomprehensible sounds", "Inappropriate Words", "Confused", "Oriented"),
    "gcs_motor": ("No response", "Abnormal extension", "Abnormal Flexion", "Flex-withdraws", "Localizes Pain",
                  "Obeys Commands"),
}  # fmt: skip
"""What stands in place of the number of a score, from 1 on."""
NOT_ASKED = (Item(220046, "Heart rate Alarm - High", "bpm"), Item(51249, "MCHC", "g/dL"))
"""Items that are known but that no feature is made of: of the chart and of the laboratory."""
UNKNOWN = 999_001
"""An item that no dictionary knows."""
