"""Adam as a function: from a parameter, its gradient and its moments to the next of each."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Moments:
    """Running averages of a gradient and of its square, each in the shape of the parameter, and the steps they hold."""

    first: Tensor
    second: Tensor
    count: int

    @classmethod
    def of(cls, parameter: Tensor) -> "Moments":
        """The moments before the first step."""
        return cls(torch.zeros_like(parameter), torch.zeros_like(parameter), 0)

    def take(self, rows: Tensor) -> "Moments":
        """Those of some samples."""
        return Moments(self.first[rows], self.second[rows], self.count)


@dataclass(frozen=True)
class Adam:
    """Steps of bounded length against a gradient, every element on its own.

    Elements do not know each other, so a tensor of many series' masks moves as if each series had an optimiser.
    Operations are in the order of ``torch.optim.Adam``, so answers agree with it to the last bit.

    Args:
        decay: Share of the old average kept, for the gradient and for its square.
        floor: Added to the root of the second moment.

    References:
        Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015, algorithm 1.

    >>> parameter = torch.tensor([1.0, 1.0])
    >>> Adam().step(parameter, torch.tensor([5.0, -0.2]), Moments.of(parameter), rate=0.1)[0]
    tensor([0.9000, 1.1000])
    """

    decay: tuple[float, float] = (0.9, 0.999)
    floor: float = 1e-8

    def step(self, parameter: Tensor, gradient: Tensor, moments: Moments, *, rate: float) -> tuple[Tensor, Moments]:
        """The parameter after a step of about ``rate``, and the moments; what came in is left as it was."""
        count = moments.count + 1
        first = moments.first.lerp(gradient, 1 - self.decay[0])
        second = (moments.second * self.decay[1]).addcmul(gradient, gradient, value=1 - self.decay[1])
        spread = second.sqrt().div(math.sqrt(1 - self.decay[1] ** count)).add(self.floor)
        moved = parameter.addcdiv(first, spread, value=-rate / (1 - self.decay[0] ** count))
        return moved, Moments(first, second, count)
