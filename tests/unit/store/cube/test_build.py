"""build(): what is settled, and what is written."""

import numpy as np
import pyarrow.parquet as pq
import pytest

from aition.core.errors import InputError, StoreError
from aition.store.cube import settle
from aition.store.cube.build import build, build_like
from aition.store.cube.opened import open_cube
from aition.store.cube.settle import Fineness
from aition.store.cube.spec import OTHER
from aition.store.summary.selection import Selection
from stand_ins.cube_runs import events, series, write_run


def test_equal_runs_have_equal_cubes(run, tmp_path):
    other = write_run(tmp_path / "other", series(0))
    for one in (run, other):
        build(one, progress="off")
    folders = [open_cube(one).folder for one in (run, other)]
    assert [path.read_bytes() for path in sorted(folders[0].iterdir())] == [
        path.read_bytes() for path in sorted(folders[1].iterdir())
    ]


def test_cuts_and_units_are_taken(run):
    build(run, fineness=Fineness(cuts={"lactate": [2, 4]}, units={"lactate": "mmol/l"}), progress="off")
    lactate = open_cube(run).spec.features[0]
    assert (lactate.kind, lactate.edges, lactate.unit) == ("cuts", (2.0, 4.0), "mmol/l")


@pytest.mark.parametrize(("width", "unit"), [(1.0, "hour"), (0.5, ""), (2.0, "")])
def test_steps_have_the_unit_of_time_where_each_is_one(tmp_path, width, unit):
    parts = [part.assign(times=part["times"] * 2 * width) for part in series(0)]
    one = write_run(tmp_path / "run", parts)
    build(one, progress="off")
    assert open_cube(one).spec.time_unit == unit


def test_cuts_of_no_feature_are_refused(run):
    with pytest.raises(InputError, match="'lactat' is none of"):
        build(run, fineness=Fineness(cuts={"lactat": [2]}), progress="off")


@pytest.mark.parametrize("name", ["n_value", "n_time"])
def test_a_fineness_of_0_is_refused(name):
    with pytest.raises(InputError, match=f"{name} must be 1 to 200, but is 0"):
        Fineness(**{name: 0})


@pytest.mark.parametrize("shares", [(0.0,), (0.5, 1.0), (0.5,) * 201])
def test_shares_that_part_nothing_are_refused(shares):
    with pytest.raises(InputError, match="shares must be at most 200, between 0 and 1"):
        Fineness(shares=shares)


def test_units_are_those_that_the_run_knows(tmp_path):
    run = write_run(tmp_path / "run", series(0), units='{"pulse": "bpm", "lactate": "mmol/l"}')
    build(run, fineness=Fineness(units={"lactate": "mg/dl"}), progress="off")
    assert [one.unit for one in open_cube(run).spec.features] == ["mg/dl", "bpm", ""]


def test_values_of_events_part_in_the_units_of_their_records(tmp_path):
    run = write_run(tmp_path / "run", events(0, (60, 40), scaled=True))
    build(run, progress="off")
    mean, deviation = (run.explanation()[name].values for name in ("value_mean", "value_deviation"))
    for place, one in enumerate(open_cube(run).spec.features):
        assert abs(np.mean(one.edges) - mean[place]) < deviation[place]


def test_steps_are_told_apart_no_finer_than_asked_for(run):
    build(run, fineness=Fineness(n_time=2), progress="off")
    assert open_cube(run).spec.time_edges == (3,)


def test_time_is_told_apart_less_finely_where_there_would_be_too_many_cells(run, monkeypatch):
    monkeypatch.setattr(settle, "MOST_CELLS", 5000)
    monkeypatch.setattr(settle, "LEAST_TIMES", 1)
    build(run, progress="off")
    cube = open_cube(run)
    assert cube.spec.n_time < 6
    assert cube.spec.n_cell * len(cube.spec.groups) <= 5000


def test_many_pairs_of_classes_become_right_and_wrong(run, monkeypatch):
    monkeypatch.setattr(settle, "MOST_GROUPS", 2)
    build(run, progress="off")
    cube = open_cube(run)
    assert {label for _, label in cube.spec.groups} <= {-1, 0, 1, OTHER}
    assert cube.everybody.n.sum() == cube.n_row
    wrong = (cube.samples["label"] != cube.samples["predicted"]) & (cube.samples["label"] >= 0)
    assert {cube.spec.groups[one][1] for one in cube.group[wrong].tolist()} == {OTHER}


def test_profiles_are_attributions_added_up_over_time(cube):
    attribution = cube.run.explanation()["attribution"].values
    np.testing.assert_allclose(cube.profiles, np.nansum(attribution, axis=1), atol=1e-5)


