"""Budgets: how many groups may be selected, and what they cost."""

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from aition.core.numbers import check_price, check_share
from aition.methods.lex.candidates import Candidates


class Budget(Protocol):
    """What selecting costs in training."""

    @property
    def rate(self) -> float:
        """The share of the groups that is to be selected on average; 0 where it is free to find itself."""

    def measure(self, inclusion: Tensor, candidates: Candidates) -> Tensor:
        """What is charged for, one number, from the chances ``[sample, group]`` that groups are selected."""

    def charge(self, share: Tensor, price: float) -> Tensor:
        """What the measured costs at a price, one number, in nats."""

    def after(self, price: float, share: float) -> float:
        """The price after a step that selected a share."""


@dataclass(frozen=True)
class Free:
    """Nothing: for a selection that has its size by itself, such as ``ExactK``."""

    @property
    def rate(self) -> float:
        return 0.0

    def measure(self, inclusion: Tensor, candidates: Candidates) -> Tensor:
        return inclusion.new_zeros(())

    def charge(self, share: Tensor, price: float) -> Tensor:
        return share.new_zeros(())

    def after(self, price: float, share: float) -> float:
        return 0.0


@dataclass(frozen=True)
class Rate:
    """A share of the groups, on average over series: the price is found by dual ascent, and none is given.

    The Lagrangian is augmented by the square of what is amiss, so that the price settles; what is still amiss at the
    end is made good by one number that is added to all logits.

    Args:
        rate: The mean share, above 0 and below 1.

    References:
        Bertsekas, "Constrained optimization and Lagrange multiplier methods", 1982, chapter 2.

    >>> Rate(0.1).after(0.0, 0.3) > 0 > Rate(0.1).after(0.0, 0.05)
    True
    """

    rate: float

    def __post_init__(self) -> None:
        check_share(self, ("rate",))

    @property
    def stiffness(self) -> float:
        """Nats per squared share that is amiss, in units of the rate."""
        return 1.0 / self.rate

    def measure(self, inclusion: Tensor, candidates: Candidates) -> Tensor:
        return mean_share(inclusion, candidates.there)

    def charge(self, share: Tensor, price: float) -> Tensor:
        amiss = share - self.rate
        return price * amiss + 0.5 * self.stiffness * amiss**2

    def after(self, price: float, share: float) -> float:
        return price + 0.02 * self.stiffness * (share - self.rate)


@dataclass(frozen=True)
class Price:
    """A fixed price of the mean share selected, for settings that were published with one.

    Args:
        price: λ, in nats for all groups.
    """

    price: float

    def __post_init__(self) -> None:
        check_price(self, ("price",))

    @property
    def rate(self) -> float:
        return 0.0

    def measure(self, inclusion: Tensor, candidates: Candidates) -> Tensor:
        return mean_share(inclusion, candidates.there)

    def charge(self, share: Tensor, price: float) -> Tensor:
        return self.price * share

    def after(self, price: float, share: float) -> float:
        return self.price


@dataclass(frozen=True)
class Coherence:
    """A fixed price of the mean share selected, and one of the beginnings and ends of runs along time.

    Two neighbouring steps of a feature differ with the probability ``p (1 - q) + q (1 - p)``, where groups are selected
    independently, and never where they are of one group.

    Args:
        length: Nats for all groups.
        breaks: Nats for a change between all neighbouring steps.

    References:
        Lei, Barzilay and Jaakkola, "Rationalizing neural predictions", EMNLP 2016, equation 5.
    """

    length: float
    breaks: float

    def __post_init__(self) -> None:
        check_price(self, ("length", "breaks"))

    @property
    def rate(self) -> float:
        return 0.0

    def measure(self, inclusion: Tensor, candidates: Candidates) -> Tensor:
        share = mean_share(inclusion, candidates.there)
        return self.length * share + self.breaks * mean_change(inclusion, candidates)

    def charge(self, share: Tensor, price: float) -> Tensor:
        return share

    def after(self, price: float, share: float) -> float:
        return 1.0


def mean_change(inclusion: Tensor, candidates: Candidates) -> Tensor:
    """The expected share of neighbouring steps of a feature of which one alone is selected, mean over series.

    >>> group = torch.tensor([[[0], [1], [1]]])
    >>> candidates = Candidates(group, torch.ones(1, 3, 1).bool(), torch.ones(1, 2).bool())
    >>> mean_change(torch.tensor([[1.0, 0.25]]), candidates)  # .75 between steps 0 and 1, 0 between 1 and 2
    tensor(0.3750)
    """
    group, chance = candidates.group, candidates.spread(inclusion[:, None])[:, 0]
    there = candidates.known & (group >= 0)
    apart = there[:, 1:] & there[:, :-1]
    one, other = chance[:, 1:], chance[:, :-1]
    change = torch.where(group[:, 1:] == group[:, :-1], 0.0, one + other - 2 * one * other)
    count = apart.sum(dim=(1, 2)).clamp(min=1)
    return ((change * apart).sum(dim=(1, 2)) / count).mean()


def mean_share(inclusion: Tensor, there: Tensor) -> Tensor:
    """The share of the groups that a series is expected to have selected, the mean over series; one number."""
    return (inclusion.sum(dim=1) / there.sum(dim=1).clamp(min=1)).mean()
