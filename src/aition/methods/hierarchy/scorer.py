"""Scorers: what any group of cells counts for."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol, get_args, runtime_checkable

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.model import Model
from aition.core.question import Question
from aition.impute.baseline import ConstantBaseline
from aition.impute.filling import DRAWS, Filling, StandIn, check_stand_in
from aition.impute.scored import scored

Scores = Callable[[Tensor, Tensor], Tensor]
"""From the places of samples, ``[row]``, and the cells of a group of each, ``[row, time, feature]``, bool, to what the
groups count for, ``[row]``. At most ``model.rows`` rows are asked at once."""
Scorer = Callable[[Model, Batch, Question], Scores]
"""From what is explained to the scores of its groups; the score of no cell at all must be 0."""


@runtime_checkable
class Beyond(Protocol):
    """Scores that also say by themselves what two groups count for beyond each."""

    def beyond(self, rows: Tensor, one: Tensor, other: Tensor) -> Tensor:
        """From places of samples and the cells of two groups of each, which share none, to ``[row]``."""
        ...


Keep = Literal["rest", "group"]


@dataclass(frozen=True)
class Removal:
    """What a group counts for by what the target loses without it, or reaches with it alone.

    Where values only count together, each alone is worth nothing, and taking any of them away loses all; where one
    value does what another does as well, it is the other way round. The mean of both would not do: in it the product
    of two values is the sum of two halves, as if they did not act together.

    Args:
        keep: What is left in the series. "rest": the score is f(x) − f(all but the group). "group": it is
            f(the group alone) − f(nothing).
        baseline: What stands in place of cells that are taken away; of an imputer the mean over draws given the others.
        n_draw: Draws of an imputer.

    Returns:
        Scores in units of the target; of everything f(x) − f(nothing), whichever is kept.

    References:
        Singh, Murdoch and Yu, "Hierarchical interpretations for neural network predictions", ICLR 2019, section 3,
        which compares contextual decomposition with occlusion ("rest") and build-up ("group").
    """

    keep: Keep = "group"
    baseline: StandIn = field(default_factory=ConstantBaseline)
    n_draw: int = DRAWS

    def __post_init__(self) -> None:
        if self.keep not in get_args(Keep):
            raise InputError(f"keep must be one of {', '.join(get_args(Keep))}, but is {self.keep!r}")
        check_stand_in(self.baseline, self.n_draw)

    def __call__(self, model: Model, batch: Batch, question: Question) -> Scores:
        filling = Filling.of(batch, self.baseline, n_draw=self.n_draw)

        def without(rows: Tensor, removed: Tensor) -> Tensor:
            parts = torch.arange(len(rows)).split(max(1, model.rows // filling.n_draw))
            series = ((rows[part], filling(rows[part], {"x": removed[part]})) for part in parts)
            found = [scored(model, some, [question], at.repeat_interleave(filling.n_draw)) for at, some in series]
            return filling.averaged(torch.cat(found))[:, 0]

        everyone = torch.arange(len(batch))
        whole = scored(model, batch, [question], everyone)[:, 0]
        nothing = without(everyone, torch.ones_like(batch.observed))

        def scores(rows: Tensor, cells: Tensor) -> Tensor:
            if self.keep == "group":
                return without(rows, ~cells) - nothing[rows]
            return whole[rows] - without(rows, cells)

        return scores
