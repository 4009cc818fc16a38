import json

import numpy as np
import pytest

from aition.view.plots.said import method_of, percent, said_of, shortened, title_of


def outputs(row, n_sample=6):
    return (("sample", "class"), np.array([row] * n_sample))


def integers(value):
    return (("sample",), np.full(6, value))


def test_logits_become_probabilities(explained):
    said = said_of(explained(prediction=outputs([0.0, np.log(3)])), "s0")
    assert said.predicted == "class 1 (p = 0.75)"


def test_probabilities_stay_as_they_are(explained):
    said = said_of(explained(prediction=outputs([0.25, 0.75])), "s0")
    assert said.predicted == "class 1 (p = 0.75)"


def test_logits_of_one_sample_that_happen_to_sum_to_1_are_still_logits(explained):
    logits = np.array([[0.25, 0.75], [2.0, -1.0]])
    assert said_of(explained(2, prediction=(("sample", "class"), logits)), "s0").predicted == "class 1 (p = 0.62)"


def test_a_sigmoid_that_was_taken_off_is_put_back(explained):
    one = explained(prediction=outputs([0.0], 6), head="sigmoid taken off", n_class=1, target_class=integers(0))
    assert said_of(one, "s0").predicted == "p = 0.50"


def test_a_value_is_said_as_it_is(explained):
    one = explained(prediction=(("sample",), np.full(6, 3.14159)), target_class=((), np.zeros(0)))
    assert said_of(one, "s0").predicted == "3.142"


def test_an_unknown_label_is_not_said(explained):
    one = explained(label=integers(-1))
    assert said_of(one, "s0").label == ""
    assert "true" not in title_of("s0", said_of(one, "s0"))


def test_a_value_as_label_is_said(explained):
    one = explained(prediction=(("sample",), np.zeros(6)), label=(("sample",), np.full(6, 2.5)), target_class=((), 0))
    assert said_of(one, "s0").label == "2.5"


def test_a_mistake_is_told_from_a_hit(explained):
    said = said_of(explained(prediction=outputs([1.0, 2.0]), label=integers(0)), "s0")
    assert not said.right
    assert title_of("s0", said) == "Sample s0: predicted class 1 (p = 0.73), but true: class 0"


def test_the_class_of_the_asked_step_is_said(explained):
    prediction = np.zeros((6, 10, 2))
    prediction[:, 7, 1] = 3.0
    one = explained(prediction=(("sample", "time", "class"), prediction), target_time=integers(7))
    said = said_of(one, "s0", class_names=("ill", "well"))
    assert said.predicted == "well (p = 0.95)"
    assert said.question.endswith("time 7")


@pytest.mark.parametrize(
    ("index", "versus", "words"),
    [(1, {}, "class 1"), (-1, {}, "all classes"), (1, {"class": "runner-up"}, "class 1 minus runner-up"),
     (1, {"class": 0}, "class 1 minus class 0")],
)  # fmt: skip
def test_the_question_is_said_in_words(explained, index, versus, words):
    target = json.dumps([{"at": {"class": "predicted"}, "versus": versus}])
    assert said_of(explained(target_class=integers(index), target=target), "s0").question == words


def test_one_of_several_targets_is_said(explained):
    several = (("sample", "target"), np.array([[0, 1]] * 6))
    score = (("sample", "target"), np.array([[0.5, 1.5]] * 6))
    said = said_of(explained(target_class=several, score=score), "s0", target=1)
    assert (said.question, said.score) == ("class 1", "1.5")


def test_a_baseline_is_named_with_its_value(explained):
    assert method_of(explained()) == "integrated-gradients, baseline constant (value 0.0)"


def test_an_explainer_without_settings_is_named(explained):
    assert method_of(explained(settings="")) == "integrated-gradients"


@pytest.mark.parametrize(
    ("share", "words"), [(0.0, "p = 0.00"), (1e-9, "p < 0.01"), (0.9999, "p > 0.99"), (1.0, "p = 1.00")]
)
def test_only_certainty_is_rounded_to_certainty(share, words):
    assert percent(share) == words


def test_long_names_are_cut_and_control_characters_left_out():
    assert shortened("a\n\x00b" + "c" * 60, 10) == "a bcccccc…"
