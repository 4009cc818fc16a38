"""Tables of MIMIC with a row a record: charted, analysed, given and passed; and the dictionaries of their items."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from aition.data.simulate.hospital.items import CONCEPTS, NOT_ASKED
from aition.data.simulate.hospital.persons import Persons
from aition.data.simulate.hospital.records import Records
from aition.data.simulate.hospital.sheets import moments
from aition.data.simulate.hospital.written import Rows, rows_of

LINKS = {"chart": "chartevents", "input": "inputevents", "output": "outputevents"}
METAVISION = 200_000
"""Items from here on are those of the newer system."""
WEIGHT = 80
"""Kilograms of every patient."""


def event_tables(records: Records, people: Persons, *, newer: bool) -> Mapping[str, Mapping[str, Any]]:
    """Columns of each table, by the names of MIMIC-IV's."""
    chart, lab, given, passed = (
        rows_of(records.of(table), people, older=not newer) for table in ("chart", "lab", "input", "output")
    )
    if newer:
        return {
            "icu/chartevents": charted(chart),
            "hosp/labevents": analysed(lab) | {"storetime": moments(lab.seconds + 3600), "priority": "STAT"},
            "icu/inputevents": infused(given),
            "icu/outputevents": drained(passed),
        }
    old = people.older[records.of("input").stay]
    of_each = [rows_of(records.of("input").take(some), people, older=True) for some in (old, ~old)]
    return {
        "CHARTEVENTS": charted(chart),
        "LABEVENTS": analysed(lab),
        "INPUTEVENTS_CV": dosed(of_each[0]) | {"charttime": of_each[0].time},
        "INPUTEVENTS_MV": infused(of_each[1]),
        "OUTPUTEVENTS": drained(passed),
    }


def named(rows: Rows) -> dict[str, Any]:
    """Whose records they are, and of what."""
    return {"subject_id": rows.subject, "hadm_id": rows.admission, "itemid": rows.item}


def charted(rows: Rows) -> dict[str, Any]:
    """Records of the bedside."""
    return analysed(rows) | {"stay_id": rows.stay, "storetime": moments(rows.seconds + 300), "warning": 0}


def analysed(rows: Rows) -> dict[str, Any]:
    """Records of the laboratory."""
    values = {"value": rows.text, "valuenum": rows.number, "valueuom": rows.unit}
    return named(rows) | {"charttime": rows.time} | values


def drained(rows: Rows) -> dict[str, Any]:
    """What was passed."""
    return named(rows) | {
        "stay_id": rows.stay,
        "charttime": rows.time,
        "storetime": moments(rows.seconds + 300),
        "value": rows.number,
        "valueuom": rows.unit,
    }


def dosed(rows: Rows) -> dict[str, Any]:
    """What was given within the hour, as a rate and an amount."""
    return named(rows) | {
        "stay_id": rows.stay,
        "storetime": moments(rows.seconds + 600),
        "amount": np.round(np.asarray(rows.number) * 60 * WEIGHT / 1000, 4),
        "amountuom": "mg",
        "rate": rows.number,
        "rateuom": rows.unit,
    }


def infused(rows: Rows) -> dict[str, Any]:
    """What was given, as the newer system keeps it."""
    return dosed(rows) | {
        "starttime": rows.time,
        "endtime": moments(rows.seconds + 3600),
        "patientweight": WEIGHT,
        "ordercategoryname": "01-Drips",
        "statusdescription": "FinishedRunning",
    }


def dictionaries(*, newer: bool) -> Mapping[str, Mapping[str, Any]]:
    """The dictionaries of items, by table."""
    items = {
        item.id: (concept.table, item)
        for concept in CONCEPTS
        for item in (*concept.items, *(() if newer else concept.older))
    }
    items |= {NOT_ASKED[0].id: ("chart", NOT_ASKED[0]), NOT_ASKED[1].id: ("lab", NOT_ASKED[1])}
    beside = [(LINKS[table], items[number][1]) for number, (table, _) in sorted(items.items()) if table != "lab"]
    tested = [item for _, (table, item) in sorted(items.items()) if table == "lab"]
    labels = np.array([item.label for _, item in beside])
    systems = np.array(["carevue" if item.id < METAVISION else "metavision" for _, item in beside])
    return {
        "icu/d_items" if newer else "D_ITEMS": {
            "itemid": np.array([item.id for _, item in beside]),
            "label": labels,
            "linksto": np.array([link for link, _ in beside]),
            "category": "Routine Vital Signs",
            "unitname": np.array([item.unit for _, item in beside]),
            "param_type": "Numeric",
        }
        | ({"abbreviation": labels} if newer else {"dbsource": systems}),
        "hosp/d_labitems" if newer else "D_LABITEMS": {
            "itemid": np.array([item.id for item in tested]),
            "label": np.array([item.label for item in tested]),
            "fluid": "Blood",
            "category": "Chemistry",
        },
    }
