"""Stochastic gates: masks that noise pushes to 0 and 1 while they are learned; features have trends."""

import math
from dataclasses import dataclass
from typing import ClassVar, Protocol

import torch
from torch import Tensor, nn

from aition.core.batch import Batch
from aition.core.draws import normal_like
from aition.core.errors import InputError, RefusalError
from aition.core.freeze import random_state_kept
from aition.core.numbers import check_whole
from aition.core.precision import varies
from aition.methods.masks.replacement import mean_of


class Trend(Protocol):
    """How steep the gate of every cell is, told by what the same feature does around it."""

    @property
    def needs_fit(self) -> bool:
        """Whether it is still to be learned."""

    def __call__(self, batch: Batch) -> Tensor:
        """τ of every cell, ``[sample, time, feature]``, without a unit; each series' own, whatever comes with it."""


@dataclass(frozen=True)
class Flat:
    """No trend: τ is 0, and a gate is its mask."""

    needs_fit: ClassVar[bool] = False

    def __call__(self, batch: Batch) -> Tensor:
        return torch.zeros_like(batch.x)


@dataclass(frozen=True)
class LocalTrend:
    """A trend still to be learned: two convolutions over the steps of each feature by itself.

    Args:
        kernel: Steps that one convolution sees; odd.
        hidden: Channels of a feature between the two.
    """

    kernel: int = 5
    hidden: int = 4
    needs_fit: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_whole(self, ("kernel", "hidden"))
        if self.kernel % 2 == 0:
            raise InputError(f"kernel must be odd, so that it sees as far back as ahead, but is {self.kernel}")

    def __call__(self, batch: Batch) -> Tensor:
        raise RefusalError(
            "this trend is still to be learned; call fit(model, background, target) and explain with what it returns, "
            "or take trend=Flat()"
        )

    def fresh(self, batch: Batch, *, seed: int) -> "LearnedTrend":
        """A trend with weights that hang on the seed alone, in a batch's features, dtype and device."""
        with random_state_kept():
            torch.manual_seed(seed)
            network = TrendNetwork(batch.n_feature, kernel=self.kernel, hidden=self.hidden)
        return LearnedTrend(network.to(batch.x.device, batch.x.dtype))


@dataclass(frozen=True, eq=False)
class LearnedTrend:
    """A learned trend.

    Args:
        module: From ``(values, exists)``, ``[sample, time, feature]`` and ``[sample, time]``, to τ like the values,
            which are deviations from the series' mean in the series' own deviations.
    """

    module: nn.Module
    needs_fit: ClassVar[bool] = False

    def __call__(self, batch: Batch) -> Tensor:
        seen = batch.observed.to(batch.x.dtype)
        mean = mean_of(batch)
        away = (batch.x - mean) * seen
        spread = (away.square().sum(dim=1, keepdim=True) / seen.sum(dim=1, keepdim=True).clamp(min=1)).sqrt()
        known = varies(spread, mean)
        tau: Tensor = self.module(torch.where(known, away / torch.where(known, spread, 1), 0), batch.exists)
        return tau


class TrendNetwork(nn.Module):
    """Two convolutions over time that keep features apart; padding on either side changes nothing.

    Args:
        n_feature: Features in and out.
        kernel: Steps that one convolution sees; odd.
        hidden: Channels of a feature between the two.
    """

    def __init__(self, n_feature: int, *, kernel: int, hidden: int) -> None:
        super().__init__()
        wide, around = n_feature * hidden, kernel // 2
        self.first = nn.Conv1d(n_feature, wide, kernel, padding=around, groups=n_feature)
        self.second = nn.Conv1d(wide, n_feature, kernel, padding=around, groups=n_feature)

    def forward(self, value: Tensor, exists: Tensor) -> Tensor:
        there = exists[:, None].to(value.dtype)
        states = torch.relu(self.first(value.transpose(1, 2) * there)) * there
        tau: Tensor = self.second(states).transpose(1, 2)
        return tau


@dataclass(frozen=True, eq=False)
class Gates:
    """The gates of some series: ``clamp(μ' + ε, 0, 1)`` about ``μ' = 2 m σ(τ m)``, which is ``m`` where τ is 0.

    Args:
        batch: The series.
        tau: Of every cell, ``[sample, time, feature]``.
        noise: Deviation of ε, which is normal, in units of the mask; above 0.
        seed: Of the noise.

    References:
        Liu et al., "Explaining time series via contrastive and locally sparse perturbations", ICLR 2024, section 3.2,
        in which μ' is half as large.
        Yamada et al., "Feature selection using stochastic gates", ICML 2020: the noise and the chance.
    """

    batch: Batch
    tau: Tensor
    noise: float
    seed: int

    def centre(self, mask: Tensor) -> Tensor:
        """μ' of masks, ``[sample, time, feature]``."""
        return 2 * mask * torch.sigmoid(self.tau * mask)

    def drawn(self, mask: Tensor, draw: int) -> Tensor:
        """Gates in [0, 1] with the noise of a draw, which hangs on the sample, the seed, the draw and the cell."""
        noise = normal_like(self.batch, seed=self.seed, draw=draw)
        return (self.centre(mask) + self.noise * noise).clamp(0, 1)

    def still(self, mask: Tensor) -> Tensor:
        """Gates in [0, 1] without noise."""
        return self.centre(mask).clamp(0, 1)

    def chance(self, mask: Tensor) -> Tensor:
        """Chance that a gate is above 0, ``(1 + erf(μ' / (δ √2))) / 2``: what the number of open gates is expected by.

        >>> from aition.core.assemble import from_tensors
        >>> batch = from_tensors(torch.zeros(1, 1, 1))
        >>> Gates(batch, batch.x, noise=0.5, seed=0).chance(batch.x).item()
        0.5
        """
        return (1 + torch.erf(self.centre(mask) / (self.noise * math.sqrt(2)))) / 2
