"""What attributions are of is told where the scores show it."""

from types import SimpleNamespace

import numpy as np
import pytest

from aition.view.web.opening import words_of

P = np.array([0.02, 0.4, 0.9, 0.999])


def cube(score, *, explained=1, probability=P):
    samples = {"score": score, "probability": probability, "target_class": np.full(len(P), explained)}
    return SimpleNamespace(samples=samples, spec=SimpleNamespace(class_names=("survived", "died")))


def test_log_odds_are_told():
    assert words_of(cube(np.log(P / (1 - P)))) == {
        "outcome": "the odds of died", "unit": "log-odds", "scale": "log-odds",
    }  # fmt: skip


def test_probabilities_are_told():
    assert words_of(cube(P))["outcome"] == "the probability of died"


@pytest.mark.parametrize("probability", [P, np.full(4, np.nan)])
def test_other_scores_are_scores(probability):
    assert words_of(cube(np.array([1.0, 2.0, 3.0, 4.0]), probability=probability)) == {}


def test_several_explained_classes_have_no_name():
    whole = cube(P)
    whole.samples["target_class"] = np.array([0, 1, 0, 1])
    assert words_of(whole) == {}
