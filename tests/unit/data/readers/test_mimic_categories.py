"""Categories: words of both releases as the same columns of zeros and ones."""

from pathlib import Path

import pytest

from aition.core.errors import InputError
from aition.data.readers.mimic_categories import CATEGORIES
from aition.data.readers.mimic_iii import MimicIII
from aition.data.readers.mimic_iv import MimicIV
from stand_ins.mimic import III_STAYS, IV_STAYS, samples, write_iii, write_iv

COLUMNS = {name: list(one.columns(name)) for name, one in CATEGORIES.items()}


def classes_iv(root, unit, admission):
    tables = {
        "icu/icustays": [IV_STAYS["icu/icustays"][0] | {"first_careunit": unit}],
        "hosp/admissions": [IV_STAYS["hosp/admissions"][0] | {"admission_type": admission}],
    }
    return MimicIV(write_iv(root, tables), static=("careunit", "admission"))


def classes_iii(root, unit, admission):
    tables = {
        "ICUSTAYS": [III_STAYS["ICUSTAYS"][0] | {"first_careunit": unit}],
        "ADMISSIONS": [III_STAYS["ADMISSIONS"][0] | {"admission_type": admission}],
    }
    return MimicIII(write_iii(root, tables), static=("careunit", "admission"))


def holding(source, name):
    """The columns of a category that hold 1; raises where one holds anything but 0 or 1."""
    (row,) = samples(source, *COLUMNS[name])
    assert set(row) <= {0.0, 1.0}
    return [column for column, value in zip(COLUMNS[name], row, strict=True) if value == 1.0]


@pytest.mark.parametrize(
    ("make", "word", "column"),
    [
        (classes_iv, "Coronary Care Unit (CCU)", "careunit_coronary"),
        (classes_iv, "Cardiac Vascular Intensive Care Unit (CVICU)", "careunit_cardiac_surgery"),
        (classes_iv, "Medical/Surgical Intensive Care Unit (MICU/SICU)", "careunit_medical_surgical"),
        (classes_iv, "Neuro Surgical Intensive Care Unit (Neuro SICU)", "careunit_neuro"),
        (classes_iii, "CSRU", "careunit_cardiac_surgery"),
        (classes_iii, "MICU", "careunit_medical"),
        (classes_iii, "NWARD", "careunit_newborn"),
        (classes_iv, "A ward of a later release", "careunit_other"),
        (classes_iii, "", "careunit_other"),
    ],
)
def test_a_stay_is_of_the_class_of_the_unit_in_which_it_began(tmp_path, make, word, column):
    assert holding(make(tmp_path, word, "URGENT"), "careunit") == [column]


@pytest.mark.parametrize(
    ("make", "word", "column"),
    [
        (classes_iv, "EW EMER.", "admission_emergency"),
        (classes_iii, "EMERGENCY", "admission_emergency"),
        (classes_iv, "SURGICAL SAME DAY ADMISSION", "admission_elective"),
        (classes_iv, "EU OBSERVATION", "admission_observation"),
        (classes_iii, "NEWBORN", "admission_newborn"),
        (classes_iv, "", "admission_other"),
    ],
)
def test_a_stay_is_of_the_class_of_its_admission(tmp_path, make, word, column):
    assert holding(make(tmp_path, "MICU", word), "admission") == [column]


def test_a_word_is_of_one_class():
    for one in CATEGORIES.values():
        words = [word for words in one.classes.values() for word in words]
        assert len(set(words)) == len(words)
        assert words == [word.upper() for word in words]


def test_an_unknown_admission_is_of_the_class_of_others(tmp_path):
    root = write_iv(tmp_path, {"icu/icustays": [IV_STAYS["icu/icustays"][0] | {"hadm_id": 21}]})
    assert holding(MimicIV(root, static=("admission",)), "admission") == ["admission_other"]


@pytest.mark.parametrize("source", [MimicIV, MimicIII])
@pytest.mark.parametrize("static", [("ward",), ("careunit", "careunit")])
def test_categories_that_are_unknown_or_come_twice_are_refused(source, static):
    with pytest.raises(InputError, match="static must be some of careunit, admission, each once"):
        source(Path(), static=static)


def test_columns_of_categories_that_are_not_asked_for_may_be_missing(tmp_path):
    assert "first_careunit" not in MimicIV(tmp_path).stays["icu/icustays"]
    assert "first_careunit" in MimicIV(tmp_path, static=("careunit",)).stays["icu/icustays"]
