"""Regularisers: what keeps a dream small and smooth; filters in the graph, and penalties beside the objective."""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.nn import functional

from aition.core.errors import InputError


class Filter(Protocol):
    """From series to smoother series, ``[draw, step, feature]``, in deviations of the real ones.

    Filters stand in the graph. Smoothing the series in place between steps would leave an optimiser's moments as they
    were, and the last steps would grow the high frequencies anew.
    """

    def __call__(self, series: Tensor, real: Tensor) -> Tensor:
        """The filtered series; ``real`` are the real ones."""


class Penalty(Protocol):
    """A price of series, ``[draw]``."""

    def __call__(self, series: Tensor) -> Tensor:
        """The price of series ``[draw, step, feature]``, in deviations of the real ones."""


@dataclass(frozen=True)
class Priced(ABC):
    """A penalty that is a mean times a weight.

    Args:
        weight: λ, above 0.
    """

    weight: float = 1e-2

    def __post_init__(self) -> None:
        check_above("weight", self.weight)

    def __call__(self, series: Tensor) -> Tensor:
        return self.weight * self.mean(series)

    @abstractmethod
    def mean(self, series: Tensor) -> Tensor:
        """The mean that is priced, ``[draw]``."""


@dataclass(frozen=True)
class Squares(Priced):
    """The mean square of the values (L2), times a weight.

    Args:
        weight: λ, above 0.
    """

    def mean(self, series: Tensor) -> Tensor:
        return series.square().mean(dim=(1, 2))


@dataclass(frozen=True)
class Amounts(Priced):
    """The mean absolute value (L1), times a weight.

    Args:
        weight: λ, above 0.
    """

    def mean(self, series: Tensor) -> Tensor:
        return series.abs().mean(dim=(1, 2))


@dataclass(frozen=True)
class TotalVariation(Priced):
    """The mean absolute change from step to step, times a weight.

    Args:
        weight: λ, above 0.
    """

    weight: float = 1e-1

    def mean(self, series: Tensor) -> Tensor:
        if series.shape[1] < 2:
            return series.new_zeros(len(series))
        return series.diff(dim=1).abs().mean(dim=(1, 2))


@dataclass(frozen=True)
class ExponentialSmoothing:
    """``s_t = α x_t + (1 - α) s_{t-1}``, beginning at ``x_0``. It is causal, and so lags.

    Args:
        share: α, in (0, 1]; 1 changes nothing.

    >>> ExponentialSmoothing(0.5)(torch.tensor([[[0.0], [4.0], [4.0]]]), torch.zeros(0))[0, :, 0].tolist()
    [0.0, 2.0, 3.0]
    """

    share: float = 0.5

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise InputError(f"share must be above 0 and at most 1, but is {self.share}")

    def __call__(self, series: Tensor, real: Tensor) -> Tensor:
        n_step = series.shape[1]
        lag = torch.arange(n_step, device=series.device, dtype=series.dtype)
        ages = (lag[:, None] - lag[None]).clamp(min=0)
        weight = self.share * (1 - self.share) ** ages * (lag[:, None] >= lag[None])
        weight[:, 0] = (1 - self.share) ** lag
        return torch.einsum("st,dtf->dsf", weight, series)


@dataclass(frozen=True)
class GaussianSmoothing:
    """A weighted mean of the neighbouring steps, by a normal density; ends are continued.

    Args:
        width: Its deviation, in steps.
    """

    width: float = 1.5

    def __post_init__(self) -> None:
        check_above("width", self.width)

    def __call__(self, series: Tensor, real: Tensor) -> Tensor:
        reach = max(1, math.ceil(3 * self.width))
        step = torch.arange(-reach, reach + 1, device=series.device, dtype=series.dtype)
        weight = torch.exp(-0.5 * (step / self.width).square())
        return averaged(series, weight / weight.sum())


@dataclass(frozen=True)
class MovingAverage:
    """The mean of neighbouring steps; ends are continued.

    Args:
        window: How many, odd.
    """

    window: int = 5

    def __post_init__(self) -> None:
        if isinstance(self.window, bool) or not isinstance(self.window, int) or self.window < 1 or self.window % 2 == 0:
            raise InputError(f"window must be an odd number of steps, but is {self.window!r}")

    def __call__(self, series: Tensor, real: Tensor) -> Tensor:
        return averaged(series, series.new_full((self.window,), 1 / self.window))


@dataclass(frozen=True)
class Clamping:
    """Values no lower and no higher than any that the feature has in real series.

    A gradient passes outside of the range too where it leads back.
    """

    def __call__(self, series: Tensor, real: Tensor) -> Tensor:
        flat = real.flatten(0, 1)
        clamped: Tensor = Clamp.apply(series, flat.amin(dim=0), flat.amax(dim=0))  # type: ignore[no-untyped-call]
        return clamped


class Clamp(torch.autograd.Function):
    """Clamping, whose gradient is 0 only where following it would lead further out."""

    @staticmethod
    def forward(context: Any, series: Tensor, low: Tensor, high: Tensor) -> Tensor:
        context.save_for_backward(series, low, high)
        return series.clamp(low, high)

    @staticmethod
    def backward(context: Any, *slopes: Tensor) -> tuple[Tensor, None, None]:
        series, low, high = context.saved_tensors
        (slope,) = slopes
        outward = ((series > high) & (slope < 0)) | ((series < low) & (slope > 0))
        return torch.where(outward, 0.0, slope), None, None


def averaged(series: Tensor, weight: Tensor) -> Tensor:
    """Every feature's weighted mean over neighbouring steps; ends are continued."""
    n_draw, n_step, n_feature = series.shape
    flat = series.transpose(1, 2).reshape(n_draw * n_feature, 1, n_step)
    reach = len(weight) // 2
    wide = functional.pad(flat, (reach, reach), mode="replicate")
    mean = functional.conv1d(wide, weight.reshape(1, 1, -1))
    return mean.reshape(n_draw, n_feature, n_step).transpose(1, 2)


def check_above(name: str, value: float) -> None:
    """Raise unless a setting is above 0 and finite."""
    if not 0 < value < math.inf:
        raise InputError(f"{name} must be above 0 and finite, but is {value}")
