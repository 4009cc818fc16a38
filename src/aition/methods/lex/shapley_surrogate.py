"""A surrogate for Shapley values: a copy of a model that learned to answer where only a coalition is known."""

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from aition.core.draws import uniform
from aition.core.model import TorchModel, outputs_of
from aition.core.parts import whole_question
from aition.core.target import Target
from aition.methods.lex.judge import Judge
from aition.methods.lex.likelihood import likelihood_of
from aition.methods.lex.shapley_game import Game
from aition.methods.lex.training import Data
from aition.models.descent import Pace, descended


def taught(
    start: TorchModel,
    game: Game,
    target: Target,
    *,
    learn: Tensor,
    held: Tensor,
    pace: Pace,
    tick: Callable[[int], None],
) -> TorchModel:
    """A model that has learned to say of coalitions of every size what another says of whole series, on average.

    It lowers the divergence of its classes from the other's, or the squared error of values: the minimum over all
    functions is the mean of what the other says, given the cells of the coalition and what stands in their place.

    Args:
        start: Where it starts; its weights are changed.
        game: The other model, and the series.
        target: The question; of classes all are learned.
        learn: Rows to learn from.
        held: Rows by which the best weights are chosen.
        pace: How long and how fast.
        tick: To be told of each pass.

    References:
        Jethani, Sudarshan, Covert, Lee and Ranganath, "FastSHAP: real-time Shapley value estimation", ICLR 2022,
        section 3. Covert, Lundberg and Lee, "Explaining by removing", JMLR 2021, section 8.2.
    """
    batch, outputs = game.batch, outputs_of(game.model, game.batch)
    asked = whole_question(target).resolve(outputs, batch, axes=game.model.axes)
    head = getattr(game.model, "head", start.head)
    made = replace(start, module=start.module.requires_grad_(True), head=head)
    likelihood = likelihood_of(asked, batch, head=head)
    wanted = likelihood.wanted_of(asked.select(outputs).to(batch.x).detach())
    told, spread = Data(batch, game.candidates, asked, wanted), likelihood.spread(wanted)

    def error(some: Data, step: int) -> Tensor:
        coalition = coalitions_of_every_size(some.candidates.there, some.batch.keys, seed=pace.seed, step=step)
        judge = Judge(
            made, some.batch, some.candidates, some.question, some.wanted, likelihood, spread, game.imputer, 1, step
        )
        said = judge(coalition.to(some.batch.x.dtype), coalition)[:, 0]
        return -(said * likelihood.weight(some.wanted)).sum(dim=1).mean()

    modules = (made.module, spread)
    descended(modules, error, learn=told.take(learn), held=told.take(held), pace=pace, tick=tick)
    made.module.requires_grad_(False)
    return made


def coalitions_of_every_size(there: Tensor, keys: Tensor, *, seed: int, step: int) -> Tensor:
    """A coalition of each sample, each size from none to all equally likely, bool ``[sample, 1, group]``.

    Each group comes by itself with a probability that is drawn first, evenly in (0, 1): of so many tosses of such a
    coin every number of heads is equally likely (Bayes 1763).

    Args:
        there: Which groups a sample has, ``[sample, group]``.
        keys: Of the samples.
        seed: Of the draws.
        step: Their number.
    """
    place = torch.arange(1 + there.shape[1], device=there.device)[None]
    noise = uniform(keys[:, None], seed, torch.tensor(step, device=there.device), place)
    return ((noise[:, 1:] < noise[:, :1]) & there)[:, None]
