"""Changes of real series are meant to be near to these, and are no copies of them."""

from functools import cache

import numpy as np
import pytest

from aition import from_tensors
from aition.core.batch import Batch
from aition.core.explanation import Explanation
from aition.dream import Change, Margin, PrincipalComponents, Recipe, Value, dream, figures_of, verdicts_of
from aition.dream.distances import nearest_of
from aition.store import keep
from aition.store.summary.axes.draws import draws
from aition.view.plots.dreamt import percentiles_of
from stand_ins.dreams import matched, waves

AIM = float(matched().module(waves().x[[0, 2, 4]])[:, 1].detach().mean())
"""What the three series that are changed reach in the middle."""
SMALL = Recipe(Change(guided=False), Value(AIM), variations=(), steps=20)


def with_twins() -> Batch:
    """Series of which the first five of class 0 have a twin that is called class 1, at the end."""
    batch = waves()
    rows = [*range(80), *range(0, 10, 2)]
    label = batch.label[rows]
    label[80:] = 1
    return from_tensors(batch.x[rows], layout="sample time feature", label=label)


@cache
def changed() -> Explanation:
    """Three real series of class 0, changed a little."""
    return dream(matched(), waves(), Margin(1), recipe=SMALL, places=waves().take([0, 2, 4]))


def test_a_change_is_no_copy_of_what_it_changes():
    found, batch = changed(), waves()
    assert found.began.values.tolist() == [0, 2, 4]
    assert not (found.nearest.values == found.began.values).any()
    off = (found.value.values - batch.x.numpy()[found.nearest.values]) / batch.x.numpy().std()
    assert found.nearest_distance.values == pytest.approx(np.sqrt((off**2).mean(axis=(1, 2))), rel=1e-4)
    own = (found.value.values - batch.x.numpy()[[0, 2, 4]]) / batch.x.numpy().std()
    assert (np.sqrt((own**2).mean(axis=(1, 2))) < np.quantile(found.real_distance.values, 0.05)).all()
    assert figures_of(found)[0].copies == 0.0


def test_what_a_change_began_at_is_no_copy_however_often_it_is_there():
    found = dream(matched(), with_twins(), Margin(1), recipe=SMALL, places=with_twins().take([0, 2, 82]), judges=())
    assert found.began.values.tolist() == [0, 2, 4]
    assert figures_of(found)[0].copies == 0.0
    assert not np.isin(found.nearest.values, [0, 2, 4, 80, 81, 82]).any()


def test_a_change_that_lands_at_another_real_series_is_a_copy():
    batch, said = waves(), matched().module(waves().x)[:, 1].detach()
    own = (said > 0).nonzero()[:, 0]
    other = int(own[nearest_of(batch.x[:1], batch.x[own])[1]])
    there = Recipe(Change(), Value(float(said[other])), variations=(), steps=1, rate=1e-5)
    found = dream(matched(), batch, Margin(1), recipe=there, places=batch.take([0]), judges=())
    assert found.began.values.tolist() == [0]
    assert found.nearest.values.tolist() == [other]
    assert figures_of(found)[0].copies == 1.0


def test_a_change_is_near_to_real_series_step_by_step_and_still_looks_real(tmp_path):
    found = changed().copy(deep=True)
    judged = [str(name) for name in found.data_vars if str(name).startswith("percentile_")]
    for name in judged:
        found[name].values[:] = 50.0
    found["percentile_timing"].values[:] = [0.0, 50.0, 100.0]
    found["looks_real"].values[:] = [True, True, False]
    assert percentiles_of(found).unreal.any(axis=1).tolist() == [False, False, True]
    assert percentiles_of(found).rarity.tolist() == [50.0, 50.0, 0.0]
    assert "judge of timing" in verdicts_of(found)[0].words
    assert draws(keep(found, tmp_path / "changes")).looks_real.tolist() == [1, 1, 0]
    whole = found.drop_vars("began")
    assert percentiles_of(whole).unreal.any(axis=1).tolist() == [True, False, True]
    assert draws(keep(whole, tmp_path / "whole")).looks_real.tolist() == [0, 1, 0]


def test_dreams_say_of_changes_what_the_rule_says():
    found = changed()
    assert found.looks_real.values.tolist() == (~percentiles_of(found).unreal.any(axis=1)).tolist()


def test_series_of_other_data_are_none_of_the_background_and_whole_dreams_leave_none_out():
    found = dream(matched(), waves(), Margin(1), recipe=SMALL, places=waves(2, seed=5), judges=())
    assert found.began.values.tolist() == [-1, -1]
    whole = Recipe(PrincipalComponents(), variations=(), steps=1)
    assert "began" not in dream(matched(), waves(), Margin(1), recipe=whole, draws=1, judges=())
