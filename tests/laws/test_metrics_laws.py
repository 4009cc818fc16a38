"""Laws of the metrics: what must not change them, where their ends are, and what chance does in ties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aition.metrics import (
    Bootstrap,
    aup,
    auprc,
    aur,
    auroc,
    comprehensiveness,
    cpd,
    cpp,
    cross_entropy,
    cumulative_difference,
    entropy,
    first_cells,
    first_fraction,
    information,
    log_odds,
    minmax,
    predicted,
    removal_area,
    removal_order,
    sufficiency,
)

ORDER = {
    "auroc": auroc,
    "auprc": auprc,
    "auprc by trapezoids": lambda *cells, pool=False: auprc(*cells, pool=pool, rule="trapezoid"),
}
TRUTH = {**ORDER, "aup": aup, "aur": aur, "information": information, "entropy": entropy}
PROBABILITY = [comprehensiveness, sufficiency, log_odds, cross_entropy]


@st.composite
def cells(draw):
    """Scores in [0, 1] of eighths, so that they tie; truth; series of unequal length, NaN in their padding."""
    n_sample, n_time, n_feature = draw(st.integers(1, 5)), draw(st.integers(1, 7)), draw(st.integers(1, 3))
    generator = np.random.default_rng(draw(st.integers(0, 2**32)))
    scores = generator.integers(0, draw(st.integers(1, 8)) + 1, (n_sample, n_time, n_feature)) / 8
    truth = generator.random(scores.shape) < draw(st.sampled_from([0.0, 0.2, 0.5, 1.0]))
    exists = np.arange(n_time)[None] < generator.integers(0, n_time + 1, n_sample)[:, None]
    scores[~exists] = np.nan
    return scores, truth, exists


def same(first, second):
    np.testing.assert_allclose(first, second, rtol=1e-12, atol=1e-12, equal_nan=True)


@pytest.mark.parametrize("pool", [False, True], ids=["per sample", "pooled"])
@pytest.mark.parametrize("name", ORDER)
@given(case=cells())
def test_only_the_order_of_scores_matters(name, pool, case):
    scores, truth, exists = case
    same(ORDER[name](np.exp(3 * scores) - 7, truth, exists, pool=pool), ORDER[name](scores, truth, exists, pool=pool))


@pytest.mark.parametrize("pool", [False, True], ids=["per sample", "pooled"])
@pytest.mark.parametrize("name", TRUTH)
@given(case=cells(), left=st.integers(0, 3), right=st.integers(0, 3), fill=st.sampled_from([np.nan, 0.0, 1.0, -9.0]))
def test_longer_padding_changes_no_truth_metric(name, pool, case, left, right, fill):
    scores, truth, exists = case
    wide = ((0, 0), (left, right), (0, 0))
    padded = (
        np.pad(scores, wide, constant_values=fill),
        np.pad(truth, wide, constant_values=True),
        np.pad(exists, wide[:2]),
    )
    same(TRUTH[name](*padded, pool=pool), TRUTH[name](*case, pool=pool))


@pytest.mark.parametrize("name", TRUTH)
@given(case=cells(), seed=st.integers(0, 99))
def test_sample_order_changes_no_truth_metric(name, case, seed):
    rows = np.random.default_rng(seed).permutation(len(case[0]))
    moved = [part[rows] for part in case]
    same(TRUTH[name](*moved), TRUTH[name](*case)[rows])
    same(TRUTH[name](*moved, pool=True), TRUTH[name](*case, pool=True))


@pytest.mark.parametrize("name", TRUTH)
@given(case=cells())
def test_each_sample_stands_for_itself(name, case):
    alone = [TRUTH[name](*(part[i : i + 1] for part in case), pool=True) for i in range(len(case[0]))]
    same(TRUTH[name](*case), alone)


@pytest.mark.parametrize("name", TRUTH)
@given(case=cells())
def test_sample_without_a_true_cell_has_no_answer(name, case):
    _, truth, exists = case
    there = (truth & exists[:, :, None]).any(axis=(1, 2))
    all_true = (truth | ~exists[:, :, None]).all(axis=(1, 2))
    undefined = ~there | all_true if name == "auroc" else ~there
    np.testing.assert_array_equal(np.isnan(TRUTH[name](*case)), undefined)


@pytest.mark.parametrize("name", ORDER)
@given(case=cells(), scale=st.floats(1e-3, 1e3))
def test_perfect_attribution_reaches_one(name, case, scale):
    _, truth, exists = case
    values = ORDER[name](scale * truth, truth, exists)
    same(values[~np.isnan(values)], 1.0)


@given(case=cells(), level=st.floats(-5, 5))
def test_constant_attribution_has_an_auprc_of_the_base_rate(case, level):
    _, truth, exists = case
    there = np.broadcast_to(exists[:, :, None], truth.shape)
    n_true, n_cell = (truth & there).sum(axis=(1, 2)), there.sum(axis=(1, 2))
    rate = n_true / np.maximum(n_cell, 1)
    same(auprc(np.full(truth.shape, level), truth, exists), np.where(n_true == 0, np.nan, rate))


@given(case=cells(), level=st.floats(-5, 5))
def test_constant_attribution_has_an_auroc_of_one_half(case, level):
    values = auroc(np.full(case[0].shape, level), *case[1:])
    same(values[~np.isnan(values)], 0.5)


@pytest.mark.parametrize("measure", [aup, aur])
@given(case=cells(), level=st.floats(0, 1))
def test_constant_attribution_spans_no_threshold(measure, case, level):
    values = measure(np.full(case[0].shape, level), *case[1:])
    same(values[~np.isnan(values)], 0.0)


@given(case=cells())
def test_opposite_attribution_has_the_opposite_auroc(case):
    scores, truth, exists = case
    same(auroc(-scores, truth, exists), 1 - auroc(scores, truth, exists))


@given(case=cells())
def test_joining_points_by_lines_credits_a_constant_with_half_of_what_is_above_the_base_rate(case):
    _, truth, exists = case
    constant = np.zeros(truth.shape)
    same(auprc(constant, truth, exists, rule="trapezoid"), (1 + auprc(constant, truth, exists)) / 2)


@pytest.mark.parametrize("measure", [aup, aur])
@given(case=cells())
def test_area_over_the_threshold_is_at_most_the_range_of_the_attribution(measure, case):
    values = measure(*case)
    for value, scores in zip(values, case[0], strict=True):
        assert np.isnan(value) or -1e-12 <= value <= np.nanmax(scores) - np.nanmin(scores) + 1e-12


@given(case=cells())
def test_entropy_is_the_same_for_a_mask_and_its_complement(case):
    scores, truth, exists = case
    same(entropy(1 - scores, truth, exists), entropy(scores, truth, exists))


@given(case=cells())
def test_information_rises_with_the_mask(case):
    scores, truth, exists = case
    lower, higher = information(scores / 2, truth, exists), information(scores, truth, exists)
    known = ~np.isnan(lower)
    # |log2(1 + 1e-5)| is above 0, so the first thousandths of a mask may read lower than a mask of 0.
    assert (higher[known] >= lower[known] - 1e-3).all()


@given(case=cells(), scale=st.floats(1e-3, 1e3), shift=st.floats(-10, 10))
def test_minmax_of_a_rescaled_attribution_is_the_same_but_for_its_floor(case, scale, shift):
    scores, _, exists = case
    np.testing.assert_allclose(
        minmax(scale * scores + shift, exists, floor=1e-12), minmax(scores, exists, floor=1e-12), atol=1e-6
    )


@given(case=cells())
def test_minmax_lies_in_the_unit_interval_and_keeps_the_order(case):
    scores, truth, exists = case
    values = minmax(scores, exists)
    there = ~np.isnan(scores)
    assert ((values[there] >= 0) & (values[there] <= 1)).all()
    same(auroc(values, truth, exists), auroc(scores, truth, exists))


@given(case=cells(), seed=st.integers(0, 2**64 - 1), least_first=st.booleans())
def test_order_numbers_every_existing_cell_once_and_follows_the_scores(case, seed, least_first):
    scores, _, exists = case
    order = removal_order(scores, exists, keys=np.arange(len(scores)), seed=seed, least_first=least_first)
    assert (order[~exists] == -1).all()
    for one, values, there in zip(order, scores, exists, strict=True):
        numbers = one[there].ravel()
        np.testing.assert_array_equal(np.sort(numbers), np.arange(numbers.size))
        removed = values[there].ravel()[np.argsort(numbers)]
        assert (np.diff(removed) * (1 if least_first else -1) >= 0).all()


@given(case=cells(), left=st.integers(0, 3), right=st.integers(0, 3))
def test_longer_padding_changes_no_order_even_in_ties(case, left, right):
    scores, _, exists = case
    keys = np.arange(len(scores)) + 5
    wide = removal_order(
        np.pad(scores, ((0, 0), (left, right), (0, 0))), np.pad(exists, ((0, 0), (left, right))), keys=keys
    )
    np.testing.assert_array_equal(wide[:, left : left + scores.shape[1]], removal_order(scores, exists, keys=keys))


@given(case=cells(), seed=st.integers(0, 99))
def test_sample_order_changes_no_order_even_in_ties(case, seed):
    scores, _, exists = case
    keys = np.arange(len(scores)) + 5
    rows = np.random.default_rng(seed).permutation(len(scores))
    np.testing.assert_array_equal(
        removal_order(scores[rows], exists[rows], keys=keys[rows]), removal_order(scores, exists, keys=keys)[rows]
    )


@given(case=cells(), count=st.integers(0, 25))
def test_what_goes_last_is_what_the_reverse_order_leaves(case, count):
    scores, _, exists = case
    keys = np.arange(len(scores))
    n_cell = exists.sum(axis=1) * scores.shape[2]
    first = first_cells(removal_order(scores, exists, keys=keys), np.minimum(count, n_cell))
    last = first_cells(removal_order(scores, exists, keys=keys, least_first=True), np.maximum(n_cell - count, 0))
    np.testing.assert_array_equal(first ^ last, np.broadcast_to(exists[:, :, None], scores.shape))


@given(case=cells(), small=st.floats(0, 1), large=st.floats(0, 1))
def test_a_larger_fraction_takes_all_that_a_smaller_takes(case, small, large):
    order = removal_order(case[0], case[2], keys=np.arange(len(case[0])))
    low, high = sorted((small, large))
    assert not (first_fraction(order, low) & ~first_fraction(order, high)).any()


def test_each_of_equal_cells_is_taken_equally_often_over_seeds():
    scores = np.array([[[1.0, 0.5], [0.5, 0.5], [0.5, 0.0]]])
    exists, keys = np.ones((1, 3), bool), np.array([3])
    orders = [removal_order(scores, exists, keys=keys, seed=seed) for seed in range(3000)]
    share = np.mean([first_cells(order, np.array([2]))[0] for order in orders], axis=0)
    # One of four equal cells is taken: standard error .008.
    np.testing.assert_allclose(share, [[1, 0.25], [0.25, 0.25], [0.25, 0]], atol=0.032)


def test_each_of_equal_cells_is_taken_equally_often_over_samples():
    scores, exists = np.zeros((3000, 3, 2)), np.ones((3000, 3), bool)
    order = removal_order(scores, exists, keys=np.arange(3000))
    # Each of six places: standard error .007.
    for place in range(6):
        np.testing.assert_allclose((order == place).mean(axis=0), np.full((3, 2), 1 / 6), atol=0.028)


@st.composite
def trajectories(draw):
    shape = draw(st.integers(1, 4)), draw(st.integers(1, 8)), draw(st.integers(1, 4))
    return np.random.default_rng(draw(st.integers(0, 2**32))).normal(size=shape)


@pytest.mark.parametrize("measure", [cpd, cpp])
@given(outputs=trajectories())
def test_way_is_at_least_as_long_as_from_its_start_to_its_end(measure, outputs):
    assert (measure(outputs) >= np.abs(outputs[:, 0] - outputs[:, -1]).sum(axis=1) - 1e-12).all()


@given(outputs=trajectories())
def test_way_is_as_long_backwards(outputs):
    same(cpd(outputs[:, ::-1]), cpd(outputs))


@given(outputs=trajectories())
def test_larger_steps_never_lengthen_the_way(outputs):
    coarse = np.concatenate([outputs[:, :-1:2], outputs[:, -1:]], axis=1)
    assert (cpd(coarse) <= cpd(outputs) + 1e-12).all()


@given(outputs=trajectories())
def test_cumulative_difference_starts_at_zero_and_never_falls(outputs):
    travelled = cumulative_difference(outputs)
    assert (travelled[:, 0] == 0).all()
    assert (np.diff(travelled, axis=1) >= 0).all()


@given(outputs=trajectories())
def test_output_that_exists_nowhere_is_left_out(outputs):
    wider = np.concatenate([outputs, np.full_like(outputs[:, :, :1], np.nan)], axis=2)
    same(cpd(wider), cpd(outputs))


@given(height=st.floats(-5, 5), seed=st.integers(0, 99), n_step=st.integers(2, 9))
def test_area_of_a_flat_curve_is_its_height(height, seed, n_step):
    at = np.cumsum(np.random.default_rng(seed).random(n_step) + 0.01)
    same(removal_area(np.full((2, n_step), height), at), height)


@st.composite
def logits(draw):
    generator = np.random.default_rng(draw(st.integers(0, 2**32)))
    n_sample, n_step, n_class = draw(st.integers(1, 4)), draw(st.integers(1, 4)), draw(st.integers(2, 5))
    original = generator.normal(size=(n_sample, n_class), scale=3)
    return original, generator.normal(size=(n_sample, n_step, n_class), scale=3)


@pytest.mark.parametrize("measure", PROBABILITY, ids=lambda measure: measure.__name__)
@given(case=logits(), shift=st.floats(-50, 50))
def test_a_number_added_to_all_logits_changes_nothing(measure, case, shift):
    original, changed = case
    index = predicted(original)
    np.testing.assert_allclose(
        measure(original - shift, changed + shift, index=index), measure(original, changed, index=index), atol=1e-11
    )


@pytest.mark.parametrize("measure", PROBABILITY, ids=lambda measure: measure.__name__)
@given(case=logits())
def test_log_probabilities_serve_as_logits(measure, case):
    original, changed = case
    index = predicted(original)
    logs = [part - np.log(np.exp(part).sum(axis=-1, keepdims=True)) for part in case]
    np.testing.assert_allclose(measure(*logs, index=index), measure(original, changed, index=index), atol=1e-11)


@pytest.mark.parametrize("measure", [comprehensiveness, sufficiency, log_odds], ids=lambda measure: measure.__name__)
@given(case=logits())
def test_outputs_that_do_not_change_measure_zero(measure, case):
    original, _ = case
    same(measure(original, original[:, None], index=predicted(original)), 0.0)


@given(case=logits())
def test_log_odds_are_the_change_of_the_cross_entropy(case):
    original, changed = case
    index = predicted(original)
    before = cross_entropy(original, original[:, None], index=index)
    same(log_odds(original, changed, index=index), before - cross_entropy(original, changed, index=index))


@pytest.mark.parametrize("method", ["bca", "percentile"])
@given(seed=st.integers(0, 999), scale=st.floats(0.01, 100), shift=st.floats(-10, 10))
def test_interval_moves_and_stretches_with_the_values(method, seed, scale, shift):
    values = np.random.default_rng(seed).exponential(size=12)
    bootstrap = Bootstrap(level=0.8, n_resample=50, method=method)
    one, other = bootstrap.mean(values), bootstrap.mean(scale * values + shift)
    np.testing.assert_allclose([other.low, other.high], [scale * one.low + shift, scale * one.high + shift], rtol=1e-8)


@given(seed=st.integers(0, 999))
def test_difference_the_other_way_is_the_mirrored_interval(seed):
    first, second = np.random.default_rng(seed).exponential(size=(2, 12))
    bootstrap = Bootstrap(level=0.8, n_resample=50)
    one, other = bootstrap.difference(first, second), bootstrap.difference(second, first)
    np.testing.assert_allclose([other.low, other.high], [-one.high, -one.low], rtol=1e-8, atol=1e-12)


@given(seed=st.integers(0, 999), missing=st.integers(0, 5))
def test_samples_without_a_value_change_no_interval(seed, missing):
    values = np.random.default_rng(seed).normal(size=9)
    bootstrap = Bootstrap(level=0.8, n_resample=50)
    one, other = bootstrap.mean(values), bootstrap.mean(np.insert(values, [0] * missing, np.nan))
    assert (one.low, one.high, other.n_missing) == (other.low, other.high, missing)
