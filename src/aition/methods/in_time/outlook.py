"""Outlooks: what a model says at one step, read as a distribution, and how far two of them lie apart."""

import math
from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from aition.core.errors import InputError, RefusalError
from aition.core.head import look_like_probabilities
from aition.core.model import Model
from aition.core.question import Question

Distance = Literal["kl", "js", "difference"]
"""How two outlooks are compared: Kullback and Leibler's divergence or Jensen's and Shannon's, in nats, or the total
variation; of values half the squared difference or, by "difference", the absolute one."""
Outputs = Literal["auto", "logits", "probabilities", "values"]
"""What the outputs of a model are."""
ALONE = "a class is held against all others, so one class among several is another question than its logit by itself"
EXEMPT = {"a-scalar-output-can-be-asked": ALONE, "outputs-named-by-axes-can-be-asked": ALONE}
"""Checks of explainers that take the logit of a class for a number like any other."""


@dataclass(frozen=True, eq=False)
class Outlook:
    """From the outputs at one step to what they say of the asked.

    Args:
        question: Without the axis ``time``.
        kind: Whether the classes of the question are taken whole, one is held against all others, the asked number is
            the log-odds of a class, or a value.
        probabilities: Whether outputs are probabilities, and no logits.
    """

    question: Question
    kind: Literal["whole", "one", "odds", "value"]
    probabilities: bool

    @classmethod
    def of(cls, model: Model, outputs: Tensor, question: Question, *, read: Outputs) -> "Outlook":
        """Of a question.

        Args:
            model: What is explained; its head tells a logit from a value.
            outputs: What it says of the samples, ``[sample, …]``.
            question: What is asked of them.
            read: What the outputs are.

        Raises:
            InputError: A black box answers probabilities, and nobody said whether they are.
            RefusalError: Two steps are subtracted from each other.
        """
        sizes = dict(zip(question.axes, outputs.shape[1:], strict=True))
        head, n_class = getattr(model, "head", "none"), sizes.get("class", 1)
        if read == "auto" and n_class > 1 and head == "none" and look_like_probabilities(outputs):
            raise InputError(
                "the outputs look like probabilities, and read as logits they would say something else; "
                "give outputs='probabilities', or outputs='logits' if this is what they are"
            )
        asked = at_a_step(question)
        alone = n_class == 1 or head == "sigmoid"
        if read == "values" or (read == "auto" and n_class == 1 and head != "sigmoid"):
            kind: Literal["whole", "one", "odds", "value"] = "value"
        elif alone or asked.versus.shape[1]:
            kind = "odds"
        else:
            kind = "whole" if "class" in asked.whole else "one"
        return cls(asked, kind, read == "probabilities")

    def take(self, rows: Tensor) -> "Outlook":
        """The same for some of the samples."""
        return replace(self, question=self.question.take(rows))

    def __call__(self, outputs: Tensor) -> Tensor:
        """Log-probabilities, or values, in double precision, ``[row, output, class]``; one class where it is a value.

        Args:
            outputs: Of one step, ``[row, …]``, in the order of the question's samples.
        """
        level = outputs.double()
        if self.probabilities and self.kind != "value":
            level = level.clamp(min=torch.finfo(outputs.dtype).tiny).log()
        if self.kind == "value":
            return self.question.select(level)[:, :, None]
        if self.kind == "odds":
            return either(self.odds(level, outputs.double()))
        classes = self.by_class(level)
        if self.kind == "whole":
            return classes
        chosen = self.question.index[:, self.question.axes.index("class")][:, None, None].expand(*classes.shape[:2], 1)
        others = classes.scatter(2, chosen, -torch.inf).logsumexp(dim=2, keepdim=True)
        return torch.cat([classes.gather(2, chosen), others], dim=2)

    def odds(self, level: Tensor, outputs: Tensor) -> Tensor:
        """The log-odds that are asked for, ``[row, output]``."""
        if not self.probabilities or self.question.versus.shape[1]:
            return self.question.select(level)
        rest = (1 - outputs).clamp(min=torch.finfo(torch.float32).tiny).log()
        return self.question.select(level - rest)

    def by_class(self, level: Tensor) -> Tensor:
        """Log-probabilities of all classes, ``[row, output, class]``."""
        axes = self.question.axes
        whole = tuple(axis for axis in axes if axis in self.question.whole or axis == "class")
        every = replace(self.question, whole=whole, versus=self.question.versus[:, :0])
        sizes = [level.shape[axes.index(axis) + 1] for axis in whole]
        shaped = every.select(level).reshape(len(level), *sizes).movedim(whole.index("class") + 1, -1)
        return shaped.flatten(1, -2).log_softmax(dim=2) if shaped.ndim > 2 else shaped[:, None].log_softmax(dim=2)

    def distance(self, one: Tensor, other: Tensor, *, by: Distance) -> Tensor:
        """How far outlooks lie apart, ``[…]``, 0 or more: the mean over the outputs.

        Args:
            one: ``[…, output, class]``.
            other: The same.
            by: How they are compared.

        Raises:
            RefusalError: Values are to be compared by Jensen's and Shannon's divergence.
        """
        if self.kind == "value":
            if by == "js":
                raise RefusalError(
                    "Jensen's and Shannon's divergence compares probabilities, but the asked output is a value; take "
                    "distance='kl' or 'difference', or say by outputs='logits' that it is the log-odds of a class"
                )
            gap = (one - other)[..., 0]
            return (gap.abs() if by == "difference" else gap.square() / 2).mean(dim=-1)
        if by == "difference":
            return (one.exp() - other.exp()).abs().sum(dim=-1).mean(dim=-1) / 2
        if by == "kl":
            return divergence(one, other).mean(dim=-1)
        between = torch.logaddexp(one, other) - math.log(2)
        return (divergence(one, between) + divergence(other, between)).mean(dim=-1) / 2


def at_a_step(question: Question) -> Question:
    """The same question without the axis ``time``.

    Raises:
        RefusalError: It subtracts another step.
    """
    if "time" not in question.axes:
        return question
    place = question.axes.index("time")
    if question.versus.shape[1] and bool((question.versus[:, place] != question.index[:, place]).any()):
        raise RefusalError(
            "a running prediction is explained step by step, but the target subtracts another step; ask for one step, "
            "or take FeatureAblation"
        )
    kept = [axis for axis in range(len(question.axes)) if axis != place]
    return replace(
        question,
        index=question.index[:, kept],
        versus=question.versus[:, kept] if question.versus.shape[1] else question.versus,
        axes=tuple(question.axes[axis] for axis in kept),
        whole=tuple(axis for axis in question.whole if axis != "time"),
    )


def either(odds: Tensor) -> Tensor:
    """Log-probabilities of two classes from the log-odds of the first, with an axis ``class`` at the end.

    >>> either(torch.tensor([0.0])).exp().tolist()
    [[0.5, 0.5]]
    """
    return logsigmoid(torch.stack([odds, -odds], dim=-1))


def divergence(one: Tensor, other: Tensor) -> Tensor:
    """Kullback and Leibler's divergence of one from the other along the last axis, in nats."""
    return (one.exp() * (one - other)).sum(dim=-1).clamp(min=0)
