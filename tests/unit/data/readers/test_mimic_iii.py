"""MIMIC-III: what differs from MIMIC-IV: flags, two systems of inputs, births moved by centuries."""

import pytest

from aition.data.readers.mimic_iii import MimicIII
from stand_ins.mimic import III_STAYS, events, samples, write_iii

HEART = {
    "subject_id": 10, "hadm_id": 20, "icustay_id": 30, "itemid": 211, "charttime": "2160-01-01 11:00:00", "value": "80",
    "valuenum": 80, "valueuom": "BPM",
}  # fmt: skip
WHO = {"subject_id": 10, "hadm_id": 20, "icustay_id": 30}


def of(root, **tables):
    return MimicIII(write_iii(root, {table: [row] for table, row in tables.items()}))


def stayed(root, *, stay=(), patient=(), **settings):
    tables = {
        "ICUSTAYS": [III_STAYS["ICUSTAYS"][0] | dict(stay)],
        "PATIENTS": [III_STAYS["PATIENTS"][0] | dict(patient)],
    }
    return MimicIII(write_iii(root, tables), **settings)


def test_a_charted_line_is_an_event_of_its_stay(tmp_path):
    assert events(of(tmp_path, CHARTEVENTS=HEART), "sample", "subject", "code", "value", "unit", "fault") == [
        ("30", "10", "chart:211", 80.0, "bpm", None)
    ]


@pytest.mark.parametrize(
    ("flag", "fault"),
    [({"error": 1}, "flagged as an error"), ({"warning": 1}, "flagged by a warning"), ({"error": 0}, None)],
)
def test_flags_of_a_chart_are_heeded(tmp_path, flag, fault):
    assert events(of(tmp_path, CHARTEVENTS=HEART | flag), "fault") == [(fault,)]


def test_a_line_that_names_no_stay_belongs_to_whoever_it_is_of_at_that_time(tmp_path):
    assert events(of(tmp_path, CHARTEVENTS=HEART | {"icustay_id": ""}), "sample", "subject") == [(None, "10")]


def test_items_of_both_systems_keep_their_numbers(tmp_path):
    source = MimicIII(write_iii(tmp_path, {"CHARTEVENTS": [HEART, HEART | {"itemid": 220045, "valueuom": "bpm"}]}))
    assert events(source, "code", "unit") == [("chart:211", "bpm"), ("chart:220045", "bpm")]


@pytest.mark.parametrize(
    ("item", "value", "written", "unit"),
    [
        (678, 98.6, "Deg. F", "°F"),
        (676, 37.0, "Deg. C", "°C"),
        (223761, 98.6, "?F", "°F"),
        (190, 0.4, "torr", "fraction"),
        (190, 40, "torr", "%"),
        (3420, 40, "", "%"),
        (455, 120, "", "mmHg"),
        (807, 120, "mg/dL", "mg/dL"),
        (920, 70, "", "in"),
        (226531, 176, "", "lb"),
        (60, 5, "", "cmH2O"),
    ],
)
def test_units_are_those_of_the_item_where_they_are_known(tmp_path, item, value, written, unit):
    row = HEART | {"itemid": item, "value": value, "valuenum": value, "valueuom": written}
    assert events(of(tmp_path, CHARTEVENTS=row), "value", "unit") == [(value, unit)]


@pytest.mark.parametrize(
    ("item", "words", "code"),
    [
        (723, "1.0 ET/Trach", "chart:723:tube"),
        (723, "1 No Response", "chart:723"),
        (223900, "No Response-ETT", "chart:223900:tube"),
        (720, "Other/Remarks", "chart:720:other"),
    ],
)
def test_words_that_deny_what_the_number_says_have_a_code_of_their_own(tmp_path, item, words, code):
    row = HEART | {"itemid": item, "value": words, "valuenum": 1, "valueuom": ""}
    assert events(of(tmp_path, CHARTEVENTS=row), "code") == [(code,)]


