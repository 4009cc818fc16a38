"""Dreams of a model that knows one wave."""

from functools import cache

import torch
from torch import nn

from aition import Batch, TorchModel, from_tensors
from aition.core.explanation import Explanation
from aition.dream import Border, Margin, PrincipalComponents, Recipe, dream

PATTERN = torch.sin(2 * torch.pi * torch.arange(24) / 12)


def waves(n: int = 80, *, seed: int = 0) -> Batch:
    """Noise, with the wave in class 1 and its negative in class 0."""
    random = torch.Generator().manual_seed(seed)
    label = torch.arange(n) % 2
    x = torch.randn(n, 24, 1, generator=random) + (label[:, None, None] * 2 - 1) * PATTERN[None, :, None]
    return from_tensors(x, layout="sample time feature", label=label)


class Matched(nn.Module):
    """Class 1 where a series is like the wave; a third class reads another one."""

    def __init__(self, n_class: int = 2) -> None:
        super().__init__()
        self.linear = nn.Linear(24, n_class)
        with torch.no_grad():
            self.linear.weight.zero_()
            self.linear.weight[1] = PATTERN / 4
            self.linear.bias.zero_()
            if n_class > 2:
                self.linear.weight[2] = torch.cos(torch.arange(24.0)) / 4
                self.linear.bias[2] = 0.5

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.linear(x[:, :, 0])


def matched(n_class: int = 2) -> TorchModel:
    """The model."""
    return TorchModel(Matched(n_class))


@cache
def dreamed() -> Explanation:
    """Three dreams each of both classes and of their border."""
    recipe = Recipe(PrincipalComponents(most=1.0), steps=40, rate=0.2, variations=())
    return dream(matched(), waves(), (Margin(0), Margin(1), Border((0, 1))), recipe=recipe, draws=3)
