"""What speaks for a class: the law of the selection given the series and an answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.draws import FRESH
from aition.core.errors import InputError, RefusalError
from aition.core.events import is_events
from aition.core.model import Model, outputs_of
from aition.core.numbers import check_whole
from aition.core.parts import check_part
from aition.core.question import Question
from aition.methods.lex.candidates import Candidates
from aition.methods.lex.fitted import FittedLex
from aition.methods.lex.judge import Judge
from aition.methods.lex.likelihood import Classes
from aition.methods.lex.witness import unseen

Answer = dict[str, tuple[tuple[str, ...], Tensor]]


@dataclass(frozen=True, eq=False)
class ClassPosterior:
    """Say, for every class, which cells are selected where that class is answered: ``p(z | x, y = c)``.

    By Bayes' rule it is in proportion to ``p(z | x) p(c | x, z)``. Subsets ``z_k`` are drawn from what a selector says
    and weighted by what the predictor says of class ``c`` when all else is imputed. Cells that are selected more often
    for one class than for another are what speaks for it.

    Args:
        fitted: A selector that was learned for classes.
        draws: Subsets, ``K``.
        imputations: Imputations of each, whose probabilities are averaged.

    Returns:
        - ``inclusion`` ``[sample, class, time, feature]``: the probability that the cell's group is selected given the
          class, in [0, 1]; 0 where nothing was observed, and where nothing can be taken away.
        - ``effective_sample_size`` ``[sample, class]``: how many equal weights the weights are worth, in [1, K]; where
          it is small, few subsets say all, and ``draws`` are too few.
        - ``expected`` ``[sample, class]``: ``p(c | x)``, the mean over subsets and imputations.
        - ``attribution`` ``[sample, time, feature]``: the probability without regard to a class.

        Where one output alone stands for two classes, their axis is called ``outcome``: the model's axis ``class`` has
        one place.

    References:
        Sénétaire, Garreau, Frellsen and Mattei, "Explainability as statistical inference", ICML 2023: the model.
        Kong, "A note on importance sampling using standardized weights", 1992: the effective sample size.
    """

    exempt: ClassVar[Mapping[str, str]] = FittedLex.exempt

    fitted: FittedLex
    draws: int = 64
    imputations: int = 1

    def __post_init__(self) -> None:
        if not isinstance(self.fitted, FittedLex) or not isinstance(self.fitted.likelihood, Classes):
            raise InputError("fitted must be a selector that Lex(…).fit learned for a model of classes")
        check_whole(self, ("draws", "imputations"))

    @property
    def seed(self) -> int:
        return self.fitted.seed

    def rows_per_sample(self, batch: Batch) -> int:
        """A row for each draw of each mask."""
        return self.draws * self.imputations

    def __call__(self, model: Model, batch: Batch, question: Question) -> Answer:
        """The selection of each series and class; see the class."""
        if is_events(batch):
            raise RefusalError("ClassPosterior takes series, but the batch is a list of events; put them on a grid")
        fitted, selection = self.fitted, self.fitted.settings.selection
        candidates = Candidates.of(batch, fitted.settings.groups)
        logits = fitted.logits(batch, candidates)
        asked = fitted.target.resolve(outputs_of(model, batch), batch, axes=model.axes)
        check_part(question, asked, fitted.target)
        judge = Judge(
            fitted.predictor(model),
            batch,
            candidates,
            asked,
            batch.x.new_zeros(len(batch), 1),
            fitted.likelihood,
            fitted.spread,
            fitted.imputer,
            self.imputations,
            FRESH,
        )
        with torch.no_grad():
            turns = unseen(selection, logits, candidates, batch.keys, seed=fitted.seed, n_draw=self.draws)
            said = judge((turns > 0).to(logits.dtype), turns > 0)
        prior = selection.inclusion(logits, candidates)
        weight = torch.softmax(said, dim=1)
        given = weighted_inclusion(prior, turns, weight)
        can = ((candidates.group >= 0) & candidates.known)[:, None]
        axis = "outcome" if "class" in asked.axes and asked.weight.shape[1] == 1 else "class"
        return {
            "attribution": (("sample", "time", "feature"), (candidates.spread(prior[:, None]) * can)[:, 0]),
            "inclusion": (("sample", axis, "time", "feature"), candidates.spread(given) * can),
            "effective_sample_size": (("sample", axis), 1 / weight.square().sum(dim=1)),
            "expected": (("sample", axis), said.exp().mean(dim=1)),
        }


def weighted_inclusion(prior: Tensor, turns: Tensor, weight: Tensor) -> Tensor:
    """The probability of each group given each class, ``[sample, class, group]``, in [0, 1].

    The weighted mean of the subsets has their plain mean taken off and the exact one put in its place: where a class
    gives all subsets the same weight, the answer is that without a class, without error.

    Args:
        prior: The probability without a class, ``[sample, group]``.
        turns: The subsets, ``[sample, draw, group]``.
        weight: Of each subset for each class, ``[sample, draw, class]``, summing to 1 over the draws.

    >>> turns = torch.tensor([[[1, 0], [0, 1]]])
    >>> weighted_inclusion(torch.tensor([[0.5, 0.5]]), turns, torch.tensor([[[0.5, 0.9], [0.5, 0.1]]]))
    tensor([[[0.5000, 0.5000],
             [0.9000, 0.1000]]])
    """
    tilt = weight - 1 / weight.shape[1]
    return (prior[:, None] + tilt.transpose(1, 2) @ (turns > 0).to(weight.dtype)).clamp(0, 1)
