"""Bootstrap intervals against a literal resampling loop, and against scipy."""

import math
from statistics import NormalDist

import numpy as np
import pytest

from aition.metrics import Bootstrap

NORMAL = NormalDist()


def literal_interval(values, *, level, n_resample, seed, method):
    generator = np.random.default_rng(seed)
    n = len(values)
    picks = generator.integers(n, size=(n_resample, n))
    means = sorted(sum(values[i] for i in pick) / n for pick in picks)
    ends = [(1 - level) / 2, (1 + level) / 2]
    if method == "bca":
        mean = sum(values) / n
        below = sum(1.0 if m < mean - 1e-12 else 0.5 if m < mean + 1e-12 else 0.0 for m in means) / n_resample
        bias = NORMAL.inv_cdf(below)
        left_out = [(sum(values) - value) / (n - 1) for value in values]
        centre = sum(left_out) / n
        acceleration = sum((centre - one) ** 3 for one in left_out) / (
            6 * sum((centre - one) ** 2 for one in left_out) ** 1.5
        )
        ends = [
            NORMAL.cdf(bias + (bias + NORMAL.inv_cdf(end)) / (1 - acceleration * (bias + NORMAL.inv_cdf(end))))
            for end in ends
        ]
    out = []
    for end in ends:
        place = end * (n_resample - 1)
        low = math.floor(place)
        high = min(low + 1, n_resample - 1)
        out.append(means[low] + (place - low) * (means[high] - means[low]))
    return out


@pytest.mark.parametrize("method", ["percentile", "bca"])
def test_interval_is_a_literal_resampling_loop(method):
    values = np.random.default_rng(1).exponential(size=23)
    interval = Bootstrap(level=0.9, n_resample=400, seed=5, method=method).mean(values)
    expected = literal_interval(values.tolist(), level=0.9, n_resample=400, seed=5, method=method)
    np.testing.assert_allclose([interval.low, interval.high], expected, rtol=1e-10)


@pytest.mark.peers
@pytest.mark.parametrize("kind", ["continuous", "zeros and ones"])
@pytest.mark.parametrize("method", ["percentile", "bca"])
def test_interval_agrees_with_scipy_on_the_same_resamples(method, kind):
    from scipy import stats

    values = np.random.default_rng(2).exponential(size=40)
    if kind == "zeros and ones":
        values = (values > 1).astype(float)
    peer = stats.bootstrap(
        (values,), np.mean, n_resamples=1000, confidence_level=0.95, method=method, rng=np.random.default_rng(9)
    ).confidence_interval
    interval = Bootstrap(n_resample=1000, seed=9, method=method).mean(values)
    np.testing.assert_allclose([interval.low, interval.high], [peer.low, peer.high], rtol=1e-10)


def test_interval_covers_about_as_often_as_it_says():
    generator = np.random.default_rng(3)
    intervals = [Bootstrap(n_resample=500, seed=i).mean(generator.normal(size=60)) for i in range(1000)]
    covered = np.mean([interval.low <= 0.0 <= interval.high for interval in intervals])
    assert 0.92 <= covered <= 0.97
