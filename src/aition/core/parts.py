"""Parts of a question: what may be asked of a network that was learned for several answers together."""

import torch
from torch import Tensor

from aition.core.errors import RefusalError
from aition.core.question import Question
from aition.core.target import Target


def check_part(asked: Question, learned: Question, target: Target) -> None:
    """Raise unless what is asked is a part of what a selector was learned for, which it explains together.

    A selector that was learned for all classes may be asked for one of them, one that was learned for all horizons for
    each; but not one that was learned for a step for another step.

    Args:
        asked: Of some samples.
        learned: The question that it was learned for, of the same samples.
        target: The same in words.

    Raises:
        RefusalError: It is another question.
    """
    there = (asked.exists & learned.exists)[:, None]
    inside = part_of(asked.index, learned.index)
    if learned.versus.shape[1]:
        same = asked.versus.shape == learned.versus.shape
        inside = inside & (asked.versus == learned.versus) if same else torch.zeros_like(inside)
    elif asked.versus.shape[1]:
        inside = inside & part_of(asked.versus, learned.index)
    if not bool((inside | ~there).all()):
        raise RefusalError(
            f"the selector was learned for {target.to_json()['at']} and explains parts of that alone; fit it for the "
            "target that is asked, or for all of them together, such as Target.whole('horizon')"
        )


def part_of(index: Tensor, whole: Tensor) -> Tensor:
    """Whether places on the output axes are those of a question, or on an axis that it takes whole."""
    return (index == whole) | (whole < 0)


def axis_of(question: Question) -> str:
    """The name of the axis of what is expected: ``output``, or ``outcome`` where the model has an axis output itself.

    >>> none = torch.zeros(1, 1).long()
    >>> axis_of(Question(none, none, none[:, 0] == 0, none, axes=("horizon",), whole=("horizon",)))
    'output'
    """
    return "outcome" if "output" in question.axes else "output"


def whole_question(target: Target) -> Target:
    """The target that takes the classes whole where one class was asked for: what is selected explains all of them."""
    at = tuple((axis, "whole" if axis == "class" else choice) for axis, choice in target.at)
    return Target(at) if "class" in dict(target.at) else target