def test_only_some_profiles_are_kept_where_there_are_many_features(run, monkeypatch):
    monkeypatch.setattr(settle, "MOST_PROFILED", 2)
    build(run, progress="off")
    cube = open_cube(run)
    attribution = cube.run.explanation()["attribution"].values
    np.testing.assert_allclose(cube.profiles, np.nansum(attribution, axis=1)[:, list(cube.spec.profiled)], atol=1e-5)
    assert len(cube.spec.profiled) == 2


def test_the_range_of_attributions_is_that_of_all_rows(cube):
    attribution = cube.run.explanation()["attribution"].values
    assert cube.spec.attribution_range == (np.nanmin(attribution), np.nanmax(attribution))


def test_codes_of_events_are_features_and_those_without_a_value_are_bin_0(tmp_path):
    run = write_run(tmp_path / "run", events(0))
    build(run, progress="off")
    spec = open_cube(run).spec
    assert [one.name for one in spec.features] == [f"code {i}" for i in range(4)]
    assert {one.without for one in spec.features} == {"no value"}


def test_an_infinite_attribution_is_refused(tmp_path):
    parts = series(0)
    parts[1]["attribution"].values[0, 0, 0] = np.inf
    with pytest.raises(InputError, match="must be finite, but one of sample 7 is not"):
        build(write_run(tmp_path / "run", parts), progress="off")


def test_a_run_without_classes_has_one_group(tmp_path):
    parts = [part.drop_vars(["label", "prediction", "target_class"]) for part in series(0)]
    run = write_run(tmp_path / "run", parts)
    build(run, progress="off")
    assert open_cube(run).spec.groups == ((-1, -1),)


def test_whoever_waits_can_end_it(run):
    calls = []

    def check():
        calls.append(0)
        if len(calls) > 2:
            raise TimeoutError

    with pytest.raises(TimeoutError):
        build(run, progress="off", check=check)
    assert not list((run.path / "cube").glob("*.part"))


def test_a_cube_has_more_cells_than_are_held_at_once_and_is_asked_by_features(run, monkeypatch):
    build(run, progress="off")
    whole = open_cube(run).everybody
    monkeypatch.setattr("aition.store.cube.opened.HELD", whole.n.size - 1)
    cube = open_cube(run)
    everybody = np.ones(len(cube), dtype=bool)
    assert not cube.everybody.n.size
    own = np.isin(whole.spec.feature_of_value, [0, 2])
    np.testing.assert_array_equal(cube.table(everybody, features=(0, 2)).n, whole.n[:, own])
    with pytest.raises(InputError, match="ask for"):
        cube.table(everybody)


def test_another_run_is_counted_in_the_bins_of_the_first(cube, tmp_path):
    other = write_run(tmp_path / "other", series(9, side="left"))
    build_like(other, cube.spec, progress="off")
    found = open_cube(other, like=cube.spec.digest)
    assert found.spec.features == cube.spec.features
    assert found.spec.attribution_edges == cube.spec.attribution_edges
    assert found.everybody.n.sum() == found.n_row
    assert found.spec.groups[: len(cube.spec.groups)] == cube.spec.groups


def test_a_run_with_another_feature_is_not_compared(cube, tmp_path):
    parts = [part.assign_coords(feature=["lactate", "pulse", "bilirubin"]) for part in series(0)]
    with pytest.raises(InputError, match="has no 'bilirubin'"):
        build_like(write_run(tmp_path / "other", parts), cube.spec, progress="off")


def test_the_table_of_samples_is_readable_by_anyone(cube):
    read = pq.read_table(cube.folder / "samples.parquet")
    assert read["id"].to_pylist() == cube.samples["id"].tolist()
    assert {"length", "n_row", "total", "age", "predicted"} <= set(read.column_names)


def test_a_cube_that_was_not_built_is_asked_to_be(run):
    with pytest.raises(StoreError, match="has no cube 0-start; build it: aition cube"):
        open_cube(run)


def test_a_cube_of_an_earlier_version_is_asked_to_be_built_anew(cube, monkeypatch):
    monkeypatch.setattr("aition.store.cube.spec.SCHEMA", "aition-cube-9")
    with pytest.raises(StoreError, match="must be of schema aition-cube-9, but is of 'aition-cube-2'; build it anew"):
        open_cube(cube.run)


def test_samples_without_rows_are_counted_as_samples(tmp_path):
    run = write_run(tmp_path / "run", events(0))
    build(run, progress="off")
    cube = open_cube(run)
    table = cube.table(np.arange(len(cube)) == 1)
    assert (table.n.sum(), table.n_sample.sum()) == (0, 1)
    assert Selection().mask(cube.spec).all()
