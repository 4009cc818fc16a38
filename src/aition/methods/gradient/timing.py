"""TIMING: integrated gradients along paths on which stretches of time stay as they are."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.model import Model, white_box
from aition.core.numbers import check_seed, check_whole, is_number
from aition.core.question import Question
from aition.core.several import ForSeveral
from aition.core.signals import signals
from aition.core.variables import Variables
from aition.impute.baseline import Baseline, ConstantBaseline, absence, check_baseline
from aition.methods.gradient.quadrature import Rule, nodes_of
from aition.methods.gradient.runs import parts_of
from aition.methods.gradient.sums import SHARE, Points, summed, told


@dataclass(frozen=True)
class Timing(ForSeveral):
    """Attribute by the gradient along paths on which the rest of the series, in stretches of time, stays as it is.

    At every node of the quadrature each feature is cut into runs of time anew, which are dealt out to ``parts`` at
    random; each part in turn is free, on its way from the baseline to the sample, while the others stay at their
    values. So every cell is free once at every node, in company of its run, and ``1 - 1 / parts`` of the series stand
    around it as they are. One part makes it the plain integrated gradients.

    Of a linear target, and of a sum of functions of one cell each, the answer is that of integrated gradients, exactly.
    Where cells act together, they count for more than their shares: of a product of two, both at their values, a cell
    gets its whole effect while the other stays, and half of it while both are free. Where one of them is enough, they
    count for less. So attributions do NOT add up to the change of the target over a sample; ``excess`` says how far.

    The paper draws single runs that stay, at every node other ones, and divides by how often a cell was free; that each
    cell is free equally often has the same mean, with less noise, and leaves no cell without an answer.

    Args:
        steps: Forward and backward passes a sample: nodes of the quadrature times parts.
        parts: Of the cells, one of which is free at a time.
        shortest: Length of a run, at least, as a share of a sample's existing steps.
        longest: At most, likewise.
        rule: The quadrature, as of :class:`~aition.methods.IntegratedGradients`.
        baseline: What stands for absence.
        seed: Of the runs and where they go; draws hang on the sample, so chunks and order change nothing.

    Returns:
        ``attribution``, ``[sample, time, feature]``, in units of the target; likewise ``attribution_static`` and
        ``attribution_<field>`` where there are such signals; ``excess``, ``[sample]``, the sum of all of them less the
        change of the target from the baseline to the sample.

    Raises:
        RefusalError: The model is a black box, or cuts the gradient.

    References:
        Jang, Kim and Yang, "TIMING: Temporality-Aware Integrated Gradients for Time Series Explanation", ICML 2025,
        section 4.

    >>> from aition import Target, TorchModel, explain, from_tensors
    >>> model = TorchModel(torch.nn.Linear(2, 1), lambda module, batch: module(batch.x).sum(dim=1))
    >>> answer = explain(Timing(), model, from_tensors(torch.rand(1, 8, 2)), Target.scalar())
    >>> abs(float(answer.excess[0])) < 1e-5
    True
    """

    steps: int = 32
    parts: int = 4
    shortest: float = 0.25
    longest: float = 0.5
    rule: Rule = "gauss-legendre"
    baseline: Baseline = field(default_factory=ConstantBaseline)
    seed: int = 0

    def __post_init__(self) -> None:
        check_baseline(self.baseline)
        check_seed(self)
        check_whole(self, ("steps", "parts"))
        if self.steps % self.parts:
            raise InputError(f"steps must be a multiple of the {self.parts} parts, but is {self.steps!r}")
        nodes_of(self.rule, self.steps // self.parts)
        if not (is_number(self.shortest) and is_number(self.longest) and 0 < self.shortest <= self.longest <= 1):
            raise InputError(
                f"shortest and longest must rise within (0, 1], but are {self.shortest!r} and {self.longest!r}"
            )

    def rows_per_sample(self, _batch: Batch) -> int:
        """Fewer than the points, which are spread over several passes."""
        return max(1, self.steps // SHARE)

    def found(self, model: Model, batch: Batch, questions: Sequence[Question], *, several: bool) -> Variables:
        box = white_box(model, "Timing")
        start = absence(batch, self.baseline)
        ways = {name: signal.value - start[name] for name, signal in signals(batch).items()}
        node, weight = (part.to(batch.x) for part in nodes_of(self.rule, self.steps // self.parts))

        def points(index: Tensor) -> Points:
            at, turn = index // self.steps, index % self.steps
            draw, chosen = turn // self.parts, turn % self.parts
            parts = parts_of(
                batch, at, draw, n_part=self.parts, shortest=self.shortest, longest=self.longest, seed=self.seed
            )
            values, shares = {}, {}
            for name, way in ways.items():
                shape = (len(index),) + (1,) * (way.ndim - 1)
                free = way[at] * (parts[name] == chosen.reshape(shape))
                values[name] = torch.addcmul(signals(batch)[name].value[at], free, node[draw].reshape(shape) - 1)
                shares[name] = free * weight[draw].reshape(shape)
            return Points(at, values, shares)

        shares = summed(box, batch, questions, len(batch) * self.steps, points)
        return told(box, batch, questions, shares, start=start, several=several, rest="excess")
