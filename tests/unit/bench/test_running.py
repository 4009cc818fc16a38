"""A run makes every row once, goes on where it was, and lets no failing row keep the others from being done."""

import json
import threading
from dataclasses import replace

import pytest

from aition.bench.measure import Job, measured
from aition.bench.rows import read_rows
from aition.bench.running import Crew, Desk, run
from aition.core.errors import AitionWarning, InputError, ModelError

HOME = "stand_ins.toy_task:"


def job(task="TOY", how="saliency", seed=0, **given):
    return Job(HOME + task, how, "", given, seed, 0)


@pytest.fixture
def here(monkeypatch):
    """Rows are made in this process; which ones is noted."""
    made = []

    def row(_crew, one, cache):
        made.append(one)
        return measured(one, cache=cache)

    monkeypatch.setattr(Crew, "row", row)
    return made


def ends(endings):
    return [one.how for one in endings]


def test_rows_that_are_there_are_not_made_again(here, tmp_path):
    out = tmp_path / "rows.jsonl"
    assert ends(run([job(seed=0)], out, cache=tmp_path)) == ["done"]
    assert ends(run([job(seed=0), job(seed=1)], out, cache=tmp_path)) == ["before", "done"]
    assert ends(run([job(seed=1)], out, cache=tmp_path)) == ["before"]
    assert [one.seed for one in here] == [0, 1]
    assert [row["seed"] for row in read_rows(out)] == [0, 1]


def test_a_default_that_is_written_out_is_the_same_row(here, tmp_path):
    run([job(how="integrated-gradients")], tmp_path / "rows.jsonl", cache=tmp_path)
    again = run([job(how="integrated-gradients", steps="32")], tmp_path / "rows.jsonl", cache=tmp_path)
    assert ends(again) == ["before"]


def test_another_setting_is_another_row(here, tmp_path):
    jobs = [job(how="integrated-gradients"), job(how="integrated-gradients", steps="8")]
    assert ends(run(jobs, tmp_path / "rows.jsonl", cache=tmp_path)) == ["done", "done"]


def test_a_refusal_is_not_tried_again(here, tmp_path):
    refused = job("TRAINED", "captum", method="DeepLift")
    assert ends(run([refused], tmp_path / "rows.jsonl", cache=tmp_path)) == ["refused"]
    assert ends(run([refused], tmp_path / "rows.jsonl", cache=tmp_path)) == ["before"]


def test_a_refusal_is_tried_again_where_that_is_wanted_and_nothing_else_is(here, tmp_path):
    both = [job("TRAINED", "captum", method="DeepLift"), job()]
    run(both, tmp_path / "rows.jsonl", cache=tmp_path)
    assert ends(run(both, tmp_path / "rows.jsonl", cache=tmp_path, retry_refused=True)) == ["refused", "before"]
    assert len(here) == 3


def test_a_row_that_fails_is_named_and_the_others_go_on(here, tmp_path):
    told = []
    endings = run([job("BROKEN"), job(seed=1)], tmp_path / "rows.jsonl", cache=tmp_path, workers=2, tell=told.append)
    assert ends(endings) == ["failed", "done"]
    assert str(endings[0].error) == "no series today"
    assert {one.how for one in told} == {"failed", "done"}
    assert [row["task"] for row in read_rows(tmp_path / "rows.jsonl")] == ["toy"]


def test_a_row_that_another_run_wrote_meanwhile_is_left_as_it_is(monkeypatch, tmp_path):
    out = tmp_path / "rows.jsonl"

    def slowly(_crew, one, cache):
        row = measured(one, cache=cache)
        out.write_text(json.dumps(row | {"machine": "another"}) + "\n")
        return row

    monkeypatch.setattr(Crew, "row", slowly)
    assert ends(run([job()], out, cache=tmp_path)) == ["meanwhile"]
    assert [row["machine"] for row in read_rows(out)] == ["another"]


