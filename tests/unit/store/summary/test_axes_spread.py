"""Means along further axes are those of a plain loop over the whole run."""

from itertools import pairwise

import numpy as np
import pytest

from aition.core.errors import InputError
from aition.store.summary.axes.present import axes_of, check_axis, countable
from aition.store.summary.axes.reading import array_of, labels_along, shared_array
from aition.store.summary.axes.spread import spread
from stand_ins.axes import components, dreams, groups, hierarchies
from stand_ins.cube_runs import series, write_run

MADE = {"draw": dreams, "merge": hierarchies, "component": components, "group": groups}


def cut(part, *places):
    """Shards of an explanation along its samples."""
    lead = "sample" if "sample" in part.dims else "draw"
    ends = [0, *places, part.sizes[lead]]
    return [part.isel({lead: slice(first, last)}) for first, last in pairwise(ends)]


@pytest.fixture
def part():
    return components()


@pytest.fixture
def run(tmp_path, part):
    return write_run(tmp_path / "run", cut(part, 5, 6))


def test_every_fixture_tells_its_axes(tmp_path):
    found = {axis: axes_of(write_run(tmp_path / axis, [make()])) for axis, make in MADE.items()}
    assert found == {"draw": ("draw",), "merge": ("merge", "group"), "component": ("component",), "group": ("group",)}


def test_a_run_of_cells_alone_has_no_further_axes(tmp_path):
    run = write_run(tmp_path / "run", series(0))
    assert axes_of(run) == ()
    assert countable(run)


def test_dreams_and_groups_without_cells_are_not_counted(tmp_path):
    assert not countable(write_run(tmp_path / "dreams", [dreams()]))
    assert not countable(write_run(tmp_path / "groups", [groups(rows=False)]))
    assert countable(write_run(tmp_path / "both", [groups()]))


def test_what_a_view_lacks_is_named(tmp_path):
    run = write_run(tmp_path / "run", [groups()])
    with pytest.raises(InputError, match=r"attribution_merge \[sample merge\]; merge_joined"):
        check_axis(run, "merge")


@pytest.mark.parametrize("name", ["value", "exists", "value_component", "attribution_component", "score"])
def test_a_variable_of_some_samples_is_read_as_it_was_written(run, part, name):
    places = np.array([9, 0, 5, 11])
    np.testing.assert_array_equal(array_of(run, name, places), part[name].values[places])


def test_a_variable_of_no_samples_is_empty(run):
    assert array_of(run, "value", np.zeros(0, dtype=int)).shape == (0, 16, 3)


def test_what_samples_share_is_read_as_it_was_written(run, part):
    np.testing.assert_array_equal(shared_array(run, "basis"), part["basis"].values)
    assert labels_along(run, "component") == part["component"].values.tolist()
    assert labels_along(run, "merge") == []


def test_more_numbers_than_memory_holds_are_refused(run, monkeypatch):
    monkeypatch.setattr("aition.store.summary.axes.reading.MOST_VALUES", 10)
    with pytest.raises(InputError, match="at most 10"):
        array_of(run, "value", np.arange(12))


def literal(values, mask, kind, row):
    """Mean, mean size, half width and number of each part, one by one."""
    found = []
    for part in range(values.shape[1]):
        own = [
            values[i, part]
            for i in range(len(values))
            if mask[i] and (row == 0 or kind[i] == row - 1) and not np.isnan(values[i, part])
        ]
        deviation = np.std(own, ddof=1) / np.sqrt(len(own)) if len(own) > 1 else np.nan
        mean, size = (np.mean(own), np.mean(np.abs(own))) if own else (np.nan, np.nan)
        found.append((len(own), mean, size, deviation))
    return np.array(found).T


@pytest.mark.parametrize("missing", [False, True])
def test_means_are_those_of_a_plain_loop(tmp_path, missing):
    part = components()
    if missing:
        part["attribution_component"].values[3:7, 4] = np.nan
        part["attribution_component"].values[:11, 5] = np.nan
        part["attribution_component"].values[:, 6] = np.nan
    run = write_run(tmp_path / "run", cut(part, 5, 6))
    mask = np.arange(12) != 8
    kind = part["target_class"].values.copy()
    kind[2] = -1
    found = spread(run, "attribution_component", ("component",), mask=mask, kind=kind, n_kind=2)
    raw = part["attribution_component"].values.astype(float)
    values = np.where(np.isnan(raw).all(axis=2), np.nan, np.nansum(raw, axis=2))
    for row in range(3):
        n, mean, size, deviation = literal(values, mask, kind, row)
        np.testing.assert_array_equal(found.n[row], n)
        np.testing.assert_allclose(found.mean[row], mean, rtol=1e-9)
        np.testing.assert_allclose(found.size[row], size, rtol=1e-9)
        several = n > 1
        assert np.isnan(found.half[row][~several]).all()
        ratio = found.half[row][several] / deviation[several]
        assert ((ratio > 1.9) & (ratio < 12.8)).all()


def test_classes_add_up_to_everybody(run, part):
    kind = part["target_class"].values
    found = spread(run, "attribution_component", ("component",), mask=np.ones(12, bool), kind=kind, n_kind=2)
    np.testing.assert_array_equal(found.n[0], found.n[1:].sum(axis=0))
    np.testing.assert_allclose(found.mean[0] * found.n[0], (found.mean[1:] * found.n[1:]).sum(axis=0))


def test_pairs_of_some_places_are_those_of_all(tmp_path):
    run = write_run(tmp_path / "run", [groups()])
    asked = {"mask": np.ones(12, bool), "kind": np.zeros(12, dtype=int), "n_kind": 1}
    whole = spread(run, "interaction", ("group", "group_other"), **asked)
    some = spread(run, "interaction", ("group", "group_other"), **asked, keep=np.array([2, 0]))
    np.testing.assert_array_equal(some.mean, whole.mean[:, [2, 0]][:, :, [2, 0]])


def test_nobody_has_no_means(run):
    nobody = {"mask": np.zeros(12, bool), "kind": np.zeros(12, dtype=int), "n_kind": 2}
    found = spread(run, "attribution_component", ("component",), **nobody)
    assert found.n.sum() == 0
    assert np.isnan(found.mean).all()


def test_each_of_several_targets_is_read_alone(tmp_path):
    part = groups()
    value = part["attribution_group"].values
    both = np.stack([value, -2 * value], axis=1)
    part = part.drop_vars("attribution_group").assign(attribution_group=(("sample", "target", "group"), both))
    run = write_run(tmp_path / "run", [part])
    own = np.arange(12)
    np.testing.assert_array_equal(array_of(run, "attribution_group", own), value)
    np.testing.assert_array_equal(array_of(run, "attribution_group", own, target=1), -2 * value)


def test_work_that_is_not_wanted_any_more_ends(run):
    def stop():
        raise TimeoutError

    asked = {"mask": np.ones(12, bool), "kind": np.zeros(12, dtype=int), "n_kind": 2}
    with pytest.raises(TimeoutError):
        spread(run, "attribution_component", ("component",), **asked, check=stop)
