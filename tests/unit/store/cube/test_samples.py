"""Columns of the samples."""

import numpy as np
import pytest

from aition.store.cube.build import build
from aition.store.cube.opened import open_cube
from aition.store.cube.samples import labels, probability, sample_columns
from aition.store.summary.columns import columns_of
from aition.store.summary.sequence import nearest
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


OUTPUT = np.array([-2.0, -0.5, 0.5, 2.0, 3.0, -3.0, 1.0])


def single(label, output=OUTPUT, *, axes=("sample",), head="none"):
    """A model of one output."""
    part = series(0, sizes=(7,))[0].drop_vars(["prediction", "target_class", "score", "label"])
    part["prediction"] = (axes, output.reshape(-1, *[1] * (len(axes) - 1)))
    part["score"] = ("sample", output)
    part["label"] = ("sample", np.asarray(label))
    return [part.assign_attrs(head=head)]


BINARY = [0, 1, 1, 1, 0, 0, -1]


@pytest.mark.parametrize("axes", [("sample",), ("sample", "class")])
@pytest.mark.parametrize("head", ["none", "sigmoid taken off"])
def test_a_logit_predicts_the_second_class_where_it_is_positive(tmp_path, axes, head):
    found = sample_columns(write_run(tmp_path / "run", single(BINARY, axes=axes, head=head)))
    np.testing.assert_array_equal(found["predicted"], OUTPUT > 0)
    np.testing.assert_allclose(found["probability"], 1 / (1 + np.exp(-OUTPUT)))
    np.testing.assert_array_equal(found["target_class"], 1)


def test_one_probability_predicts_the_second_class_above_a_half(tmp_path):
    output = np.array([0.1, 0.4, 0.6, 0.9, 0.8, 0.2, 0.7])
    found = sample_columns(write_run(tmp_path / "run", single(BINARY, output)))
    np.testing.assert_array_equal(found["predicted"], output > 0.5)
    np.testing.assert_array_equal(found["probability"], output)


def test_log_odds_between_0_and_1_are_no_probabilities_where_a_sigmoid_was_taken_off(tmp_path):
    found = sample_columns(write_run(tmp_path / "run", single(BINARY, OUTPUT * 0 + 0.3, head="sigmoid taken off")))
    assert found["predicted"].tolist() == [1] * 7


def test_an_output_that_is_not_known_predicts_no_class(tmp_path):
    output = np.where(np.arange(7) == 2, np.nan, OUTPUT)
    found = sample_columns(write_run(tmp_path / "run", single(BINARY, output)))
    assert (found["predicted"][2], np.isnan(found["probability"]).tolist()) == (-1, [one == 2 for one in range(7)])


@pytest.mark.parametrize("axes", [("sample",), ("sample", "class")])
@pytest.mark.parametrize("label", [[0.5, 1.0, 0, 0, 1, 1, 0], [0, 1, 2, 0, 1, 2, 0], [1] * 7, [-1] * 7, [np.nan] * 7])
def test_an_output_is_a_value_unless_labels_are_of_two_classes(tmp_path, axes, label):
    cube = built(tmp_path, single(label, axes=axes))
    assert set(cube.samples["predicted"]) == {-1}
    assert np.isnan(cube.samples["probability"]).all()
    assert set(cube.samples["outcome"]) == {""}
    assert len(cube.spec.class_names) < 2


def built(tmp_path, parts):
    run = write_run(tmp_path / "run", parts)
    build(run, progress="off")
    return open_cube(run)


@pytest.mark.parametrize("axes", [("sample",), ("sample", "class")])
def test_two_classes_of_one_output_have_outcomes_and_names(tmp_path, axes):
    cube = built(tmp_path, single(BINARY, axes=axes))
    assert cube.samples["outcome"].tolist() == ["TN", "FN", "TP", "TP", "FP", "TN", ""]
    assert cube.spec.class_names == ("0", "1")
    assert set(cube.spec.groups) == {(0, 0), (0, 1), (1, 1), (1, 0), (1, -1)}
    assert next(one for one in columns_of(cube) if one.name == "predicted").labels == ("0", "1")


def test_one_output_has_nearest_of_the_other_class(tmp_path):
    cube = built(tmp_path, single(BINARY))
    assert sorted(nearest(cube, "s0").sample.tolist()) == [2, 3, 4, 6]
