"""Beginnings: beside which real series a dream begins, so that little of it has to change."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.precision import doubled
from aition.dream.objectives import Constrained, Objective
from aition.dream.parameterisations import Change, Words
from aition.dream.real import believed, others
from aition.dream.recipe import Recipe
from aition.dream.seen import Seen

LEAST = 1e-3
"""What stands for no chance at all."""


@runtime_checkable
class FromPlaces(Protocol):
    """A parameterisation whose dreams begin near the real series of their places."""

    def chance_among(self, real: Tensor) -> float:
        """The deviation of what chance adds to a real series, where that of all is 1; in [0, 1].

        Args:
            real: Those beside which dreams begin, ``[real, step, feature]``.
        """


def among_which(
    objectives: Sequence[Objective], background: Batch, recipe: Recipe, *, like: Sequence[Tensor]
) -> list[Tensor]:
    """Rows of the real series beside which dreams of each objective may begin.

    Changes begin at series of other classes; others at those that they are made of.

    Args:
        objectives: What is dreamed of.
        background: The real series.
        recipe: How.
        like: Rows of the real series that dreams of each are made of.
    """
    if changes(recipe):
        return [others(one, background) for one in objectives]
    return list(like)


def changes(recipe: Recipe) -> bool:
    """Whether its dreams are changes of real series, near to which they stay."""
    return isinstance(recipe.parameterisation, Change | Words)


def made_of(objectives: Sequence[Objective], seen: Seen, recipe: Recipe) -> list[Tensor]:
    """Rows of the real series that dreams of each objective are made of.

    They are those that the model itself puts into the objective's classes. Labels have no say: what a model does not
    know is not lent to it, so that dreams of an untrained one are of no class.

    Args:
        objectives: What is dreamed of.
        seen: What the model says of the real series.
        recipe: How.
    """
    every = torch.arange(len(seen.outputs), device=seen.outputs.device)
    return [believed(one, seen) if recipe.own else every for one in objectives]


def weights_of(
    objectives: Sequence[Objective],
    levels: Tensor,
    real: Tensor,
    seen: Seen,
    *,
    series: Tensor,
    among: Sequence[Tensor],
    how: object,
) -> Tensor:
    """How readily a dream of each objective begins at each real series, ``[real, objective]``: logarithms of weights.

    Args:
        objectives: What is dreamed of.
        levels: What each is driven to, ``[objective]``; NaN where that is as much as can be.
        real: What real series reach, ``[real, objective]``.
        seen: What the model says of the real series.
        series: The real series in the units of a frame, ``[real, step, feature]``.
        among: Rows beside which dreams of each may begin.
        how: The recipe's parameterisation.
    """
    weights = torch.zeros_like(real)
    if isinstance(how, FromPlaces):
        for number, one in enumerate(objectives):
            told, level = real[:, number : number + 1], levels[number : number + 1]
            if isinstance(one, Constrained):
                told = one.equal(seen)
                level = torch.zeros_like(told[0])
            own = among[number]
            chance = how.chance_among(series[own])
            if bool(level.isnan().any()) and not chance:
                level = told.amax(dim=0)
            if not bool(level.isnan().any()):
                weights[own, number] = likely(told[own], level, chance)
    return weights


def likely(told: Tensor, level: Tensor, chance: float) -> Tensor:
    r"""How likely it is that a draw which reaches a level began at each real series, ``[real]``: a logarithm, to 0.

    Draws are ``u = √(1 - h²) z + h ε`` in whitened numbers: a real series ``z``, drawn towards the mean, and chance, so
    that they have the mean and the variance of the real ones. What a linear objective reaches there is
    ``√(1 - h²) (m - μ) + μ + h σ ε``, with mean and deviation of what real series reach, and by Bayes' rule

    .. math:: p(z | a^*) \propto \exp(-(a^* - \mu - \sqrt{1 - h^2} (m - \mu))^2 / 2 h^2 \sigma^2)

    Args:
        told: What real series reach, ``[real, constraint]``.
        level: What is aimed at, ``[constraint]``.
        chance: ``h``, in [0, 1]; at 1 all are alike, and at 0 the nearest is by far the likeliest.

    >>> likely(torch.tensor([[-1.0], [1.0]]), torch.tensor([1.0]), 1.0).tolist()
    [0.0, 0.0]
    """
    wide, level = doubled(told), doubled(level)
    mean, spread = wide.mean(dim=0), wide.std(dim=0, correction=0)
    near = (level - mean - (1 - chance**2) ** 0.5 * (wide - mean)) / spread.masked_fill(~(spread > 0), 1.0)
    power = -0.5 * (near / max(chance, LEAST)).square().sum(dim=1)
    found: Tensor = (power - power.amax()).to(told)
    return found
