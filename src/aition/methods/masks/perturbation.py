"""How a mask takes values away: they fade into a replacement, or blur into their neighbours."""

import math
from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.methods.masks.objective import blended
from aition.methods.masks.replacement import Blur, Replacement, SeriesMean

REACH = 6
"""Widths beyond which a Gaussian is 0 in single precision."""
NARROW = 1e-3
"""Widths below this are 0: a step has no neighbours."""


class Perturbation(Protocol):
    """What stands where a mask takes a value away, and how it comes in."""

    @property
    def absence(self) -> Replacement:
        """What stands where nothing is kept."""

    def __call__(self, batch: Batch, kept: Tensor, replacement: Tensor) -> Tensor:
        """Values of series of which a share is kept, given what ``absence`` drew; ``[sample, time, feature]`` all."""


@dataclass(frozen=True)
class Fade:
    """Values fade into a replacement, ``x·k + r·(1 - k)``.

    Args:
        replacement: Into what: the series' mean, as in the published experiments, a blur, a baseline.
    """

    replacement: Replacement = field(default_factory=SeriesMean)

    @property
    def absence(self) -> Replacement:
        return self.replacement

    def __call__(self, batch: Batch, kept: Tensor, replacement: Tensor) -> Tensor:
        return blended(batch, kept, replacement)


@dataclass(frozen=True)
class Widen:
    """Values blur into those observed around them, the more the less of them is kept.

    Args:
        width: Standard deviation of the Gaussian where nothing is kept, in steps; it is ``width · (1 - k)``.

    References:
        Crabbé and van der Schaar, "Explaining time series predictions with dynamic masks", ICML 2021, section 3.2.
    """

    width: float = 2.0

    def __post_init__(self) -> None:
        if not self.width > 0:
            raise InputError(f"width must be above 0 steps, but is {self.width}")

    @property
    def absence(self) -> Blur:
        return Blur(self.width)

    def __call__(self, batch: Batch, kept: Tensor, replacement: Tensor) -> Tensor:
        reach = min(math.ceil(REACH * self.width), batch.n_time - 1)
        away = torch.arange(-reach, reach + 1, device=kept.device, dtype=kept.dtype)
        seen = batch.observed.to(kept.dtype)

        def around(value: Tensor) -> Tensor:
            return functional.pad(value, (0, 0, reach, reach)).unfold(1, 2 * reach + 1, 1)

        width = (self.width * (1 - kept).clamp(min=NARROW))[..., None]
        weight = torch.exp(-0.5 * (away / width) ** 2) * around(seen)
        total = weight.sum(dim=3).clamp(min=torch.finfo(kept.dtype).tiny)
        return (weight * around(batch.x)).sum(dim=3) / total
