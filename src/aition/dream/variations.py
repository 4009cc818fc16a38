"""Variations: small changes of a dream under which its activation is to last."""

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from aition.core.draws import normal, uniform
from aition.core.errors import InputError
from aition.dream.regularisers import check_above
from aition.dream.steps import between


class Variation(Protocol):
    """From series to varied series, ``[draw, step, feature]``, by numbers that hang on the draw and the iteration."""

    def __call__(self, series: Tensor, keys: Tensor, seed: int) -> Tensor:
        """The varied series.

        Args:
            series: ``[draw, step, feature]``, in deviations of the real ones.
            keys: Of the draws, ``[draw]``.
            seed: Of this iteration.
        """


@dataclass(frozen=True)
class Jitter:
    """A shift along time; what comes in at an end is the series reflected there. A circular shift would make a seam.

    Args:
        share: Of the steps, at most, in (0, 1).
    """

    share: float = 0.1

    def __post_init__(self) -> None:
        if not 0 < self.share < 1:
            raise InputError(f"share must be above 0 and below 1, but is {self.share}")

    def __call__(self, series: Tensor, keys: Tensor, seed: int) -> Tensor:
        n_step = series.shape[1]
        most = min(n_step - 1, max(1, round(self.share * n_step)))
        shift = ((2 * uniform(keys, seed) - 1) * (most + 0.5)).round().clamp(-most, most).long()
        place = torch.arange(n_step, device=series.device)[None] + shift[:, None]
        return series.gather(1, reflected(place, n_step)[:, :, None].expand(series.shape))


@dataclass(frozen=True)
class Warp:
    """Time made faster and slower, smoothly, with both ends held.

    Args:
        share: Of the steps, by which a step is moved at most.
        waves: Half waves along the series.
    """

    share: float = 0.05
    waves: int = 3

    def __post_init__(self) -> None:
        if not 0 < self.share < 0.5 or self.waves < 1:
            raise InputError(f"share must be in (0, .5) and waves 1 or more, but are {self.share} and {self.waves}")

    def __call__(self, series: Tensor, keys: Tensor, seed: int) -> Tensor:
        n_step = series.shape[1]
        along = torch.linspace(0, torch.pi, n_step, device=series.device, dtype=series.dtype)
        wave = torch.arange(1, self.waves + 1, device=series.device)
        size = (2 * uniform(keys[:, None], seed, wave[None]) - 1).to(series) / self.waves
        moved = torch.einsum("dw,wt->dt", size, torch.sin(wave[:, None] * along[None]))
        place = (torch.arange(n_step, device=series.device) + self.share * n_step * moved).clamp(0, n_step - 1)
        return between(series, place, last=place.new_full((1, 1), n_step - 1))


@dataclass(frozen=True)
class Scaling:
    """All values times one number, ``exp(width · ε)``.

    Args:
        width: Deviation of its logarithm.
    """

    width: float = 0.1

    def __post_init__(self) -> None:
        check_above("width", self.width)

    def __call__(self, series: Tensor, keys: Tensor, seed: int) -> Tensor:
        return series * torch.exp(self.width * normal(keys, seed)).to(series)[:, None, None]


@dataclass(frozen=True)
class Noise:
    """Normal noise on every value.

    Args:
        width: Its deviation, in deviations of the real series.
    """

    width: float = 0.1

    def __post_init__(self) -> None:
        check_above("width", self.width)

    def __call__(self, series: Tensor, keys: Tensor, seed: int) -> Tensor:
        step = torch.arange(series.shape[1], device=series.device)[None, :, None]
        feature = torch.arange(series.shape[2], device=series.device)[None, None]
        return series + self.width * normal(keys[:, None, None], seed, step, feature).to(series)


def reflected(place: Tensor, n_step: int) -> Tensor:
    """Places beyond an end, reflected there.

    >>> reflected(torch.tensor([-2, -1, 0, 3, 4, 5]), 4).tolist()
    [2, 1, 0, 3, 2, 1]
    """
    if n_step == 1:
        return torch.zeros_like(place)
    turn = place.abs() % (2 * (n_step - 1))
    return torch.minimum(turn, 2 * (n_step - 1) - turn)
