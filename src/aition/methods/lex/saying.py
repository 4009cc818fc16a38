"""What a predictor says of a series of which it sees some cells alone, the others drawn anew."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from aition.core.draws import FRESH
from aition.core.model import Model
from aition.impute.imputer import imputed
from aition.methods.lex.fitted_evaluator import FittedEvalX, Says, nobody
from aition.methods.lex.judge import said
from aition.methods.lex.outcomes import chances_of, outcomes_of
from aition.methods.lex.training import Data, Law

TINY = 1e-300
"""A chance that has a logarithm."""


@dataclass(frozen=True, eq=False)
class Saying:
    """Called with masks of cells; see :data:`aition.methods.lex.fitted_evaluator.Says`.

    Args:
        law: How is imputed, and how answers are held to what is wanted.
        predictor: What answers.
        spread: What the likelihood learned.
        data: The series, with what is asked of them.
        edges: Where the intervals of values meet, ``[answer, edge]``; without an edge of classes.
        draws: Imputations that the mean chance is taken of, none of which a step of training sees.
        first: Number of the first of them.
    """

    law: Law
    predictor: Model
    spread: nn.Module
    data: Data
    edges: Tensor
    draws: int
    first: int = 0

    def __call__(self, cells: Tensor) -> Tensor:
        """Logarithms of mean chances, ``[sample, answer, outcome]``."""
        rows = torch.arange(len(self.data)).split(256)
        pieces = [(self.of(part), cells[part.to(cells.device)]) for part in rows]
        return torch.cat([some.chances(some.outputs(taken)) for some, taken in pieces])

    def of(self, rows: Tensor) -> "Saying":
        """The same of some of the series."""
        return replace(self, data=self.data.take(rows))

    def outputs(self, cells: Tensor) -> Tensor:
        """The asked outputs for every imputation, ``[sample * draw, output]``."""
        data, device = self.data, cells.device
        kept = cells | (data.candidates.group < 0)
        numbers = (torch.arange(self.draws, device=device) + FRESH + self.first).expand(len(data), -1)
        rows = torch.arange(len(data), device=device).repeat_interleave(self.draws)
        with torch.no_grad():
            drawn = imputed(self.law.imputer, data.batch, kept, numbers)
            several = data.batch.take(rows).with_x(drawn.flatten(0, 1))
            answer = said(self.predictor, several, data.question.take(rows))
        return answer

    def chances(self, outputs: Tensor) -> Tensor:
        """Logarithms of the mean chances, of outputs for every imputation, ``[sample, answer, outcome]``."""
        each = chances_of(self.law.likelihood, outputs, self.spread, self.edges).double()
        mean = each.reshape(len(self.data), self.draws, *each.shape[1:]).mean(dim=1)
        return mean.clamp(min=TINY).log()

    def likelihood(self, chances: Tensor) -> Tensor:
        """The log-likelihood of what is wanted, the mean over answers, ``[sample]``, in nats."""
        return (chances * outcomes_of(self.data.wanted, self.edges)).sum(dim=2).mean(dim=1)

    def to(self, judge: FittedEvalX) -> Says:
        """Itself where a judge listens, else nobody."""
        return self if judge.listens else nobody
