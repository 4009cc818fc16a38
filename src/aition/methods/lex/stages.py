"""Stages of learning: a surrogate, a race of estimators, the climb, and the settling of the share."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn

from aition.core.batch import Batch
from aition.core.model import Model
from aition.methods.lex.budget import Free, mean_share
from aition.methods.lex.estimators import Estimator, Reinforce
from aition.methods.lex.schedule import Schedule
from aition.methods.lex.selection import Bernoulli
from aition.methods.lex.training import Data, Law, Learner

Tick = Callable[[int], None]
EVERYTHING = 60.0
"""A logit whose sigmoid is 1."""


class Even(nn.Module):
    """A selector that knows nothing: the same logit everywhere.

    Args:
        logit: The logit.
    """

    def __init__(self, logit: float) -> None:
        super().__init__()
        self.logit = logit

    def forward(self, batch: Batch) -> Tensor:
        """Logits ``[sample, time, feature]``."""
        return torch.full_like(batch.x, self.logit)


def seasoned(
    law: Law, start: Model, spread: nn.Module, learn: Data, held: Data, *, schedule: Schedule, whole: bool, tick: Tick
) -> tuple[Model, nn.Module]:
    """A predictor trained before there is a selector, and what its likelihood learned.

    Args:
        law: How is imputed and judged.
        start: Where it starts.
        spread: Likewise, of the likelihood.
        learn: What it learns from.
        held: What its best weights are chosen by.
        schedule: How long and how fast.
        whole: From whole series, or else from random subsets of the sizes that are used, each with its own logarithm.
        tick: To be told of each pass.

    References:
        Jethani, Sudarshan, Aphinyanaphongs and Ranganath, "Have we learned to explain?", AISTATS 2021 (EVAL-X).
    """
    learner = Learner(
        replace(law, budget=Free(), selection=Bernoulli() if whole else law.selection),
        Reinforce(1, "nothing"),
        selector=Even(EVERYTHING if whole else settled(law, Even(0.0), learn)),
        predictor=start,
        spread=spread,
        joint=True,
        schedule=replace(schedule, warmth=0.0),
    )
    for _ in range(schedule.epochs):
        learner.run(learn)
        learner.keep(learner.held_out(held))
        tick(1)
    learner.restore()
    return learner.predictor, learner.spread


def climbed(
    law: Law,
    estimators: Sequence[Estimator],
    *,
    selector: nn.Module,
    predictor: Model,
    spread: nn.Module,
    joint: bool,
    schedule: Schedule,
    race: float,
    learn: Data,
    held: Data,
    tick: Tick,
) -> Learner:
    """The learner of the estimator that leads after a short run, taken to the end, with its best weights."""
    learners = [
        Learner(law, one, selector=selector, predictor=predictor, spread=spread, joint=joint, schedule=schedule)
        for one in estimators
    ]
    short = max(1, round(race * schedule.epochs)) if len(learners) > 1 else 0
    for _ in range(short):
        for learner in learners:
            learner.run(learn)
        tick(1)
    best = max(learners, key=lambda one: one.held_out(held)) if short else learners[0]
    for _ in range(short, schedule.epochs):
        best.run(learn)
        if not law.budget.rate and best.epoch > schedule.epochs // 2:
            best.keep(best.held_out(held))
        tick(1)
    if math.isfinite(best.best):
        best.restore()
    return best


def settled(law: Law, selector: nn.Module, learn: Data) -> float:
    """What must be added to all logits so that the mean share selected is the budget's; 0 where that is free."""
    if not law.budget.rate:
        return 0.0
    with torch.no_grad():
        pieces = [learn.take(rows) for rows in torch.arange(len(learn)).split(1024)]
        logits = [one.candidates.pooled(selector(one.batch)) for one in pieces]

        def share(shift: float) -> float:
            total = torch.zeros((), dtype=torch.float64)
            for one, said in zip(pieces, logits, strict=True):
                inclusion = law.selection.inclusion(said + shift, one.candidates)
                total += float(mean_share(inclusion, one.candidates.there)) * len(one)
            return float(total) / len(learn)

        low, high = -30.0, 30.0
        for _ in range(30):
            middle = (low + high) / 2
            low, high = (middle, high) if share(middle) < law.budget.rate else (low, middle)
    return (low + high) / 2
