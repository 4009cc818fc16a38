"""MIMIC-IV: what becomes of the lines of its tables, and of their mess."""

import gzip
from datetime import datetime

import duckdb
import pytest

from aition.core.errors import InputError
from aition.data.readers.delimited import refused
from aition.data.readers.mimic_iv import MimicIV
from aition.data.readers.mimic_schema import MIMIC_IV
from aition.data.readers.source import EVENTS, SAMPLES
from stand_ins.mimic import IV_STAYS, chart, events, lines, put, samples, write_iv

LAB = {
    "subject_id": 10, "itemid": 50912, "charttime": "2153-01-01 12:00:00", "value": "1.1", "valuenum": 1.1,
    "valueuom": "mg/dL",
}  # fmt: skip
DRIP = {
    "subject_id": 10, "hadm_id": 20, "stay_id": 30, "starttime": "2153-01-01 12:00:00",
    "endtime": "2153-01-01 13:00:00", "itemid": 221906, "amount": 3.2, "amountuom": "mg", "rate": 0.1,
    "rateuom": "mcg/kg/min", "statusdescription": "FinishedRunning",
}  # fmt: skip


def charted(root, *rows):
    return MimicIV(write_iv(root, {"icu/chartevents": rows}))


def stayed(root, *, stay=(), admission=(), patient=(), **settings):
    tables = {
        "icu/icustays": [IV_STAYS["icu/icustays"][0] | dict(stay)],
        "hosp/admissions": [IV_STAYS["hosp/admissions"][0] | dict(admission)],
        "hosp/patients": [IV_STAYS["hosp/patients"][0] | dict(patient)],
    }
    return MimicIV(write_iv(root, tables), **settings)


def test_a_charted_line_is_an_event_of_its_stay(tmp_path):
    source = charted(tmp_path, chart())
    expected = ("30", "10", datetime(2153, 1, 1, 11), "chart:220045", 80.0, "bpm", 2, "80", None)  # noqa: DTZ001
    names = ("sample", "subject", "time", "code", "value", "unit", "line", "raw", "fault")
    assert events(source, *names) == [expected]
    assert events(source, "file")[0][0].endswith("icu/chartevents.csv.gz")


@pytest.mark.parametrize(("select", "published"), [("events", EVENTS), ("samples", SAMPLES)])
def test_columns_are_those_of_every_source(tmp_path, select, published):
    source = charted(tmp_path, chart())
    with duckdb.connect() as connection:
        told = connection.execute(f"DESCRIBE {getattr(source, select)(connection)}").fetchall()
    found = {name: kind for name, kind, *_ in told}
    assert list(found)[: len(published)] == list(published)
    assert {name: kind for name, kind in found.items() if name in published and name != "label"} == {
        name: kind for name, kind in published.items() if name != "label"
    }


@pytest.mark.parametrize("word", ["ERROR", ">10", "1,5", "___"])
def test_a_value_in_words_is_no_number_and_is_kept_as_it_was_written(tmp_path, word):
    source = charted(tmp_path, chart(value=word, valuenum=""))
    assert events(source, "value", "raw", "fault") == [(None, word, "value is no number")]


def test_a_number_with_blanks_around_it_is_a_number(tmp_path):
    source = charted(tmp_path, chart(value="12.3 ", valuenum=""))
    assert events(source, "value", "raw", "fault") == [(12.3, "12.3 ", None)]


def test_the_number_beside_words_counts(tmp_path):
    source = charted(tmp_path, chart(itemid=220739, value="Spontaneously", valuenum=4, valueuom=""))
    assert events(source, "code", "value", "unit", "fault") == [("chart:220739", 4.0, None, None)]


@pytest.mark.parametrize(
    ("item", "words", "code"),
    [
        (223900, "No Response-ETT", "chart:223900:tube"),
        (223900, "No Response", "chart:223900"),
        (220739, "No Response-ETT", "chart:220739"),
        (223848, "Other", "chart:223848:other"),
        (223848, "Drager", "chart:223848"),
    ],
)
def test_words_that_deny_what_the_number_says_have_a_code_of_their_own(tmp_path, item, words, code):
    assert events(charted(tmp_path, chart(itemid=item, value=words, valuenum=1)), "code", "value") == [(code, 1.0)]


