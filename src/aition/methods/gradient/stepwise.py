"""Integrated gradients that move one step of time after another, or one alone."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.events import STEP, is_events
from aition.core.model import Model, white_box
from aition.core.question import Question
from aition.core.several import ForSeveral
from aition.core.signals import signals
from aition.core.variables import Variables
from aition.impute.baseline import Baseline, ConstantBaseline, absence, check_baseline
from aition.methods.gradient.quadrature import Rule, nodes_of
from aition.methods.gradient.sums import SHARE, Points, summed, told

Company = Literal["before", "all"]
"""Which other steps are there while one moves: those before it, or all."""


@dataclass(frozen=True)
class TemporalIntegratedGradients(ForSeveral):
    """Attribute by the gradient along a path that puts in one step of time after another, the first first.

    While a step moves from its baseline to its values, those before it are there and those after it absent. So the
    attributions of a step add up to what the target changes when it comes to those before it, and those of a sample to
    the change of the target from the baseline to the sample, but for the error of the quadrature. What has no axis
    ``time`` (statics) moves before the first step. Of lists of events, those of one step move together.

    It needs as many passes as a series has steps, times ``steps``; wider windows make it cheaper.

    Args:
        steps: Nodes of the quadrature for each window.
        rule: The quadrature, as of :class:`~aition.methods.IntegratedGradients`.
        window: Steps of time that move together; one as long as the series makes it the plain integrated gradients.
        baseline: What stands for absence.

    Returns:
        ``attribution``, ``[sample, time, feature]``, in units of the target; likewise ``attribution_static`` and
        ``attribution_<field>`` where there are such signals; ``completeness``, ``[sample]``, the sum of all of them
        less the change of the target from the baseline to the sample: the error of the quadrature, 0 at best.

    Raises:
        RefusalError: The model is a black box, or cuts the gradient.

    References:
        The package time-interpret names its method so; this path and its sums are those of Friedman, "Paths and
        consistency in additive cost sharing", International Journal of Game Theory 32, 2004.

    >>> from aition import Target, TorchModel, explain, from_tensors
    >>> model = TorchModel(torch.nn.Linear(1, 1, bias=False), lambda module, batch: module(batch.x).prod(dim=1))
    >>> x = torch.tensor([[[2.0], [3.0]]])
    >>> answer = explain(TemporalIntegratedGradients(), model, from_tensors(x), Target.scalar())
    >>> bool((answer.attribution[0, 0] == 0).all() and abs(answer.attribution[0, 1, 0] - answer.score[0]) < 1e-5)
    True
    """

    steps: int = 8
    rule: Rule = "gauss-legendre"
    window: int = 1
    baseline: Baseline = field(default_factory=ConstantBaseline)

    def __post_init__(self) -> None:
        check_settings(self.rule, self.steps, self.window, self.baseline)

    def rows_per_sample(self, _batch: Batch) -> int:
        """Fewer than the points, which are spread over several passes."""
        return max(1, self.steps // SHARE)

    def found(self, model: Model, batch: Batch, questions: Sequence[Question], *, several: bool) -> Variables:
        nodes = nodes_of(self.rule, self.steps)
        return moved("TemporalIntegratedGradients", model, batch, questions, self.baseline, nodes,
                     window=self.window, company="before", several=several)  # fmt: skip


@dataclass(frozen=True)
class SequentialIntegratedGradients(ForSeveral):
    """Attribute by the gradient while one step of time moves from its baseline to its values, and all others are there.

    The attributions of a step add up to what the target loses when this step alone is absent, but for the error of the
    quadrature. They do NOT add up to the change of the target over a sample: what steps do together is counted for each
    of them, or for none; ``excess`` says how far that goes. What has no axis ``time`` (statics) moves as one step of
    its own. Of lists of events, those of one step move together.

    It needs as many passes as a series has steps, times ``steps``; wider windows make it cheaper.

    Args:
        steps: Nodes of the quadrature for each window.
        rule: The quadrature, as of :class:`~aition.methods.IntegratedGradients`.
        window: Steps of time that move together; one as long as the series makes it the plain integrated gradients.
        baseline: What stands for absence.

    Returns:
        ``attribution``, ``[sample, time, feature]``, in units of the target, not divided by their norm as the paper
        does for words; likewise ``attribution_static`` and ``attribution_<field>`` where there are such signals;
        ``excess``, ``[sample]``, the sum of all of them less the change of the target from the baseline to the sample.

    Raises:
        RefusalError: The model is a black box, or cuts the gradient.

    References:
        Enguehard, "Sequential Integrated Gradients: a simple but effective method for explaining language models",
        Findings of ACL 2023, section 2.

    >>> from aition import Target, TorchModel, explain, from_tensors
    >>> model = TorchModel(torch.nn.Linear(1, 1, bias=False), lambda module, batch: module(batch.x).prod(dim=1))
    >>> x = torch.tensor([[[2.0], [3.0]]])
    >>> answer = explain(SequentialIntegratedGradients(), model, from_tensors(x), Target.scalar())
    >>> bool((abs(answer.attribution[0, :, 0] - answer.score[0]) < 1e-5).all())
    True
    """

    steps: int = 8
    rule: Rule = "gauss-legendre"
    window: int = 1
    baseline: Baseline = field(default_factory=ConstantBaseline)

    def __post_init__(self) -> None:
        check_settings(self.rule, self.steps, self.window, self.baseline)

    def rows_per_sample(self, _batch: Batch) -> int:
        """Fewer than the points, which are spread over several passes."""
        return max(1, self.steps // SHARE)

    def found(self, model: Model, batch: Batch, questions: Sequence[Question], *, several: bool) -> Variables:
        nodes = nodes_of(self.rule, self.steps)
        return moved("SequentialIntegratedGradients", model, batch, questions, self.baseline, nodes,
                     window=self.window, company="all", several=several)  # fmt: skip


def check_settings(rule: Rule, steps: int, window: int, baseline: Baseline) -> None:
    """Raise unless the settings make sense."""
    nodes_of(rule, steps)
    check_baseline(baseline)
    if isinstance(window, bool) or not isinstance(window, int) or window < 1:
        raise InputError(f"window must be 1 or more steps, but is {window!r}")


def moved(
    name: str,
    model: Model,
    batch: Batch,
    questions: Sequence[Question],
    baseline: Baseline,
    nodes: tuple[Tensor, Tensor],
    *,
    window: int,
    company: Company,
    several: bool,
) -> Variables:
    """What every window counts for while it moves from its baseline to its values.

    Args:
        name: Who asks.
        model: What is explained.
        batch: The samples.
        questions: One number a sample each.
        baseline: What stands for absence.
        nodes: Of the quadrature, and their weights, ``[node]`` each.
        window: Steps of time that move together.
        company: Which other windows are there.
        several: Whether the axis ``target`` is kept.
    """
    box = white_box(model, name)
    start = absence(batch, baseline)
    ways = {name: signal.value - start[name] for name, signal in signals(batch).items()}
    turns = turns_of(batch, window=window)
    last = torch.stack([turn.expand_as(ways[name]).flatten(1).amax(dim=1) for name, turn in turns.items()]).amax(dim=0)
    sample = torch.arange(len(batch), device=last.device).repeat_interleave(last + 1)
    turn = torch.arange(len(sample), device=last.device) - (last + 1).cumsum(dim=0)[sample] + (last + 1)[sample]
    node, weight = (part.to(batch.x) for part in nodes)

    def points(index: Tensor) -> Points:
        leg, step = index // len(node), index % len(node)
        at, now = sample[leg], turn[leg]
        values, shares = {}, {}
        for name, way in ways.items():
            shape = (len(index),) + (1,) * (way.ndim - 1)
            place, asked = turns[name][at], now.reshape(shape)
            moving = place == asked
            there = (place < asked) if company == "before" else ~moving
            how_far = torch.where(moving, node[step].reshape(shape), there.to(way))
            values[name] = torch.addcmul(start[name][at], way[at], how_far)
            shares[name] = way[at] * (moving * weight[step].reshape(shape))
        return Points(at, values, shares)

    shares = summed(box, batch, questions, len(sample) * len(node), points)
    rest = "completeness" if company == "before" else "excess"
    return told(box, batch, questions, shares, start=start, several=several, rest=rest)


def turns_of(batch: Batch, *, window: int) -> dict[str, Tensor]:
    """When each cell of a signal moves, from 0, in a shape that broadcasts to the signal; padding moves at 0, in vain.

    >>> from aition.core.assemble import from_tensors
    >>> turns_of(from_tensors(torch.zeros(1, 5, 1), lengths=[4]), window=2)["x"].flatten().tolist()
    [0, 0, 1, 1, 0]
    """
    parts = signals(batch)
    timeless = int(any("time" not in signal.axes for signal in parts.values()))
    step = batch[STEP] if is_events(batch) else batch.step
    turn = torch.where(batch.exists, step.div(window, rounding_mode="floor") + timeless, 0)
    found = {}
    for name, signal in parts.items():
        shape = [
            size if axis in ("sample", "time") else 1
            for axis, size in zip(signal.axes, signal.value.shape, strict=True)
        ]
        found[name] = turn.reshape(shape) if "time" in signal.axes else turn.new_zeros(len(batch), *shape[1:])
    return found
