"""Columns of the samples."""

import numpy as np
import pytest

from aition.store.cube.samples import labels, probability, sample_columns
from stand_ins.cube_runs import events, series, write_run


def test_columns_are_those_of_the_explanation(run):
    whole, found = run.explanation(), sample_columns(run)
    np.testing.assert_array_equal(found["id"], whole["sample"])
    np.testing.assert_array_equal(found["label"], whole["label"])
    np.testing.assert_array_equal(found["predicted"], whole["prediction"].argmax("class"))
    np.testing.assert_array_equal(found["score"], whole["score"])
    np.testing.assert_array_equal(found["age"], whole["static_value"][:, 0])
    np.testing.assert_array_equal(found["completeness"], whole["completeness"])


def test_logits_become_probabilities_of_the_explained_class(run):
    whole, found = run.explanation(), sample_columns(run)
    shares = np.exp(whole["prediction"].values)
    shares /= shares.sum(axis=1, keepdims=True)
    own = shares[np.arange(len(shares)), whole["target_class"].values]
    np.testing.assert_allclose(found["probability"], own, rtol=1e-6)


def test_several_targets_have_columns_of_their_own(tmp_path):
    run = write_run(tmp_path / "run", series(0, targets=2))
    np.testing.assert_array_equal(sample_columns(run, target=1)["target_class"], np.ones(12))


def test_events_have_samples_too(tmp_path):
    run = write_run(tmp_path / "run", events(0))
    assert sample_columns(run)["id"].tolist() == [f"s{i}" for i in range(10)]


@pytest.mark.parametrize(
    ("head", "expected"), [("none", 0.9), ("softmax taken off", 0.69), ("sigmoid taken off", 0.711)]
)
def test_what_was_taken_off_says_what_outputs_are(head, expected):
    found = probability(np.array([[0.1, 0.9]]), np.array([1]), head=head)
    assert found[0] == pytest.approx(expected, abs=0.001)


def test_a_class_that_is_not_explained_has_no_probability():
    assert np.isnan(probability(np.array([[0.1, 0.9]]), np.array([-1]), head="none")[0])


def test_values_are_no_labels():
    np.testing.assert_array_equal(labels(np.array([0.5, 1.0])), [-1, -1])
    np.testing.assert_array_equal(labels(np.array([2.0, np.nan])), [2, -1])


def test_a_static_of_a_taken_name_is_kept_beside_it(tmp_path):
    parts = [part.assign_coords(static=["label"]) for part in series(0)]
    found = sample_columns(write_run(tmp_path / "run", parts))
    np.testing.assert_array_equal(found["static label"], np.concatenate([p["static_value"][:, 0] for p in parts]))
