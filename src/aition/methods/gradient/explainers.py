"""Saliency, input times gradient, and integrated gradients."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.model import Model, white_box
from aition.core.question import Question
from aition.core.several import ForSeveral
from aition.core.signals import answered, signals
from aition.core.variables import Variables
from aition.impute.baseline import Baseline, ConstantBaseline, absence, check_baseline
from aition.methods.gradient.pull import at_once
from aition.methods.gradient.quadrature import Rule, nodes_of
from aition.methods.gradient.sums import SHARE, Points, summed, told


@dataclass(frozen=True)
class Saliency(ForSeveral):
    """Attribute by how fast the target changes with each value.

    It says where the model is sensitive, not what made the prediction; padding gets 0.

    Args:
        signed: Keep the sign; else the magnitude is taken, as published.

    Returns:
        ``attribution``, ``[sample, time, feature]``, in units of the target by that of ``x``; likewise
        ``attribution_static`` and ``attribution_<field>`` where there are such signals.

    Raises:
        RefusalError: The model is a black box, or cuts the gradient.

    References:
        Simonyan, Vedaldi and Zisserman, "Deep inside convolutional networks", ICLR workshop 2014, section 3.1.

    >>> from aition import Target, TorchModel, explain, from_tensors
    >>> model = TorchModel(torch.nn.Linear(2, 1), lambda module, batch: module(batch.x).sum(dim=1))
    >>> answer = explain(Saliency(signed=True), model, from_tensors(torch.rand(1, 3, 2)), Target.scalar())
    >>> bool((answer.attribution[0].values == model.module.weight.detach().numpy()).all())
    True
    """

    signed: bool = False

    def found(self, model: Model, batch: Batch, questions: Sequence[Question], *, several: bool) -> Variables:
        slopes = at_once(white_box(model, "Saliency"), batch, questions)
        return answered(
            batch, slopes if self.signed else {name: slope.abs() for name, slope in slopes.items()}, several=several
        )


@dataclass(frozen=True)
class InputXGradient(ForSeveral):
    """Attribute by value times gradient: what each value adds to the target's linear part around the sample.

    A zero gets 0 whatever the model does with it; padding gets 0.

    Returns:
        ``attribution``, ``[sample, time, feature]``, in units of the target; likewise ``attribution_static`` and
        ``attribution_<field>`` where there are such signals.

    Raises:
        RefusalError: The model is a black box, or cuts the gradient.

    References:
        Shrikumar, Greenside, Shcherbina and Kundaje, "Not just a black box: learning important features through
        propagating activation differences", 2016, section 3.

    >>> from aition import Target, TorchModel, explain, from_tensors
    >>> model = TorchModel(torch.nn.Linear(2, 1, bias=False), lambda module, batch: module(batch.x).sum(dim=1))
    >>> answer = explain(InputXGradient(), model, from_tensors(torch.rand(1, 3, 2)), Target.scalar())
    >>> abs(float(answer.attribution.sum() - answer.score[0])) < 1e-6
    True
    """

    def found(self, model: Model, batch: Batch, questions: Sequence[Question], *, several: bool) -> Variables:
        slopes = at_once(white_box(model, "InputXGradient"), batch, questions)
        parts = signals(batch)
        return answered(
            batch, {name: slope * parts[name].value.unsqueeze(1) for name, slope in slopes.items()}, several=several
        )


@dataclass(frozen=True)
class IntegratedGradients(ForSeveral):
    """Attribute by the gradient along the straight way from a baseline to the sample.

    Attributions of all signals together add up to the target at the sample less the target at the baseline, but for the
    error of the quadrature. In the padding the baseline is what stands there, so padding gets 0. A value that was not
    observed is its fill value and is treated as any other.

    Args:
        steps: Nodes of the quadrature: forward and backward passes a sample.
        rule: The quadrature: "gauss-legendre", "midpoint", "trapezoid", "left" or "right".
        baseline: What stands for absence.

    Returns:
        ``attribution``, ``[sample, time, feature]``, in units of the target; likewise ``attribution_static`` and
        ``attribution_<field>`` where there are such signals; ``completeness``, ``[sample]``, the sum of all of them
        less the change of the target from the baseline to the sample: the error of the quadrature, 0 at best.

    Raises:
        RefusalError: The model is a black box, or cuts the gradient.

    References:
        Sundararajan, Taly and Yan, "Axiomatic attribution for deep networks", ICML 2017, equations 1 and 3.

    >>> from aition import Target, TorchModel, explain, from_tensors
    >>> model = TorchModel(torch.nn.Linear(2, 1), lambda module, batch: module(batch.x).sum(dim=1).sigmoid())
    >>> answer = explain(IntegratedGradients(), model, from_tensors(torch.rand(1, 3, 2)), Target.scalar())
    >>> abs(float(answer.completeness[0])) < 1e-5
    True
    """

    steps: int = 32
    rule: Rule = "gauss-legendre"
    baseline: Baseline = field(default_factory=ConstantBaseline)

    def __post_init__(self) -> None:
        nodes_of(self.rule, self.steps)
        check_baseline(self.baseline)

    def rows_per_sample(self, _batch: Batch) -> int:
        """Fewer than the steps, which are spread over several passes."""
        return max(1, self.steps // SHARE)

    def found(self, model: Model, batch: Batch, questions: Sequence[Question], *, several: bool) -> Variables:
        box = white_box(model, "IntegratedGradients")
        start = absence(batch, self.baseline)
        ways = {name: signal.value - start[name] for name, signal in signals(batch).items()}
        node, weight = (part.to(batch.x) for part in nodes_of(self.rule, self.steps))

        def points(index: Tensor) -> Points:
            at, place = index // self.steps, index % self.steps
            values, shares = {}, {}
            for name, way in ways.items():
                shape = (len(index),) + (1,) * (way.ndim - 1)
                there = way[at]
                values[name] = torch.addcmul(start[name][at], there, node[place].reshape(shape))
                shares[name] = there * weight[place].reshape(shape)
            return Points(at, values, shares)

        shares = summed(box, batch, questions, len(batch) * self.steps, points)
        return told(box, batch, questions, shares, start=start, several=several, rest="completeness")
