"""How a mask takes values away: they fade into a replacement, or blur into their neighbours."""

import math
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch
from torch import Tensor

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
        width = self.width * (1 - kept).clamp(min=NARROW)
        reach = min(math.ceil(REACH * self.width), batch.n_time - 1)
        blurred: Tensor = GaussianMean.apply(batch.x, batch.observed, width, reach)  # type: ignore[no-untyped-call]
        return blurred


class GaussianMean(torch.autograd.Function):
    """``Σ w x / Σ w`` over the observed steps within reach, ``w = exp(-δ²/2σ²)``, with a gradient to every σ.

    One offset δ at a time, forwards and backwards, so that memory does not grow with the reach.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, seen: Tensor, width: Tensor, reach: int) -> Tensor:
        above, below = torch.zeros_like(width), torch.zeros_like(width)
        for away in range(-reach, reach + 1):
            weight = torch.exp(-0.5 * (away / width) ** 2) * beside(seen, away)
            above += weight * beside(x, away)
            below += weight
        mean = above / below.clamp(min=torch.finfo(width.dtype).tiny)
        ctx.reach = reach
        ctx.save_for_backward(x, seen, width, mean, below)
        return mean

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[None, None, Tensor, None]:
        x, seen, width, mean, below = ctx.saved_tensors
        total = torch.zeros_like(width)
        for away in range(-ctx.reach, ctx.reach + 1):
            weight = torch.exp(-0.5 * (away / width) ** 2) * beside(seen, away)
            total += weight * away**2 * (beside(x, away) - mean)
        return None, None, gradient * total / (width**3 * below.clamp(min=torch.finfo(width.dtype).tiny)), None


def beside(value: Tensor, away: int) -> Tensor:
    """``value [sample, time, feature]`` of the step that lies some steps away; 0 beyond the ends."""
    moved = torch.zeros_like(value)
    here, there = (
        slice(max(0, -away), value.shape[1] - max(0, away)),
        slice(max(0, away), value.shape[1] + min(0, away)),
    )
    moved[:, here] = value[:, there]
    return moved
