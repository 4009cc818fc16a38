"""Every question is answered by what the engine says."""

import numpy as np
import pytest

from aition.core.errors import InputError
from aition.store.summary.brushed import brushed
from aition.store.summary.compare import compare
from aition.store.summary.embedding import embedding
from aition.store.summary.intervals import intervals
from aition.store.summary.pairs import pairs
from aition.store.summary.patterns import patterns
from aition.store.summary.selection import Selection
from aition.store.summary.sequence import nearest, sequence
from aition.store.summary.sequences import sequences
from aition.store.summary.trust import trust
from aition.view.web.frames import spread
from aition.view.web.runs import Runs
from aition.view.web.served import Served
from stand_ins.web import IDS, serving

ALL = {"all": []}
DIED = {"column": "predicted", "in": [1]}
BRUSH = {"features": [0], "time": [1, 3]}


@pytest.fixture
def cube(what):
    return what.runs.cube("first", lambda: None)


@pytest.fixture
def died(cube):
    return cube.samples["predicted"] == 1


def same(arrays, name, expected):
    np.testing.assert_array_equal(arrays[name], np.asarray(expected).astype(arrays[name].dtype))


def test_what_is_served_is_told(served, cube):
    said = served.ask("open", {}).json()
    assert said["run"]["name"] == "first"
    assert said["run"]["digest"] == cube.run.digest()
    assert [one["name"] for one in said["runs"]] == ["first", "second"]
    assert [one["explainer"] for one in said["runs"]] == ["integrated-gradients", "occlusion"]
    assert (said["n_sample"], said["n_row"]) == (24, cube.n_row)
    assert said["spec"] == cube.spec.to_json()
    assert sum(said["samples_by_group"]) == 24
    assert said["has_model"] is said["has_truth"] is False
    assert {"predicted", "label", "probability", "length", "age"} <= {one["name"] for one in said["columns"]}


def test_another_run_is_opened_by_its_name(served):
    assert served.ask("open", {"run": "second"}).json()["run"]["attrs"]["explainer"] == "occlusion"


def test_a_cube_is_that_of_the_engine(served, cube):
    meta, arrays = served.ask("cube", {"cohort": ALL}).frame()
    assert meta["exact"] is True
    for name in ("n", "total", "squares"):
        same(arrays, name, getattr(cube.everybody, name))
    assert arrays["n"].dtype == np.uint32


@pytest.mark.parametrize("approximate", [0, 6])
def test_of_a_large_cube_only_cells_with_rows_are_sent(served, approximate, monkeypatch):
    body = {"cohort": {"all": [{"column": "sample", "below": 12}]}, "approximate": approximate}
    _, whole = served.ask("cube", body).frame()
    monkeypatch.setattr("aition.view.web.frames.SMALL", 0)
    meta, arrays = served.ask("cube", body | {"cohort": {"column": "sample", "below": 12}}).frame()
    assert len(arrays["cell"]) == len(arrays["n"]) == np.count_nonzero(whole["n"])
    for name, array in spread(arrays, meta["shape"]).items():
        np.testing.assert_array_equal(array, whole[name])


def test_a_cube_of_a_cohort_is_that_of_its_samples(served, cube, died):
    meta, arrays = served.ask("cube", {"cohort": DIED}).frame()
    assert meta["n_sample"] == died.sum() == sum(meta["samples_by_group"])
    same(arrays, "n", cube.table(died).n)


def test_a_cube_of_some_features_has_their_values_alone(served, cube):
    _, arrays = served.ask("cube", {"cohort": ALL, "features": [1]}).frame()
    same(arrays, "n", cube.whole((1,)).n)


def test_a_cube_of_some_samples_is_scaled_to_all(served):
    meta, arrays = served.ask("cube", {"cohort": {"column": "sample", "below": 12}, "approximate": 3}).frame()
    assert meta["exact"] is False
    assert meta["share"] == 0.25
    assert set(np.unique(arrays["n"] % 4)) == {0}


