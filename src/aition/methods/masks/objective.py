"""What a mask is held to: the model's outputs on a series of which part was taken away."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import RefusalError
from aition.core.model import TorchModel
from aition.core.question import Question
from aition.core.recurrent import fast_recurrence
from aition.methods.masks.replacement import Replacement

Game = Literal["preservation", "deletion", "deletion-as-published"]
Loss = Literal["squared", "cross-entropy"]
Mix = Callable[[Batch, Tensor, Tensor], Tensor]
"""From series, the share of each of their cells that is kept, and replacements to values; ``[sample, time, feature]``
the last three."""
DRAWS = 8
"""Draws over which an absent series is averaged, where absence is random."""
PLACES = 8
"""Places on the way from nothing to a mask at which pushes are measured."""
ROUNDING = 1e-10
"""Effects below this share of the squared outputs are rounding."""


def blended(batch: Batch, kept: Tensor, replacement: Tensor) -> Tensor:
    """``x·k + r·(1 - k)``; exactly ``x`` where all is kept, and ``r`` where nothing is."""
    return torch.lerp(replacement.to(batch.x.dtype), batch.x, kept)


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
        wanted: Outputs to be reached, ``[sample, output]``.
        weight: Share of each error, ``[sample, error]``, summing to 1; 0 on padding.
        sizes: Of the output axes that are taken whole.
        cells: 1 where a mask can take a value away, because it exists and was observed, else 0; like ``x``.
        complete: Whether that is everywhere.
        count: How many there are, ``[sample]``, at least 1.
        shift: What the outputs of the series are beyond those of an absent one, ``[sample, output]``.
        effect: Squared distance between the two, ``[sample]``, above 0.
        unit: What distances are divided by, ``[sample]``.
        mix: How a replacement comes in where the mask takes away.
    """

    model: TorchModel
    batch: Batch
    question: Question
    game: Game
    loss: Loss
    wanted: Tensor
    weight: Tensor
    sizes: tuple[int, ...]
    cells: Tensor
    complete: bool
    count: Tensor
    shift: Tensor
    effect: Tensor
    unit: Tensor
    mix: Mix

    @classmethod
    def of(
        cls,
        model: TorchModel,
        batch: Batch,
        question: Question,
        *,
        game: Game,
        loss: Loss,
        relative: bool,
        absence: Replacement,
        seed: int,
        mix: Mix = blended,
    ) -> "Objective":
        """The objective of a game; what it wants is asked of the model once.

        Args:
            model: What is explained.
            batch: The series.
            question: Which outputs count.
            game: See the class.
            loss: See the class.
            relative: Whether squared errors are shares of the effect.
            absence: What a series is when all of it is taken away.
            seed: Of its draws.
            mix: See the class.

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
        effect = (question.weight * (away - present) ** 2).sum(dim=2).mean(dim=0)
        effect = effect + ROUNDING * (question.weight * present**2).sum(dim=1) + torch.finfo(effect.dtype).tiny
        sizes = tuple(n for axis, n in zip(question.axes, outputs.shape[1:], strict=True) if axis in question.whole)
        cells, weight = batch.observed.to(batch.x.dtype), question.weight
        if loss == "cross-entropy":
            weight = by_class(weight, question, sizes).sum(dim=-1).reshape(len(batch), -1)
        return cls(
            model,
            batch,
            question,
            game,
            loss,
            wanted=present if game == "preservation" else away.mean(dim=0),
            weight=weight,
            sizes=sizes,
            cells=cells,
            complete=bool(batch.observed.all()),
            count=cells.flatten(1).sum(dim=1).clamp(min=1),
            shift=present - away.mean(dim=0),
            effect=effect,
            unit=effect if relative and loss == "squared" else torch.ones_like(effect),
            mix=mix,
        )

    def take(self, rows: Tensor) -> "Objective":
        """The same of some series."""
        names = ("wanted", "weight", "cells", "count", "shift", "effect", "unit")
        parts = {name: getattr(self, name)[rows] for name in names}
        return replace(self, batch=self.batch.take(rows), question=self.question.take(rows), **parts)

    def perturbed(self, mask: Tensor, replacement: Tensor) -> Batch:
        """The series with a replacement where the mask, clamped to [0, 1], takes values away; missing stays missing."""
        share = mask.clamp(0, 1).to(self.batch.x.dtype)
        mixed = self.mix(self.batch, share if self.game == "preservation" else 1 - share, replacement)
        return self.batch.with_x(mixed if self.complete else torch.where(self.batch.observed, mixed, self.batch.x))

    def errors(self, mask: Tensor, replacement: Tensor) -> Tensor:
        """Errors ``[sample, error]``: the square of each output's, or the cross-entropy in nats of each set of classes.

        Raises:
            RefusalError: A gradient is wanted, but the outputs have none.
        """
        given = self.perturbed(mask, replacement)
        with fast_recurrence(self.model.module):
            outputs = self.question.select(self.model(given))
        if torch.is_grad_enabled() and mask.requires_grad and not outputs.requires_grad:
            raise RefusalError(
                "a mask is learned by gradients, but none lead from the outputs to the values: the model detaches "
                "them, or does not look at them; take Occlusion or FeatureAblation"
            )
        if self.loss == "squared":
            return (outputs - self.wanted) ** 2
        scores, wanted = (by_class(part, self.question, self.sizes) for part in (outputs, self.wanted))
        chosen = scores.log_softmax(dim=-1).gather(-1, wanted.argmax(dim=-1, keepdim=True))
        return -chosen.reshape(len(outputs), -1)

    def distance(self, mask: Tensor, replacement: Tensor) -> Tensor:
        """How far the outputs are from those wanted, ``[sample]``: the weighted mean of the errors."""
        return (self.weight * self.errors(mask, replacement)).sum(dim=1)

    def pushes(self, mask: Tensor, replacements: Sequence[Tensor]) -> Tensor:
        """What the cells of a mask add to the answer, ``[sample, time, feature]``, in units of the outputs.

        The answer is the mean of the selected outputs; where classes are taken whole, how far the outputs have come
        from those of an absent series to those of the series itself. Its gradient is followed from a mask of 0 to the
        mask, at eight places for each of the replacements, so that the pushes add up to the mean of the answer's change
        over them but for the error of the midpoint rule.

        References:
            Sundararajan, Taly and Yan, "Axiomatic attribution for deep networks", ICML 2017: the path.
        """
        heading = self.question.weight
        if "class" in self.question.whole:
            heading = heading * self.shift / self.effect.sqrt()[:, None]
        total = torch.zeros_like(mask)
        for value, place in product(replacements, range(PLACES)):
            with torch.enable_grad(), fast_recurrence(self.model.module):
                part = (mask.detach() * ((place + 0.5) / PLACES)).requires_grad_()
                outputs = self.question.select(self.model(self.perturbed(part, value)))
                (gradient,) = torch.autograd.grad((heading * outputs).sum(), part)
            total += gradient
        sign = 1 if self.game == "preservation" else -1
        return sign * total * mask / (len(replacements) * PLACES)

    def sizes_of(self, mask: Tensor) -> Tensor:
        """What is to be small in each cell, 0 where there is none: |m|, or |1 - m| in the published deletion game."""
        value = (1 - mask if self.game == "deletion-as-published" else mask).abs()
        return value if self.complete else value * self.cells

    def size(self, mask: Tensor) -> Tensor:
        """Mean of that over a series' cells, ``[sample]``; 0 where it has none."""
        return self.sizes_of(mask).flatten(1).sum(dim=1) / self.count


def said(model: TorchModel, batch: Batch) -> Tensor:
    """Outputs by the path that learning takes, so that those of a mask of 1 are equal to the last bit."""
    with torch.enable_grad(), fast_recurrence(model.module):
        return model(batch.with_x(batch.x.detach().requires_grad_())).detach()


def absent(batch: Batch, absence: Replacement, *, seed: int) -> list[Batch]:
    """The series with every observed value taken away; several times where absence is random.

    Their draws have numbers below 0, so they are not those that masks are learned on.
    """
    with torch.no_grad():
        draws = absence(batch, seed=seed)
        values = [draws(draw) for draw in (range(-DRAWS, 0) if absence.redrawn else range(1))]
    return [batch.with_x(torch.where(batch.observed, value, batch.x)) for value in values]


def by_class(selected: Tensor, question: Question, sizes: tuple[int, ...]) -> Tensor:
    """Selected outputs ``[sample, output]`` with an axis for each that was taken whole, that of the classes last."""
    return selected.reshape(len(selected), *sizes).movedim(question.whole.index("class") + 1, -1)
