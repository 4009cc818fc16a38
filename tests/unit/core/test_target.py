"""Target and Question: every choice along every axis, against plain indexing."""

import pytest
import torch

from aition import Target, from_tensors
from aition.core.errors import TargetError

N, T, C = 3, 4, 5


def data(**rest: object) -> object:
    return from_tensors(torch.randn(N, T, 2), **rest)


def test_predicted_is_the_largest_output() -> None:
    outputs = torch.randn(N, C)
    score = Target.predicted().resolve(outputs, data()).score(outputs)
    assert torch.equal(score, outputs.max(dim=1).values)


def test_true_is_the_label() -> None:
    outputs = torch.randn(N, C)
    score = Target.true().resolve(outputs, data(label=[4, 0, 2])).score(outputs)
    assert torch.equal(score, outputs[range(N), [4, 0, 2]])


def test_a_question_keeps_its_class_when_the_outputs_change() -> None:
    outputs = torch.randn(N, C)
    question = Target.predicted().resolve(outputs, data())
    assert torch.equal(question.score(-outputs), -outputs.max(dim=1).values)


def test_a_scalar_output_needs_no_choice() -> None:
    for outputs in (torch.randn(N), torch.randn(N, 1)):
        assert torch.equal(Target.scalar().resolve(outputs, data()).score(outputs), outputs.reshape(N))


def test_versus_subtracts_another_output() -> None:
    outputs = torch.randn(N, C)
    contrast = Target.of_class(1).against(**{"class": 3}).resolve(outputs, data())
    assert torch.equal(contrast.score(outputs), outputs[:, 1] - outputs[:, 3])


def test_the_runner_up_is_the_largest_of_the_others() -> None:
    outputs = torch.tensor([[3.0, 1.0, 2.0]] * N)
    margin = Target.predicted().against(**{"class": "runner-up"}).resolve(outputs, data())
    assert margin.score(outputs).tolist() == [1.0] * N
    behind = Target.of_class(1).against(**{"class": "runner-up"}).resolve(outputs, data())
    assert behind.score(outputs).tolist() == [-2.0] * N


def test_the_last_step_is_the_last_that_exists() -> None:
    outputs = torch.randn(N, T, C)
    right = Target.of_class(2, time="last").resolve(outputs, data(lengths=[1, 2, 4]))
    assert torch.equal(right.score(outputs), outputs[range(N), [0, 1, 3], 2])
    left = Target.of_class(2, time="last").resolve(outputs, data(lengths=[1, 2, 4], side="left"))
    assert torch.equal(left.score(outputs), outputs[:, 3, 2])


def test_steps_are_counted_from_the_first_that_exists() -> None:
    outputs = torch.randn(N, T, C)
    question = Target.of_class(0, time=1).resolve(outputs, data(lengths=[2, 3, 4], side="left"))
    assert torch.equal(question.score(outputs), outputs[range(N), [3, 2, 1], 0])


def test_a_step_that_does_not_exist_is_marked() -> None:
    question = Target.of_class(0, time=2).resolve(torch.randn(N, T, C), data(lengths=[2, 3, 4]))
    assert question.exists.tolist() == [False, True, True]


def test_horizon_and_quantile_are_chosen_by_name() -> None:
    outputs = torch.randn(N, 6, 3)
    question = Target.output(horizon=4, quantile=1).resolve(outputs, data(), axes=("horizon", "quantile"))
    assert torch.equal(question.score(outputs), outputs[:, 4, 1])


def test_each_asks_along_one_axis() -> None:
    outputs = torch.randn(N, 6)
    asked = [t.resolve(outputs, data(), axes=("horizon",)).score(outputs) for t in Target.each("horizon", range(6))]
    assert torch.equal(torch.stack(asked, dim=1), outputs)


def test_whole_outputs_weigh_existing_steps_alone() -> None:
    outputs = torch.randn(N, T, C)
    question = Target.whole("time", "class").resolve(outputs, data(lengths=[1, 2, 4]))
    assert torch.equal(question.select(outputs), outputs.reshape(N, T * C))
    assert torch.allclose(question.weight.sum(dim=1), torch.ones(N))
    assert question.weight[0].reshape(T, C)[1:].sum() == 0


