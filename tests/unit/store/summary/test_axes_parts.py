"""Components add up in time; groups are ranked, lie where they lie, and act together."""

import numpy as np
import pytest

from aition.core.errors import InputError
from aition.store.summary.axes.cells import extents, membership
from aition.store.summary.axes.components import components as read_components
from aition.store.summary.axes.components import has_basis, names, part_in_time
from aition.store.summary.axes.course import course, extent
from aition.store.summary.axes.groups import (
    comparable,
    interactions,
    interacts,
    own_groups,
    own_interactions,
    ranked,
    strongest,
)
from stand_ins.axes import components, groups, hierarchies
from stand_ins.cube_runs import write_run

EVERYBODY = {"mask": np.ones(12, dtype=bool), "kind": np.arange(12) % 2, "n_kind": 2}


@pytest.fixture
def transformed(tmp_path):
    return write_run(tmp_path / "components", [components()])


@pytest.fixture
def grouped(tmp_path):
    return write_run(tmp_path / "groups", [groups()])


@pytest.mark.parametrize("position", [0, 7])
def test_components_back_in_time_add_up_to_the_series(transformed, position):
    parts = [part_in_time(transformed, position, one) for one in range(9)]
    np.testing.assert_allclose(sum(one.part for one in parts), parts[0].value, atol=1e-5)


def test_a_component_of_one_series_is_its_sum_over_features(transformed):
    found = read_components(transformed, 4)
    np.testing.assert_allclose(found.attribution, found.by_feature.sum(axis=1), atol=1e-6)
    np.testing.assert_allclose(found.size, np.abs(components()["value_component"].values[4]), rtol=1e-6)
    assert np.abs(found.attribution).argmax() == 2


def test_components_without_features_are_read_as_they_are(tmp_path):
    part = components()
    total = part["attribution_component"].sum("feature")
    left = part.drop_vars(["attribution_component", "value_component", "basis"])
    run = write_run(tmp_path / "run", [left.assign(attribution_component=total)])
    found = read_components(run, 3)
    np.testing.assert_allclose(found.attribution, total.values[3])
    assert found.by_feature.shape == found.size.shape == (9, 0)
    assert not has_basis(run)
    with pytest.raises(InputError, match=r"basis \[component time\]"):
        part_in_time(run, 0, 0)


def test_components_are_known_by_their_coordinates(transformed):
    assert names(transformed)[2] == 0.125


@pytest.mark.parametrize("component", [-1, 9])
def test_a_component_that_there_is_not_is_refused(transformed, component):
    with pytest.raises(InputError, match="0 to 8"):
        part_in_time(transformed, 0, component)


def test_values_are_told_from_the_first_existing_step(tmp_path):
    part = hierarchies()
    run = write_run(tmp_path / "run", [part])
    assert extent(run, 0) == (2, 8)
    np.testing.assert_allclose(course(run, 0), part["value"].values[0, 2:])


def test_groups_come_by_how_much_they_count(grouped):
    found = ranked(grouped, **EVERYBODY)
    assert found.group.tolist() == [0, 1, 2]
    np.testing.assert_allclose(found.attribution.mean[0], [1.055, -0.445, 0.155], atol=1e-6)
    assert found.n_group == 3


def test_of_many_groups_the_strongest_are_kept(grouped, monkeypatch):
    monkeypatch.setattr("aition.store.summary.axes.groups.MOST_GROUPS", 1)
    found = ranked(grouped, **EVERYBODY)
    assert found.group.tolist() == [0]
    assert found.n_group == 3


def test_what_is_not_known_is_not_strong():
    assert strongest(np.array([np.nan, -2.0, 1.0]), 5).tolist() == [1, 2]


def test_a_group_that_is_no_box_is_told(grouped):
    cells = membership(grouped, np.array([2, 0]), position=-1)
    loose, box = extents(cells, 2)
    assert (loose.features, loose.first, loose.last, loose.n_cell, loose.is_box) == ((2,), 0, 2, 2, False)
    assert (box.features, box.first, box.last, box.n_cell, box.is_box) == ((0,), 0, 3, 4, True)


def test_a_group_without_cells_lies_nowhere():
    (nowhere,) = extents(np.zeros((0, 3), dtype="i4"), 1)
    assert (nowhere.first, nowhere.n_cell, nowhere.is_box) == (-1, 0, False)


def test_groups_of_their_own_are_not_compared(tmp_path):
    run = write_run(tmp_path / "run", [groups(shared=False)])
    assert not comparable(run)
    shared = membership(write_run(tmp_path / "shared", [groups()]), np.arange(3), position=-1)
    np.testing.assert_array_equal(membership(run, np.arange(3), position=4), shared)


def test_named_groups_are_compared_wherever_they_lie(tmp_path):
    named = groups(shared=False).assign_coords(group=["breath", "heart", "rest"])
    assert comparable(write_run(tmp_path / "run", [named]))


def test_groups_that_act_together_are_told(grouped):
    assert interacts(grouped)
    found = interactions(grouped, np.array([1, 0]), **EVERYBODY)
    assert found.mean[0, 0, 1] == found.mean[0, 1, 0] == pytest.approx(0.4)
    assert np.isnan(found.mean[0, 0, 0])
    np.testing.assert_allclose(
        own_interactions(grouped, 3, np.array([2, 0])), [[np.nan, 0], [0, np.nan]], equal_nan=True
    )
    np.testing.assert_allclose(own_groups(grouped, 5), [1.05, -0.45, 0.15], atol=1e-6)
