"""Kinds of events of MIMIC: what both releases, and both systems at the bedside, record alike."""

from typing import Any

from aition.data.readers.mimic_tables import ItemUnit, Recorded, Worded

FRACTION = 1.0
"""Inspired oxygen is a fraction up to here, and a percentage above."""
VALUED: dict[str, Any] = {
    "values": ("valuenum", "value"), "units": ("valueuom", "valueuom"), "raw": ("value", "valuenum")
}  # fmt: skip
RATED: dict[str, Any] = {"values": ("rate", "amount"), "units": ("rateuom", "amountuom"), "raw": ("rate", "amount")}
TUBE, NO_VENTILATOR = ":tube", ":other"
"""Endings of codes: speech that a tube forbids, and a ventilator that is none."""
METAVISION = (
    ItemUnit("°F", ("223761",)),
    ItemUnit("°C", ("223762",)),
    ItemUnit("fraction", ("223835",), FRACTION),
    ItemUnit("%", ("223835",)),
    ItemUnit("lb", ("226531",)),
    ItemUnit("in", ("226707",)),
)
"""Units of MetaVision's items that are not written, or written wrongly."""
METAVISION_WORDS = (
    Worded(TUBE, ("223900",), ("no response-ett",)),
    Worded(NO_VENTILATOR, ("223848",), ("other",)),
)


def charted(table: str, stay: str, **more: Any) -> Recorded:
    """Lines of the bedside chart."""
    return Recorded(table, "chart:", "charttime", sample=stay, **VALUED, **more)


def analysed(table: str) -> Recorded:
    """Lines of the laboratory."""
    units = (ItemUnit("fraction", ("50816",), FRACTION), ItemUnit("%", ("50816",)))
    return Recorded(table, "lab:", "charttime", item_units=units, **VALUED)


def dosed(table: str, stay: str, time: str, **more: Any) -> Recorded:
    """Lines of what was given: a rate, or an amount."""
    return Recorded(table, "input:", time, sample=stay, **RATED, **more)


def drained(table: str, stay: str, **more: Any) -> Recorded:
    """Lines of what was passed."""
    return Recorded(
        table, "output:", "charttime", sample=stay, values=("value",), units=("valueuom",), raw=("value",), **more
    )


def prescribed(table: str, time: str, stay: str = "") -> Recorded:
    """Lines of the pharmacy: only that a drug was prescribed."""
    return Recorded(table, "drug:", time, item="drug", sample=stay, raw=("dose_val_rx",))
