"""Claims: what a modeller knows of a part of the values, and what a model pays that disagrees."""

from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from aition.core.errors import InputError
from aition.penalty.parts import Part


class Claim(Protocol):
    """What is known of a part."""

    @property
    def part(self) -> Part:
        """What it speaks of."""

    def cost(self, relevance: Tensor, *, power: int) -> Tensor:
        """What a model pays, a scalar.

        Args:
            relevance: Of the part, by output or by cell, ``[sample, item]``.
            power: 1 or 2: of which power of the relevance the price is.
        """


@dataclass(frozen=True)
class MustNotMatter:
    """The part must not matter: relevance costs ``mean over samples of sum |relevance|^power``.

    Args:
        part: Such as ``Features("site")``.
    """

    part: Part

    def cost(self, relevance: Tensor, *, power: int) -> Tensor:
        return relevance.abs().pow(power).sum(dim=1).mean()


@dataclass(frozen=True)
class MustMatter:
    """The part must matter: what its relevance lacks costs ``mean of max(0, margin - sum |relevance|)^power``.

    Args:
        part: Such as ``Features("troponin")``.
        margin: The least that the relevance must be, summed without sign, in the units of the penalty: logits, or
            their gradients.
    """

    part: Part
    margin: float = 1.0

    def __post_init__(self) -> None:
        if not self.margin > 0:
            raise InputError(f"margin must be above 0, but is {self.margin}")

    def cost(self, relevance: Tensor, *, power: int) -> Tensor:
        return (self.margin - relevance.abs().sum(dim=1)).clamp(min=0).pow(power).mean()
