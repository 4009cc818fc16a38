"""A planted truth beside the runs that it is of."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from aition.store.summary.held import held_against
from aition.store.summary.truth import placed, read_truth
from aition.view.web.runs import Runs
from aition.view.web.served import Served
from stand_ins.web import NAMES, made, serving, written


def values(path, features):
    rows = [
        {"feature": name, "bin": bin_, "name": label, "time": time, "contribution": float(bin_ == 1), "share": 0.5}
        for name in features for bin_, label in enumerate(("< 0", "> 0", "not measured")) for time in range(6)
    ]  # fmt: skip
    pq.write_table(pa.Table.from_pylist(rows), path)
    return read_truth(path)


@pytest.fixture(scope="module")
def truth(tmp_path_factory):
    return values(tmp_path_factory.mktemp("truth") / "values.parquet", NAMES)


@pytest.fixture(scope="module")
def asked(tmp_path_factory, truth):
    runs = Runs.at([written(tmp_path_factory.mktemp("store") / "run", made())], cuts=truth.cuts)
    runs.prepare(progress="off")
    with serving(Served(runs, truth=(truth,))) as client:
        yield client.begin()


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    """A server whose truth is of another simulator."""
    here = tmp_path_factory.mktemp("other")
    truth = values(here / "values.parquet", ["temperature of the sea"])
    runs = Runs.at([written(here / "run", made())], cuts=truth.cuts)
    runs.prepare(progress="off")
    with serving(Served(runs, truth=(truth,))) as client:
        yield client.begin()


def test_a_run_that_the_truth_is_of_has_it(asked):
    assert asked.ask("open", {}).json()["has_truth"] is True


def test_a_truth_counted_from_the_start_is_not_laid_beside_the_end(asked):
    assert asked.ask("open", {"align": "end"}).json()["has_truth"] is False
    assert asked.ask("planted", {"align": "end"}).status == 400


def test_what_was_planted_comes_in_the_cells_of_the_run(asked, truth):
    _, arrays = asked.ask("planted", {}).frame()
    added, often = placed(asked.what.runs.cube("", lambda: None).spec, truth)
    np.testing.assert_array_equal(arrays["contribution"], added.astype("f4"))
    np.testing.assert_array_equal(arrays["share"], often.astype("f4"))


def test_trust_begins_with_what_was_planted(asked, truth):
    said = asked.ask("trust", {}).json()
    held = held_against(asked.what.runs.cube("", lambda: None).whole(), truth)
    assert [one["name"] for one in said["facts"]][:2] == ["Planted values found", "Planted order"]
    assert said["facts"][0]["value"] == f"{round(held.precision_at_20 * len(held.named))} of {len(held.named)}"
    assert said["truth"]["spearman"] == pytest.approx(held.spearman)
    assert [one["feature"] for one in said["truth"]["named"]] == [one.feature for one in held.named]
    assert said["truth"]["ceiling"] is None


def test_a_run_of_other_features_is_served_without_the_truth_and_says_why(stranger):
    assert stranger.ask("open", {}).json()["has_truth"] is False
    said = stranger.ask("trust", {}).json()
    assert "truth" not in said
    assert "'temperature of the sea', which this run does not have" in said["warnings"][-1]
    assert stranger.ask("planted", {}).status == 400


def test_without_a_truth_nothing_planted_is_known(served):
    answer = served.ask("planted", {})
    assert answer.status == 409
    assert "--truth" in answer.json()["error"]
