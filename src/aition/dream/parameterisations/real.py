"""Real series as they are, and mixtures of a few: what any dream has to be better than."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from aition.core.draws import uniform
from aition.core.errors import InputError
from aition.dream.frame import Frame
from aition.dream.parameterisations.parameterisation import Canvas
from aition.dream.parameterisations.time import noise


@dataclass(frozen=True)
class Unchanged:
    """Real series as they are: those that are nearest to what is aimed at, the nearest first.

    They look real, being real. What a dream shows beyond them is what it is for.
    """

    def chance_among(self, real: Tensor) -> float:
        """There is none."""
        return 0.0

    def fit(self, frame: Frame, seed: int) -> "Kept":
        real = frame.units(frame.places.x)
        return Kept(torch.zeros_like(real[:, :1, :1]), real)


@dataclass(frozen=True, eq=False)
class Kept(Canvas):
    """The canvas of :class:`Unchanged`; its parameters do nothing.

    Args:
        real: The real series, ``[draw, time, feature]``.
    """

    stretches: ClassVar[bool] = False

    real: Tensor

    def take(self, rows: Tensor) -> "Kept":
        return Kept(self.first[rows], self.real[rows])

    def series(self, parameter: Tensor) -> Tensor:
        return self.real + 0 * parameter


@dataclass(frozen=True)
class Mixture:
    """``x = Σ_k w_k x_k``, with shares ``w`` of a few real series, drawn by chance.

    A mixture of two real series is seldom one, but hardly ever strange either: it looks real at little cost.

    Args:
        count: Real series in each.
    """

    count: int = 3

    def __post_init__(self) -> None:
        if isinstance(self.count, bool) or not isinstance(self.count, int) or self.count < 2:
            raise InputError(f"count must be two real series or more, but is {self.count!r}")

    def fit(self, frame: Frame, seed: int) -> "Mixed":
        place = torch.arange(self.count, device=frame.real.device)[None]
        share = uniform(frame.places.keys[:, None], seed + 1, place)
        lent = frame.real[(share * len(frame.real)).long().clamp(max=len(frame.real) - 1)]
        return Mixed(noise(frame, seed, self.count), lent)


@dataclass(frozen=True, eq=False)
class Mixed(Canvas):
    """The canvas of :class:`Mixture`: logarithms of shares, ``[draw, count]``.

    Args:
        lent: The real series of each, ``[draw, count, step, feature]``.
    """

    lent: Tensor

    def take(self, rows: Tensor) -> "Mixed":
        return Mixed(self.first[rows], self.lent[rows])

    def series(self, parameter: Tensor) -> Tensor:
        return torch.einsum("dk,dksf->dsf", parameter.softmax(dim=1), self.lent)
