"""Features of series that no explained model has learned: how often random dilated kernels answer, and how strongly."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from aition.core.draws import normal, uniform

LENGTH = 9
"""Weights of a kernel."""
BATCH = 256
"""Series that are read at once."""


@dataclass(frozen=True, eq=False)
class Kernels:
    """Random kernels over time, each of one feature, dilated, with a bias taken from what it answers to real series.

    Args:
        weight: Of mean 0, ``[kernel, 9]``.
        feature: Which feature each reads, ``[kernel]``.
        dilation: Steps between its weights, ``[kernel]``.
        bias: Thresholds, ``[kernel]``.

    References:
        Dempster, Petitjean and Webb, "ROCKET: exceptionally fast and accurate time series classification using random
        convolutional kernels", Data Mining and Knowledge Discovery 2020.
    """

    weight: Tensor
    feature: Tensor
    dilation: Tensor
    bias: Tensor

    @classmethod
    def fit(cls, real: Tensor, *, n_kernel: int = 300, seed: int = 0) -> "Kernels":
        """Kernels for real series, ``[real, step, feature]``."""
        n_step, n_feature = real.shape[1:]
        device = real.device
        key = torch.arange(n_kernel, dtype=torch.int64, device=device)
        place = torch.arange(LENGTH, device=device)[None]
        weight = normal(key[:, None], seed, place).to(real)
        weight = weight - weight.mean(dim=1, keepdim=True)
        feature = (uniform(key, seed + 1) * n_feature).long().clamp(max=n_feature - 1)
        most = math.log2(max(1.0, (n_step - 1) / (LENGTH - 1)))
        dilation = torch.floor(2 ** (uniform(key, seed + 2) * most)).long().clamp(min=1)
        blank = cls(weight, feature, dilation, torch.zeros(n_kernel, device=device, dtype=real.dtype))
        row = (uniform(key, seed + 3) * len(real)).long().clamp(max=len(real) - 1)
        level = uniform(key, seed + 4).to(real)
        bias = torch.empty_like(blank.bias)
        for one in dilation.unique().tolist():
            mine = (dilation == one).nonzero()[:, 0]
            said = blank.answers(real[row[mine]], mine)
            own = said[torch.arange(len(mine)), torch.arange(len(mine))]
            order = own.sort(dim=1).values
            at = (level[mine] * (n_step - 1)).round().long()
            bias[mine] = order[torch.arange(len(mine)), at]
        return cls(weight, feature, dilation, bias)

    def answers(self, series: Tensor, mine: Tensor) -> Tensor:
        """What kernels of one dilation answer, ``[series, kernel, step]``; beyond the ends there is 0."""
        dilation = int(self.dilation[mine[0]])
        reach = dilation * (LENGTH // 2)
        whole = functional.pad(series.transpose(1, 2), (reach, reach))
        said = [
            functional.conv1d(
                whole[:, one : one + 1], self.weight[mine][self.feature[mine] == one][:, None], dilation=dilation
            )
            for one in self.feature[mine].unique().tolist()
        ]
        order = torch.cat([(self.feature[mine] == one).nonzero()[:, 0] for one in self.feature[mine].unique().tolist()])
        return torch.cat(said, dim=1)[:, order.argsort()]

    def __call__(self, series: Tensor) -> Tensor:
        """Share of the steps above the threshold, and the largest answer, of each kernel, ``[series, 2 · kernel]``."""
        groups = [(self.dilation == one).nonzero()[:, 0] for one in self.dilation.unique().tolist()]
        order = torch.cat(groups).argsort()
        found = []
        for some in series.split(BATCH):
            shares, most = [], []
            for mine in groups:
                said = self.answers(some, mine)
                shares.append((said > self.bias[mine][:, None]).to(said).mean(dim=2))
                most.append(said.amax(dim=2))
            found.append(torch.cat([torch.cat(shares, dim=1)[:, order], torch.cat(most, dim=1)[:, order]], dim=1))
        return torch.cat(found)


@dataclass(frozen=True, eq=False)
class Reduced:
    """Standardised features along their first principal components, ``[series, component]``.

    Args:
        kernels: What answers.
        mean: Of each answer over real series, ``[answer]``.
        deviation: Likewise; 1 where an answer never varies.
        directions: The components, ``[component, answer]``.
        share: Of the variance of the standardised answers that lies along each, ``[component]``.
    """

    kernels: Kernels
    mean: Tensor
    deviation: Tensor
    directions: Tensor
    share: Tensor

    @classmethod
    def fit(cls, real: Tensor, *, n_component: int = 24, seed: int = 0) -> "Reduced":
        """Fit on real series."""
        kernels = Kernels.fit(real, seed=seed)
        rows = kernels(real)
        mean, deviation = rows.mean(dim=0), rows.std(dim=0, correction=0)
        deviation = torch.where(deviation > 0, deviation, 1.0)
        _, size, directions = torch.linalg.svd((rows - mean) / deviation, full_matrices=False)
        share = size.square() / size.square().sum().clamp(min=1e-12)
        n_kept = min(n_component, max(1, len(real) - 1))
        return cls(kernels, mean, deviation, directions[:n_kept], share[:n_kept])

    def __call__(self, series: Tensor) -> Tensor:
        return ((self.kernels(series) - self.mean) / self.deviation) @ self.directions.T