def test_an_event_without_any_value_is_one_that_happened(tmp_path):
    assert events(charted(tmp_path, chart(value="", valuenum="")), "value", "fault") == [(None, None)]


@pytest.mark.parametrize(
    ("column", "written", "fault"),
    [
        ("charttime", "2153-02-30 11:00:00", "time is no date"),
        ("charttime", "", "time is missing"),
        ("stay_id", "30a", "stay_id is no number"),
        ("subject_id", "", "subject_id is missing"),
        ("itemid", "HR", "itemid is no number"),
        ("itemid", "", "itemid is missing"),
    ],
)
def test_a_line_whose_time_or_ids_cannot_be_read_says_so(tmp_path, column, written, fault):
    assert events(charted(tmp_path, chart(**{column: written})), "fault") == [(fault,)]


def test_what_could_not_be_read_is_what_is_kept(tmp_path):
    assert events(charted(tmp_path, chart(charttime="yesterday")), "raw") == [("yesterday",)]


def test_a_line_flagged_by_a_warning_is_a_fault(tmp_path):
    assert events(charted(tmp_path, chart(warning=1)), "value", "fault") == [(80.0, "flagged by a warning")]


def test_a_line_without_a_stay_belongs_to_whoever_it_is_of_at_that_time(tmp_path):
    assert events(charted(tmp_path, chart(stay_id="")), "sample", "subject", "fault") == [(None, "10", None)]


def test_two_lines_at_the_same_time_are_two_events(tmp_path):
    assert events(
        charted(tmp_path, chart(value="80", valuenum=80), chart(value="90", valuenum=90)), "value", "line"
    ) == [
        (80.0, 2),
        (90.0, 3),
    ]


@pytest.mark.parametrize(("item", "unit"), [(223761, "°F"), (223762, "°C"), (226531, "lb"), (226707, "in")])
def test_the_item_says_the_unit_of_a_temperature_weight_or_height(tmp_path, item, unit):
    assert events(charted(tmp_path, chart(itemid=item, valueuom="")), "unit") == [(unit,)]


@pytest.mark.parametrize(("value", "unit"), [(0.4, "fraction"), (1, "fraction"), (40, "%")])
def test_inspired_oxygen_is_a_fraction_up_to_1_and_a_percentage_above(tmp_path, value, unit):
    row = chart(itemid=223835, value=value, valuenum=value, valueuom="")
    assert events(charted(tmp_path, row), "unit") == [(unit,)]


@pytest.mark.parametrize("admission", ["", 20])
def test_a_laboratory_value_names_no_stay_with_or_without_an_admission(tmp_path, admission):
    source = MimicIV(write_iv(tmp_path, {"hosp/labevents": [LAB | {"hadm_id": admission}]}))
    assert events(source, "sample", "subject", "code", "value", "unit") == [(None, "10", "lab:50912", 1.1, "mg/dL")]


def test_a_comment_with_commas_quotes_and_lines_is_one_line_of_a_laboratory(tmp_path):
    rows = [LAB | {"comments": 'a "b", c\nd'}, LAB]
    assert len(events(MimicIV(write_iv(tmp_path, {"hosp/labevents": rows})), "code")) == 2


def test_the_rate_of_an_input_counts_before_its_amount(tmp_path):
    rows = [DRIP, DRIP | {"rate": "", "rateuom": ""}]
    source = MimicIV(write_iv(tmp_path, {"icu/inputevents": rows}))
    assert events(source, "code", "value", "unit") == [("input:221906", 0.1, "mcg/kg/min"), ("input:221906", 3.2, "mg")]


