"""Knowing: a model that knows the labels is told from one that does not, however unequal the classes."""

import numpy as np
import pytest
import xarray as xr

from aition.checks import knows


def asked(outputs, label, axis="class"):
    dims = ("sample", axis)[: outputs.ndim]
    return xr.Dataset({"prediction": (dims, outputs), "label": (("sample",), label)})


def test_rare_classes_are_known_though_no_sample_is_called_one():
    draw = np.random.default_rng(0)
    label = (draw.uniform(size=300) < 0.1).astype(np.int64)
    outputs = np.stack([np.zeros(300), -3 + 1.5 * label + 0.3 * draw.normal(size=300)], axis=1)
    assert (outputs.argmax(axis=1) == 0).all()
    verdict = knows(asked(outputs, label))
    assert verdict.finding == "passed"
    assert knows(asked(outputs[:, 1:], label)).figure.mean == pytest.approx(verdict.figure.mean)


def test_labels_that_have_nothing_to_do_with_the_outputs_hardly_ever_pass():
    findings = []
    for seed in range(100):
        draw = np.random.default_rng(seed)
        outputs, label = 3 * draw.normal(size=(60, 3)), draw.choice(3, size=60, p=[0.7, 0.2, 0.1])
        findings.append(knows(asked(outputs, label)).finding)
    assert findings.count("passed") <= 8  # 2.5 of 100 are meant


def test_probabilities_are_taken_as_they_are_and_values_by_their_correlation():
    label = np.array([0, 1] * 10)
    sure = np.where(label[:, None] == [0, 1], 0.9, 0.1)
    assert knows(asked(sure, label)).figure.mean == pytest.approx(0.8)
    values = np.arange(20, dtype=np.float64)
    found = knows(asked(-2 * values, values, "output"))
    assert found.finding == "alarm"
    assert found.figure.mean == pytest.approx(-2)
    assert knows(asked(values, values)).figure.mean == pytest.approx(1)
    assert knows(asked(np.zeros(20), values)).finding == "alarm"


def test_outputs_that_hardly_move_do_not_know_labels_though_they_follow_them_by_chance():
    label = np.array([0, 1] * 50)
    noise = np.random.default_rng(0).normal(size=100)
    assert knows(asked((0.04 * label + 0.02 * noise)[:, None], label)).finding == "alarm"
    assert knows(asked((4.0 * label + 2.0 * noise)[:, None], label)).finding == "passed"


@pytest.mark.parametrize(
    ("outputs", "label", "axis"),
    [
        (np.zeros((4, 2)), np.full(4, -1), "class"),
        (np.zeros((4, 2)), np.zeros(4, dtype=np.int64), "class"),
        (np.zeros((4, 2)), np.array([0, 5, 1, 2]), "class"),
        (np.zeros((4, 6)), np.array([0, 1, 1, 0]), "horizon"),
        (np.zeros((4, 2)), np.array([0.1, 0.2, 0.3, 0.4]), "class"),
    ],
)
def test_what_can_not_be_told_is_not_measured(outputs, label, axis):
    verdict = knows(asked(outputs, label, axis))
    assert verdict.finding == "not measured"
    assert verdict.words.startswith("Not measured: ")
