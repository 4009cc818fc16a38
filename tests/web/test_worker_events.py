"""What-if of events: the model is asked about the list with an event changed, taken away or added."""

import time
from contextlib import closing

import numpy as np
import pytest
import torch

from aition import Target, explain, from_events
from aition.methods import IntegratedGradients
from aition.models import create, save_model
from aition.store import Store
from aition.view.changed_events import edited_events, length_of_step
from aition.view.web.given import given_events
from aition.view.web.runs import Runs
from aition.view.web.served import Served
from aition.view.web.worker import Model
from stand_ins.cube_runs import events, write_run
from stand_ins.web import serving

CODES = ["admission", "fever", "lactate", "pulse", "surgery"]
SCALES = {"lactate": (2.0, 0.5), "pulse": (80.0, 10.0)}
VALUED = (2, 3)
N_STEP = 8
NONE = float("nan")
SIZES = {"n_code": 5, "n_class": 2, "n_hidden": 6}
EXPLAINER = IntegratedGradients(steps=9)


def rows():
    """Whom, when, what and which value: of ten samples, with a step in which a code comes twice."""
    draw = np.random.default_rng(1)
    sample, code = np.repeat(np.arange(10), 9), draw.integers(0, 5, 90)
    when = draw.uniform(0, 6, 90)
    mean = np.array([0, 0, 2.0, 80.0, 0])[code]
    value = np.where(np.isin(code, VALUED), mean * (1 + 0.1 * draw.normal(size=90)), NONE)
    own = [[0, 2.1, 3, 85.0], [0, 2.2, 3, 95.0], [0, 5.5, 4, NONE]]
    return np.concatenate([np.stack([sample, when, code, value], axis=1), own])


