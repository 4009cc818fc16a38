"""A constant for each feature, learned so that what is hidden by it costs a prediction least."""

from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.draws import uniform, words
from aition.core.errors import InputError
from aition.core.freeze import frozen
from aition.core.model import Model, white_box
from aition.core.scrutiny import with_head_settled
from aition.core.target import Target
from aition.impute.baseline import FeatureBaseline
from aition.impute.constant import ConstantImputer
from aition.impute.groups import EachCell, Groups
from aition.methods.lex.judge import said
from aition.methods.lex.learning import check, prepared
from aition.methods.lex.lex import Lex
from aition.methods.lex.likelihood import Likelihood
from aition.methods.lex.training import Data

VIEWS = 4
"""Masks of each series by which constants are chosen."""


@dataclass(frozen=True)
class LearnedConstant:
    """Constants under which a model says most of what it says of whole series, whichever cells are hidden.

    A model that is held fixed seldom takes the mean of a feature for "unknown". These constants, one a feature, go up
    the bound that LEX goes up, over masks that know nothing of the series, so they are no part of what a selector can
    write. They are still one series that there never was: a mask can carry the answer by where they stand.

    Args:
        groups: Which cells are hidden together.
        share: Share of the groups that is kept, in (0, 1); 0: any, uniform between none and all.
        epochs: Passes over the series; the constants of the pass that is best on held series are kept, the means too.
        batch_size: Series a step.
        rate: Step of Adam at first, in deviations of a feature; it falls to 0 in a straight line.
        held_out: Share of the series that choose the pass, in (0, 1).
        seed: Of the order and of the masks.

    References:
        Sénétaire, Garreau, Frellsen and Mattei, "Explainability as statistical inference", ICML 2023, whose learned
        constant goes up the bound together with predictor and selector.

    >>> from aition import TorchModel, from_tensors
    >>> x = torch.rand(200, 4, 1, generator=torch.Generator().manual_seed(0))
    >>> model = TorchModel(torch.nn.Identity(), lambda _, batch: batch.x.square().sum(dim=(1, 2)))
    >>> imputer = LearnedConstant().fit(model, from_tensors(x), Target.scalar())
    >>> abs(imputer.baseline.x[0] - float(x.square().mean().sqrt())) < 0.05
    True
    """

    groups: Groups = field(default_factory=EachCell)
    share: float = 0.0
    epochs: int = 20
    batch_size: int = 64
    rate: float = 0.1
    held_out: float = 0.15
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.share < 1 or not 0 < self.held_out < 1:
            raise InputError(
                f"share must be in [0, 1) and held_out in (0, 1), but are {self.share} and {self.held_out}"
            )
        if min(self.epochs, self.batch_size) < 1 or not self.rate > 0:
            raise InputError(
                "epochs and batch_size must be 1 or more and rate above 0, but are "
                f"{self.epochs}, {self.batch_size} and {self.rate}"
            )

    def fit(
        self,
        model: Model,
        background: Batch,
        target: Target = Target.predicted(),  # noqa: B008 - frozen
    ) -> ConstantImputer:
        """The constants as an imputer, for ``Lex(imputer=Ready(…))`` and wherever an imputer is taken.

        Args:
            model: What is to be explained; left as it was found.
            background: Series to learn from.
            target: The question; where it asks for one class, the classes are taken whole.

        Raises:
            InputError: There are fewer than four series.
            RefusalError: No gradients lead to the values.
        """
        inner = white_box(model, "LearnedConstant")
        how = Lex(groups=self.groups, guide="model")
        check(how, inner, background)
        with frozen(inner):
            data, likelihood, _ = prepared(how, inner, background, target)
            settled = with_head_settled(inner, data.batch.take([0]))
            means = FeatureBaseline.mean_of(data.batch)
            order = words(data.batch.keys, self.seed).argsort()
            n_held = max(1, round(self.held_out * len(order)))
            found = self.climbed(settled, likelihood, data.take(order[n_held:]), data.take(order[:n_held]), means)
        return ConstantImputer(replace(means, x=tuple(found.tolist())))

    def climbed(self, model: Model, likelihood: Likelihood, learn: Data, held: Data, means: FeatureBaseline) -> Tensor:
        """The constants that are best on held series, ``[feature]``."""
        x, seen = learn.batch.x, learn.batch.observed
        start = x.new_tensor(means.x)
        scale = ((x - start).square() * seen).sum(dim=(0, 1)).div(seen.sum(dim=(0, 1)).clamp(min=1)).sqrt()
        away = torch.zeros_like(start).requires_grad_()
        spread = likelihood.spread(learn.wanted)

        def cost(some: Data, number: int) -> Tensor:
            value = torch.where(self.kept(some, number), some.batch.x, start + scale * away)
            outputs = said(model, some.batch.with_x(value), some.question)
            each = likelihood.weight(some.wanted) * likelihood.log_prob(outputs, some.wanted, spread)
            return -each.sum(dim=1).mean()

        def judged() -> float:
            with torch.no_grad():
                return sum(float(cost(held, -1 - view)) for view in range(VIEWS))

        optimiser = torch.optim.Adam([away, *spread.parameters()], lr=self.rate)
        least, best = judged(), away.detach().clone()
        for epoch in range(self.epochs):
            for group in optimiser.param_groups:
                group["lr"] = self.rate * (1 - epoch / self.epochs)
            number = torch.tensor(epoch, device=x.device)
            for rows in uniform(learn.batch.keys, self.seed, number).argsort().split(self.batch_size):
                optimiser.zero_grad()
                cost(learn.take(rows), epoch).backward()
                optimiser.step()
            if (now := judged()) < least:
                least, best = now, away.detach().clone()
        return start + scale * best

    def kept(self, data: Data, number: int) -> Tensor:
        """Cells that a mask keeps, and those that were not observed, ``[sample, time, feature]``, bool."""
        keys, there = data.batch.keys[:, None], data.candidates.there
        view, group = (torch.as_tensor(one, device=keys.device) for one in (number, range(there.shape[1])))
        chance = uniform(keys, self.seed, view, group)
        share = uniform(keys, self.seed, view, torch.full_like(view, -1)) if not self.share else self.share
        return data.candidates.spread((chance < share)[:, None])[:, 0] | ~data.batch.observed
