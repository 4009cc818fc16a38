"""Infusions that run: an event in every step in which they do, and nowhere else."""

from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aition.core.errors import InputError
from aition.data.readers import Feature, Spec, Window, ingest
from aition.data.readers.mimic_iii import MimicIII
from aition.data.readers.mimic_iv import MimicIV
from aition.data.readers.mimic_tables import repeated
from stand_ins.mimic import events, write_iii, write_iv

DRIP = {
    "subject_id": 10, "hadm_id": 20, "stay_id": 30, "starttime": "2153-01-01 12:10:00",
    "endtime": "2153-01-01 14:05:00", "itemid": 221906, "amount": 3.2, "amountuom": "mg", "rate": 0.1,
    "rateuom": "mcg/kg/min", "statusdescription": "FinishedRunning",
}  # fmt: skip
FIRST = datetime(2153, 1, 1)  # noqa: DTZ001


def dripped(root, hours=1.0, **values):
    return MimicIV(write_iv(root, {"icu/inputevents": [DRIP | values]}), infusion_hours=hours)


def moments(source):
    return sorted(str(moment)[11:19] for (moment,) in events(source, "time"))


def test_an_infusion_is_an_event_where_it_starts_unless_more_is_asked(tmp_path):
    assert moments(dripped(tmp_path, hours=0.0)) == ["12:10:00"]


def test_an_infusion_that_runs_is_an_event_every_hour_and_just_before_it_ends(tmp_path):
    assert moments(dripped(tmp_path)) == ["12:10:00", "13:10:00", "14:04:59"]


@settings(max_examples=60, deadline=None)
@given(
    start=st.integers(0, 400), lasts=st.integers(1, 400), every=st.sampled_from([7, 30, 60]), offset=st.integers(0, 60)
)
def test_the_steps_that_see_an_infusion_are_those_in_which_it_runs(start, lasts, every, offset):
    began, ended = FIRST + timedelta(minutes=start), FIRST + timedelta(minutes=start + lasts)
    one = f"SELECT TIMESTAMP '{began}' AS \"time\", TIMESTAMP '{ended}' AS ended, NULL::VARCHAR AS fault"
    with duckdb.connect() as connection:
        found = connection.execute(repeated(one, every / 60)).fetchall()
    grid = FIRST - timedelta(minutes=offset)
    seen = {(moment - grid) // timedelta(minutes=every) for moment, _ in found}
    runs = {(minute + offset) // every for minute in range(start, start + lasts)}
    assert seen == runs


def test_a_rate_stands_in_every_step_of_a_grid_in_which_it_runs(tmp_path):
    spec = Spec(Window(hours=6.0), (Feature("norepinephrine", ("input:221906",), "most", "mcg/kg/min"),))
    batch = ingest(dripped(tmp_path / "raw"), spec, tmp_path / "data", progress="off").batch()
    assert batch.observed[0, :, 0].tolist() == [False, False, True, True, True, False]
    assert batch.x[0, 2:5, 0].tolist() == pytest.approx([0.1] * 3)


def test_an_amount_without_a_rate_stays_where_it_starts(tmp_path):
    assert moments(dripped(tmp_path, rate="", rateuom="")) == ["12:10:00"]


@pytest.mark.parametrize("end", ["", "2153-01-01 12:10:00"])
def test_an_infusion_without_a_length_stays_where_it_starts(tmp_path, end):
    source = dripped(tmp_path, endtime=end)
    assert (moments(source), events(source, "fault")) == (["12:10:00"], [(None,)])


@pytest.mark.parametrize(
    ("end", "fault"),
    [
        ("2153-01-01 12:00:00", "end is before start"),
        ("2253-01-01 12:00:00", "end is more than 30 days after start"),
        ("2153-02-30 12:00:00", "endtime is no date"),
    ],
)
def test_an_end_that_cannot_be_is_one_fault(tmp_path, end, fault):
    assert events(dripped(tmp_path, endtime=end), "fault") == [(fault,)]


def test_an_end_that_cannot_be_read_is_what_is_kept(tmp_path):
    assert events(dripped(tmp_path, endtime="later"), "raw") == [("later",)]


def test_an_end_says_nothing_where_only_the_start_is_asked(tmp_path):
    assert events(dripped(tmp_path, hours=0.0, endtime="later"), "fault") == [(None,)]


def test_an_order_that_was_rewritten_is_one_fault(tmp_path):
    assert events(dripped(tmp_path, statusdescription="Rewritten"), "fault") == [("order was rewritten",)]


def test_carevue_charts_rates_as_they_are_and_metavision_until_they_end(tmp_path):
    who = {"subject_id": 10, "hadm_id": 20, "icustay_id": 30, "rate": 0.1}
    older = who | {"itemid": 30120, "charttime": "2160-01-01 12:00:00"}
    newer = who | {"itemid": 221906, "starttime": "2160-01-01 12:00:00", "endtime": "2160-01-01 14:00:00"}
    root = write_iii(tmp_path, {"INPUTEVENTS_CV": [older], "INPUTEVENTS_MV": [newer]})
    codes = [code for (code,) in events(MimicIII(root, infusion_hours=1.0), "code")]
    assert codes == ["input:30120"] + ["input:221906"] * 3


@pytest.mark.parametrize("hours", [-1.0, 1e-9, float("inf"), float("nan")])
def test_hours_that_cannot_be_are_refused(hours):
    with pytest.raises(InputError, match="infusion_hours must be 0, or hours from a minute on"):
        MimicIV(Path(), infusion_hours=hours)
