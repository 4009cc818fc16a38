"""Runs of further axes are served, also where they hold nothing that a cube counts."""

import numpy as np
import pytest

from aition.core.errors import InputError
from aition.dream import verdicts_of
from aition.store import keep
from aition.store.summary.axes.draws import bands, pictures
from aition.store.summary.axes.hierarchy import hierarchy
from aition.store.summary.axes.spread import spread
from aition.view.web.runs import Runs
from aition.view.web.served import Served
from stand_ins.axes import components, dreams, groups, hierarchies
from stand_ins.cube_runs import write_run
from stand_ins.dreams import dreamed
from stand_ins.web import serving

RUNS = {
    "groups": groups(),
    "components": components(),
    "hierarchies": hierarchies(),
    "dreams": dreams(),
    "alone": groups(rows=False, shared=False),
}
DIED = {"column": "predicted", "in": [1]}


@pytest.fixture(scope="module")
def of(tmp_path_factory):
    here = tmp_path_factory.mktemp("axes")
    runs = Runs.at([write_run(here / name, [part]).path for name, part in RUNS.items()])
    runs.prepare(progress="off")
    return Served(runs)


@pytest.fixture(scope="module")
def client(of):
    with serving(of) as one:
        yield one.begin()


@pytest.mark.parametrize(
    ("name", "axes", "has_cube"),
    [
        ("groups", ["group"], True),
        ("components", ["component"], True),
        ("hierarchies", ["merge", "group"], True),
        ("dreams", ["draw"], False),
        ("alone", ["group"], False),
    ],
)
def test_a_run_tells_its_axes_and_whether_its_rows_are_counted(client, name, axes, has_cube):
    said = client.ask("open", {"run": name}).json()
    assert (said["axes"], said["has_cube"]) == (axes, has_cube)
    assert {one["name"]: one["has_cube"] for one in said["runs"]}[name] == has_cube
    assert said["spec"]["class_names"] == ["survived", "died"]


def test_no_cube_is_built_of_dreams(of):
    assert not (of.runs.run("dreams").path / "cube").exists()
    assert ("dreams", "start", 0, "") not in of.runs.cubes


def test_a_run_of_dreams_alone_says_what_it_holds(client):
    said = client.ask("open", {"run": "dreams"}).json()
    assert (said["n_sample"], said["n_row"], said["columns"]) == (0, 0, [])
    answer = client.ask("cube", {"run": "dreams", "cohort": {"all": []}})
    assert answer.status == 400
    assert "ask for draw" in answer.json()["error"]


def test_dreams_beside_a_run_do_not_harm_its_trust(client):
    said = client.ask("trust", {"run": "groups"}).json()
    assert said["facts"]


def test_a_run_of_nothing_that_can_be_shown_is_refused(tmp_path):
    bare = groups(rows=False).drop_vars(["attribution_group"])
    runs = Runs.at([write_run(tmp_path / "bare", [bare]).path])
    with pytest.raises(InputError, match="attribution must lie along"):
        runs.prepare(progress="off")


def test_dreams_come_page_by_page(client, of):
    meta, arrays = client.ask("draws", {"run": "dreams", "first": 2, "n": 3}).frame()
    assert (meta["n"], [row["id"] for row in meta["rows"]]) == (6, ["dream 2", "dream 3", "dream 4"])
    run, nearest = of.runs.run("dreams"), RUNS["dreams"]["nearest"].values[2:5]
    found = pictures(run, np.arange(2, 5), np.arange(2), nearest=nearest, top=np.full(3, -1))
    np.testing.assert_array_equal(arrays["value"], found.value.astype("f4"))
    np.testing.assert_array_equal(arrays["nearest"], found.nearest.astype("f4"))
    np.testing.assert_array_equal(arrays["band"], bands(run, [(0,), (1,)], np.arange(2))[0].astype("f4"))
    assert meta["rows"][0]["nearest"] == f"series {nearest[0]}"


def test_steps_of_dreams_have_a_unit_where_each_is_one_of_it(tmp_path):
    slow, fast = (dreamed().assign_attrs(time_unit="second") for _ in range(2))
    fast = fast.assign(times=fast["times"] / 10)
    runs = Runs.at([keep(part, tmp_path / name).path for name, part in {"slow": slow, "fast": fast}.items()])
    runs.prepare(progress="off")
    with serving(Served(runs)) as one:
        asked = one.begin()
        assert asked.ask("draws", {"run": "slow"}).frame()[0]["time_unit"] == "second"
        assert asked.ask("draws", {"run": "fast"}).frame()[0]["time_unit"] == ""


def test_dreams_of_the_driver_come_with_what_they_were_driven_to(tmp_path):
    one = dreamed()
    runs = Runs.at([keep(one, tmp_path / "driven").path])
    runs.prepare(progress="off")
    with serving(Served(runs)) as served:
        meta, arrays = served.begin().ask("draws", {"run": "driven", "kind": 2}).frame()
    assert [row["id"] for row in meta["rows"]] == [f"border 0|1, dream {place}" for place in range(3)]
    assert [kind["name"] for kind in meta["kinds"]] == ["class 0", "class 1", "border 0|1"]
    assert [kind["finding"] for kind in meta["kinds"]] == [verdict.finding for verdict in verdicts_of(one)]
    assert (meta["here"], arrays["band"].shape[0]) == ([2], 1)
    top = int(one["top"][6])
    assert meta["kinds"][2]["top"] == str(one["real"].values[top])
    np.testing.assert_allclose(arrays["top"][0], one["real_value"].values[top], rtol=1e-5)
    assert meta["rows"][0]["gap"] == pytest.approx(float(one["gap"][6]))


