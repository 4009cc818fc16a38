"""The judge: what a predictor says of the wanted answer when all but the selected cells are imputed."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from aition.core.batch import Batch
from aition.core.model import Model
from aition.core.question import Question
from aition.impute.imputer import Imputer, imputed
from aition.methods.lex.bound import log_mean
from aition.methods.lex.candidates import Candidates
from aition.methods.lex.likelihood import Likelihood


@dataclass(frozen=True, eq=False)
class Judge:
    """Judges masks of some samples; called with a mask and the subset that imputations are drawn for.

    Where the mask is that subset, what it leaves out is drawn given what it keeps. A softened mask also weighs down
    cells of the subset, in whose place a draw is put that knows nothing of the series. Draws are constants to a
    gradient.

    Args:
        predictor: What answers.
        batch: The samples.
        candidates: Their groups.
        question: What is asked of the answer.
        wanted: What is wanted, ``[sample, wanted]``.
        likelihood: How the answer is held to it.
        spread: What the likelihood learned.
        imputer: What draws.
        imputations: Draws of each mask, inside the logarithm.
        first: Number of the first draw.
    """

    predictor: Model
    batch: Batch
    candidates: Candidates
    question: Question
    wanted: Tensor
    likelihood: Likelihood
    spread: nn.Module
    imputer: Imputer
    imputations: int = 1
    first: int = 0

    def __call__(self, mask: Tensor, subset: Tensor, *, lost: bool = True) -> Tensor:
        """Log-probabilities of the answers, the mean over imputations, ``[sample, draw, outcome]``.

        Args:
            mask: ``[sample, draw, group]`` in [0, 1].
            subset: Bool, likewise.
            lost: Whether the mask weighs down cells of the subset, or its gradient goes through them; if not, the draw
                in their place is spared.
        """
        return self.held(self.outputs(mask, subset, lost=lost), mask.shape[1])

    def held(self, outputs: Tensor, n_draw: int) -> Tensor:
        """Outputs of so many masks held to what is wanted, ``[sample, draw, outcome]``."""
        wanted = self.wanted.repeat_interleave(n_draw * self.imputations, dim=0)
        each = self.likelihood.log_prob(outputs, wanted, self.spread)
        return log_mean(each.reshape(len(self.batch), n_draw, self.imputations, each.shape[1]), dim=2)

    def outputs(self, mask: Tensor, subset: Tensor, *, lost: bool = True) -> Tensor:
        """The asked outputs for every draw of every mask, ``[sample * draw * imputation, output]``."""
        n_draw, n_more = mask.shape[1], self.imputations
        rows = torch.arange(len(self.batch), device=mask.device).repeat_interleave(n_draw)
        some = self.batch.take(rows)
        kept = self.candidates.spread(subset).flatten(0, 1)
        count = torch.arange(n_draw * n_more, device=mask.device).reshape(n_draw, n_more) + self.first
        numbers = count.repeat(len(self.batch), 1)
        with torch.no_grad():
            drawn = imputed(self.imputer, some, kept, numbers)
            if mask.requires_grad and lost:
                nothing = imputed(self.imputer, some, torch.zeros_like(kept), numbers)
                drawn = torch.where(kept[:, None], nothing, drawn)
        if mask.requires_grad:
            share = self.candidates.spread(mask).flatten(0, 1)[:, None]
            drawn = share * some.x[:, None] + (1 - share) * drawn
        several = some.repeat(n_more) if n_more > 1 else some
        question = self.question.take(rows.repeat_interleave(n_more))
        return said(self.predictor, several.with_x(drawn.flatten(0, 1)), question)


def said(predictor: Model, batch: Batch, question: Question) -> Tensor:
    """The asked outputs of a batch of any size, ``[sample, output]``, with the gradients that there are."""
    if len(batch) <= predictor.rows:
        return question.select(predictor(batch)).to(batch.x)
    parts = torch.arange(len(batch), device=batch.x.device).split(predictor.rows)
    return torch.cat([question.take(rows).select(predictor(batch.take(rows))) for rows in parts]).to(batch.x)