def test_an_order_that_was_rewritten_is_a_fault(tmp_path):
    source = MimicIV(write_iv(tmp_path, {"icu/inputevents": [DRIP | {"statusdescription": "Rewritten"}]}))
    assert events(source, "fault") == [("order was rewritten",)]


def test_an_output_is_its_volume(tmp_path):
    row = {"subject_id": 10, "hadm_id": 20, "stay_id": 30, "charttime": "2153-01-01 12:00:00", "itemid": 226559}
    source = MimicIV(write_iv(tmp_path, {"icu/outputevents": [row | {"value": 150, "valueuom": "mL"}]}))
    assert events(source, "sample", "code", "value", "unit") == [("30", "output:226559", 150.0, "mL")]


def test_a_prescription_is_an_event_without_a_value_under_its_drug_in_capitals(tmp_path):
    row = {
        "subject_id": 10,
        "hadm_id": 20,
        "drug": " Heparin ",
        "starttime": "2153-01-01 12:00:00",
        "dose_val_rx": "5000",
    }
    source = MimicIV(write_iv(tmp_path, {"hosp/prescriptions": [row]}))
    assert events(source, "sample", "code", "value", "raw", "fault") == [(None, "drug:HEPARIN", None, "5000", None)]


def test_columns_may_stand_in_any_order(tmp_path):
    write_iv(tmp_path, {})
    columns = dict(reversed(MIMIC_IV["icu/chartevents"].items()))
    put(tmp_path / "icu/chartevents.csv.gz", lines([chart()], columns))
    assert events(MimicIV(tmp_path), "sample", "code", "value") == [("30", "chart:220045", 80.0)]


@pytest.mark.parametrize(
    ("torn", "fault"),
    [
        ("10,20,30", "line has too few columns"),
        (",".join("1" * 12), "line has too many columns"),
        ('10,20,30,,2153-01-01 11:00:00,,220045,"8"0,80,bpm,0', "quotes of a line do not close"),
    ],
)
def test_a_line_that_is_no_row_is_kept_as_refused_and_the_others_are_read(tmp_path, torn, fault):
    write_iv(tmp_path, {}, ".csv")
    text = lines([chart(), chart()], MIMIC_IV["icu/chartevents"])
    head, first, second = text.splitlines()
    put(tmp_path / "icu/chartevents.csv", "\n".join([head, first, torn, second]) + "\n")
    with duckdb.connect() as connection:
        read = connection.execute(MimicIV(tmp_path).events(connection)).fetchall()
        told = connection.execute(f"SELECT line, fault FROM ({refused(connection)})").fetchall()
    assert len(read) == 2
    assert told == [(3, fault)]