def test_dreams_of_a_class_come_in_order_of_a_judge(client):
    meta, _ = client.ask("draws", {"run": "dreams", "kind": 0, "sort": "neighbours"}).frame()
    assert meta["n"] == 3
    assert [row["judged"]["neighbours"] for row in meta["rows"]] == sorted(
        (row["judged"]["neighbours"] for row in meta["rows"]), reverse=True
    )
    assert (meta["n_real_looking"], meta["n_judged"]) == (5, 6)


@pytest.mark.parametrize(
    "change",
    [{"n": 25}, {"n": 0}, {"sort": "beauty"}, {"features": [9]}, {"kind": -1}, {"features": "all"}, {"ids": []}],
)
def test_dreams_that_there_are_not_are_refused(client, change):
    assert client.ask("draws", {"run": "dreams"} | change).status == 400


def test_a_hierarchy_is_that_of_the_engine(client, of):
    meta, arrays = client.ask("hierarchy", {"run": "hierarchies", "id": "s2"}).frame()
    found = hierarchy(of.runs.run("hierarchies"), 2)
    np.testing.assert_array_equal(arrays["merge_joined"], found.merge_joined)
    np.testing.assert_array_equal(arrays["cells"], found.cells)
    assert (meta["id"], meta["before"], meta["after"], meta["n_sample"]) == ("s2", "s1", None, 3)


def test_without_an_id_the_first_of_the_cohort_is_shown(client):
    meta, _ = client.ask("hierarchy", {"run": "hierarchies"}).frame()
    assert (meta["id"], meta["before"]) == ("s0", None)
    meta, _ = client.ask("hierarchy", {"run": "hierarchies", "cohort": {"ids": ["s1", "s2"]}}).frame()
    assert (meta["id"], meta["before"], meta["after"]) == ("s1", None, "s2")


def test_a_cohort_without_anybody_has_no_hierarchy(client):
    answer = client.ask("hierarchy", {"run": "hierarchies", "cohort": {"ids": []}})
    assert answer.status == 400
    assert "the cohort has no sample" in answer.json()["error"]


def test_steps_have_a_unit_where_each_is_one_of_it(tmp_path):
    slow, fast = hierarchies(), hierarchies()
    fast["times"].values[:] /= 10
    runs = Runs.at([write_run(tmp_path / name, [part]).path for name, part in {"slow": slow, "fast": fast}.items()])
    runs.prepare(progress="off")
    with serving(Served(runs)) as one:
        asked = one.begin()
        assert asked.ask("hierarchy", {"run": "slow"}).frame()[0]["time_unit"] == "hour"
        assert asked.ask("hierarchy", {"run": "fast"}).frame()[0]["time_unit"] == ""


def test_components_are_means_of_the_cohort(client, of):
    meta, arrays = client.ask("components", {"run": "components", "cohort": DIED}).frame()
    kind = RUNS["components"]["target_class"].values
    found = spread(
        of.runs.run("components"), "attribution_component", ("component",), mask=kind == 1, kind=kind, n_kind=2
    )
    np.testing.assert_array_equal(arrays["mean"], found.mean.astype("f4"))
    assert (meta["n_sample"], meta["component_unit"]) == (int((kind == 1).sum()), "cycles per hour")
    again, _ = client.ask("components", {"run": "components", "cohort": DIED}).frame()
    assert again == meta


def test_a_component_of_a_sequence_comes_back_in_time(client):
    meta, arrays = client.ask("components", {"run": "components", "id": "s4", "component": 2}).frame()
    assert meta["one"]["id"] == "s4"
    assert arrays["part"].shape == arrays["value"].shape == (16, 3)
    assert np.abs(arrays["own"]).argmax() == 2


def test_groups_are_ranked_and_lie_where_they_lie(client):
    meta, arrays = client.ask("groups", {"run": "groups"}).frame()
    assert (meta["comparable"], meta["group"]) == (True, [0, 1, 2])
    assert [one["is_box"] for one in meta["extents"]] == [True, True, False]
    assert arrays["interaction"][0, 1] == pytest.approx(0.4)
    assert "own" not in arrays


def test_groups_of_their_own_are_shown_of_one_sequence(client):
    meta, arrays = client.ask("groups", {"run": "alone", "id": "s3"}).frame()
    assert (meta["comparable"], meta["one"]["id"]) == (False, "s3")
    np.testing.assert_allclose(arrays["own"], [1.03, -0.47, 0.13], atol=1e-6)
    assert "mean" not in arrays
    assert arrays["own_interaction"][0, 1] == pytest.approx(0.4)


def test_a_cohort_by_rows_is_refused_where_none_are_counted(client):
    rows = {"rows": {"features": [0]}, "at_least": 1}
    answer = client.ask("groups", {"run": "alone", "cohort": rows})
    assert answer.status == 400
    assert "no rows that were counted" in answer.json()["error"]
    assert client.ask("groups", {"run": "groups", "cohort": rows}).status == 200


@pytest.mark.parametrize(
    ("question", "body"),
    [
        ("hierarchy", {"run": "groups"}),
        ("components", {"run": "groups"}),
        ("draws", {"run": "groups"}),
        ("groups", {"run": "dreams"}),
        ("groups", {"run": "../groups"}),
        ("groups", {"run": "groups", "id": "nobody"}),
        ("groups", {"run": "groups", "target": 1}),
        ("hierarchy", {"run": "hierarchies", "id": 3}),
        ("components", {"run": "components", "id": "s1", "component": 99}),
        ("components", {"run": "components", "id": "s1", "component": "2"}),
    ],
)
def test_what_a_run_does_not_hold_is_refused(client, question, body):
    answer = client.ask(question, body)
    assert answer.status == 400
    assert answer.json()["error"]
