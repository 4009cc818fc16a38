"""A task's question put to every explainer: as it is, or as one number to those that explain no more."""

import time
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from aition.core.batch import Batch, Field
from aition.core.errors import TargetError
from aition.core.explain import explain
from aition.core.explanation import Explanation
from aition.core.freeze import frozen
from aition.core.model import TorchModel, outputs_of, white_box
from aition.core.run import ready
from aition.core.scrutiny import with_head_settled
from aition.core.target import Target
from aition.data.simulate.simulated import Simulated
from aition.impute.unfitted import fitted, needs_background

ASKED = "bench_asked"
"""The field that says how much of each output is asked for."""


@dataclass(frozen=True)
class Answered:
    """An explanation and what it took.

    Args:
        explanation: Of the series of the task.
        summed: Whether the question was put as one number.
        seconds: Of explaining, by the clock.
        cpu_seconds: Of explaining, by the processor.
        fit_cpu_seconds: Of fitting the explainer and its imputers; 0 where nothing is to be fitted.
        fitted: The explainer, fitted if need be.
    """

    explanation: Explanation
    summed: bool
    seconds: float
    cpu_seconds: float
    fit_cpu_seconds: float
    fitted: Any


def answered(how: Any, model: TorchModel, train: Simulated, shown: Simulated) -> Answered:
    """Explain the series of a task; imputers, and an explainer that ``needs_fit``, are fitted on the training series.

    A question of several outputs is put as it is. An explainer that needs one number a sample, and so raises a
    TargetError, is asked for the sum of :func:`as_one_number` instead.
    """
    if not needs_background(how):
        return put(how, model, train, shown)
    began = time.process_time()
    how = fitted(how, train.batch)
    spent = time.process_time() - began
    answer = put(how, model, train, shown)
    return replace(answer, fit_cpu_seconds=answer.fit_cpu_seconds + spent)


def put(how: Any, model: TorchModel, train: Simulated, shown: Simulated) -> Answered:
    """The question put as it is, else as one number."""
    target = shown.target
    try:
        return timed(how, model, train.batch, shown.batch, target)
    except TargetError:
        if not target.is_whole:
            raise
    one_number, series = as_one_number(model, shown.batch, target)
    background = as_one_number(model, train.batch, target)[1] if needs_fit(how) else series
    return replace(timed(how, one_number, background, series, Target.scalar()), summed=True)


def timed(how: Any, model: TorchModel, background: Batch, batch: Batch, target: Target) -> Answered:
    """Fit if need be, explain, and look at the clocks."""
    fit_cpu = 0.0
    if needs_fit(how):
        began = time.process_time()
        how = how.fit(model, background, target)
        fit_cpu = time.process_time() - began
    began, began_cpu = time.perf_counter(), time.process_time()
    explanation = explain(how, model, batch, target, progress="off")
    seconds, cpu = time.perf_counter() - began, time.process_time() - began_cpu
    return Answered(explanation, False, seconds, cpu, fit_cpu, how)


def needs_fit(how: Any) -> bool:
    """Whether an explainer has to be fitted before it explains."""
    return bool(getattr(how, "needs_fit", False))


def as_one_number(model: TorchModel, batch: Batch, target: Target) -> tuple[TorchModel, Batch]:
    """A model whose only output is the sum of the outputs that a target takes whole.

    Summed over existing steps: of two classes the second minus the first, of more the class that is predicted for the
    untouched series, of other outputs each.

    Args:
        model: The model.
        batch: Series.
        target: It takes an axis whole.

    Returns:
        The model and the series; how much of each output is asked for stands in a field of them.

    >>> from aition.core.assemble import from_tensors
    >>> model = TorchModel(nn.Identity(), axes=("time", "class"), head="none")
    >>> batch = from_tensors(torch.tensor([[[0.0, 1.0], [5.0, 2.0]]]), layout="sample time feature")
    >>> one_number, series = as_one_number(model, batch, Target.whole("time", "class"))
    >>> one_number(series).tolist()
    [[-2.0]]
    """
    with frozen(model):
        there = ready(batch, model)
        inner = white_box(with_head_settled(model, there.take([0])), "the bench")
        outputs = outputs_of(inner, there)
        question = target.resolve(outputs, there, axes=inner.axes)
    share = torch.ones_like(outputs)
    for place, axis in enumerate(question.axes):
        shape = [len(batch)] + [1] * (outputs.ndim - 1)
        shape[place + 1] = outputs.shape[place + 1]
        if axis not in question.whole:
            share = share * functional.one_hot(question.index[:, place], shape[place + 1]).reshape(shape)
        elif axis == "time":
            share = share * there.exists.reshape(shape)
        elif axis == "class":
            share = share * class_share(outputs, place + 1)
    fields = {**batch.fields, ASKED: Field(share.to(batch.x.device), "context", ("sample", *question.axes))}
    summed = TorchModel(inner.module, partial(total, inner=inner), head="none", rows=inner.rows)
    return summed, replace(batch, fields=fields)


def class_share(outputs: Tensor, place: int) -> Tensor:
    """How much of each class is asked for, in a shape that goes with the outputs."""
    n_class = outputs.shape[place]
    if n_class == 2:
        return outputs.new_tensor([-1.0, 1.0]).reshape([2 if axis == place else 1 for axis in range(outputs.ndim)])
    best = outputs.argmax(dim=place)
    return functional.one_hot(best, n_class).movedim(-1, place).to(outputs.dtype)


def total(module: nn.Module, batch: Batch, *, inner: TorchModel) -> Tensor:
    """The sum of the asked outputs, ``[sample, 1]``."""
    return (replace(inner, module=module)(batch) * batch[ASKED]).flatten(1).sum(dim=1, keepdim=True)
