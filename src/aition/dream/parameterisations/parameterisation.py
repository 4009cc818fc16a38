"""What a parameterisation is: numbers that are optimised, and the series that they make."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import ClassVar, Protocol, Self

from torch import Tensor

from aition.dream.frame import Frame


@dataclass(frozen=True, eq=False)
class Canvas(ABC):
    """A parameterisation that was fitted to real series, for some dreams: from parameters to series.

    Parameters are one tensor ``[draw, …]``, and no draw knows of another. Unless a canvas says otherwise they may be
    anything, cost nothing, and are finished as they are.

    Args:
        first: Parameters to begin with, ``[draw, …]``.
    """

    stretches: ClassVar[bool] = True
    """Whether series are of the frame's one length, or else on the steps of the places."""

    first: Tensor

    @abstractmethod
    def series(self, parameter: Tensor) -> Tensor:
        """Series ``[draw, step, feature]``, in deviations of the real ones."""

    def take(self, rows: Tensor) -> Self:
        """The canvas for some of the dreams alone."""
        return replace(self, first=self.first[rows])

    def held(self, parameter: Tensor) -> Tensor:
        """Parameters after a step, put back to where they may be; no gradient."""
        return parameter

    def price(self, parameter: Tensor) -> Tensor:
        """What the parameters themselves cost, ``[draw]``."""
        return parameter.new_zeros(len(parameter))

    def finished(self, parameter: Tensor) -> Tensor:
        """Parameters after the last step."""
        return parameter


class Parameterisation(Protocol):
    """Settings of a canvas: a frozen dataclass."""

    def fit(self, frame: Frame, seed: int) -> Canvas:
        """The canvas for the dreams of a frame, whose chance hangs on their keys and the seed.

        Raises:
            InputError: The real series are too few or too short.
        """
