"""Rows of a run, of every kind, beside the explanation itself."""

import numpy as np
import pytest

from aition.core.errors import InputError, StoreError
from aition.store.cube.rows import rows_of, table_of
from stand_ins.cube_runs import events, series, write_run

KINDS = {
    "series": (series(0), 0),
    "left": (series(1, side="left"), 0),
    "targets": (series(2, targets=3), 2),
    "double precision": (series(3, dtype="f8"), 0),
}
EVENTS = {"events": (events(0), 0), "bare": (events(1, values=False), 0), "targets": (events(2, targets=2), 1)}


def joined(run, target):
    parts = list(rows_of(run, target=target))
    names = ("sample", "step", "feature", "value", "attribution")
    return {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}


@pytest.mark.parametrize("kind", KINDS)
def test_each_existing_cell_of_a_series_is_a_row(kind, tmp_path):
    parts, target = KINDS[kind]
    run = write_run(tmp_path / "run", parts)
    whole = run.explanation()
    attribution = whole["attribution"].values
    attribution = attribution[:, target] if attribution.ndim == 4 else attribution
    sample, time, feature = (~np.isnan(attribution)).nonzero()
    begun = whole["exists"].values.argmax(axis=1)
    value = np.where(whole["observed"], whole["value"], np.nan)
    rows = joined(run, target)
    np.testing.assert_array_equal(rows["sample"], sample)
    np.testing.assert_array_equal(rows["step"], time - begun[sample])
    np.testing.assert_array_equal(rows["feature"], feature)
    np.testing.assert_array_equal(rows["value"], value[sample, time, feature])
    np.testing.assert_array_equal(rows["attribution"], attribution[sample, time, feature].astype("f4"))


@pytest.mark.parametrize("kind", EVENTS)
def test_each_explained_event_is_a_row(kind, tmp_path):
    parts, target = EVENTS[kind]
    run = write_run(tmp_path / "run", parts)
    whole = run.explanation()
    attribution = whole["attribution"].values
    attribution = attribution[:, target] if attribution.ndim == 2 else attribution
    own = ~np.isnan(attribution)
    rows = joined(run, target)
    for name, variable in (("sample", "row_sample"), ("step", "row_time"), ("feature", "row_feature")):
        np.testing.assert_array_equal(rows[name], whole[variable].values[own])
    np.testing.assert_array_equal(rows["attribution"], attribution[own])
    if "row_value" in whole:
        np.testing.assert_array_equal(rows["value"], np.where(whole["row_observed"], whole["row_value"], np.nan)[own])
    else:
        assert np.isnan(rows["value"]).all()


def test_lengths_go_from_the_first_existing_step_to_the_last(tmp_path):
    run = write_run(tmp_path / "run", series(1, side="left"))
    length = np.concatenate([part.length for part in rows_of(run)])
    np.testing.assert_array_equal(length, run.explanation()["exists"].values.sum(axis=1))


def test_rows_of_some_samples_are_theirs(run):
    part = next(rows_of(run))
    few = part.of_samples(np.arange(len(part.length)) == 2)
    assert set(few.sample.tolist()) == {2}
    assert len(few) == (part.sample == 2).sum()


def test_a_variable_that_is_no_attribution_of_rows_is_refused(run):
    with pytest.raises(InputError, match="score must lie along sample, time and feature"):
        table_of(run, "score")


def test_a_target_that_is_not_there_is_refused(run):
    with pytest.raises(InputError, match="target must be 0 to 0"):
        next(rows_of(run, target=1))


def test_a_changed_table_is_named(run):
    path = run.path / "shards" / "000000" / "sample-time-feature.parquet"
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(data)
    with pytest.raises(StoreError, match=r"sample-time-feature.parquet was changed"):
        list(rows_of(run))
