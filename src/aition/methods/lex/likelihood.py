"""Likelihoods: what a predictor's answer says of the answer that is wanted."""

import math
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

from aition.core.batch import Batch
from aition.core.errors import TargetError
from aition.core.question import Question

FUTURE = "future"
"""The field that holds true values, in the shape of a model's outputs."""


class Likelihood(Protocol):
    """From selected outputs to log-probabilities, or log-densities, of the answers that are wanted."""

    def wanted_of(self, outputs: Tensor) -> Tensor:
        """What is wanted where another model's outputs say it, ``[sample, wanted]``."""

    def weight(self, wanted: Tensor) -> Tensor:
        """Of each answer in the bound, ``[sample, outcome]``, summing to 1."""

    def log_prob(self, outputs: Tensor, wanted: Tensor, spread: nn.Module) -> Tensor:
        """``[row, outcome]`` from outputs ``[row, output]`` and what is wanted, ``[row, wanted]``."""

    def expected(self, outputs: Tensor) -> Tensor:
        """What may be averaged over masks: chances or values, ``[row, output]``."""

    def spread(self, wanted: Tensor) -> nn.Module:
        """What the likelihood has to learn itself; a module without parameters where there is nothing."""


@dataclass(frozen=True)
class Classes:
    """A class each outcome; one output alone is the log-odds of class 1.

    What is wanted are chances of the classes: a label is certain, and a guide says how sure it is. In the bound each
    class has the logarithm of its own mean probability, weighted by its chance.
    """

    def wanted_of(self, outputs: Tensor) -> Tensor:
        return classes_of(outputs).exp()

    def weight(self, wanted: Tensor) -> Tensor:
        return wanted

    def log_prob(self, outputs: Tensor, wanted: Tensor, spread: nn.Module) -> Tensor:
        return classes_of(outputs)

    def expected(self, outputs: Tensor) -> Tensor:
        return classes_of(outputs).exp()

    def spread(self, wanted: Tensor) -> nn.Module:
        return nn.Module()


@dataclass(frozen=True)
class Gaussian:
    """Values with a normal error of a learned width, one an output, together: the density of all of them.

    A density, and not an error, is what a mean over masks can be taken of.
    """

    def wanted_of(self, outputs: Tensor) -> Tensor:
        return outputs

    def weight(self, wanted: Tensor) -> Tensor:
        return torch.ones_like(wanted[:, :1])

    def log_prob(self, outputs: Tensor, wanted: Tensor, spread: nn.Module) -> Tensor:
        log_width = dict(spread.named_parameters())["log_width"].to(outputs)
        error = (wanted - outputs) / log_width.exp()
        each = -0.5 * error.square() - log_width - 0.5 * math.log(2 * math.pi)
        return each.sum(dim=1, keepdim=True)

    def expected(self, outputs: Tensor) -> Tensor:
        return outputs

    def spread(self, wanted: Tensor) -> nn.Module:
        return Width(wanted)


class Width(nn.Module):
    """The logarithm of the width of normal errors, from the deviation of what is wanted, ``[output]``."""

    def __init__(self, wanted: Tensor) -> None:
        super().__init__()
        deviation = wanted.std(dim=0, correction=0)
        self.log_width = nn.Parameter(torch.where(deviation > 0, deviation, 1.0).log())


def classes_of(outputs: Tensor) -> Tensor:
    """Log-probabilities of the classes, ``[row, class]``."""
    if outputs.shape[1] == 1:
        return torch.cat([functional.logsigmoid(-outputs), functional.logsigmoid(outputs)], dim=1)
    return torch.log_softmax(outputs, dim=1)


def likelihood_of(question: Question, batch: Batch, *, head: str) -> Likelihood:
    """The likelihood that fits a question: classes where they are taken whole or are two, else values.

    Raises:
        TargetError: Classes are taken whole together with another axis.
    """
    if "class" in question.whole:
        if question.whole != ("class",):
            raise TargetError(
                f"classes must be taken whole at one step, but the target takes {list(question.whole)} whole; say "
                "Target.whole('class', time='last')"
            )
        return Classes() if question.weight.shape[1] > 1 or head == "sigmoid" else value_or_odds(batch)
    return Classes() if head == "sigmoid" and not question.whole else value_or_odds(batch, question)


def value_or_odds(batch: Batch, question: Question | None = None) -> Likelihood:
    """One output is the log-odds of two classes where the labels are classes."""
    alone = question is None or question.weight.shape[1] == 1
    labelled = not batch.label.is_floating_point() and bool((batch.label >= 0).any())
    return Classes() if alone and labelled else Gaussian()


def wanted_by_labels(likelihood: Likelihood, question: Question, batch: Batch) -> Tensor:
    """What the labels want, ``[sample, wanted]``.

    Raises:
        TargetError: Labels are missing, or are no answer to the question.
    """
    if FUTURE in batch.fields and not isinstance(likelihood, Classes):
        future = future_of(question, batch)
        if not bool(torch.isfinite(future).all()):
            raise TargetError(f"the field {FUTURE!r} must be finite, but is not; leave series out by batch.take(…)")
        return future
    if batch.label.ndim == 2 and not one_step(question):
        raise TargetError("labels [sample time] need a target at one step, such as time='last'")
    label = asked_label(question, batch)
    if isinstance(likelihood, Classes):
        n_class = max(2, question.weight.shape[1])
        if label.is_floating_point() or bool(((label < 0) | (label >= n_class)).any()):
            raise TargetError(
                f"every series must have a label from 0 to {n_class - 1} to learn from; leave the others out by "
                "batch.take(…), or take what the model says: guide='model'"
            )
        return functional.one_hot(label, n_class).to(batch.x.dtype)
    if not label.is_floating_point() or question.weight.shape[1] != 1 or not bool(torch.isfinite(label).all()):
        raise TargetError(
            "values that are learned from labels need one output and labels that are finite values, but there are "
            f"{question.weight.shape[1]} outputs and labels of {label.dtype}; give a field "
            f"{FUTURE!r} in the shape of the outputs, or take guide='model'"
        )
    return label[:, None].to(batch.x.dtype)


def future_of(question: Question, batch: Batch) -> Tensor:
    """What came of the asked outputs, ``[sample, output]``."""
    return question.select(batch.fields[FUTURE].value).to(batch.x)


def one_step(question: Question) -> bool:
    """Whether an answer at one step is asked for."""
    return "time" in question.axes and "time" not in question.whole


def asked_label(question: Question, batch: Batch) -> Tensor:
    """The label of each series, or of the step of it that is asked for, ``[sample]``."""
    label = batch.label
    if label.ndim == 1:
        return label
    step = question.index[:, question.axes.index("time")]
    return label[torch.arange(len(batch), device=label.device), step.to(label.device)]


def labelled_rows(likelihood: Likelihood, question: Question, batch: Batch) -> Tensor:
    """The samples that have a label that is an answer to the question, ``[row]``."""
    if FUTURE in batch.fields and not isinstance(likelihood, Classes):
        return torch.isfinite(future_of(question, batch)).all(dim=1).nonzero()[:, 0]
    if batch.label.ndim == 2 and not one_step(question):
        return torch.zeros(0, dtype=torch.int64, device=batch.x.device)
    label = asked_label(question, batch)
    if isinstance(likelihood, Classes):
        good = (label >= 0) & (label < max(2, question.weight.shape[1]))
        return (good & (not label.is_floating_point())).nonzero()[:, 0]
    good = torch.isfinite(label) & label.is_floating_point()
    return (good & (question.weight.shape[1] == 1)).nonzero()[:, 0]