def test_one_axis_whole_and_the_others_chosen() -> None:
    outputs = torch.randn(N, T, C)
    question = Target.whole("time", **{"class": 3}).resolve(outputs, data())
    assert torch.equal(question.select(outputs), outputs[:, :, 3])


def test_a_whole_output_has_no_one_score() -> None:
    outputs = torch.randn(N, C)
    with pytest.raises(TargetError, match="needs one number a sample, but the target selects 5"):
        Target.whole("class").resolve(outputs, data()).score(outputs)


def test_taken_questions_follow_their_samples() -> None:
    outputs = torch.randn(N, C)
    question = Target.predicted().resolve(outputs, data())
    rows = torch.tensor([2, 2, 0])
    assert torch.equal(question.take(rows).score(outputs[rows]), question.score(outputs)[rows])


def test_labels_a_step_are_read_at_the_chosen_step() -> None:
    outputs = torch.randn(N, T, C)
    label = torch.randint(0, C, (N, T))
    question = Target.true(time="last").resolve(outputs, data(label=label))
    assert torch.equal(question.index[:, 1], label[:, -1])


def test_a_label_of_a_step_that_does_not_exist_is_not_looked_at() -> None:
    batch = from_tensors(torch.zeros(2, 3, 1), lengths=[2, 3], label=torch.tensor([[0, 1, -1], [0, 1, 1]]))
    question = Target.true(time=2).resolve(torch.zeros(2, 3, 2), batch)
    assert question.exists.tolist() == [False, True]
    assert question.index[1].tolist() == [2, 1]


def test_an_axis_must_not_be_chosen_twice() -> None:
    with pytest.raises(TargetError, match="each axis must be chosen once"):
        Target((("class", 1), ("class", 2)))


def test_json_and_back_is_the_same_target() -> None:
    target = Target.predicted(time="last").against(**{"class": "runner-up"})
    assert Target.from_json(target.to_json()) == target


BAD = {
    "negative": (lambda: Target.of_class(-1), "index for class must be 0 or more, but is -1"),
    "word": (lambda: Target.of_class("best"), "must be an index or one of"),
    "bool": (lambda: Target.output(**{"class": True}), "must be an index"),
    "too large": (lambda: Target.of_class(5).resolve(torch.randn(N, C), data()), "class 5 is out of range"),
    "no class": (lambda: Target.predicted().resolve(torch.randn(N), data()), "ask for Target.scalar()"),
    "one class": (lambda: Target.predicted().resolve(torch.randn(N, 1), data()), "ask for Target.scalar()"),
    "undecided": (lambda: Target.scalar().resolve(torch.randn(N, C), data()), "choose class"),
    "no step": (lambda: Target.predicted().resolve(torch.randn(N, T, C), data()), "choose time"),
    "unnamed": (lambda: Target.scalar().resolve(torch.randn(N, 7, 3), data()), "name their axes"),
    "declared": (lambda: Target.scalar().resolve(torch.randn(N, C), data(), axes=("horizon", "class")), "declares"),
    "no label": (lambda: Target.true().resolve(torch.randn(N, C), data()), "has -1 (-1: unknown)"),
    "values": (lambda: Target.true().resolve(torch.randn(N, C), data(label=[0.5, 1, 2])), "labels are values"),
    "large label": (lambda: Target.true().resolve(torch.randn(N, C), data(label=[1, 5, 2])), "sample '1' has 5"),
    "steps": (lambda: Target.predicted(time=0).resolve(torch.randn(N, 9, C), data(), axes=("time", "class")), "4 st"),
    "class of all steps": (lambda: Target.predicted(time="whole").resolve(torch.randn(N, T, C), data()), "one step"),
    "contrast of wholes": (lambda: Target.whole("class").against(**{"class": 1}), "does not go with 'whole'"),
    "runner-up of nothing": (lambda: Target.output(**{"class": "runner-up"}), "not for at"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_question_that_does_not_fit_is_refused_in_words(name: str) -> None:
    ask, words = BAD[name]
    with pytest.raises(TargetError) as caught:
        ask()
    assert words in str(caught.value)


def test_a_whole_without_axes_is_refused() -> None:
    with pytest.raises(TargetError, match="name the axes"):
        Target.whole()
