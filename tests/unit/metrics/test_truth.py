"""Truth metrics: worked examples, and what they refuse."""

import numpy as np
import pytest

from aition.core.errors import InputError
from aition.metrics import aup, auprc, aur, auroc, curves, entropy, information, minmax

ALL = [auroc, auprc, aup, aur, information, entropy]
CALIBRATED = [aup, aur, information, entropy]
NAMES = {"ids": lambda measure: measure.__name__}


def example():
    scores = np.array([[[0.9, 0.1], [0.8, 0.3]], [[0.2, 0.6], [np.nan, np.nan]]])
    truth = np.array([[[True, False], [False, True]], [[False, True], [True, True]]])
    return scores, truth, np.array([[True, True], [True, False]])


def test_auprc_of_a_worked_example():
    # Found in turn: true (1 of 1), false, true (2 of 3), false.
    np.testing.assert_allclose(auprc(*example())[0], (1 + 2 / 3) / 2)


def test_auroc_of_a_worked_example():
    # Of the four pairs (true, other), only (.3, .8) stands the wrong way round.
    np.testing.assert_allclose(auroc(*example())[0], 3 / 4)


def test_aur_of_a_worked_example():
    # Recall is 1 from .1 to .3, falls to 1/2 at .8, and stays there to .9.
    np.testing.assert_allclose(aur(*example())[0], 0.2 * 1 + 0.5 * 0.75 + 0.1 * 0.5)


@pytest.mark.parametrize("measure", ALL, **NAMES)
def test_pooled_answer_is_one_number(measure):
    assert measure(*example(), pool=True).shape == ()


@pytest.mark.parametrize("measure", ALL, **NAMES)
def test_answer_is_one_number_a_sample(measure):
    assert measure(*example()).shape == (2,)


@pytest.mark.parametrize("measure", ALL, **NAMES)
def test_no_samples_have_no_answers(measure):
    nothing = np.zeros((0, 3, 2)), np.zeros((0, 3, 2), bool), np.zeros((0, 3), bool)
    assert measure(*nothing).shape == (0,)
    assert np.isnan(measure(*nothing, pool=True))


@pytest.mark.parametrize("measure", [auroc, auprc, aup, aur], **NAMES)
def test_blocks_of_series_change_nothing(measure, monkeypatch):
    generator = np.random.default_rng(0)
    scores, truth = generator.random((5, 3, 2)), generator.random((5, 3, 2)) < 0.5
    whole = measure(scores, truth, np.ones((5, 3), bool))
    monkeypatch.setattr(curves, "BLOCK", 12)
    np.testing.assert_array_equal(measure(scores, truth, np.ones((5, 3), bool)), whole)


@pytest.mark.parametrize("dtype", [np.float32, np.int64, np.bool_])
def test_hard_mask_of_any_real_dtype_is_read(dtype):
    mask = np.array([[[1], [0], [1]]])
    assert auprc(mask.astype(dtype), mask > 0, np.ones((1, 3), bool)).tolist() == [1.0]


def test_what_came_is_left_as_it_was():
    scores, truth, exists = example()
    before = scores.copy(), truth.copy(), exists.copy()
    for measure in ALL:
        measure(scores, truth, exists)
    for after, was in zip((scores, truth, exists), before, strict=True):
        np.testing.assert_array_equal(after, was)


def test_minmax_of_an_absent_series_is_nan():
    assert np.isnan(minmax(np.full((1, 2, 1), np.nan), np.zeros((1, 2), bool))).all()


def test_minmax_leaves_no_value_in_padding():
    values = minmax(np.array([[[4.0], [2.0], [9.0]]]), np.array([[True, True, False]]))
    np.testing.assert_allclose(values.ravel(), [2 / (2 + 1e-5), 0, np.nan])


@pytest.mark.parametrize("floor", [0.0, -1.0, np.nan])
def test_minmax_refuses_a_floor_that_is_not_positive(floor):
    with pytest.raises(InputError, match=r"floor must be above 0, but is"):
        minmax(np.zeros((1, 2, 1)), np.ones((1, 2), bool), floor=floor)


@pytest.mark.parametrize("measure", ALL, **NAMES)
def test_nan_at_an_existing_cell_is_refused(measure):
    scores, truth, exists = example()
    scores[0, 1, 0] = np.nan
    with pytest.raises(InputError, match=r"finite wherever exists is True, but 1 cells .* the first at .* \[0, 1, 0\]"):
        measure(scores, truth, exists)


def test_infinite_score_is_refused():
    scores, truth, exists = example()
    scores[0] = np.inf
    with pytest.raises(InputError, match="4 cells are NaN or infinite"):
        auroc(scores, truth, exists)


@pytest.mark.parametrize("value", [-0.01, 1.01])
@pytest.mark.parametrize("measure", CALIBRATED, **NAMES)
def test_score_outside_the_unit_interval_is_refused_where_its_value_is_read(measure, value):
    scores, truth, exists = example()
    scores[0, 0, 0] = value
    with pytest.raises(
        InputError, match=r"must lie in \[0, 1\], but ranges from .* pass minmax\(attribution, exists\)"
    ):
        measure(scores, truth, exists)


def test_score_outside_the_unit_interval_is_ignored_in_padding():
    scores, truth, exists = example()
    scores[1, 1] = 7
    assert not np.isnan(aup(scores, truth, exists)).any()


def test_attribution_of_two_axes_is_refused():
    with pytest.raises(InputError, match=r"attribution must be \[sample time feature\], but is \[2, 3\]"):
        auroc(np.zeros((2, 3)), np.zeros((2, 3), bool), np.ones((2, 3), bool))


def test_complex_attribution_is_refused():
    with pytest.raises(InputError, match="attribution must be of real numbers, but is complex128"):
        auroc(np.zeros((1, 3, 1), complex), np.zeros((1, 3, 1), bool), np.ones((1, 3), bool))


def test_truth_of_another_shape_is_refused():
    with pytest.raises(InputError, match=r"truth must be \[sample=1 time=3 feature=2\], but is \[1, 2, 3\]"):
        auroc(np.zeros((1, 3, 2)), np.zeros((1, 2, 3), bool), np.ones((1, 3), bool))


def test_exists_of_another_length_is_refused():
    with pytest.raises(InputError, match=r"exists must be \[sample=1 time=3\], but is \[1, 4\]"):
        auroc(np.zeros((1, 3, 2)), np.zeros((1, 3, 2), bool), np.ones((1, 4), bool))


@pytest.mark.parametrize("name", ["truth", "exists"])
def test_mask_that_is_not_boolean_is_refused(name):
    masks = {"truth": np.zeros((1, 3, 1), bool), "exists": np.ones((1, 3), bool)}
    masks[name] = masks[name].astype(float)
    with pytest.raises(InputError, match=f"{name} must be boolean, but is float64; compare it first"):
        auroc(np.zeros((1, 3, 1)), masks["truth"], masks["exists"])


def test_unknown_rule_is_refused():
    with pytest.raises(InputError, match="rule must be 'step' or 'trapezoid', but is 'lines'"):
        auprc(*example(), rule="lines")
