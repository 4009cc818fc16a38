"""A few changes of a real series as parameters."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from aition.core.errors import InputError
from aition.dream.distances import nearest_of
from aition.dream.frame import Frame
from aition.dream.parameterisations.parameterisation import Canvas
from aition.dream.regularisers import check_above
from aition.dream.steps import squeezed

NOTICED = 0.02
"""A change below so many deviations is none."""


@dataclass(frozen=True)
class Change:
    """A real series and a sparse change of it: ``x = x_real + δ`` with a price of ``|δ|``.

    It serves what stands at a chance place, which components of whole series blur, and it answers "what would have to
    be otherwise in this series?". The real series are those of the places.

    Args:
        price: Of the mean absolute change, in units of the loss.
        guided: Whether ``δ`` begins as the whole way to the nearest real series of the objective's class, and is taken
            back as far as it can be; else it begins at 0. From 0 a network may have no slope that leads anywhere, and
            pieces of a pattern grow at several places.

    References:
        Delaney, Greene and Keane, "Instance-based counterfactual explanations for time series classification", ICCBR
        2021: changes that begin at the nearest series of another class.
    """

    price: float = 1.0
    guided: bool = True

    def __post_init__(self) -> None:
        check_above("price", self.price)

    def fit(self, frame: Frame, seed: int) -> "Changed":
        if not bool(frame.places.exists.any()):
            raise InputError("a change needs real series to begin with, but the places have no steps")
        real = frame.units(frame.places.x)
        first = way(frame, real) if self.guided else torch.zeros_like(real)
        return Changed(first, real, frame.places.cells, self.price)


@dataclass(frozen=True, eq=False)
class Changed(Canvas):
    """The canvas of :class:`Change`: ``δ``, ``[draw, time, feature]``.

    Args:
        real: The real series, ``[draw, time, feature]``.
        there: Which of their cells are no padding, likewise.
        weight: Of the mean absolute change.
    """

    stretches: ClassVar[bool] = False

    real: Tensor
    there: Tensor
    weight: float

    def take(self, rows: Tensor) -> "Changed":
        return Changed(self.first[rows], self.real[rows], self.there[rows], self.weight)

    def series(self, parameter: Tensor) -> Tensor:
        return self.real + parameter

    def finished(self, parameter: Tensor) -> Tensor:
        """Without the changes that are none."""
        return torch.where(parameter.abs() < NOTICED, 0.0, parameter)

    def price(self, parameter: Tensor) -> Tensor:
        size = (parameter.abs() * self.there).sum(dim=(1, 2))
        return self.weight * size / self.there.sum(dim=(1, 2)).clamp(min=1)


def way(frame: Frame, series: Tensor) -> Tensor:
    """From series to the nearest other real ones, ``[draw, time, feature]``; 0 in padding.

    Args:
        frame: Of the dreams.
        series: Those of the places, in its units.
    """
    whole = frame.lent()
    _, nearest = nearest_of(whole, frame.real, began=whole)
    return torch.where(frame.places.cells, squeezed(frame.real[nearest], frame.places) - series, 0.0)
