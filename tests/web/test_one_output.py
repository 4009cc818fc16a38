"""Models of one output, as people see them: two classes where the labels are of two, a value else."""

import time
from contextlib import closing

import numpy as np
import pytest
import torch

from aition import Target, explain, from_tensors
from aition.methods import Saliency
from aition.models import create, save_model
from aition.store import Store
from aition.view.web.runs import Runs
from aition.view.web.served import Served
from aition.view.web.worker import Model
from stand_ins.web import serving

SIZES = {"n_feature": 2, "n_class": 1, "n_hidden": 4}
LABELS = {"classes": [0, 1, 1, 0, 1, 0], "values": [0.5, 1, 1, 0, 1, 0]}
EDITS = [{"feature": 1, "first": 1, "last": 2, "value": 3.0}]
EVERYBODY = {"cohort": {"all": []}, "selection": {}}


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    here = tmp_path_factory.mktemp("one")
    torch.manual_seed(1)
    model = create("gru-classifier", **SIZES)
    values = torch.from_numpy(np.random.default_rng(0).normal(size=(6, 6, 2)).astype(np.float32))
    score = explain(Saliency(), model, from_tensors(values), Target.scalar(), progress="off")["score"].values
    with torch.no_grad():
        list(model.module.parameters())[-1].sub_(float(np.median(score)))
    save_model(model, here / "model.safetensors", builder="gru-classifier", settings=SIZES)
    for name, label in LABELS.items():
        batch = from_tensors(values, label=torch.tensor(label), ids=list("abcdef"))
        explain(Saliency(), model, batch, Target.scalar(), to=Store(here / name), progress="off")
    runs = Runs.at([here / name for name in LABELS])
    runs.prepare(progress="off")
    with closing(Served(runs, (Model(here / "model.safetensors", seconds=60),))) as what, serving(what) as client:
        yield client.begin()


def rows(asked, run):
    return asked.ask("list", {"run": run, **EVERYBODY}).json()["rows"]


def what_if(asked, run, edits):
    for _ in range(60):
        answer = asked.ask("what_if", {"run": run, "id": "a", "edits": edits})
        if answer.status not in (503, 504):
            return answer.frame()[0]
        time.sleep(0.2)
    return {}


def test_sequences_are_counted_by_two_classes(asked):
    told = asked.ask("open", {"run": "classes"}).json()
    assert {predicted for predicted, _ in told["spec"]["groups"]} == {0, 1}
    assert (told["spec"]["class_names"], sum(told["samples_by_group"])) == (["0", "1"], 6)


def test_a_list_has_predictions_and_probabilities_of_class_1(asked):
    found = rows(asked, "classes")
    assert {one["predicted"] for one in found} == {0, 1}
    assert all((one["probability"] > 0.5) == one["predicted"] for one in found)


def test_attributions_are_of_log_odds(asked):
    assert asked.ask("open", {"run": "classes"}).json()["words"]["scale"] == "log-odds"


def test_the_nearest_are_of_the_other_class(asked):
    told, _ = asked.ask("sequence", {"run": "classes", "id": "a"}).frame()
    assert {one["predicted"] for one in told["nearest"]} == {1 - told["predicted"]}


def test_an_edit_changes_the_probability_of_class_1(asked):
    told, changed = (what_if(asked, "classes", edits) for edits in ([], EDITS))
    listed = next(one for one in rows(asked, "classes") if one["id"] == "a")
    assert (told["probability"], told["predicted"]) == (pytest.approx(listed["probability"]), listed["predicted"])
    assert changed["probability"] == pytest.approx(1 / (1 + np.exp(-changed["score"])))
    assert changed["probability"] != changed["before"]


def test_a_value_has_no_class_and_no_probability(asked):
    assert {(one["predicted"], one["probability"]) for one in rows(asked, "values")} == {(-1, None)}
    told = what_if(asked, "values", EDITS)
    assert (told["predicted"], told["probability"]) == (-1, None)
