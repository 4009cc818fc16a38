"""Aims: how far an objective is to be driven."""

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from aition.core.errors import InputError


class Aim(Protocol):
    """From what real series reach, and what a dream reaches, to what is to become small, and what is to become 0.

    Numbers are in deviations of what real series reach.
    """

    def wanted(self, real: Tensor) -> Tensor:
        """What is aimed at, one number, from what real series reach, ``[real]``; NaN where it is as much as can be."""

    def loss(self, reached: Tensor, varied: Tensor, wanted: Tensor) -> Tensor:
        """What is to become small, ``[draw]``.

        Args:
            reached: What the dreams reach, ``[draw]``.
            varied: What they reach when they are varied, ``[draw]``; the same tensor where they are not.
            wanted: What is aimed at, one number.
        """

    def equal(self, reached: Tensor, wanted: Tensor) -> Tensor:
        """What is to become 0, whatever it costs, ``[draw, 0 or 1]``."""


@dataclass(frozen=True)
class Most:
    """As much as can be; where dreams are varied, of the varied ones."""

    def wanted(self, real: Tensor) -> Tensor:
        return real.new_tensor(torch.nan)

    def loss(self, reached: Tensor, varied: Tensor, wanted: Tensor) -> Tensor:
        return -varied

    def equal(self, reached: Tensor, wanted: Tensor) -> Tensor:
        return reached[:, None][:, :0]


@dataclass(frozen=True)
class Level:
    """A level that real series reach, hit from both sides: beyond it lies what no real series is.

    It is a constraint, so that prices of the series do not pull a dream away from it. Where dreams are varied, what
    they then fall short of half the level costs ``share · max(0, a*/2 - a')²``.

    Args:
        quantile: ``a*`` as a quantile of what real series reach, from 0 to 1: 1 is the largest.
        share: Of what varied dreams fall short.
    """

    quantile: float = 0.95
    share: float = 0.3

    def __post_init__(self) -> None:
        if not 0 <= self.quantile <= 1:
            raise InputError(f"quantile must be from 0 to 1, but is {self.quantile}")
        if not 0 <= self.share < float("inf"):
            raise InputError(f"share must be 0 or more and finite, but is {self.share}")

    def wanted(self, real: Tensor) -> Tensor:
        return real.quantile(self.quantile)

    def loss(self, reached: Tensor, varied: Tensor, wanted: Tensor) -> Tensor:
        if varied is reached:
            return torch.zeros_like(reached)
        return self.share * torch.relu(0.5 * wanted - varied).square()

    def equal(self, reached: Tensor, wanted: Tensor) -> Tensor:
        return (reached - wanted)[:, None]


@dataclass(frozen=True)
class Value:
    """A number of the user's own, in units of the objective, hit from both sides.

    Args:
        value: The number.
    """

    value: float

    def wanted(self, real: Tensor) -> Tensor:
        return real.new_tensor(self.value)

    def loss(self, reached: Tensor, varied: Tensor, wanted: Tensor) -> Tensor:
        return torch.zeros_like(reached)

    def equal(self, reached: Tensor, wanted: Tensor) -> Tensor:
        return (reached - wanted)[:, None]
