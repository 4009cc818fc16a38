"""The game of which Shapley values are said: what a model says where only a coalition of groups is known."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from aition.core.batch import Batch
from aition.core.model import Model
from aition.core.question import Question
from aition.impute.imputer import Imputer
from aition.methods.lex.candidates import Candidates
from aition.methods.lex.judge import Judge
from aition.methods.lex.likelihood import Gaussian


@dataclass(frozen=True, eq=False)
class Game:
    """Samples with the game that is played on them.

    Args:
        model: What says the values of coalitions.
        batch: The samples.
        candidates: Their players.
        question: One number a sample.
        whole: What the explained model says of all of each, ``[sample]``.
        imputer: What draws the cells of absent groups.
        scale: The target's deviation.
    """

    model: Model
    batch: Batch
    candidates: Candidates
    question: Question
    whole: Tensor
    imputer: Imputer
    scale: float

    def __len__(self) -> int:
        return len(self.batch)

    def take(self, rows: Tensor) -> "Game":
        """Pick samples."""
        there = rows.to(self.whole.device)
        return Game(
            self.model,
            self.batch.take(rows),
            self.candidates.take(there),
            self.question.take(there),
            self.whole[there],
            self.imputer,
            self.scale,
        )

    def value(self, coalition: Tensor, imputations: int, *, first: int) -> Tensor:
        """What the model says of coalitions, the mean over imputations, ``[sample, coalition]``.

        Args:
            coalition: Bool ``[sample, coalition, group]``.
            imputations: Draws of each.
            first: Number of the first draw.
        """
        judge = Judge(
            self.model,
            self.batch,
            self.candidates,
            self.question,
            self.whole[:, None],
            Gaussian(),
            nn.Module(),
            self.imputer,
            imputations,
            first * imputations,
        )
        with torch.no_grad():
            said = judge.outputs(coalition.to(self.batch.x.dtype), coalition)[:, 0]
        return said.reshape(len(self.batch), coalition.shape[1], imputations).mean(dim=2)


def efficient(value: Tensor, change: Tensor, there: Tensor) -> Tensor:
    """Values moved by one number a sample, so that those of its groups add up to what is to be shared.

    Args:
        value: ``[sample, group]``.
        change: What is to be shared, ``[sample]``.
        there: Which groups there are, ``[sample, group]``.

    >>> efficient(torch.tensor([[1.0, 2.0]]), torch.tensor([5.0]), torch.tensor([[True, True]]))
    tensor([[2., 3.]])
    """
    inside = value * there
    missing = (change - inside.sum(dim=1)) / there.sum(dim=1).clamp(min=1)
    return (inside + missing[:, None]) * there