def test_steps_may_be_counted_from_the_end(served):
    said = served.ask("open", {"align": "end"}).json()
    assert said["spec"]["align"] == "end"
    _, arrays = served.ask("cube", {"cohort": ALL, "align": "end"}).frame()
    _, other = served.ask("cube", {"cohort": ALL}).frame()
    assert arrays["n"].sum() == other["n"].sum()
    assert not np.array_equal(arrays["n"], other["n"])


def test_another_run_is_counted_in_the_same_cells(served, what, cube, died):
    meta, arrays = served.ask("compare", {"run": "first", "other": "second", "cohort": DIED}).frame()
    other = what.runs.cube("second", lambda: None, like=cube.spec.digest)
    same(arrays, "total", compare(cube, other, died).table.total)
    assert meta["n_shared"] == died.sum()


def test_intervals_are_those_of_the_engine(served, cube, died):
    meta, arrays = served.ask("intervals", {"cohort": DIED, "selection": BRUSH}).frame()
    found = intervals(cube, died, Selection.from_json(BRUSH))
    same(arrays, "half", found.cell)
    same(arrays, "row_half", found.row)
    assert meta["mean"] == found.mean
    meant = Selection.from_json(BRUSH).mask(cube.spec)
    touched = brushed(cube, died, Selection.from_json(BRUSH))
    assert (meta["n_row"], meta["n_sequence"]) == (cube.table(died).n[:, meant].sum(), (touched.n > 0).sum())
    assert meta["exact"] is True


def test_histograms_are_those_of_the_engine(served, cube, died):
    body = {"cohort": DIED, "selection": BRUSH, "columns": ["label", "age"]}
    meta, arrays = served.ask("sequences", body).frame()
    found = sequences(cube, died, Selection.from_json(BRUSH), columns=["label", "age"])
    for one in found.histograms:
        same(arrays, f"{one.column.name}:all", one.everybody)
        same(arrays, f"{one.column.name}:brushed", one.brushed)
    assert (meta["n_all"], meta["exact"]) == (died.sum(), True)


def test_a_list_has_the_brushed_sequences_in_order(served, cube):
    said = served.ask("list", {"cohort": ALL, "selection": BRUSH, "n": 200, "descending": True}).json()
    found = brushed(cube, np.ones(len(cube), bool), Selection.from_json(BRUSH))
    assert said["n"] == (found.n > 0).sum() == len(said["rows"])
    sums = [row["in_brush"] for row in said["rows"]]
    assert sums == sorted(sums, reverse=True)
    np.testing.assert_allclose(sums, np.sort(found.total[found.n > 0])[::-1])


def test_a_list_comes_page_by_page(served):
    body = {"cohort": ALL, "selection": {}, "sort": "age", "descending": False}
    whole = served.ask("list", body | {"n": 10}).json()["rows"]
    assert served.ask("list", body | {"first": 4, "n": 3}).json()["rows"] == whole[4:7]


@pytest.mark.parametrize("change", [{"n": 201}, {"n": 0}, {"first": -1}, {"descending": 1}, {"sort": 3}])
def test_a_page_that_there_is_not_is_refused(served, change):
    assert served.ask("list", {"cohort": ALL, "selection": {}} | change).status == 400


@pytest.mark.parametrize("name", IDS)
def test_a_sequence_is_found_by_its_id_whatever_that_is(served, cube, name):
    meta, arrays = served.ask("sequence", {"id": name}).frame()
    found = sequence(cube, name)
    assert meta["id"] == name
    same(arrays, "value", found.value)
    same(arrays, "attribution", found.attribution)
    same(arrays, "times", found.times)
    near = nearest(cube, name)
    assert [one["id"] for one in meta["nearest"]] == cube.samples["id"][near.sample].tolist()
    assert meta["static"]["age"] == pytest.approx(float(cube.samples["age"][cube.position(name)]))