def batch_of(table, **rest):
    sample, when, code, value = table.T
    ids = [f"s{one}" for one in sorted(set(sample.astype(int)))]
    return from_events(
        [f"s{int(one)}" for one in sample], when, code.astype(int), value=value,
        vocabulary=CODES, scales=SCALES, n_step=N_STEP, ids=ids, **rest,
    )  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A model, and runs of events and of events whose values are explained too."""
    torch.manual_seed(0)
    here = tmp_path_factory.mktemp("worker")
    model = create("event-lstm", **SIZES)
    save_model(model, here / "model.safetensors", builder="event-lstm", settings=SIZES)
    for name, rest in (("ig", {}), ("values", {"explain_values": True})):
        explain(EXPLAINER, model, batch_of(rows(), **rest), Target.predicted(), to=Store(here / name), progress="off")
    return here, model


@pytest.fixture(scope="module")
def asked(place):
    here, _ = place
    runs = Runs.at([here / "ig", here / "values"])
    runs.prepare(progress="off")
    with closing(Served(runs, (Model(here / "model.safetensors", seconds=60),))) as what, serving(what) as client:
        yield client.begin()


def answered(client, *edits, run="ig", name="s0"):
    """The answer, once the model is loaded."""
    for _ in range(100):
        answer = client.ask("what_if", {"run": run, "id": name, "edits": list(edits)})
        if answer.status not in (503, 504):
            return answer
        time.sleep(0.2)
    return answer


def tried(client, *edits, **rest):
    return answered(client, *edits, **rest).frame()


def edit(code, first, value, last=None):
    return {"feature": CODES.index(code), "first": first, "last": first if last is None else last, "value": value}


def by_hand(place, table, **rest):
    """The explanation of the first sample with other events, of the class that was explained before."""
    _, model = place
    before = explain(EXPLAINER, model, batch_of(rows()), Target.predicted(), progress="off")
    target = Target.of_class(int(before["target_class"][0]))
    return explain(EXPLAINER, model, batch_of(table[table[:, 0] == 0], **rest), target, progress="off")


def check_as_by_hand(found, expected):
    """Attributions by step and code as the explanation of a batch that was made so; and what the model says."""
    meta, arrays = found
    by_cell = np.zeros((N_STEP, len(CODES)))
    np.add.at(by_cell, (expected["row_time"].values, expected["row_feature"].values), expected["attribution"].values)
    whole = np.zeros_like(by_cell)
    whole[: len(arrays["attribution"]), meta["feature"]] = np.nan_to_num(arrays["attribution"])
    np.testing.assert_allclose(whole, by_cell, atol=1e-6)
    assert np.isfinite(arrays["attribution"]).sum() == len(
        set(zip(expected["row_time"].values.tolist(), expected["row_feature"].values.tolist(), strict=True))
    )
    assert meta["score"] == pytest.approx(float(expected["score"][0]), abs=1e-6)


def cells(table, code, first, last):
    """Which rows are of the first sample and a code, in some steps."""
    return (
        (table[:, 0] == 0)
        & (table[:, 2] == CODES.index(code))
        & (np.floor(table[:, 1]) >= first)
        & (np.floor(table[:, 1]) <= last)
    )


def free(table, code):
    """The first step of the first sample in which a code does not come."""
    return next(step for step in range(5) if not cells(table, code, step, step).any())


@pytest.mark.parametrize("run", ["ig", "values"])
@pytest.mark.parametrize("name", ["s0", "s7"])
def test_without_edits_the_answer_is_the_run_s_own(asked, run, name):
    meta, arrays = tried(asked, run=run, name=name)
    said, stored = asked.ask("sequence", {"run": run, "id": name}).frame()
    assert meta["feature"] == said["feature"]
    np.testing.assert_allclose(arrays["attribution"], stored["attribution"], atol=1e-6)
    np.testing.assert_allclose(arrays["value"], stored["value"], rtol=1e-6)
    assert meta["probability"] == meta["before"]


def test_a_value_is_given_to_all_events_of_a_code_within_a_span(asked, place):
    table = rows()
    own = cells(table, "pulse", 0, 2)
    assert own.sum() >= 2
    table[own, 3] = 130.0
    found = tried(asked, edit("pulse", 0, 130.0, last=2))
    check_as_by_hand(found, by_hand(place, table))
    value = found[1]["value"][:3, found[0]["feature"].index(CODES.index("pulse"))]
    np.testing.assert_allclose(value[np.isfinite(value)], 130.0, rtol=1e-6)


def test_events_of_a_code_are_taken_away_within_a_span(asked, place):
    table = rows()
    check_as_by_hand(tried(asked, edit("pulse", 1, None, last=3)), by_hand(place, table[~cells(table, "pulse", 1, 3)]))


@pytest.mark.parametrize(("code", "value"), [("lactate", 4.5), ("admission", "present")])
def test_an_event_is_added_where_there_is_none(asked, place, code, value):
    table = rows()
    step = free(table, code)
    more = [0, step + 0.5, CODES.index(code), NONE if value == "present" else value]
    found = tried(asked, edit(code, step, value))
    check_as_by_hand(found, by_hand(place, np.concatenate([table, [more]])))
    assert found[0]["score"] != found[0]["before_score"]


def test_a_value_may_be_taken_off_an_event(asked, place):
    table = rows()
    table[cells(table, "pulse", 2, 2), 3] = NONE
    check_as_by_hand(tried(asked, edit("pulse", 2, "present")), by_hand(place, table))


def test_edits_of_a_run_that_explains_values_are_of_its_presence_too(asked, place):
    table = rows()
    table[cells(table, "pulse", 2, 2), 3] = 60.0
    found = tried(asked, edit("pulse", 2, 60.0), run="values")
    check_as_by_hand(found, by_hand(place, table, explain_values=True))


def test_runs_that_say_the_same_of_themselves_are_not_taken_for_one_another(asked):
    found = {run: tried(asked, run=run, name="s3")[1]["attribution"] for run in ("ig", "values", "ig")}
    assert not np.allclose(found["ig"], found["values"], equal_nan=True)
    for run, attribution in found.items():
        _, stored = asked.ask("sequence", {"run": run, "id": "s3"}).frame()
        np.testing.assert_allclose(attribution, stored["attribution"], atol=1e-6)


def test_how_long_the_window_is_is_no_column_to_choose_sequences_by(asked):
    assert "n_step" not in [one["name"] for one in asked.ask("open", {"run": "ig"}).json()["columns"]]


def test_taking_away_what_was_added_is_no_edit(asked):
    step = free(rows(), "lactate")
    meta, arrays = tried(asked, edit("lactate", step, 9.0), edit("lactate", step, None))
    _, stored = asked.ask("sequence", {"run": "ig", "id": "s0"}).frame()
    assert meta["probability"] == pytest.approx(meta["before"], abs=1e-7)
    np.testing.assert_allclose(
        np.nansum(arrays["attribution"], axis=1), np.nansum(stored["attribution"], axis=1), atol=1e-6
    )


def test_a_code_that_never_happened_gets_a_column(asked):
    table = rows()
    sample = next(
        (one, code)
        for one in range(10)
        for code in range(5)
        if not ((table[:, 0] == one) & (table[:, 2] == code)).any()
    )
    value = 3.0 if sample[1] in VALUED else "present"
    meta, arrays = tried(asked, edit(CODES[sample[1]], 1, value), name=f"s{sample[0]}")
    column = arrays["attribution"][:, meta["feature"].index(sample[1])]
    assert np.flatnonzero(np.isfinite(column)).tolist() == [1]


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (edit("surgery", 1, 3.0), "has no values"),
        (edit("pulse", 1, "gone"), "must be a number, 'present', or null"),
        (edit("pulse", 6, 80.0), "last must be a whole number from 0 to 5"),
        ({**edit("pulse", 1, 80.0), "feature": 5}, "feature must be a whole number from 0 to 4"),
    ],
)
def test_an_edit_that_no_event_can_have_is_refused_in_words(asked, bad, words):
    answer = answered(asked, bad)
    assert answer.status == 400
    assert words in answer.json()["error"]


def test_one_event_must_be_left(asked):
    answer = answered(asked, *(edit(code, 0, None, last=5) for code in CODES))
    assert answer.status == 400
    assert "an event must be left" in answer.json()["error"]


def test_the_page_is_told_that_a_run_is_of_events(asked):
    assert asked.ask("open", {"run": "ig"}).json()["of_events"] is True


def test_an_event_is_added_in_the_order_of_time():
    arrays = {
        "code": np.array([0, 1]), "step": np.array([0, 3]), "times": np.array([1.0, 14.0]), "value": np.zeros(2, "f4"),
        "has_value": np.zeros(2, "u1"), "mean": np.zeros(0), "deviation": np.zeros(0),
    }  # fmt: skip
    changed = edited_events(arrays, [{"feature": 2, "first": 1, "last": 2, "value": 7.0}])
    assert changed["code"].tolist() == [0, 2, 1]
    assert changed["step"].tolist() == [0, 1, 3]
    assert length_of_step(changed["times"], changed["step"]) == pytest.approx(14 / 3)
    assert arrays["code"].tolist() == [0, 1]


@pytest.mark.parametrize("options", [{}, {"values": False}])
def test_a_sample_ends_with_its_last_event_where_the_run_does_not_say_how_many_steps_it_has(tmp_path, options):
    run = write_run(tmp_path / "run", events(3, **options))
    whole = run.explanation()
    for position in range(3):
        own = whole["row_sample"].values == position
        found = given_events(run, position)
        assert found["n_step"].tolist() == [whole["row_time"].values[own].max() + 1]
        assert found["code"].tolist() == whole["row_feature"].values[own].tolist()
        assert bool(found["has_value"].any()) == bool(options == {} and whole["row_observed"].values[own].any())