def test_inputs_of_both_systems_are_read(tmp_path):
    older = WHO | {"charttime": "2160-01-01 11:00:00", "itemid": 30120, "rate": 0.1, "rateuom": "mcgkgmin"}
    newer = WHO | {"starttime": "2160-01-01 12:00:00", "itemid": 221906, "rate": 0.2, "rateuom": "mcg/kg/min"}
    source = of(tmp_path, INPUTEVENTS_CV=older, INPUTEVENTS_MV=newer)
    assert events(source, "code", "value", "unit") == [
        ("input:30120", 0.1, "mcgkgmin"),
        ("input:221906", 0.2, "mcg/kg/min"),
    ]


@pytest.mark.parametrize(
    ("flag", "fault"),
    [
        ({"statusdescription": "Rewritten"}, "order was rewritten"),
        ({"cancelreason": 1}, "order was cancelled"),
        ({"cancelreason": 2}, "order was cancelled"),
        ({"cancelreason": 0}, None),
    ],
)
def test_orders_that_were_not_carried_out_are_faults(tmp_path, flag, fault):
    row = WHO | {"starttime": "2160-01-01 12:00:00", "itemid": 221906, "rate": 0.2} | flag
    assert events(of(tmp_path, INPUTEVENTS_MV=row), "fault") == [(fault,)]


@pytest.mark.parametrize(("flag", "fault"), [("", None), (1, "flagged as an error")])
def test_an_output_is_its_volume_unless_it_is_flagged(tmp_path, flag, fault):
    row = WHO | {"charttime": "2160-01-01 12:00:00", "itemid": 40055, "value": 150, "valueuom": "ml", "iserror": flag}
    assert events(of(tmp_path, OUTPUTEVENTS=row), "code", "value", "fault") == [("output:40055", 150.0, fault)]


def test_a_laboratory_value_names_no_stay(tmp_path):
    row = {"subject_id": 10, "itemid": 50912, "charttime": "2160-01-01 12:00:00", "value": "1.1", "valuenum": 1.1}
    assert events(of(tmp_path, LABEVENTS=row), "sample", "subject", "code", "value") == [(None, "10", "lab:50912", 1.1)]


def test_a_prescription_is_of_its_day(tmp_path):
    row = WHO | {"startdate": "2160-01-01", "drug": "Heparin"}
    assert events(of(tmp_path, PRESCRIPTIONS=row), "sample", "code", "value", "fault") == [
        ("30", "drug:HEPARIN", None, None)
    ]


@pytest.mark.parametrize(("birth", "age"), [("2100-01-01 00:00:00", 60.0), ("2100-01-02 00:00:00", 59.0)])
def test_age_is_in_whole_years_since_birth(tmp_path, birth, age):
    assert samples(stayed(tmp_path, patient={"dob": birth}), "age", "male") == [(age, 1.0)]


def test_who_was_born_centuries_ago_is_91(tmp_path):
    assert samples(stayed(tmp_path, patient={"dob": "1860-01-01 00:00:00"}), "age") == [(91.0,)]


def test_a_newborn_is_0(tmp_path):
    assert samples(stayed(tmp_path, patient={"dob": "2160-01-01 10:00:00"}), "age") == [(0.0,)]


def test_a_stay_without_an_end_has_none(tmp_path):
    source = stayed(tmp_path, stay={"outtime": ""}, outcome="death-in-stay")
    assert samples(source, "stop", "left_out") == [(None, "outcome is not known")]


def test_two_stays_that_overlap_are_two_samples(tmp_path):
    rows = [III_STAYS["ICUSTAYS"][0], III_STAYS["ICUSTAYS"][0] | {"icustay_id": 31, "intime": "2160-01-02 10:00:00"}]
    assert samples(MimicIII(write_iii(tmp_path, {"ICUSTAYS": rows})), "sample", "subject") == [
        ("30", "10"),
        ("31", "10"),
    ]
