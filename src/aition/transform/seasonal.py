"""Trend, season and rest: parts that add up to the series."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from aition.core.errors import InputError
from aition.core.extras import optional
from aition.transform.components import Components, check_series

NAMES = ("trend", "season", "rest")


@dataclass(frozen=True)
class SeasonalTrend:
    """Trend by a moving average, season by the mean of each phase, and the rest; all linear.

    The trend is the mean of the steps around each, the ends repeated beyond themselves; the season is the mean of what
    that leaves at the same phase, less the mean of a period. The coefficients are the three parts themselves, which add
    up to the series.

    Args:
        period: Steps of a season.
        window: Steps of the moving average, odd; 0: the period, or one more where that is even.

    >>> parts = SeasonalTrend(period=4).forward(torch.ones(1, 8, 1)).reshape(3, 8)
    >>> parts.sum(dim=1).round(decimals=3).tolist()
    [8.0, 0.0, 0.0]
    """

    period: int
    window: int = 0

    def __post_init__(self) -> None:
        check_period(self.period)
        if self.window < 0 or (self.window and self.window % 2 == 0):
            raise InputError(f"window must be an odd number of steps, or 0, but is {self.window}")

    def forward(self, x: Tensor) -> Tensor:
        """From series to their parts one after another, ``[sample, 3 * time, feature]``."""
        check_series(x)
        half = (self.window or self.period + 1 - self.period % 2) // 2
        lines = x.transpose(1, 2)
        wide = functional.pad(lines, (half, half), mode="replicate")
        trend = functional.avg_pool1d(wide, 2 * half + 1, stride=1).transpose(1, 2)
        phase = torch.arange(x.shape[1], device=x.device) % self.period
        same = (phase[:, None] == phase).to(x)
        left = torch.einsum("ts,nsf->ntf", same / same.sum(dim=1, keepdim=True), x - trend)
        season = left - left[:, : self.period].mean(dim=1, keepdim=True)
        return torch.cat([trend, season, x - trend - season], dim=1)

    def inverse(self, coefficients: Tensor, *, n_time: int) -> Tensor:
        """The sum of the parts."""
        return added(coefficients, n_time)

    def components(self, n_time: int, n_feature: int) -> Components:
        """Trend, season and rest."""
        return Components(torch.arange(3).repeat_interleave(n_time), NAMES)


@dataclass(frozen=True)
class Stl:
    """Trend, season and rest by local regressions (STL of statsmodels), fitted to each series outside of the graph.

    Args:
        period: Steps of a season; a series has at least two.
        robust: Let outliers count less; then the parts are no linear function of the series.

    References:
        Cleveland et al., "STL: a seasonal-trend decomposition procedure based on loess", Journal of Official Statistics
        1990.
    """

    period: int
    robust: bool = False

    def __post_init__(self) -> None:
        check_period(self.period)

    def forward(self, x: Tensor) -> Tensor:
        """From series to their parts one after another, ``[sample, 3 * time, feature]``."""
        check_series(x)
        if x.shape[1] < 2 * self.period:
            raise InputError(f"Stl needs at least two periods of {self.period} steps, but a series has {x.shape[1]}")
        values = x.detach().double().cpu().numpy()
        whole = np.empty((len(values), 3, *values.shape[1:]))
        for sample in range(values.shape[0]):
            for feature in range(values.shape[2]):
                fitted = stl()(values[sample, :, feature], period=self.period, robust=self.robust).fit()
                whole[sample, :2, :, feature] = fitted.trend, fitted.seasonal
        whole[:, 2] = values - whole[:, 0] - whole[:, 1]
        return torch.from_numpy(whole).to(x).flatten(1, 2)

    def inverse(self, coefficients: Tensor, *, n_time: int) -> Tensor:
        """The sum of the parts."""
        return added(coefficients, n_time)

    def components(self, n_time: int, n_feature: int) -> Components:
        """Trend, season and rest."""
        return Components(torch.arange(3).repeat_interleave(n_time), NAMES, linear=not self.robust)


def added(coefficients: Tensor, n_time: int) -> Tensor:
    """The sum of the three parts, ``[sample, time, feature]``."""
    return coefficients[:, :n_time] + coefficients[:, n_time : 2 * n_time] + coefficients[:, 2 * n_time :]


def check_period(period: int) -> None:
    """Raise unless a season has at least two steps."""
    if period < 2:
        raise InputError(f"period must be 2 steps or more, but is {period}")


def stl() -> Any:
    """The decomposition of statsmodels.

    Raises:
        MissingExtraError: It is not installed.
    """
    return optional("statsmodels.tsa.seasonal", user="Stl", package="statsmodels", extra="transform").STL
