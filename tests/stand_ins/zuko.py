"""zuko.flows: a flow is a module from a context to a distribution with ``log_prob`` and an invertible ``transform``."""

import torch
from torch import Tensor, nn


class NSF(nn.Module):
    """Independent normal cells whose means and deviations a small network finds in the context."""

    def __init__(self, features: int, context: int, **_settings: object) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(context, 32), nn.Tanh(), nn.Linear(32, 2 * features))

    def forward(self, context: Tensor) -> "Given":
        mean, log_scale = self.net(context).chunk(2, dim=1)
        return Given(mean, log_scale.clamp(-5, 3).exp())


class Given:
    """The distribution, which is its own transform."""

    def __init__(self, mean: Tensor, scale: Tensor) -> None:
        self.mean, self.scale = mean, scale
        self.transform = self

    def log_prob(self, x: Tensor) -> Tensor:
        return torch.distributions.Normal(self.mean, self.scale).log_prob(x).sum(dim=1)

    def inv(self, noise: Tensor) -> Tensor:
        return self.mean + self.scale * noise
