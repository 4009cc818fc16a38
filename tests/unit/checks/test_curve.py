import subprocess
import sys

import numpy as np
import pytest

from aition.checks.curve import RemovalCurve, band, fall, mean_fall, trajectory, verdict
from aition.core.errors import InputError
from aition.metrics.interval import Bootstrap

FRACTION = np.array([0.0, 0.2, 1.0])


def curve_of(most, random, least, *, n_sample: int = 30, noise: float = 0.05) -> RemovalCurve:
    generator = np.random.default_rng(0)

    def path(values):
        return np.asarray(values) + generator.normal(scale=noise, size=(n_sample, 3))

    draws = np.stack([path(random), path(random)])
    return RemovalCurve(FRACTION, path(most), path(least), draws, "probability", Bootstrap(n_resample=200))


def test_an_explanation_that_beats_chance_is_believable():
    found = verdict(curve_of([0.9, 0.4, 0.1], [0.9, 0.8, 0.1], [0.9, 0.9, 0.1]))
    assert found.finding == "believable"
    assert found.most.mean == pytest.approx(0.5, abs=0.05)
    assert found.random.mean == pytest.approx(0.1, abs=0.05)
    assert found.gain.mean == pytest.approx(found.most.mean - found.random.mean)


def test_an_explanation_as_good_as_chance_is_not_distinguishable_from_it():
    found = verdict(curve_of([0.9, 0.8, 0.1], [0.9, 0.8, 0.1], [0.9, 0.8, 0.1]))
    assert found.finding == "not distinguishable from random"


def test_an_explanation_that_chance_beats_is_worse():
    assert verdict(curve_of([0.9, 0.9, 0.1], [0.9, 0.5, 0.1], [0.9, 0.4, 0.1])).finding == "worse than random"


def test_a_curve_that_never_moves_is_not_distinguishable_from_random():
    flat = curve_of([0.9, 0.9, 0.9], [0.9, 0.9, 0.9], [0.9, 0.9, 0.9], noise=0.0)
    assert verdict(flat).finding == "not distinguishable from random"


def test_the_words_carry_the_figures():
    words = verdict(curve_of([0.9, 0.4, 0.1], [0.9, 0.8, 0.1], [0.9, 0.9, 0.1], noise=0.0)).words
    assert words == (
        "Believable: removing the most important 20 % of the values lowers the probability of the explained class by "
        "0.50 [0.50, 0.50]; removing 20 % at random lowers it by 0.10 [0.10, 0.10]. Difference 0.40 [0.40, 0.40]; "
        "95 % intervals over 30 samples."
    )


def test_a_rise_is_said_as_a_rise():
    words = verdict(curve_of([0.5, 0.8, 0.1], [0.5, 0.4, 0.1], [0.9, 0.9, 0.1], noise=0.0)).words
    assert "raises the probability of the explained class by 0.30 [0.30, 0.30]" in words


def test_one_sample_makes_no_interval():
    found = verdict(curve_of([0.9, 0.4, 0.1], [0.9, 0.8, 0.1], [0.9, 0.9, 0.1], n_sample=1))
    assert found.finding == "too few samples"
    assert found.words.endswith("1 sample, so no interval can be made.")


def test_a_handful_of_samples_is_said_to_be_few():
    found = verdict(curve_of([0.9, 0.4, 0.1], [0.9, 0.8, 0.1], [0.9, 0.9, 0.1], n_sample=5))
    assert found.words.endswith("over 5 samples, too few for the intervals to be trusted.")


def test_of_four_samples_no_verdict_is_given_however_clear_they_are():
    found, more = (
        verdict(curve_of([0.9, 0.1, 0.1], [0.9, 0.9, 0.1], [0.9, 0.9, 0.1], n_sample=count)) for count in (4, 5)
    )
    assert (found.finding, more.finding) == ("too few samples", "believable")
    assert found.gain.low > 0


def test_the_verdict_stands_on_a_fraction_of_the_curve():
    with pytest.raises(InputError, match=r"fraction must be one of the curve's, 0\.2, 1, but is 0\.3"):
        verdict(curve_of([0.9, 0.4, 0.1], [0.9, 0.8, 0.1], [0.9, 0.9, 0.1]), fraction=0.3)


def test_the_fall_is_what_was_lost_since_the_start():
    curve = curve_of([0.9, 0.4, 0.1], [0.9, 0.8, 0.1], [0.9, 0.9, 0.1], noise=0.0)
    np.testing.assert_allclose(fall(curve, "most")[0], [0, 0.5, 0.8])


def test_the_mean_fall_weighs_shares_by_their_width():
    curve = curve_of([0.9, 0.4, 0.1], [0.9, 0.8, 0.1], [0.9, 0.9, 0.1], noise=0.0)
    np.testing.assert_allclose(mean_fall(curve, "most"), 0.2 * 0.25 + 0.8 * 0.65)


def test_random_orders_count_by_their_mean():
    curve = curve_of([0.9, 0.4, 0.1], [0.9, 0.8, 0.1], [0.9, 0.9, 0.1])
    np.testing.assert_array_equal(trajectory(curve, "random"), curve.random.mean(axis=0))


def test_a_band_holds_its_mean():
    mean, low, high = band(curve_of([0.9, 0.4, 0.1], [0.9, 0.8, 0.1], [0.9, 0.9, 0.1]), "most").T
    assert (low < mean).all()
    assert (mean < high).all()


def test_an_unknown_order_is_refused():
    with pytest.raises(InputError, match="order must be"):
        fall(curve_of([0.9, 0.4, 0.1], [0.9, 0.8, 0.1], [0.9, 0.9, 0.1]), "best")


def test_a_curve_starts_untouched():
    with pytest.raises(InputError, match="fraction must be two or more numbers from 0"):
        RemovalCurve(np.array([0.1, 0.2]), np.ones((2, 2)), np.ones((2, 2)), np.ones((1, 2, 2)), "score")


def test_a_curve_is_read_without_torch():
    code = "import sys, aition.checks.curve, aition.checks.ranks; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
