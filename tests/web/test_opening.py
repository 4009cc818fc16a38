"""What attributions are of is told by the wording, or where the scores show it."""

from types import SimpleNamespace

import numpy as np
import pytest

from aition.view.web.described import words_of
from aition.view.web.wording import USUAL, Wording

P = np.array([0.02, 0.4, 0.9, 0.999])


def cube(score, *, explained=1, probability=P):
    samples = {"score": score, "probability": probability, "target_class": np.full(len(P), explained)}
    return SimpleNamespace(samples=samples, spec=SimpleNamespace(class_names=("survived", "died")))


def test_log_odds_are_told():
    assert words_of(cube(np.log(P / (1 - P))), USUAL) == {
        "outcome": "the odds of died", "unit": "log-odds", "scale": "log-odds",
    }  # fmt: skip


def test_probabilities_are_told():
    assert words_of(cube(P), USUAL)["outcome"] == "the probability of died"


@pytest.mark.parametrize("probability", [P, np.full(4, np.nan)])
def test_other_scores_are_scores(probability):
    assert words_of(cube(np.array([1.0, 2.0, 3.0, 4.0]), probability=probability), USUAL) == {}


def test_several_explained_classes_have_no_name():
    whole = cube(P)
    whole.samples["target_class"] = np.array([0, 1, 0, 1])
    assert words_of(whole, USUAL) == {}


@pytest.mark.parametrize(("explained", "outcome"), [(0, "survival"), (1, "the risk of death")])
def test_the_wording_says_what_is_raised_by_the_class_that_is_explained(explained, outcome):
    said = words_of(cube(P, explained=explained), Wording(outcomes=("survival", "the risk of death")))
    assert (said["outcome"], said["scale"]) == (outcome, "probability")


def test_the_wording_is_believed_before_the_scores():
    said = words_of(cube(P), Wording({"unit": "points", "outcome": "frailty", "time": "day"}))
    assert said == {"unit": "points", "outcome": "frailty", "scale": "probability"}
