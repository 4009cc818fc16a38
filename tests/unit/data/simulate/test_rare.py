"""Rare-Feature and Rare-Time: the noise, the boxes and the answers."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.tsa.arima_process import ArmaProcess

from aition.data.simulate import Rare
from aition.data.simulate.arma import arma

AR, MA = (2.0, 0.5, 0.2, 0.1), (2.0,)


@pytest.mark.peers
@given(
    ar=st.lists(st.floats(-0.4, 0.4), max_size=4),
    ma=st.lists(st.floats(-2, 2), min_size=1, max_size=4),
    lead=st.sampled_from([1.0, 2.0, -0.5]),
    seed=st.integers(0, 1000),
)
def test_the_recursion_is_the_filter_of_statsmodels(ar, ma, lead, seed):
    noise = np.random.default_rng(seed).standard_normal((3, 12, 2))
    polynomial = [lead, *(weight * lead for weight in ar)]
    peer = ArmaProcess(polynomial, ma).generate_sample((3, 12, 2), distrvs=lambda size: noise, axis=1)
    assert np.allclose(arma(noise, ar=polynomial, ma=ma), peer, atol=1e-10)


@pytest.mark.peers
def test_the_series_have_the_variance_and_correlation_of_the_process():
    x = Rare(n_sample=200)(seed=1000).batch.x[:, 15:].double()
    law = ArmaProcess(AR, MA).acovf(4)
    n_value = x[:, 3:].numel()
    for lag in range(4):
        product = (x[:, 3:] * x[:, 3 - lag : x.shape[1] - lag]).mean()
        assert float(product) == pytest.approx(law[lag], abs=6 * math.sqrt(2 / n_value))


@pytest.mark.parametrize("shared", [True, False])
def test_a_rare_feature_lasts_from_a_quarter_to_three_quarters_of_the_time(shared):
    truth = Rare(n_sample=4, shared=shared)(seed=1000).truth
    steps = truth.any(dim=2)
    assert bool((steps.sum(dim=1) == 25).all())
    assert steps.int().argmax(dim=1).tolist() == [12] * 4
    assert truth.any(dim=1).sum(dim=1).tolist() == [5] * 4
    assert truth.sum(dim=(1, 2)).tolist() == [125] * 4


@pytest.mark.parametrize("shared", [True, False])
def test_a_rare_time_is_five_successive_steps_of_the_middle_features(shared):
    truth = Rare(n_sample=4, axis="time", shared=shared)(seed=1000).truth
    features = truth.any(dim=1)
    assert features.int().argmax(dim=1).tolist() == [12] * 4
    assert features.sum(dim=1).tolist() == [25] * 4
    for series in truth.any(dim=2):
        steps = series.nonzero().flatten()
        assert steps.tolist() == list(range(int(steps[0]), int(steps[0]) + 5))


@pytest.mark.parametrize("axis", ["feature", "time"])
def test_shared_series_have_one_map_and_others_their_own(axis):
    def maps(**settings):
        truth = Rare(n_sample=20, axis=axis, **settings)(seed=1001).truth
        return len(truth.flatten(1).unique(dim=0))

    assert (maps(shared=True), maps(shared=True, groups=True)) == (1, 2)
    assert maps(shared=False) > 10


@pytest.mark.parametrize("axis", ["feature", "time"])
def test_the_first_group_has_the_first_half_of_the_other_axis(axis):
    truth = Rare(n_sample=5, axis=axis, groups=True)(seed=1002).truth
    wide = truth.any(dim=2 if axis == "feature" else 1)
    assert wide[:2].nonzero()[:, 1].unique().tolist() == list(range(25))
    assert wide[2:].nonzero()[:, 1].unique().tolist() == list(range(12, 37))


def test_every_feature_is_as_likely_to_be_rare():
    drawn = Rare(n_sample=4000, n_time=2, n_feature=10, n_rare=2, shared=False)(seed=1003)
    share = drawn.truth.any(dim=1).double().mean(dim=0)
    assert bool(((share - 0.2).abs() < 4 * math.sqrt(0.2 * 0.8 / 4000)).all())


def test_every_place_is_as_likely_for_a_rare_time():
    drawn = Rare(n_sample=4000, n_time=6, n_feature=2, n_rare=2, axis="time", shared=False)(seed=1003)
    begin = drawn.truth.any(dim=2).int().argmax(dim=1)
    share = torch.bincount(begin, minlength=5) / 4000
    assert len(share) == 5
    assert bool(((share - 0.2).abs() < 4 * math.sqrt(0.2 * 0.8 / 4000)).all())


@pytest.mark.parametrize("axis", ["feature", "time"])
def test_the_answer_is_a_squared_sum_in_group_0_and_a_sum_of_squares_in_group_1(axis):
    drawn = Rare(n_sample=4, n_time=9, n_feature=8, n_rare=3, axis=axis, groups=True, shared=False)(seed=1004)
    said = drawn.white_box(drawn.batch)
    assert drawn.batch["group"].tolist() == [0, 0, 1, 1]
    for sample in range(4):
        for step in range(9):
            read = [
                float(drawn.batch.x[sample, step, feature])
                for feature in range(8)
                if drawn.truth[sample, step, feature]
            ]
            expected = sum(read) ** 2 if sample < 2 else sum(value**2 for value in read)
            assert float(said[sample, step]) == pytest.approx(expected, rel=1e-5, abs=1e-6)


def test_without_groups_every_answer_is_a_sum_of_squares():
    assert Rare(n_sample=3)(seed=1005).batch["group"].tolist() == [1, 1, 1]


def test_the_labels_are_the_answers():
    drawn = Rare(n_sample=3, groups=True)(seed=1006)
    assert torch.equal(drawn.batch.label, drawn.white_box(drawn.batch))
