"""Faithfulness metrics against a literal reading of their definitions."""

import math

import numpy as np
import pytest

from aition.metrics import (
    accuracy,
    attribution_total,
    completeness_error,
    comprehensiveness,
    cpd,
    cpp,
    cross_entropy,
    cumulative_difference,
    log_odds,
    predicted,
    removal_area,
    sufficiency,
)


def softmax(logits):
    weights = [math.exp(z) for z in logits]
    return [weight / sum(weights) for weight in weights]


LITERAL = {
    comprehensiveness: lambda before, after: before - after,
    sufficiency: lambda before, after: before - after,
    log_odds: lambda before, after: math.log(after) - math.log(before),
    cross_entropy: lambda before, after: -math.log(after),
    accuracy: lambda before, after: float(after >= 0.5),
}


@pytest.mark.parametrize("n_class", [2, 5])
@pytest.mark.parametrize("measure", LITERAL, ids=lambda measure: measure.__name__)
def test_metric_is_its_definition_read_literally(measure, n_class):
    generator = np.random.default_rng(5)
    original = generator.normal(size=(6, n_class), scale=2)
    changed = generator.normal(size=(6, 4, n_class), scale=2)
    expected = np.empty((6, 4))
    for i in range(6):
        before = softmax(original[i])
        chosen = max(range(n_class), key=lambda c, before=before: before[c])
        for k in range(4):
            expected[i, k] = LITERAL[measure](before[chosen], softmax(changed[i, k])[chosen])
    np.testing.assert_allclose(measure(original, changed, index=predicted(original)), expected, rtol=1e-12, atol=1e-14)


def test_log_odds_stay_exact_where_the_probability_underflows():
    original, removed = np.array([[2000.0, 1999.0]]), np.array([[[-1000.0, 1000.0]]])
    expected = -2000.0 + math.log(1 + math.exp(-1))
    np.testing.assert_allclose(log_odds(original, removed, index=np.array([0])), [[expected]], rtol=1e-15)


@pytest.mark.parametrize("measure", [cpd, cpp])
def test_cumulative_prediction_difference_is_its_sum_read_literally(measure):
    outputs = np.random.default_rng(6).normal(size=(4, 9, 3))
    expected = [
        sum(abs(one[k][c] - one[k + 1][c]) for k in range(len(one) - 1) for c in range(3)) for one in outputs.tolist()
    ]
    np.testing.assert_allclose(measure(outputs), expected, rtol=1e-13)


def test_cumulative_difference_is_the_running_sum():
    outputs = np.random.default_rng(7).normal(size=(3, 6, 2))
    for steps in range(1, 7):
        np.testing.assert_allclose(cumulative_difference(outputs)[:, steps - 1], cpd(outputs[:, :steps]), rtol=1e-13)


def test_removal_area_is_its_trapezoids_read_literally():
    generator = np.random.default_rng(8)
    curve, at = generator.normal(size=(3, 7)), np.sort(generator.random(7))
    expected = [
        sum((at[k + 1] - at[k]) * (one[k] + one[k + 1]) / 2 for k in range(6)) / (at[6] - at[0]) for one in curve
    ]
    np.testing.assert_allclose(removal_area(curve, at), expected, rtol=1e-12)


def test_completeness_error_is_its_definition_read_literally():
    generator = np.random.default_rng(9)
    attribution, exists = generator.normal(size=(4, 5, 2)), np.arange(5)[None] < np.array([5, 3, 1, 4])[:, None]
    difference = generator.normal(size=4)
    sums = [sum(attribution[i, t, f] for t in range(5) if exists[i, t] for f in range(2)) for i in range(4)]
    total = attribution_total(attribution, exists)
    np.testing.assert_allclose(total, sums, rtol=1e-12)
    expected = [abs(sums[i] - difference[i]) for i in range(4)]
    np.testing.assert_allclose(completeness_error(total, difference), expected, rtol=1e-12)
    np.testing.assert_allclose(
        completeness_error(total, difference, relative=True),
        [expected[i] / abs(difference[i]) for i in range(4)],
        rtol=1e-12,
    )