def test_a_torn_file_raises_rather_than_ends_early(tmp_path):
    write_iv(tmp_path, {})
    packed = gzip.compress(lines([chart()] * 10_000, MIMIC_IV["icu/chartevents"]).encode())
    (tmp_path / "icu/chartevents.csv.gz").write_bytes(packed[: len(packed) // 2])
    with pytest.raises(duckdb.Error, match="end of GZIP"):
        events(MimicIV(tmp_path), "code")


def test_events_are_streamed_without_sorting_or_grouping(tmp_path):
    source = charted(tmp_path, chart())
    with duckdb.connect() as connection:
        plan = str(connection.execute(f"EXPLAIN {source.events(connection)}").fetchall()).lower()
    assert "streaming window" in plan
    assert not any(blocking in plan for blocking in ("order by", "order_by", "hash group", "hash_group", "join"))


def test_a_stay_is_a_sample_with_age_and_sex(tmp_path):
    source = MimicIV(write_iv(tmp_path, {}))
    start, stop = datetime(2153, 1, 1, 10), datetime(2153, 1, 4, 10)  # noqa: DTZ001
    assert samples(source, "sample", "subject", "start", "stop", "split", "age", "male", "left_out") == [
        ("30", "10", start, stop, "", 63.0, 0.0, None)
    ]


@pytest.mark.parametrize(("flag", "label"), [(0, "survived"), (1, "died")])
def test_death_in_hospital_is_what_the_admission_says(tmp_path, flag, label):
    assert samples(stayed(tmp_path, admission={"hospital_expire_flag": flag}), "label") == [(label,)]


@pytest.mark.parametrize(
    ("death", "label"), [("2153-01-04 09:00:00", "died"), ("2153-01-05 09:00:00", "survived"), ("", "survived")]
)
def test_death_in_stay_is_one_before_its_end(tmp_path, death, label):
    source = stayed(tmp_path, admission={"deathtime": death, "hospital_expire_flag": 1}, outcome="death-in-stay")
    assert samples(source, "label", "left_out") == [(label, None)]


@pytest.mark.parametrize(("hours", "label"), [(60, "long"), (72, "short"), (80, "short")])
def test_a_long_stay_is_longer_than_its_hours(tmp_path, hours, label):
    assert samples(stayed(tmp_path, outcome="long-stay", long_hours=hours), "label", "left_out") == [(label, None)]


@pytest.mark.parametrize("outcome", ["death-in-hospital", "death-in-stay"])
def test_who_dies_within_the_window_is_left_out(tmp_path, outcome):
    dead = {"deathtime": "2153-01-02 10:00:00", "hospital_expire_flag": 1}
    source = stayed(tmp_path, admission=dead, outcome=outcome, known_after=48.0)
    assert samples(source, "left_out") == [("outcome is known before the window ends",)]


def test_who_dies_after_the_window_is_kept(tmp_path):
    dead = {"deathtime": "2153-01-02 10:00:00", "hospital_expire_flag": 1}
    assert samples(stayed(tmp_path, admission=dead, known_after=24.0), "label", "left_out") == [("died", None)]


def test_who_leaves_within_the_window_is_left_out_where_the_length_is_asked(tmp_path):
    source = stayed(tmp_path, stay={"outtime": "2153-01-02 10:00:00"}, outcome="long-stay")
    assert samples(source, "left_out") == [("outcome is known before the window ends",)]


def test_who_dies_before_a_stay_could_be_long_is_left_out(tmp_path):
    dead = {"deathtime": "2153-01-04 09:00:00", "hospital_expire_flag": 1}
    source = stayed(tmp_path, admission=dead, outcome="long-stay", long_hours=100.0)
    assert samples(source, "left_out") == [("died before the stay could be long",)]


def test_a_stay_of_an_unknown_admission_is_left_out(tmp_path):
    assert samples(stayed(tmp_path, stay={"hadm_id": 21}), "label", "left_out") == [(None, "outcome is not known")]


def test_an_age_or_sex_that_is_not_known_is_missing(tmp_path):
    assert samples(stayed(tmp_path, patient={"anchor_age": "", "gender": ""}), "age", "male") == [(None, None)]


def test_a_torn_line_of_a_table_of_stays_is_told(tmp_path):
    write_iv(tmp_path, {}, ".csv")
    with (tmp_path / "icu/icustays.csv").open("a") as stream:
        stream.write("10,20,31\n")
    with pytest.raises(InputError, match=r"icustays\.csv has a line that is no row, line 3: line has too few"):
        samples(MimicIV(tmp_path), "sample")


def test_an_admission_that_is_there_twice_makes_no_second_sample(tmp_path):
    rows = [{"subject_id": 10, "hadm_id": 20, "hospital_expire_flag": flag} for flag in (0, 1)]
    assert samples(MimicIV(write_iv(tmp_path, {"hosp/admissions": rows})), "sample", "label") == [("30", "died")]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"outcome": "death"}, "outcome must be one of death-in-hospital, death-in-stay, long-stay, but is 'death'"),
        ({"known_after": -1.0}, "known_after must be 0 or more hours"),
        ({"outcome": "long-stay", "long_hours": 24.0}, "long_hours must be above 0 and not below known_after, 48.0"),
    ],
)
def test_questions_that_cannot_be_asked_are_refused(tmp_path, settings, message):
    with pytest.raises(InputError, match=message):
        MimicIV(tmp_path, **settings)
