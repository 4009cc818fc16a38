"""A hierarchy is read with its groups, its merges and its cells, however deep others are."""

import numpy as np
import pytest

from aition.core.errors import InputError
from aition.store.summary.axes.hierarchy import hierarchy
from stand_ins.axes import groups, hierarchies
from stand_ins.cube_runs import write_run


@pytest.fixture
def run(tmp_path):
    return write_run(tmp_path / "run", [hierarchies()])


def under(found):
    """The leaves under each merge, by walking up from each leaf."""
    below = [set() for _ in found.merge_joined]
    for leaf, merge in enumerate(found.joined.tolist()):
        while merge >= 0:
            below[merge].add(leaf)
            merge = int(found.merge_joined[merge])
    return below


def test_merges_one_after_another_are_read_as_they_were_made(run):
    found = hierarchy(run, 0)
    assert found.joined.tolist() == [0, 0, 1, 2]
    assert found.merge_joined.tolist() == [1, 2, -1]
    np.testing.assert_allclose(found.attribution, [0.5, 0.25, -0.5, 1.0])
    np.testing.assert_allclose(found.merge_attribution, [1.0, 0.75, 2.0])
    assert under(found) == [{0, 1}, {0, 1, 2}, {0, 1, 2, 3}]


def test_a_merge_may_join_more_than_two(run):
    found = hierarchy(run, 1)
    assert found.joined.tolist() == [0, 0, 0]
    assert found.merge_joined.tolist() == [-1]
    assert found.n_group == 3


def test_cells_are_counted_from_the_first_existing_step(run):
    found = hierarchy(run, 0)
    assert found.value.shape == (6, 3)
    assert found.cells.tolist() == [[0, 0, 0], [1, 1, 0], [2, 0, 1], [3, 5, 2]]


def test_every_leaf_ends_in_the_last_merge(run):
    found = hierarchy(run, 2)
    below = under(found)
    assert below[-1] == set(range(len(found.group)))
    for merge, above in enumerate(found.merge_joined.tolist()):
        assert above < 0 or below[merge] < below[above]


def test_of_too_many_groups_the_strongest_are_shown(run, monkeypatch):
    monkeypatch.setattr("aition.store.summary.axes.hierarchy.MOST_GROUPS", 2)
    found = hierarchy(run, 0)
    assert found.group.tolist() == [0, 3]
    assert found.n_group == 4
    assert len(found.merge_joined) == 3


def test_groups_beyond_the_cells_that_are_sent_have_none(run, monkeypatch):
    monkeypatch.setattr("aition.store.summary.axes.cells.MOST_CELLS", 2)
    assert hierarchy(run, 0).cells.tolist() == [[0, 0, 0], [1, 1, 0]]


def test_a_merge_joined_by_an_earlier_one_is_refused(tmp_path):
    part = hierarchies()
    part["merge_joined"].values[0, 1] = 0
    run = write_run(tmp_path / "run", [part])
    with pytest.raises(InputError, match="must name later merges"):
        hierarchy(run, 0)


def test_a_group_joined_by_no_merge_that_there_is_is_refused(tmp_path):
    part = hierarchies()
    part["group_joined"].values[1, 0] = 5
    run = write_run(tmp_path / "run", [part])
    with pytest.raises(InputError, match="must name later merges"):
        hierarchy(run, 1)


def test_a_run_without_merges_has_no_hierarchies(tmp_path):
    run = write_run(tmp_path / "run", [groups()])
    with pytest.raises(InputError, match="attribution_merge"):
        hierarchy(run, 0)