def test_a_map_has_a_point_for_each_sequence_of_the_cohort(served, cube, died):
    meta, arrays = served.ask("embedding", {"cohort": DIED, "method": "components"}).frame()
    place = embedding(cube, arranged=False).place
    same(arrays, "sample", np.flatnonzero(died))
    same(arrays, "x", place[died, 0])
    assert meta["ids"] == cube.samples["id"][died].tolist()


def test_a_map_tells_more_groups_apart_than_a_byte_can(stores):
    runs = Runs.at(stores[:1])
    runs.prepare(progress="off")
    cube = runs.cube("", lambda: None)
    vars(cube)["group"] = np.arange(len(cube)) + 250
    with serving(Served(runs)) as client:
        _, arrays = client.begin().ask("embedding", {"cohort": ALL, "method": "components"}).frame()
    assert arrays["group"].tolist() == cube.group.tolist()


def test_pairs_are_those_of_the_engine(served, cube, died):
    meta, arrays = served.ask("pairs", {"cohort": DIED, "selection": {}, "top": 2}).frame()
    found = pairs(cube, died, Selection(), top=2)
    same(arrays, "lift", found.lift)
    assert meta["values"] == [list(one) for one in found.values]


def test_patterns_are_those_of_the_engine(served, cube, died):
    meta, arrays = served.ask("patterns", {"cohort": DIED, "selection": {}, "feature": 0, "n_cluster": 2}).frame()
    found = patterns(cube, died, Selection(), feature=0, n_cluster=2)
    same(arrays, "value", found.value[: found.n_cluster])
    assert meta["medoids"] == cube.samples["id"][found.medoid].tolist()
    assert arrays["n"].sum() + arrays["none"].sum() == len(arrays["members"])


def test_trust_tells_the_engine_s_facts(served, what, cube):
    said = served.ask("trust", {"run": "first"}).json()
    other = what.runs.cube("second", lambda: None, like=cube.spec.digest)
    assert [one["words"] for one in said["facts"]] == [one.words for one in trust(cube, [other]).facts]
    assert said["waiting"] == []
    assert all(isinstance(one["value"], str) for one in said["facts"])


def test_a_model_that_is_not_there_is_told(served):
    answer = served.ask("what_if", {"id": "s0", "edits": []})
    assert answer.status == 409
    assert "--model" in answer.json()["error"]


@pytest.mark.parametrize(
    "body",
    [
        {"cohort": {"column": "nothing", "in": [1]}},
        {"cohort": {"column": "age", "from": "x"}},
        {"cohort": {"ids": [1]}},
        {"cohort": []},
        {"cohort": {"rows": {"features": [99]}, "at_least": 1}},
        {"cohort": {"rows": {}, "at_least": 0}},
        {"cohort": ALL, "features": [2]},
        {"cohort": ALL, "features": "all"},
        {"cohort": ALL, "approximate": -1},
        {"cohort": ALL, "approximate": True},
        {"cohort": ALL, "approximate": 1.5},
        {"cohort": ALL, "align": "middle"},
        {"cohort": ALL, "target": 1},
        {"cohort": ALL, "run": ["first"]},
        {"cohort": ALL, "run": "third"},
        {"cohort": ALL, "run": "../first"},
    ],
)
def test_a_question_about_what_there_is_not_is_refused(served, body):
    answer = served.ask("cube", body)
    assert answer.status == 400
    assert answer.json()["error"]


def test_a_cohort_nobody_is_in_has_no_rows(served):
    meta, arrays = served.ask("cube", {"cohort": {"any": []}}).frame()
    assert (meta["n_sample"], arrays["n"].sum()) == (0, 0)


def test_the_same_question_is_answered_from_memory(what, served, monkeypatch):
    cohort = {"column": "age", "from": 51}
    before = served.ask("cube", {"cohort": cohort}).body

    def never(*_, **__):
        raise InputError("counted again")

    monkeypatch.setattr("aition.store.cube.opened.OpenCube.table", never)
    assert served.ask("cube", {"cohort": cohort}).body == before
    assert served.ask("cube", {"cohort": {"column": "age", "from": 52}}).status == 400
