"""Several targets in one run: each is opened, counted and named."""

import json

import numpy as np
import pytest

from aition.view.web.described import target_words
from aition.view.web.runs import Runs
from aition.view.web.served import Served
from aition.view.web.wording import USUAL, Wording
from stand_ins.cube_runs import series, write_run
from stand_ins.web import serving

AT = [{"at": {"class": place}, "versus": {}} for place in range(2)]


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    parts = series(0, targets=2)
    for part in parts:
        part.attrs["target"] = json.dumps(AT)
    run = write_run(tmp_path_factory.mktemp("targets") / "run", parts, target=json.dumps(AT))
    runs = Runs.at([run.path])
    runs.prepare(progress="off")
    with serving(Served(runs, wording=Wording(outcomes=("survival", "the risk of death")))) as client:
        yield client.begin()


def test_what_is_explained_is_named(asked):
    said = asked.ask("open", {}).json()
    assert (said["n_target"], said["targets"]) == (2, ["survival", "risk of death"])


@pytest.mark.parametrize(("target", "outcome"), [(0, "survival"), (1, "the risk of death")])
def test_a_target_is_opened_with_what_it_raises(asked, target, outcome):
    said = asked.ask("open", {"target": target}).json()
    assert said["spec"]["target"] == target
    assert said["words"]["outcome"] == outcome


def test_each_target_is_counted_by_itself(asked):
    sums = []
    for target in (0, 1):
        _, arrays = asked.ask("cube", {"cohort": {"all": []}, "target": target}).frame()
        sums.append(arrays["total"].sum(dtype=np.float64))
    np.testing.assert_allclose(sums[1], 2 * sums[0], rtol=1e-4)


def test_a_sequence_is_explained_by_target(asked):
    name = asked.what.runs.cube("", lambda: None).samples["id"][0]
    found = [asked.ask("sequence", {"id": str(name), "target": target}).frame()[1] for target in (0, 1)]
    np.testing.assert_allclose(found[1]["attribution"], 2 * found[0]["attribution"], rtol=1e-5)


def test_a_target_that_there_is_not_is_refused(asked):
    assert asked.ask("open", {"target": 2}).status == 400


@pytest.mark.parametrize(
    ("at", "versus", "words"),
    [
        ({}, {}, "the output"),
        ({"class": "predicted"}, {}, "the predicted class"),
        ({"horizon": 3, "quantile": 1}, {}, "horizon 3, quantile 1"),
        ({"class": 1}, {"class": "runner-up"}, "class 1 rather than the runner-up class"),
    ],
)
def test_other_targets_are_told_by_their_axes(asked, at, versus, words):
    cube = asked.what.runs.cube("", lambda: None)
    said = target_words(cube, {"at": at, "versus": versus}, USUAL)
    assert said == words.replace("class 1", cube.spec.class_names[1] if cube.spec.class_names else "class 1")
