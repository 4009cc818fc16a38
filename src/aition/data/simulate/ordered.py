"""Ordered: a test of which only matters that somebody ordered it."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from aition.core.assemble import from_tensors
from aition.core.batch import Batch
from aition.core.model import TorchModel
from aition.data.simulate.drawing import check_counts, check_least, check_positive, named, single, streams
from aition.data.simulate.law import LOG_ODDS, check_share, noise, tossed, two_classes
from aition.data.simulate.simulated import Simulated

MEASURED = 0.9
"""Chance of a vital sign at a step."""


@dataclass(frozen=True)
class Ordered:
    """Series in which it tells that a test was ordered, or that it was not, and never what it said.

    There are three features: a vital sign, measured nine times in ten; a test, measured in few steps; and another test,
    ordered as rarely. The log-odds of class 1 add up, over the steps ``first`` to ``last`` (not included), ``order``
    for each in which the test was measured, less what is expected, and the mean of the vital sign, where it was
    measured, times ``value``. The other test, and what either test says, are not read. What was not measured holds 0.

    True cells are the vital sign's measurements and *all* of the test's cells in those steps: that one was not measured
    lowers the log-odds as much as ``order`` raises them.

    Args:
        n_sample: Series.
        n_time: Steps.
        first: The first step that is read.
        last: The step at which what is read ends (not included).
        rate: Chance of each test at a step, in [0, 1).
        order: Log-odds for a step in which the test was ordered.
        value: Log-odds for a vital sign of 1 at every step that is read.

    Returns:
        Series with gaps; half of them are of class 1.

    Raises:
        InputError: A setting is out of range.

    References:
        Rubin, "Inference and missing data", Biometrika 1976: what is missing tells of the label.

    >>> drawn = Ordered(n_sample=2)(seed=0)
    >>> drawn.batch.feature_names, int(drawn.truth[0, :, 1].sum()), bool(drawn.truth[:, :, 2].any())
    (('vital', 'ordered', 'idle'), 8, False)
    """

    n_sample: int = 1000
    n_time: int = 24
    first: int = 8
    last: int = 16
    rate: float = 0.25
    order: float = 1.5
    value: float = 2.0

    def __post_init__(self) -> None:
        check_counts(n_sample=self.n_sample)
        check_least(first=(self.first, 0), last=(self.last, self.first + 1), n_time=(self.n_time, self.last))
        check_positive(order=self.order, value=self.value)
        check_share(rate=self.rate)

    def __call__(self, *, seed: int) -> Simulated:
        values, measuring, chance = streams(seed, 3)
        shape = (self.n_sample, self.n_time, 3)
        x = noise(values, shape, memory=0.8)
        seen = measuring.random(shape) < np.array([MEASURED, self.rate, self.rate])
        batch = from_tensors(
            single(np.where(seen, x, np.nan)),
            layout="sample time feature",
            ids=named("ordered", seed=seed, n_sample=self.n_sample),
            feature_names=("vital", "ordered", "idle"),
        )
        law = Orders(self.first, self.last, self.rate, self.order, self.value)
        label = tossed(chance, law(batch.x, batch.observed).double().numpy())
        truth = torch.zeros(shape, dtype=torch.bool)
        truth[:, self.first : self.last, 0] = batch.observed[:, self.first : self.last, 0]
        truth[:, self.first : self.last, 1] = True
        towards = torch.stack([batch.x[..., 0], batch.observed[..., 1] * 2.0 - 1, batch.x[..., 2]], dim=2).sign()
        return Simulated(
            batch=replace(batch, label=torch.from_numpy(label)),
            truth=truth,
            sign=(towards * truth).to(torch.int8),
            target=LOG_ODDS,
            white_box=TorchModel(law, forward_orders, head="none"),
        )


class Orders(nn.Module):
    """Orders of the second feature less what is expected, and the first one's mean, each with its weight.

    Args:
        first: The first step that is read.
        last: Where what is read ends (not included).
        rate: Chance of an order at a step.
        order: Weight of an order.
        value: Weight of the mean.
    """

    def __init__(self, first: int, last: int, rate: float, order: float, value: float) -> None:
        super().__init__()
        self.first, self.last, self.rate = first, last, rate
        self.weight: Tensor
        self.register_buffer("weight", torch.tensor([order, value / (last - first)]))

    def forward(self, x: Tensor, observed: Tensor) -> Tensor:
        """Log-odds ``[sample]``."""
        steps = slice(self.first, self.last)
        orders = (observed[:, steps, 1].to(x.dtype) - self.rate).sum(dim=1)
        vital = (x[:, steps, 0] * observed[:, steps, 0]).sum(dim=1)
        log_odds: Tensor = self.weight[0] * orders + self.weight[1] * vital
        return log_odds


def forward_orders(law: nn.Module, batch: Batch) -> Tensor:
    """Logits ``[sample, class]``."""
    return two_classes(law(batch.x, batch.observed))
