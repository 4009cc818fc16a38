"""Explanations of events in a store: rows shard by shard, and the same when they are read."""

import numpy as np
import pytest

from aition import Target, explain, from_events
from aition.methods import IntegratedGradients
from aition.models import create
from aition.store import Store, run

TARGETS = Target.each("class", range(2))
NAMES = ["row_sample", "row_time", "row_feature", "row_times", "row_value", "row_observed", "attribution"]


@pytest.fixture
def batch():
    draw = np.random.default_rng(0)
    sample = np.concatenate([np.arange(7), draw.integers(0, 7, 50)])
    value = np.where(draw.random(57) < 0.5, draw.normal(size=57), np.nan)
    codes = [f"code {i}" for i in range(11)]
    return from_events(
        sample, draw.uniform(0, 4, 57), draw.integers(0, 11, 57), value=value, vocabulary=codes, n_step=4
    )


@pytest.fixture
def direct(batch):
    return explain(IntegratedGradients(steps=4), model(), batch, TARGETS, progress="off")


def model():
    return create("event-gru", n_code=11, n_class=2, n_hidden=6)


@pytest.fixture
def stored(batch, tmp_path):
    to = Store(tmp_path / "run", shard_size=3)
    return explain(IntegratedGradients(steps=4), model(), batch, TARGETS, to=to, progress="off")


def same(one, other):
    assert set(one.data_vars) == set(other.data_vars)
    for name in one.data_vars:
        np.testing.assert_allclose(one[name].values, other[name].values, rtol=0, atol=1e-6, err_msg=name)


def test_a_stored_run_is_read_as_it_was_answered(stored, direct):
    assert stored.n_shard == 3
    same(stored.explanation(), direct)


def test_rows_hold_events_and_no_more(stored, batch):
    assert stored.sizes["row"] == int(batch.exists.sum())
    assert not {"time", "sample-time", "sample-time-feature"} & {*stored.sizes, *stored.tables}
    assert set(NAMES) - {"attribution"} <= set(stored.tables["row"])


def test_rows_can_be_asked_in_sql(stored, direct):
    found = stored.sql(
        'SELECT "feature".id AS code, sum(abs(t.attribution)) AS total FROM "row-target" t '
        'JOIN "row" r ON t.row = r.row JOIN "feature" ON r.row_feature = "feature".feature '
        "WHERE t.target = 1 GROUP BY ALL"
    )
    totals = np.bincount(direct["row_feature"], np.abs(direct["attribution"][:, 1]), minlength=11)
    for code, total in zip(found["code"].to_pylist(), found["total"].to_pylist(), strict=True):
        assert total == pytest.approx(totals[int(code.split()[1])], abs=1e-6)


def test_some_samples_are_read_with_their_rows(stored, direct):
    part = stored.explanation_of(["5", "1"])
    for place, sample in enumerate((5, 1)):
        mine = part["attribution"].values[part["row_sample"].values == place]
        theirs = direct["attribution"].values[
            direct["row_sample"].values == direct["sample"].values.tolist().index(str(sample))
        ]
        np.testing.assert_allclose(mine, theirs, rtol=0, atol=1e-6)


@pytest.mark.slow
def test_several_processes_store_the_same(stored, batch, tmp_path):
    other = run(
        IntegratedGradients(steps=4),
        model(),
        batch,
        TARGETS,
        tmp_path / "other",
        workers=2,
        shard_size=3,
        progress="off",
    )
    same(other.explanation(), stored.explanation())
