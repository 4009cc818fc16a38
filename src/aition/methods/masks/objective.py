"""What a mask is held to: the model's outputs on a series of which part was taken away."""

from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import RefusalError
from aition.core.model import Model
from aition.core.question import Question
from aition.core.recurrent import FastRecurrence
from aition.methods.masks.replacement import Replacement

Game = Literal["preservation", "deletion", "deletion-as-published"]
Loss = Literal["squared", "cross-entropy"]
DRAWS = 8
"""Draws over which an absent series is averaged, where absence is random."""
ROUNDING = 1e-10
"""Effects below this share of the squared outputs are rounding."""


@dataclass(frozen=True, eq=False)
class Objective:
    """Series, the question asked of them, and the outputs that their masks should reach.

    Args:
        model: What is explained.
        batch: The series.
        question: Which outputs count.
        game: "preservation" keeps ``x`` where the mask is 1 and wants ``f(x)``; the deletion games take it away there
            and want ``f(b)``.
        loss: How outputs are compared.
        relative: Whether squared distances are divided by the effect.
        wanted: Outputs to be reached, ``[sample, output]``.
        shape: Sizes of the output axes that are taken whole.
        effect: Squared distance between the outputs of the series and of an absent one, ``[sample]``, above 0.
    """

    model: Model
    batch: Batch
    question: Question
    game: Game
    loss: Loss
    relative: bool
    wanted: Tensor
    shape: tuple[int, ...]
    effect: Tensor

    @classmethod
    def of(
        cls,
        model: Model,
        batch: Batch,
        question: Question,
        *,
        game: Game,
        loss: Loss,
        relative: bool,
        absence: Replacement,
        seed: int,
    ) -> "Objective":
        """The objective of a game; what it wants is asked of the model once.

        Raises:
            RefusalError: Cross-entropy, but the target does not take the classes whole.
        """
        if loss == "cross-entropy" and "class" not in question.whole:
            raise RefusalError(
                "cross-entropy compares all classes, but the target selects one of them; ask for "
                "Target.whole('class'), or take loss='squared'"
            )
        outputs = said(model, batch)
        present = question.select(outputs)
        away = torch.stack([question.select(said(model, one)) for one in absent(batch, absence, seed=seed)])
        shape = tuple(
            size for axis, size in zip(question.axes, outputs.shape[1:], strict=True) if axis in question.whole
        )
        effect = (question.weight * (away - present) ** 2).sum(dim=2).mean(dim=0)
        floor = ROUNDING * (question.weight * present**2).sum(dim=1) + torch.finfo(effect.dtype).tiny
        wanted = present if game == "preservation" else away.mean(dim=0)
        return cls(model, batch, question, game, loss, relative, wanted, shape, effect + floor)

    @property
    def cells(self) -> Tensor:
        """Cells that a mask can take away, ``[sample, time, feature]``: what exists and was observed."""
        return self.batch.observed

    def take(self, rows: Tensor) -> "Objective":
        """The same of some series."""
        return replace(
            self,
            batch=self.batch.take(rows),
            question=self.question.take(rows),
            wanted=self.wanted[rows],
            effect=self.effect[rows],
        )

    def perturbed(self, mask: Tensor, replacement: Tensor) -> Batch:
        """The series with ``replacement`` where the mask, clamped to [0, 1], takes values away; missing stays so."""
        share = mask.clamp(0, 1).to(self.batch.x.dtype)
        kept = share if self.game == "preservation" else 1 - share
        x = self.batch.x
        return self.batch.with_x(torch.where(self.cells, x * kept + replacement * (1 - kept), x))

    def distance(self, mask: Tensor, replacement: Tensor) -> Tensor:
        """How far the outputs are from those wanted, ``[sample]``: weighted mean of squares, or cross-entropy in nats.

        Raises:
            RefusalError: A gradient is wanted, but the outputs have none.
        """
        outputs = self.question.select(self.model(self.perturbed(mask, replacement)))
        if torch.is_grad_enabled() and mask.requires_grad and not outputs.requires_grad:
            raise RefusalError(
                "a mask is learned by gradients, but none lead from the outputs to the values: the model detaches "
                "them, or does not look at them; take Occlusion or FeatureAblation"
            )
        if self.loss == "squared":
            return (self.question.weight * (outputs - self.wanted) ** 2).sum(dim=1)
        place = self.question.whole.index("class") + 1
        scores, wanted, weight = (
            part.reshape(len(part), *self.shape).movedim(place, -1)
            for part in (outputs, self.wanted, self.question.weight)
        )
        log = scores.log_softmax(dim=-1).gather(-1, wanted.argmax(dim=-1, keepdim=True))[..., 0]
        return -(weight.sum(dim=-1) * log).reshape(len(log), -1).sum(dim=1)

    def strain(self, mask: Tensor, replacement: Tensor) -> Tensor:
        """The distance, as a share of the effect if it is relative, ``[sample]``."""
        distance = self.distance(mask, replacement)
        return distance / self.effect if self.relative and self.loss == "squared" else distance

    def size(self, mask: Tensor) -> Tensor:
        """See :func:`size_of`."""
        return size_of(mask, self.cells, self.game)


def said(model: Model, batch: Batch) -> Tensor:
    """Outputs by the path that learning takes, so that those of a mask of 1 are equal to the last bit."""
    with torch.enable_grad(), FastRecurrence():
        return model(batch.with_x(batch.x.detach().requires_grad_())).detach()


def absent(batch: Batch, absence: Replacement, *, seed: int) -> list[Batch]:
    """The series with every observed value taken away; several times where absence is random.

    Their draws have numbers below 0, so they are not those that masks are learned on.
    """
    draws = range(-DRAWS, 0) if absence.redrawn else (0,)
    return [batch.with_x(torch.where(batch.observed, absence(batch, draw=draw, seed=seed), batch.x)) for draw in draws]


def size_of(mask: Tensor, cells: Tensor, game: Game) -> Tensor:
    """Mean over a series' cells of |m|, or of |1 - m| in the published deletion game, ``[sample]``."""
    return mean_over(cells, (1 - mask if game == "deletion-as-published" else mask).abs())


def mean_over(cells: Tensor, value: Tensor) -> Tensor:
    """Mean over a series' cells, ``[sample]``; 0 where it has none."""
    return (value * cells).flatten(1).sum(dim=1) / cells.flatten(1).sum(dim=1).clamp(min=1)
