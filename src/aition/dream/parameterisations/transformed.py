"""Coefficients of an invertible transform as parameters, such as those of wavelets."""

from dataclasses import dataclass, field

from torch import Tensor

from aition.dream.frame import Frame
from aition.dream.parameterisations.parameterisation import Canvas
from aition.dream.parameterisations.time import noise
from aition.dream.regularisers import check_above
from aition.transform import Transform, Wavelets


@dataclass(frozen=True)
class Coefficients:
    """Coefficients of a transform, each in units of its deviation over real series.

    Where real series have little energy a dream gets little for the same step of the optimiser.

    Args:
        transform: From series to coefficients and back.
        width: Deviation of the coefficients to begin with, in their units.
    """

    transform: Transform = field(default_factory=Wavelets)
    width: float = 0.3

    def __post_init__(self) -> None:
        check_above("width", self.width)

    def fit(self, frame: Frame, seed: int) -> "Scaled":
        found = self.transform.forward(frame.real)
        first = self.width * noise(frame, seed, *found.shape[1:])
        return Scaled(first, self.transform, found.mean(dim=0), found.std(dim=0, correction=0), frame.shape[0])


@dataclass(frozen=True, eq=False)
class Scaled(Canvas):
    """The canvas of :class:`Coefficients`: ``[draw, coefficient, column]``.

    Args:
        transform: From coefficients to series.
        mean: Of the coefficients of real series, ``[coefficient, column]``.
        deviation: Likewise.
        n_step: Steps of the series.
    """

    transform: Transform
    mean: Tensor
    deviation: Tensor
    n_step: int

    def series(self, parameter: Tensor) -> Tensor:
        return self.transform.inverse(self.mean + parameter * self.deviation, n_time=self.n_step)
