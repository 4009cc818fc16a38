"""The model answers in a process of its own, which is replaced when it dies or is too slow."""

import os
import signal
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from aition import Target, explain, from_tensors
from aition.methods import IntegratedGradients, Occlusion, Saliency
from aition.models import create, save_model
from aition.store import Store
from aition.view.warm import edited
from aition.view.web.given import standing
from aition.view.web.runs import Runs
from aition.view.web.served import Served
from aition.view.web.worker import Model
from stand_ins.web import serving

SIZES = {"n_feature": 2, "n_class": 2, "n_hidden": 4}
EDITS = [{"feature": 1, "first": 1, "last": 2, "value": 3.0}]


def series():
    values = np.random.default_rng(0).normal(size=(5, 6, 2)).astype(np.float32)
    values[1, 2, 0] = np.nan
    return from_tensors(torch.from_numpy(values), lengths=[6, 5, 4, 3, 6], ids=list("abcde"), fill=0.5)


def changed():
    """A model whose weights are others."""
    model = create("gru-classifier", **SIZES)
    with torch.no_grad():
        for weight in model.module.parameters():
            weight.add_(0.5)
    return model


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A model, its runs by several explainers, and another model."""
    torch.manual_seed(0)
    here = tmp_path_factory.mktemp("worker")
    model = create("gru-classifier", **SIZES)
    save_model(model, here / "model.safetensors", builder="gru-classifier", settings=SIZES)
    save_model(changed(), here / "other.safetensors", builder="gru-classifier", settings=SIZES)
    explainers = {"ig": IntegratedGradients(steps=7), "saliency": Saliency(signed=True), "occlusion": Occlusion()}
    for name, explainer in explainers.items():
        explain(explainer, model, series(), Target.predicted(), to=Store(here / name), progress="off")
    return here, model


@pytest.fixture(scope="module")
def asked(place):
    here, _ = place
    runs = Runs.at([here / "ig", here / "saliency", here / "occlusion"])
    runs.prepare(progress="off")
    with closing(Served(runs, (Model(here / "model.safetensors", seconds=60),))) as what, serving(what) as client:
        yield client.begin()


def answered(client, body, **headers):
    """The answer, once the model is loaded."""
    for _ in range(60):
        answer = client.ask("what_if", body, **headers)
        if answer.status not in (503, 504):
            return answer
        time.sleep(0.2)
    return answer


def by_hand(place, explainer, sample, edits=()):
    _, model = place
    batch = series()
    x, observed = batch.x.clone(), batch.observed.clone()
    for edit in edits:
        x[sample, edit["first"] : edit["last"] + 1, edit["feature"]] = edit["value"]
        observed[sample, edit["first"] : edit["last"] + 1, edit["feature"]] = True
    before = explain(explainer, model, batch, Target.predicted(), progress="off")
    target = Target.of_class(int(before["target_class"][sample]))
    changed = replace(batch, x=x, observed=observed).take([sample])
    return explain(explainer, model, changed, target, progress="off")


def test_the_server_itself_does_not_load_torch():
    code = "import sys, aition.view.web.app, aition.view.web.running; sys.exit('torch' in sys.modules)"
    assert os.spawnl(os.P_WAIT, sys.executable, sys.executable, "-c", code) == 0


def test_without_edits_the_answer_is_the_run_s_own(asked):
    meta, arrays = answered(asked, {"run": "ig", "id": "c", "edits": []}).frame()
    _, stored = asked.ask("sequence", {"run": "ig", "id": "c"}).frame()
    np.testing.assert_allclose(arrays["attribution"], stored["attribution"], atol=1e-6)
    np.testing.assert_array_equal(arrays["value"], stored["value"])
    assert meta["probability"] == meta["before"]
    assert (meta["explainer"], meta["own"]) == ("integrated-gradients", True)


@pytest.mark.parametrize(
    ("run", "explainer"), [("ig", IntegratedGradients(steps=7)), ("saliency", Saliency(signed=True))]
)
def test_edits_are_answered_as_if_the_sample_had_been_so(asked, place, run, explainer):
    meta, arrays = answered(asked, {"run": run, "id": "a", "edits": EDITS}).frame()
    expected = by_hand(place, explainer, 0, EDITS)
    np.testing.assert_allclose(arrays["attribution"], expected["attribution"].values[0], atol=1e-6)
    assert meta["score"] == pytest.approx(float(expected["score"][0]), abs=1e-6)
    assert (arrays["value"][1:3, 1] == 3.0).all()


def test_a_method_that_is_slow_gives_way_to_integrated_gradients_and_says_so(asked, place):
    meta, arrays = answered(asked, {"run": "occlusion", "id": "a", "edits": EDITS}).frame()
    assert (meta["explainer"], meta["own"]) == ("integrated-gradients", False)
    expected = by_hand(place, IntegratedGradients(), 0, EDITS)
    np.testing.assert_allclose(arrays["attribution"], expected["attribution"].values[0], atol=1e-6)


def test_a_value_may_be_taken_away(asked):
    edit = {"feature": 0, "first": 0, "last": 0, "value": None}
    meta, arrays = answered(asked, {"run": "ig", "id": "b", "edits": [edit]}).frame()
    assert np.isnan(arrays["value"][0, 0])
    assert meta["probability"] != meta["before"]


def test_undoing_an_edit_is_no_edit(asked):
    _, stored = asked.ask("sequence", {"run": "ig", "id": "a"}).frame()
    back = [{"feature": 1, "first": step, "last": step, "value": float(stored["value"][step, 1])} for step in (1, 2)]
    meta, _ = answered(asked, {"run": "ig", "id": "a", "edits": EDITS + back}).frame()
    assert meta["probability"] == pytest.approx(meta["before"], abs=1e-7)


def test_what_is_carried_forward_follows_the_value_before_it():
    x, observed = np.array([[1.0], [1.0], [4.0], [4.0]]), np.array([[True], [False], [True], [False]])
    told = {"carried": np.array([True]), "stand_in": np.array([0.5])}
    changed, _ = edited(x, observed, [{"feature": 0, "first": 0, "last": 0, "value": 9.0}], **told)
    assert changed[:, 0].tolist() == [9.0, 9.0, 4.0, 4.0]
    gone, seen = edited(x, observed, [{"feature": 0, "first": 2, "last": 2, "value": None}], **told)
    assert gone[:, 0].tolist() == [1.0, 1.0, 1.0, 1.0]
    assert seen[:, 0].tolist() == [True, False, False, False]
    first, _ = edited(x, observed, [{"feature": 0, "first": 0, "last": 0, "value": None}], **told)
    assert first[:, 0].tolist() == [0.5, 0.5, 4.0, 4.0]


def test_what_stands_for_a_missing_value_stands_for_one_that_is_taken_away():
    x, observed = np.array([[1.0], [0.5], [4.0]]), np.array([[True], [False], [True]])
    edit = {"feature": 0, "first": 2, "last": 2, "value": None}
    gone, _ = edited(x, observed, [edit], carried=np.array([False]), stand_in=np.array([0.5]))
    assert gone[:, 0].tolist() == [1.0, 0.5, 0.5]


def told_of(rows, seen, *, own=0):
    """What rows of one feature tell of the first of them: the stand-in, and whether values are carried forward."""
    value = np.array(rows, dtype=np.float32)[..., None]
    carried, stand_in = standing(value, np.array(seen, dtype=bool)[..., None], np.ones(value.shape[:2], bool), own=own)
    return float(stand_in[0]), bool(carried[0])


def test_a_sample_that_was_measured_throughout_learns_from_others_what_stands_for_nothing():
    assert told_of([[80, 82, 85], [-1, 81, -1]], [[1, 1, 1], [0, 1, 0]]) == (-1, False)


def test_a_sample_that_was_measured_throughout_learns_from_others_that_values_are_carried():
    assert told_of([[80, 82, 85], [-1, 81, 81]], [[1, 1, 1], [0, 1, 0]]) == (-1, True)


def test_a_sample_without_any_value_does_not_tell_that_values_are_carried():
    assert told_of([[-1, -1, -1], [80, -1, 85]], [[0, 0, 0], [1, 0, 1]]) == (-1, False)


def test_where_samples_differ_in_what_stands_for_nothing_the_own_counts():
    rows, seen = [[7, 5, 7], [8, 6, 8]], [[1, 0, 1], [1, 0, 1]]
    assert [told_of(rows, seen, own=own) for own in (0, 1)] == [(5, False), (6, False)]


def test_where_every_value_was_measured_nothing_tells_what_stands_for_none():
    assert np.isnan(told_of([[80, 82, 85]], [[1, 1, 1]])[0])


@pytest.fixture(scope="module")
def throughout(place, tmp_path_factory):
    """A run whose first feature is measured throughout in "a" but not in "b", and whose second is in both."""
    here, model = place
    values = np.random.default_rng(1).normal(size=(2, 4, 2)).astype(np.float32)
    values[1, 2, 0] = np.nan
    batch = from_tensors(torch.from_numpy(values), ids=["a", "b"], fill=0.5)
    path = tmp_path_factory.mktemp("throughout") / "run"
    explainer = IntegratedGradients(steps=7)
    explain(explainer, model, batch, Target.predicted(), to=Store(path), progress="off")
    runs = Runs.at([path])
    runs.prepare(progress="off")
    with closing(Served(runs, (Model(here / "model.safetensors", seconds=60),))) as what, serving(what) as client:
        yield client.begin(), batch


def test_a_feature_measured_throughout_takes_what_stands_for_nothing_in_another_sample(throughout, place):
    client, batch = throughout
    edit = {"feature": 0, "first": 1, "last": 3, "value": None}
    meta, arrays = answered(client, {"id": "a", "edits": [edit]}).frame()
    x, observed = batch.x.clone(), batch.observed.clone()
    x[0, 1:, 0], observed[0, 1:, 0] = 0.5, False
    before = explain(IntegratedGradients(steps=7), place[1], batch, Target.predicted(), progress="off")
    target = Target.of_class(int(before["target_class"][0]))
    gone = replace(batch, x=x, observed=observed).take([0])
    expected = explain(IntegratedGradients(steps=7), place[1], gone, target, progress="off")
    assert meta["score"] == pytest.approx(float(expected["score"][0]), abs=1e-6)
    assert np.isnan(arrays["value"][1:, 0]).all()


def test_a_value_is_not_taken_away_where_nothing_tells_what_the_model_is_given_then(throughout):
    client, _ = throughout
    answer = client.ask("what_if", {"id": "a", "edits": [{"feature": 1, "first": 0, "last": 0, "value": None}]})
    assert answer.status == 400
    assert "can't be taken away" in answer.json()["error"]
    assert answered(client, {"id": "a", "edits": EDITS}).status == 200


@pytest.mark.parametrize(
    "edit",
    [
        {"feature": 2, "first": 0, "last": 0, "value": 1},
        {"feature": 0, "first": 2, "last": 1, "value": 1},
        {"feature": 0, "first": 0, "last": 6, "value": 1},
        {"feature": 0, "first": -1, "last": 0, "value": 1},
        {"feature": 0, "first": 0, "last": 0, "value": "1"},
        {"feature": 0, "first": 0, "last": 0, "value": True},
        {"feature": 0, "first": 0, "last": 0, "value": 1e200},
        {"feature": 0, "first": 0, "last": 0},
        {"feature": 0, "first": 0, "last": 0, "value": 1, "path": "x"},
        "x",
    ],
)
def test_an_edit_that_is_none_is_refused(asked, edit):
    assert asked.ask("what_if", {"id": "a", "edits": [edit]}).status == 400


def test_too_many_edits_are_refused(asked):
    assert asked.ask("what_if", {"id": "a", "edits": EDITS * 201}).status == 400


def test_a_process_that_was_killed_is_replaced(asked):
    assert answered(asked, {"id": "a", "edits": EDITS}).status == 200
    os.kill(asked.what.models[0].process.pid, signal.SIGKILL)
    assert asked.ask("what_if", {"id": "a", "edits": EDITS}).status == 503
    assert answered(asked, {"id": "a", "edits": EDITS}).status == 200


def test_a_process_that_ended_is_no_child_any_more(place):
    with closing(Model(place[0] / "model.safetensors")) as model:
        child = Path(f"/proc/{model.process.pid}")
        os.kill(model.process.pid, signal.SIGKILL)
        for _ in range(500):
            if not child.exists():
                break
            time.sleep(0.01)
        assert not child.exists()


def test_a_process_that_was_stopped_is_replaced_when_its_time_is_over(asked):
    assert answered(asked, {"id": "a", "edits": EDITS}).status == 200
    model = asked.what.models[0]
    stopped, model.seconds = model.process.pid, 0.3
    os.kill(stopped, signal.SIGSTOP)
    answer = asked.ask("what_if", {"id": "a", "edits": EDITS})
    model.seconds = 60
    assert answer.status == 504
    assert not Path(f"/proc/{stopped}").exists()
    assert answered(asked, {"id": "a", "edits": EDITS}).status == 200


def test_a_model_that_says_something_else_is_refused_and_then_not_asked_again(place):
    here, _ = place
    runs = Runs.at([here / "ig"])
    runs.prepare(progress="off")
    with closing(Served(runs, (Model(here / "other.safetensors", seconds=60),))) as what, serving(what) as client:
        answer = answered(client.begin(), {"id": "a", "edits": []})
        assert answer.status == 400
        assert "it is another model" in answer.json()["error"]
        assert client.ask("what_if", {"id": "a", "edits": []}).status == 409
        assert client.ask("open", {}).json()["has_model"] is False


def test_a_model_that_cannot_be_loaded_is_told_without_its_place(place, tmp_path, caplog):
    here, _ = place
    (tmp_path / "broken.safetensors").write_bytes(b"these are no weights")
    runs = Runs.at([here / "ig"])
    runs.prepare(progress="off")
    broken = Model(tmp_path / "broken.safetensors", seconds=60)
    with closing(Served(runs, (broken,))) as what, serving(what) as client:
        client.begin()
        answer = client.ask("what_if", {"id": "a", "edits": []})
        assert answer.status in (409, 503)
        assert str(tmp_path) not in answer.json()["error"]
    assert "broken.safetensors" in caplog.text


def test_the_process_ends_with_the_server(asked):
    model = Model(asked.what.models[0].path)
    pid = model.process.pid
    model.close()
    assert not Path(f"/proc/{pid}").exists()
