"""Rivals: what is to be had for the same aim without a dream."""

import numpy as np
import pytest
import torch

from aition.core.assemble import from_tensors
from aition.dream import Border, Level, Margin, Mixture, Most, PrincipalComponents, Recipe, Unchanged, dream, figures_of
from aition.dream.rivals import rivals
from stand_ins.dreams import matched, waves


def test_the_nearest_are_the_real_series_whose_activation_is_nearest_each_once():
    batch = waves()
    recipe = Recipe(Unchanged(), Level(0.8, share=0.0), variations=(), steps=1)
    found = dream(matched(), batch, Margin(1), recipe=recipe, draws=5)
    own = (batch.label == 1).numpy()
    reached = found.real_reached.values[:, 0]
    off = np.where(own, np.abs(reached - found.wanted.values[0]), np.inf)
    assert found.nearest.values.tolist() == np.argsort(off)[:5].tolist()
    assert found.value.values == pytest.approx(batch.x[found.nearest.values].numpy(), abs=1e-5)
    assert figures_of(found)[0].copies == 1.0


def test_where_nothing_is_aimed_at_the_nearest_are_those_that_reach_most_and_of_a_border_those_between():
    batch = waves()
    most = dream(matched(), batch, Margin(1), recipe=Recipe(Unchanged(), Most(), variations=(), steps=1), draws=3)
    reached = np.where(batch.label.numpy() == 1, most.real_reached.values[:, 0], -np.inf)
    assert most.margin.values == pytest.approx(np.sort(reached)[::-1][:3], abs=1e-5)
    border = dream(matched(), batch, Border((0, 1)), recipe=Recipe(Unchanged(), variations=(), steps=1), draws=3)
    assert np.sort(-border.real_reached.values[:, 0])[:3] == pytest.approx(border.gap.values, abs=1e-5)


def test_mixtures_lie_between_real_series_and_reach_a_level_between_theirs():
    batch = waves()
    recipe = Recipe(Mixture(4), Level(0.5, share=0.0), variations=(), steps=60)
    found = dream(matched(), batch, Margin(1), recipe=recipe, draws=6)
    own = batch.x[batch.label == 1]
    assert (found.value.values <= own.amax(dim=0).numpy() + 1e-5).all()
    assert (found.value.values >= own.amin(dim=0).numpy() - 1e-5).all()
    assert figures_of(found)[0].hit == 1.0
    assert figures_of(found)[0].diversity < 1


def test_rivals_come_as_dreams_with_the_same_judges():
    found = rivals(matched(), waves(), Margin(1), recipe=Recipe(steps=2), draws=2, others=[matched()])
    assert list(found) == ["nearest", "mixture", "untrained"]
    assert all({"looks_real", "agreed"} <= set(one.data_vars) for one in found.values())


def test_rivals_are_made_from_given_places_too():
    places = waves(3, seed=5)
    found = rivals(matched(), waves(), Margin(1), recipe=Recipe(steps=1), places=places, draws=7, judges=())
    assert [one.sizes["draw"] for one in found.values()] == [3, 3, 3]
    assert all("from" in name for name in found["untrained"]["draw"].values.tolist())
    near = found["nearest"]
    assert near.nearest_distance.values == pytest.approx(0.0, abs=1e-5)
    assert np.abs(near.margin - near.wanted).max() < np.abs(near.real_reached[:, 0] - near.wanted[0]).quantile(0.1)


def test_unseen_series_take_the_place_of_the_background_before_the_judges():
    batch, other = waves(), waves(50, seed=9)
    recipe = Recipe(PrincipalComponents(most=1.0), steps=2, variations=())
    own, fresh = (dream(matched(), batch, Margin(1), recipe=recipe, unseen=some) for some in (None, other))
    same = dream(matched(), batch, Margin(1), recipe=recipe, unseen=batch)
    assert np.array_equal(own.value.values, fresh.value.values)
    assert np.array_equal(own.percentile_spectrum.values, same.percentile_spectrum.values)
    assert not np.array_equal(own.percentile_spectrum.values, fresh.percentile_spectrum.values)
    strange = dream(matched(), batch, Margin(1), recipe=recipe, unseen=other.with_x(0.1 * other.x))
    assert not strange.looks_real.values.any()
    assert strange.sizes["real"] == len(batch)
    assert not (strange.real_percentile_spectrum.values < 99).any()


def test_unseen_series_may_be_longer():
    batch, other = waves(), waves(50, seed=9)
    long = from_tensors(torch.cat([other.x, other.x[:, :6]], dim=1), layout="sample time feature", label=other.label)
    found = dream(matched(), batch, Margin(1), recipe=Recipe(steps=1), draws=2, unseen=long)
    assert found.percentile_spectrum.shape == (2,)
