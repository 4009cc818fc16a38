"""Tables of MIMIC with a row a patient, admission, stay, diagnosis or prescription."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow.compute as pc

from aition.data.simulate.hospital.persons import DAY, UNITS, YEAR, Persons
from aition.data.simulate.hospital.sheets import chosen, moments, where
from aition.data.simulate.hospital.stays import Stays

ICD = ("A419", "J9601", "N179", "I509", "K7200")
ICD9 = ("99591", "51881", "5849", "4280", "57000")
DRUGS = ("Heparin", "Pantoprazole", "Insulin", "Acetaminophen")
"""Diagnoses and drugs follow from the number of the stay: nothing hangs on them."""


def stay_tables(stays: Stays, people: Persons, *, newer: bool) -> Mapping[str, Mapping[str, Any]]:
    """Columns of each table, by the names of MIMIC-IV's."""
    names = ("hosp/patients", "hosp/admissions", "icu/icustays", "hosp/diagnoses_icd", "hosp/prescriptions")
    columns = (
        patients(stays, people, newer=newer),
        admissions(stays, people, newer=newer),
        icustays(people, newer=newer),
        diagnoses(people, newer=newer),
        prescriptions(people, newer=newer),
    )
    return dict(zip([name if newer else name.split("/")[1].upper() for name in names], columns, strict=True))


def patients(stays: Stays, people: Persons, *, newer: bool) -> Mapping[str, Any]:
    """One row a patient, with what their first stay says of age and their last of death."""
    first = np.flatnonzero(~stays.again)
    last = first + np.append(stays.again, False)[first + 1]
    died = stays.died[last]
    day = where(died == 0, None, moments(people.discharged[last] // DAY * DAY))
    common = {"subject_id": people.subject[first], "gender": np.where(stays.male[first] == 1, "M", "F")}
    if newer:
        year = people.came[first].astype("datetime64[s]").astype("datetime64[Y]").astype(np.int64) + 1970
        return common | {
            "anchor_age": stays.age[first],
            "anchor_year": year,
            "anchor_year_group": "2014 - 2016",
            "dod": pc.utf8_slice_codeunits(day, 0, 10),
        }
    born = (people.came[first] - np.rint((stays.age[first] + 0.5) * YEAR).astype(np.int64)) // DAY * DAY
    return common | {"dob": moments(born), "dod": day, "dod_hosp": day, "expire_flag": died}


def admissions(stays: Stays, people: Persons, *, newer: bool) -> Mapping[str, Any]:
    """One row an admission."""
    died = stays.died == 1
    older = {"ethnicity": "UNKNOWN/NOT SPECIFIED", "diagnosis": "SEPSIS", "has_chartevents_data": 1}
    return {
        "subject_id": people.subject,
        "hadm_id": people.admission,
        "admittime": moments(people.admitted),
        "dischtime": moments(people.discharged),
        "deathtime": where(~died, None, moments(people.discharged)),
        "admission_type": "EMERGENCY",
        "admission_location": "EMERGENCY ROOM",
        "discharge_location": np.where(died, "DIED", "HOME"),
        "insurance": "Medicare",
        "hospital_expire_flag": stays.died,
    } | ({"race": "UNKNOWN"} if newer else older)


def icustays(people: Persons, *, newer: bool) -> Mapping[str, Any]:
    """One row a stay."""
    unit = chosen([name if newer else name.split("(")[1].rstrip(")") for name in UNITS], people.unit)
    source = np.where(people.older, "carevue", "metavision")
    return {
        "subject_id": people.subject,
        "hadm_id": people.admission,
        "stay_id": people.stay,
        "first_careunit": unit,
        "last_careunit": unit,
        "intime": moments(people.came),
        "outtime": moments(people.left),
        "los": np.round((people.left - people.came) / DAY, 4),
    } | ({} if newer else {"dbsource": source, "first_wardid": 50, "last_wardid": 50})


def diagnoses(people: Persons, *, newer: bool) -> Mapping[str, Any]:
    """One row a stay: a diagnosis."""
    kind = people.stay % len(ICD)
    new = {"icd_code": chosen(list(ICD), kind), "icd_version": 10}
    old = {"icd9_code": chosen(list(ICD9), kind)}
    return {"subject_id": people.subject, "hadm_id": people.admission, "seq_num": 1} | (new if newer else old)


def prescriptions(people: Persons, *, newer: bool) -> Mapping[str, Any]:
    """One row a stay: a drug."""
    start, stop = (moments(one // DAY * DAY) for one in (people.came, people.left))
    new = {"pharmacy_id": people.stay + 40_000_000, "starttime": start, "stoptime": stop}
    old = {"stay_id": people.stay, "startdate": start, "enddate": stop}
    return {
        "subject_id": people.subject,
        "hadm_id": people.admission,
        "drug_type": "MAIN",
        "drug": chosen(list(DRUGS), people.stay % len(DRUGS)),
        "dose_val_rx": "1",
        "dose_unit_rx": "UNIT",
        "route": "IV",
    } | (new if newer else old)
