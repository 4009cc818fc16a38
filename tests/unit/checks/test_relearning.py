"""Retraining: what networks still know when the values that were called important are gone from the data."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import xarray as xr
from torch import nn

from aition import TorchModel, from_tensors
from aition.checks import Retrained, like_model, missed, retraining
from aition.checks.retrained import accuracy_band
from aition.core.errors import InputError, RefusalError
from stand_ins.explainers import CELLS

N_TIME = 8
STRAIGHT = nn.Sequential(nn.Flatten(), nn.Linear(2 * N_TIME, 2))


def series(seed, n, *, start=0):
    """Class 1 where two steps of the first of two features are positive; the other cells say nothing."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(n, N_TIME, 2, generator=generator)
    label = torch.arange(n) % 2
    x[:, 2:4, 0] = x[:, 2:4, 0].abs() * (2 * label[:, None] - 1)
    return from_tensors(x, label=label, ids=[str(start + place) for place in range(n)])


def maps(batch, kind, seed=0):
    """The truth, chance, or a code: one that points at other cells by the class."""
    values = torch.randn(batch.x.shape, generator=torch.Generator().manual_seed(seed)).abs() * 1e-3
    if kind == "truth":
        values[:, 2:4, 0] += 1
    if kind == "code":
        values[batch.label == 1, 6:, 1] += 1
        values[batch.label == 0, 5:7, 1] += 1
    return xr.DataArray(values.numpy(), dims=CELLS, coords={"sample": batch.ids})


@pytest.fixture(scope="module")
def how():
    return like_model(TorchModel(STRAIGHT), epochs=8, lr=0.03)


def found_by(how, kind, *, seed=0, **changes):
    train, test = series(seed, 160), series(seed + 100, 60, start=500)
    given = {"fractions": (0.125,), "seeds": (0, 1), "progress": "off"} | changes
    return retraining(how, train, test, maps(train, kind), maps(test, kind, 1), **given)


@pytest.mark.parametrize("seed", [0, 1])
def test_without_the_truth_networks_know_nothing_and_chance_is_no_better_than_chance(how, seed):
    honest, chance = (found_by(how, kind, seed=seed) for kind in ("truth", "chance"))
    assert missed(honest, fraction=0.125).finding == "passed"
    assert missed(chance, fraction=0.125).finding != "passed"
    assert honest.whole.mean() > 0.9
    assert honest.explained.mean() < 0.65


def test_keeping_the_truth_alone_keeps_what_networks_need(how):
    found = found_by(how, "truth", game="keep")
    assert missed(found, fraction=0.125).finding == "passed"
    assert found.explained.mean() > found.random.mean() + 0.1


def test_a_code_in_the_pattern_of_what_is_kept_does_not_pass(how):
    found = found_by(how, "code", game="keep")
    assert found.pattern.mean() > 0.9
    said = missed(found, fraction=0.125)
    assert said.finding != "passed"
    assert "the pattern alone tells the class" in said.words


def test_the_same_seeds_find_the_same_and_the_order_of_an_explanation_changes_nothing(how):
    train, test = series(0, 40), series(100, 20, start=500)
    given = {"fractions": (0.125, 0.5), "seeds": (3,), "progress": "off"}
    one = retraining(how, train, test, maps(train, "truth"), maps(test, "truth"), **given)
    turned = maps(train, "truth").isel(sample=slice(None, None, -1))
    other = retraining(how, train, test, turned, maps(test, "truth"), **given)
    np.testing.assert_array_equal(one.explained, other.explained)
    assert one.explained.shape == one.random.shape == one.pattern.shape == (1, 2, 20)
    assert accuracy_band(one, one.random).shape == (2, 3)


def retrained(gain, **changes):
    """Networks that miss so many more of a hundred samples by seed."""
    whole, random = np.ones((len(gain), 100)), np.ones((len(gain), 1, 100))
    explained = random.copy()
    for row, lost in zip(explained, gain, strict=True):
        row[0, : int(abs(lost))] = 0
    if min(gain) < 0:
        explained, random = random, explained
    half = np.tile(np.arange(100) % 2, (len(gain), 1, 1)).astype(float)
    return Retrained(np.array([0.3]), explained, random, half, whole, 0.5, **changes)


def test_every_seed_must_gain_and_words_say_what_each_gained():
    good, mixed, poor = (missed(retrained(gain), fraction=0.3) for gain in ([20, 30], [40, 0], [-30, -30]))
    assert (good.finding, mixed.finding, poor.finding) == ("passed", "not decided", "alarm")
    assert "(by seed 0.200, 0.300)" in good.words
    assert good.figure.mean == pytest.approx(0.25)


def test_few_samples_are_no_verdict():
    good = retrained([100, 100])
    four = {name: getattr(good, name)[..., :4] for name in ("explained", "random", "pattern", "whole")}
    assert missed(replace(good, **four), fraction=0.3).finding == "too few samples"


def test_what_can_not_be_judged_is_refused(how):
    train, test = series(0, 12), series(1, 6, start=500)
    both = maps(train, "truth"), maps(test, "truth")
    with pytest.raises(InputError, match="share 12"):
        retraining(how, train, train, both[0], both[0])
    with pytest.raises(InputError, match="seeds must be one or more"):
        retraining(how, train, test, *both, seeds=())
    with pytest.raises(InputError, match="game must be"):
        retraining(how, train, test, *both, game="hide")
    values = replace(test, label=test.label.double())
    with pytest.raises(RefusalError, match="one class as its label"):
        retraining(how, train, values, *both)
    with pytest.raises(InputError, match=r"but is 0\.5"):
        missed(retrained([1]), fraction=0.5)
    with pytest.raises(InputError, match="game must be"):
        retrained([1], game="hide")