@pytest.mark.parametrize(
    ("jobs", "workers", "named"),
    [
        ([job(), job()], 1, r"asked for once, but stand_ins.toy_task:TOY, saliency, seed 0, fold 0 is asked for again"),
        ([job(), job(how="salience")], 1, "did you mean 'saliency'"),
        ([job()], 0, "workers must be a whole number from 1, but is 0"),
    ],
)
def test_nothing_is_run_where_something_is_asked_that_there_is_not(here, tmp_path, jobs, workers, named):
    with pytest.raises(InputError, match=named):
        run(jobs, tmp_path / "rows.jsonl", cache=tmp_path, workers=workers)
    assert here == []


def test_rows_of_processes_of_their_own_have_the_same_figures_and_stop_at_their_limit(monkeypatch, tmp_path):
    desks = []
    begin = Desk.__init__

    def noted(desk):
        begin(desk)
        desks.append(desk)

    monkeypatch.setattr(Desk, "__init__", noted)
    hasty = replace(job(how="extremal-mask", steps="100000"), limit=0.1)
    stopped, alone = (one.row for one in run([hasty, job()], tmp_path / "rows.jsonl", cache=tmp_path))
    here = measured(job(), cache=tmp_path)
    assert alone["metrics"] == here["metrics"]
    assert alone["model"] == here["model"]
    assert alone["threads"] == 1
    assert alone["row_cpu_seconds"] > 0
    assert (stopped["refused"], stopped["stopped"]) == ("stopped after 0.1 CPU s", 0.1)
    assert len(desks) == 1
    assert desks[0].process.poll() is not None


def test_what_is_raised_in_the_process_of_a_row_is_raised_again(tmp_path):
    ended = run([job("BROKEN")], tmp_path / "rows.jsonl", cache=tmp_path)[0]
    assert isinstance(ended.error, ValueError)
    assert str(ended.error) == "no series today"


@pytest.mark.parametrize(
    ("program", "named"),
    [
        ("import os; os.kill(os.getpid(), 9)", r"its process died \(SIGKILL\)"),
        ("import sys; sys.exit('out of luck')", r"its process died \(exit status 1: out of luck\)"),
    ],
)
def test_a_process_that_dies_is_told_with_its_last_words(monkeypatch, tmp_path, program, named):
    monkeypatch.setattr("aition.bench.running.BOOT", program)
    ended = run([job()], tmp_path / "rows.jsonl", cache=tmp_path)[0]
    assert isinstance(ended.error, ModelError)
    with pytest.raises(ModelError, match=named):
        raise ended.error


def test_what_a_process_warned_of_is_warned_of_here_with_its_row(monkeypatch, tmp_path):
    answer = "import pickle, sys; sys.stdout.buffer.write(pickle.dumps(({'metrics': {}, **%r}, b'', ['mind this'])))"
    monkeypatch.setattr("aition.bench.running.BOOT", answer % job().begun())
    with pytest.warns(AitionWarning, match="saliency, seed 0, fold 0: mind this"):
        run([job()], tmp_path / "rows.jsonl", cache=tmp_path)


def test_an_interrupted_run_ends_the_processes_at_work(monkeypatch, tmp_path):
    monkeypatch.setattr("aition.bench.running.BOOT", "import time; time.sleep(600)")
    crews = []
    begin = Crew.__init__

    def noted(crew):
        begin(crew)
        crews.append(crew)

    monkeypatch.setattr(Crew, "__init__", noted)
    monkeypatch.setattr("aition.bench.running.as_completed", lambda done: interrupt(crews))
    with pytest.raises(KeyboardInterrupt):
        run([job()], tmp_path / "rows.jsonl", cache=tmp_path)
    assert crews[0].busy == set()
    assert read_rows(tmp_path / "rows.jsonl") == []


def interrupt(crews):
    """Wait until a process is at work, then press Ctrl-C."""
    while not crews[0].busy:
        threading.Event().wait(0.01)
    raise KeyboardInterrupt
