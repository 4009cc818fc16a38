"""What a parameterisation is: numbers that are optimised, and the series that they make."""

from typing import Protocol

from torch import Tensor

from aition.dream.frame import Frame


class Canvas(Protocol):
    """A parameterisation that was fitted to real series, for some dreams: from parameters to series.

    Parameters are one tensor ``[draw, …]``, and no draw knows of another.
    """

    @property
    def stretches(self) -> bool:
        """Whether series are of the frame's one length, or else on the steps of the places."""

    def start(self) -> Tensor:
        """Parameters to begin with."""

    def series(self, parameter: Tensor) -> Tensor:
        """Series ``[draw, step, feature]``, in deviations of the real ones."""

    def held(self, parameter: Tensor) -> Tensor:
        """Parameters after a step, put back to where they may be; no gradient."""

    def price(self, parameter: Tensor) -> Tensor:
        """What the parameters themselves cost, ``[draw]``."""

    def finished(self, parameter: Tensor) -> Tensor:
        """Parameters after the last step."""


class Parameterisation(Protocol):
    """Settings of a canvas: a frozen dataclass."""

    def fit(self, frame: Frame, seed: int) -> Canvas:
        """The canvas for the dreams of a frame, whose chance hangs on their keys and the seed.

        Raises:
            InputError: The real series are too few or too short.
        """
