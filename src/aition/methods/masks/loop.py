"""The loops that learn masks: each series by itself, or all of them together with a generator."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol, Self

import torch
from torch import Tensor

from aition.core.errors import InputError
from aition.methods.masks.adam import Adam, Moments

LOOK = 10
"""Steps between two looks at which series are done."""


@dataclass(frozen=True)
class Descent:
    """How masks go down their cost.

    Args:
        rate: Length of the first step, in units of the mask.
        steps: How many, at most.
        cooled: Let the length fall to 0 in a straight line, so that random replacements leave no noise.
        projected: Bring masks back into [0, 1] after each step.
        tolerance: A series is done when no cell of its mask moved further within ten steps; 0 goes on to the end.
    """

    rate: float
    steps: int
    cooled: bool
    projected: bool
    tolerance: float

    def __post_init__(self) -> None:
        if not 0 < self.rate < math.inf:
            raise InputError(f"rate must be above 0 and finite, but is {self.rate}")
        if not isinstance(self.steps, int) or self.steps < 1:
            raise InputError(f"steps must be a whole number, 1 or more, but is {self.steps}")
        if not self.tolerance >= 0:
            raise InputError(f"tolerance must be 0 or more, but is {self.tolerance}")

    def rate_at(self, step: int) -> float:
        """Length of a step, numbered from 0."""
        return self.rate * (1 - step / self.steps) if self.cooled else self.rate

    def bounded(self, mask: Tensor) -> Tensor:
        """The mask after projection, if there is one."""
        return mask.clamp(0, 1) if self.projected else mask


class Price(Protocol):
    """What the size of a mask costs beside the distance that it leaves, series by series."""

    @property
    def weight(self) -> float:
        """λ1 at the first step."""

    def after(self, price: Tensor, distance: Tensor) -> Tensor:
        """Prices after a step that left some distances, ``[sample]`` both."""


@dataclass(frozen=True)
class Aimed:
    """A price that stays, or that is found so that a mask leaves what was aimed at.

    Args:
        weight: λ1, at the first step.
        fidelity: Distance to end at: the price of a series falls while its mask leaves more, and rises while it leaves
            less (multiplicative dual ascent); 0 lets the price stay.
    """

    weight: float
    fidelity: float = 0.0
    gain: ClassVar[float] = 0.2
    """Largest change of a price's logarithm in one step."""

    def after(self, price: Tensor, distance: Tensor) -> Tensor:
        if not self.fidelity:
            return price
        return price * torch.exp(self.gain * (1 - distance / self.fidelity).clamp(-1, 1))


@dataclass(frozen=True)
class Growing:
    """A price that grows by the same factor at every step.

    Args:
        weight: At the first step.
        factor: By which it grows.
    """

    weight: float
    factor: float

    def after(self, price: Tensor, distance: Tensor) -> Tensor:
        return price * self.factor


class Cost(Protocol):
    """What masks cost, series by series: no other series' mask enters."""

    def __call__(self, mask: Tensor, step: int) -> tuple[Tensor, Tensor]:
        """Their sizes, which have a price, and the distances they leave, at a step; ``[sample]`` both."""

    def take(self, rows: Tensor) -> Self:
        """The cost of some of the series."""


class SharedCost(Protocol):
    """What masks and a generator cost together, for one part of a mini-batch."""

    def __call__(self, mask: Tensor, rows: range, *, batch: Sequence[range], epoch: int) -> Tensor:
        """What some series add to the cost of their mini-batch, one number.

        Args:
            mask: Masks of all series, ``[sample, time, feature]``.
            rows: Which series.
            batch: All parts of the mini-batch.
            epoch: How often all series were seen before.
        """


def learned_apart(cost: Cost, start: Tensor, descent: Descent, price: Price) -> tuple[Tensor, Tensor]:
    """Masks that lower each series' own cost.

    The sum of the costs is descended, so a mask's gradient depends neither on which series come with it nor on their
    number.

    Args:
        cost: Called once a step.
        start: First masks, ``[sample, time, feature]``.
        descent: How they move.
        price: Of their size.

    Returns:
        Masks ``[sample, time, feature]``, and the prices at the end, ``[sample]``.
    """
    final, rows = start.clone(), torch.arange(len(start), device=start.device)
    mask, moments, before, paid = start, Moments.of(start), start, start.new_full((len(start),), price.weight)
    prices = paid.clone()
    for step in range(descent.steps):
        with torch.enable_grad():
            leaf = mask.detach().requires_grad_()
            size, distance = cost(leaf, step)
            (gradient,) = torch.autograd.grad((paid * size + distance).sum(), leaf)
        paid = price.after(paid, distance.detach())
        mask, moments = Adam().step(mask, gradient, moments, rate=descent.rate_at(step))
        mask = descent.bounded(mask)
        if not descent.tolerance or (step + 1) % LOOK:
            continue
        going = (mask - before).flatten(1).abs().amax(dim=1) > descent.tolerance
        final[rows[~going]], prices[rows[~going]] = mask[~going], paid[~going]
        if not bool(going.any()):
            return final, prices
        left = going.nonzero()[:, 0]
        rows, mask, paid, moments, cost = rows[left], mask[left], paid[left], moments.take(left), cost.take(left)
        before = mask
    final[rows], prices[rows] = mask, paid
    return final, prices


def learned_together(
    cost: SharedCost, start: Tensor, weights: Sequence[Tensor], descent: Descent, batches: Sequence[Sequence[range]]
) -> Tensor:
    """Masks learned by one optimiser over all series in mini-batches, with the weights of a generator.

    Between its own mini-batches a mask goes on along its running average, as it does where one optimiser holds all
    masks.

    Args:
        cost: Called for each part of each mini-batch.
        start: First masks, ``[sample, time, feature]``.
        weights: Of the generator, which are changed in place; may be none.
        descent: How masks and weights move, its steps being the times that all series are seen.
        batches: Parts of each mini-batch, which go through the model one after the other; see :func:`mini_batches`.

    Returns:
        Masks ``[sample, time, feature]``.
    """
    mask, moments = start, [Moments.of(part) for part in (start, *weights)]
    for epoch in range(descent.steps):
        for batch in batches:
            leaves = [mask.detach().requires_grad_(), *weights]
            gradients: list[Tensor] = []
            for piece in batch:
                with torch.enable_grad():
                    more = torch.autograd.grad(cost(leaves[0], piece, batch=batch, epoch=epoch), leaves)
                pairs = zip(gradients, more, strict=True) if gradients else ()
                gradients = [one + other for one, other in pairs] or list(more)
            with torch.no_grad():
                rate = descent.rate_at(epoch)
                steps = [
                    Adam().step(*three, rate=rate) for three in zip((mask, *weights), gradients, moments, strict=True)
                ]
                mask = descent.bounded(steps[0][0])
                for weight, (moved, _) in zip(weights, steps[1:], strict=True):
                    weight.copy_(moved)
            moments = [after for _, after in steps]
    return mask


def mini_batches(n_sample: int, *, size: int, rows: int) -> tuple[tuple[range, ...], ...]:
    """Places of the series of each mini-batch, in order, in parts of at most ``rows``.

    >>> mini_batches(5, size=3, rows=2)
    ((range(0, 2), range(2, 3)), (range(3, 5),))
    """
    return tuple(
        tuple(
            range(begin, min(begin + rows, first + size, n_sample))
            for begin in range(first, min(first + size, n_sample), rows)
        )
        for first in range(0, n_sample, size)
    )
