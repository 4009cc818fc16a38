"""Values themselves as parameters."""

from dataclasses import dataclass

import torch
from torch import Tensor

from aition.core.draws import normal
from aition.dream.frame import Frame
from aition.dream.parameterisations.parameterisation import Canvas
from aition.dream.regularisers import check_above


@dataclass(frozen=True)
class Time:
    """Every value by itself, beginning with noise.

    High frequencies are as free as low ones, which is what makes plain activation maximisation find series that look
    like noise.

    Args:
        width: Deviation of the noise, in deviations of the real series.
    """

    width: float = 0.1

    def __post_init__(self) -> None:
        check_above("width", self.width)

    def fit(self, frame: Frame, seed: int) -> "Values":
        return Values(self.width * noise(frame, seed, *frame.shape))


@dataclass(frozen=True, eq=False)
class Values(Canvas):
    """The canvas of :class:`Time`: ``[draw, step, feature]``."""

    def series(self, parameter: Tensor) -> Tensor:
        return parameter


def noise(frame: Frame, seed: int, *sizes: int) -> Tensor:
    """Standard normal numbers ``[draw, *sizes]`` that hang on the draw, the seed and the place."""
    keys = frame.places.keys
    places = []
    for axis, size in enumerate(sizes):
        shape = [1] * (len(sizes) + 1)
        shape[axis + 1] = size
        places.append(torch.arange(size, device=keys.device).reshape(shape))
    return normal(keys.reshape(-1, *(1,) * len(sizes)), seed, *places).to(frame.real)
