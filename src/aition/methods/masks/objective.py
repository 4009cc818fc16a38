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
        wanted: Outputs to be reached, ``[sample, output]``.
        classes: Sizes of the output axes that are taken whole, and the place of the classes among them; -1 where they
            are not compared as classes.
        cells: 1 where a mask can take a value away, because it exists and was observed, else 0; like ``x``.
        effect: Squared distance between the outputs of the series and of an absent one, ``[sample]``, above 0.
        unit: What errors are divided by, ``[sample]``.
    """

    model: Model
    batch: Batch
    question: Question
    game: Game
    loss: Loss
    wanted: Tensor
    classes: tuple[tuple[int, ...], int]
    cells: Tensor
    effect: Tensor
    unit: Tensor

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

        Args:
            model: What is explained.
            batch: The series.
            question: Which outputs count.
            game: See the class.
            loss: See the class.
            relative: Whether squared errors are shares of the effect.
            absence: What a series is when all of it is taken away.
            seed: Of its draws.

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
        sizes = dict(zip(question.axes, outputs.shape[1:], strict=True))
        place = question.whole.index("class") if loss == "cross-entropy" else -1
        effect = (question.weight * (away - present) ** 2).sum(dim=2).mean(dim=0)
        floor = ROUNDING * (question.weight * present**2).sum(dim=1) + torch.finfo(effect.dtype).tiny
        return cls(
            model,
            batch,
            question,
            game,
            loss,
            wanted=present if game == "preservation" else away.mean(dim=0),
            classes=(tuple(sizes[axis] for axis in question.whole), place),
            cells=batch.observed.to(batch.x.dtype),
            effect=effect + floor,
            unit=effect + floor if relative and loss == "squared" else torch.ones_like(effect),
        )
