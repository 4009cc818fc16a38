"""Maps are arranged in a process of their own, while somebody waits for them."""

import shutil
import time

import numpy as np
import pytest

from aition.store.summary.embedding import embedding
from aition.view.web.arranging import Arranger, begun
from aition.view.web.runs import Runs
from aition.view.web.served import Served
from stand_ins.web import serving

ALL = {"all": []}


@pytest.fixture
def runs(stores, tmp_path):
    """A run of one's own, whose map nobody has arranged."""
    found = Runs.at([shutil.copytree(stores[0], tmp_path / "own")])
    found.prepare(progress="off")
    yield found
    found.close()


def arranged(client, method=""):
    for _ in range(600):
        meta, arrays = client.ask("embedding", {"cohort": ALL, "method": method}).frame()
        if not meta["arranging"]:
            return meta, arrays
        assert meta["kind"] == "components"
        time.sleep(0.1)
    raise AssertionError("the map was never arranged")


def test_a_map_is_there_at_once_and_arranged_when_it_is_ready(runs):
    with serving(Served(runs)) as client:
        client.begin()
        first, places = client.ask("embedding", {"cohort": ALL}).frame()
        assert (first["kind"], first["arranging"]) == ("components", True)
        meta, later = arranged(client)
        assert meta["kind"] == "t-sne"
        assert not np.array_equal(places["x"], later["x"])
        again, same = arranged(client)
        np.testing.assert_array_equal(later["x"], same["x"])
        assert again["kind"] == "t-sne"
        own, components = client.ask("embedding", {"cohort": ALL, "method": "components"}).frame()
        assert (own["kind"], own["arranging"]) == ("components", False)
        np.testing.assert_array_equal(components["x"], places["x"])


def test_a_map_by_components_arranges_nothing(runs):
    with serving(Served(runs)) as client:
        assert client.begin().ask("embedding", {"cohort": ALL, "method": "components"}).frame()[0]["arranging"] is False
    assert runs.arranger.jobs == {}


def test_work_that_nobody_asks_for_any_more_is_ended(runs):
    arranger = Arranger(patience=0.01)
    cube = runs.cube("", lambda: None)
    assert arranger.wanted(cube)
    for _ in range(500):
        if not arranger.jobs:
            break
        time.sleep(0.01)
    assert arranger.jobs == {}
    assert embedding(cube).kind == "components"


def test_work_ends_with_the_server_whatever_ended_that(runs):
    process = begun(runs.cubes["own", "start", 0, ""])
    process.stdin.close()
    assert process.wait(60) == 1


def test_one_map_is_made_at_a_time_and_none_after_the_end(runs):
    arranger = Arranger()
    cube, other = runs.cube("", lambda: None), runs.cube("", lambda: None, align="end")
    assert arranger.wanted(cube)
    assert arranger.wanted(other)
    (job,) = arranger.jobs.values()
    arranger.close()
    assert job.process.poll() is not None
    assert not arranger.wanted(other)


def test_a_map_that_cannot_be_made_is_not_tried_again(runs, monkeypatch, caplog):
    monkeypatch.setattr("aition.view.web.arranging.BOOT", "raise SystemExit(1)")
    arranger, cube = Arranger(), runs.cube("", lambda: None)
    assert arranger.wanted(cube)
    next(iter(arranger.jobs.values())).process.wait()
    assert not arranger.wanted(cube)
    assert not arranger.wanted(cube)
    assert "can't be arranged" in caplog.text


def test_without_what_arranges_there_is_the_map_by_components(runs, monkeypatch):
    monkeypatch.setattr("aition.view.web.arranging.find_spec", lambda name: None)
    assert not Arranger().wanted(runs.cube("", lambda: None))


def test_a_map_of_another_kind_is_refused(served):
    assert served.ask("embedding", {"cohort": ALL, "method": "umap"}).status == 400
