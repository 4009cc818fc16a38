"""Faithfulness from outputs: samples without an answer, and what is refused."""

import numpy as np
import pytest

from aition.core.errors import InputError
from aition.metrics import (
    accuracy,
    completeness_error,
    comprehensiveness,
    cpd,
    cross_entropy,
    log_odds,
    predicted,
    removal_area,
    sufficiency,
)

ALL = [comprehensiveness, sufficiency, log_odds, cross_entropy, accuracy]
NAMES = {"ids": lambda measure: measure.__name__}


def outputs():
    generator = np.random.default_rng(0)
    return generator.normal(size=(3, 2)), generator.normal(size=(3, 4, 2))


@pytest.mark.parametrize("measure", ALL, **NAMES)
def test_sample_without_an_answer_is_nan_and_leaves_the_others_alone(measure):
    original, changed = outputs()
    index = predicted(original)
    whole = measure(original, changed, index=index)
    original[1], changed[1] = np.nan, np.nan
    whole[1] = np.nan
    np.testing.assert_array_equal(measure(original, changed, index=index), whole)


@pytest.mark.parametrize("measure", ALL, **NAMES)
def test_output_that_is_nan_after_some_removals_is_refused(measure):
    original, changed = outputs()
    changed[2, 1, 0] = np.nan
    with pytest.raises(InputError, match=r"outputs must be finite, or NaN throughout .* 1 values .* look for overflow"):
        measure(original, changed, index=predicted(original))


def test_one_half_counts_as_keeping_the_class():
    assert accuracy(np.array([[1.0, 0.0]]), np.zeros((1, 1, 2)), index=np.array([0])).tolist() == [[1.0]]


def test_infinite_logit_is_refused():
    original, changed = outputs()
    original[0, 0] = -np.inf
    with pytest.raises(InputError, match="outputs must be finite"):
        log_odds(original, changed, index=predicted(original))


def test_any_class_can_be_followed():
    original, changed = outputs()
    other = 1 - predicted(original)
    np.testing.assert_allclose(
        comprehensiveness(original, changed, index=other),
        -comprehensiveness(original, changed, index=predicted(original)),
    )


def test_single_logit_is_refused_with_its_two_class_form():
    with pytest.raises(InputError, match=r"two classes or more, but has 1, .* two logits \[0, z\]"):
        accuracy(np.zeros((2, 1)), np.zeros((2, 3, 1)), index=np.zeros(2, int))


def test_outputs_without_steps_are_refused():
    with pytest.raises(InputError, match=r"outputs after removal must be \[sample=3 step class=2\], but is \[3, 2\]"):
        accuracy(np.zeros((3, 2)), np.zeros((3, 2)), index=np.zeros(3, int))


def test_original_with_steps_is_refused():
    with pytest.raises(InputError, match=r"original must be \[sample class\], but is \[3, 4, 2\]"):
        accuracy(np.zeros((3, 4, 2)), np.zeros((3, 4, 2)), index=np.zeros(3, int))


@pytest.mark.parametrize("index", [[0, 2], [-1, 0], [0.0, 1.0]])
def test_class_out_of_range_or_of_another_kind_is_refused(index):
    with pytest.raises(InputError, match="index must hold classes from 0 to 1"):
        accuracy(np.zeros((2, 2)), np.zeros((2, 1, 2)), index=np.array(index))


def test_index_of_another_length_is_refused():
    with pytest.raises(InputError, match=r"index must be \[sample=2\]"):
        accuracy(np.zeros((2, 2)), np.zeros((2, 1, 2)), index=np.zeros(3, int))


def test_cpd_of_a_sample_without_an_answer_is_nan():
    way = np.array([[[1.0], [3.0]], [[np.nan], [np.nan]]])
    np.testing.assert_array_equal(cpd(way), [2.0, np.nan])


def test_cpd_of_an_output_that_vanishes_on_the_way_is_refused():
    with pytest.raises(InputError, match=r"outputs must be finite, .* the first at \[0, 1, 0\]"):
        cpd(np.array([[[1.0], [np.nan]]]))


def test_cpd_without_removal_is_zero():
    assert cpd(np.ones((2, 1, 3))).tolist() == [0.0, 0.0]


@pytest.mark.parametrize("shape", [(3, 4), (3, 0, 2), (3, 4, 0)])
def test_cpd_of_another_shape_is_refused(shape):
    with pytest.raises(InputError, match=r"outputs must be \[sample step output\], step 0 for the untouched input"):
        cpd(np.zeros(shape))


@pytest.mark.parametrize("at", [[0.0, 0.5, 0.5], [0.5, 0.2, 0.1], [0.0, np.nan, 1.0]])
def test_area_refuses_an_axis_that_does_not_rise(at):
    with pytest.raises(InputError, match="at must be two or more rising numbers"):
        removal_area(np.zeros((2, 3)), np.array(at))


def test_area_refuses_an_axis_of_another_length():
    with pytest.raises(InputError, match=r"at must be \[step=3\], but is \[2\]"):
        removal_area(np.zeros((2, 3)), np.array([0.0, 1.0]))


def test_area_refuses_a_curve_of_one_axis():
    with pytest.raises(InputError, match=r"curve must be \[sample step\], but is \[3\]"):
        removal_area(np.zeros(3), np.array([0.0, 0.5, 1.0]))


def test_area_refuses_a_curve_with_a_gap():
    with pytest.raises(InputError, match="curve must be finite"):
        removal_area(np.array([[0.0, np.nan, 1.0]]), np.array([0.0, 0.5, 1.0]))


def test_area_of_an_absent_curve_is_nan():
    assert np.isnan(removal_area(np.full((1, 3), np.nan), np.array([0.0, 0.5, 1.0]))).tolist() == [True]


def test_relative_completeness_error_shows_what_was_attributed_to_no_difference():
    errors = completeness_error(np.array([0.5, 0.0, 1.0]), np.array([0.0, 0.0, np.nan]), relative=True)
    np.testing.assert_array_equal(errors, [np.inf, 0.0, np.nan])


def test_completeness_refuses_samples_that_do_not_match():
    with pytest.raises(InputError, match=r"difference must be \[sample=2\], but is \[3\]"):
        completeness_error(np.zeros(2), np.zeros(3))


def test_completeness_refuses_an_infinite_target():
    with pytest.raises(InputError, match="total and difference must not be infinite"):
        completeness_error(np.zeros(2), np.array([0.0, np.inf]))
