"""What is known of Gaussian cells when some of them are: exact conditional laws of sums, and draws of the rest."""

from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

from aition.core.axes import check_axes
from aition.core.batch import Batch
from aition.core.errors import InputError

REACH, NODES = 8.5, 121
"""Of the grid for expected chances: smooth integrands are met to 1e-7 where log-odds spread by up to 8."""


@runtime_checkable
class KnownInPart(Protocol):
    """A law that knows the chance of each class when only some cells of a series are known."""

    def given(self, batch: Batch, kept: Tensor) -> Tensor:
        """``p(class | kept cells)``, ``[sample, class]``, float64.

        Args:
            batch: Series of the law.
            kept: The cells that are known, ``[sample, time, feature]``, bool.
        """


def check_kept(batch: Batch, kept: Tensor) -> Tensor:
    """The known cells in rows, ``[sample, cell]``; raises where they do not fit the batch."""
    cells = ("sample", "time", "feature")
    check_axes("kept", kept, cells, dict(zip(cells, batch.x.shape, strict=True)))
    if kept.dtype != torch.bool:
        raise InputError(f"kept must be bool, but is {kept.dtype}")
    return kept.flatten(1)


def gain(covariance: Tensor, kept: Tensor) -> Tensor:
    """From what is known to what is expected: ``E[x | known] = mean + gain (x - mean)``, ``[mask, cell, cell]``.

    Args:
        covariance: Of the cells, positive definite, ``[cell, cell]``.
        kept: The known cells of each mask, ``[mask, cell]``.

    >>> gain(torch.tensor([[1.0, 0.5], [0.5, 1.0]]), torch.tensor([[True, False]]))[0]
    tensor([[1.0000, 0.0000],
            [0.5000, 0.0000]])
    """
    known = kept.to(covariance)
    inner = known[:, :, None] * covariance * known[:, None] + torch.diag_embed(1 - known)
    outer = covariance * known[:, None]
    return torch.cholesky_solve(outer.mT, torch.linalg.cholesky(inner)).mT * known[:, None]


def sums_given(weight: Tensor, covariance: Tensor, x: Tensor, kept: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and variance of weighted sums of Gaussian cells of mean 0, some of which are known; each ``[sample, sum]``.

    Args:
        weight: ``[sum, cell]``.
        covariance: Of the cells, positive definite, ``[cell, cell]``.
        x: Values, of which those that are not known are not read, ``[sample, cell]``.
        kept: Which are known, ``[sample, cell]``, bool.
    """
    masks, which = kept.unique(dim=0, return_inverse=True)
    known = masks.to(covariance)
    inner = known[:, :, None] * covariance * known[:, None] + torch.diag_embed(1 - known)
    shared = known[:, :, None] * (covariance @ weight.mT)
    read = torch.cholesky_solve(shared, torch.linalg.cholesky(inner))
    left = (weight @ covariance * weight).sum(dim=1) - (shared * read).sum(dim=1)
    return torch.einsum("sck,sc->sk", read[which], torch.where(kept, x, 0)), left.clamp(min=0)[which]


def drawn_given(mean: Tensor, covariance: Tensor, x: Tensor, kept: Tensor, noise: Tensor) -> Tensor:
    """Draws of all cells given some, ``[sample, draw, cell]``: a joint draw, set right where cells are known.

    Args:
        mean: ``[cell]``.
        covariance: ``[cell, cell]``.
        x: ``[sample, cell]``.
        kept: Which are known, ``[sample, cell]``, bool.
        noise: Standard normal, ``[sample, draw, cell]``.

    References:
        Journel and Huijbregts, "Mining Geostatistics", 1978 (conditioning of a simulation by kriging).
    """
    masks, which = kept.unique(dim=0, return_inverse=True)
    joint = mean + noise @ torch.linalg.cholesky(covariance).mT
    right = gain(covariance, masks)[which]
    drawn = joint + torch.where(kept[:, None], x[:, None] - joint, 0) @ right.mT
    return torch.where(kept[:, None], x[:, None], drawn)


def expected_sigmoid(mean: Tensor, variance: Tensor) -> Tensor:
    """``E[sigmoid(u)]`` for a normal u, by the trapezoid rule, in the shape of ``mean``.

    >>> expected_sigmoid(torch.tensor([0.0, 3.0]), torch.tensor([9.0, 0.0]))
    tensor([0.5000, 0.9526])
    """
    place = torch.linspace(-REACH, REACH, NODES, dtype=mean.dtype, device=mean.device)
    share = (-(place**2) / 2).softmax(dim=0)
    return ((mean[..., None] + variance.sqrt()[..., None] * place).sigmoid() * share).sum(dim=-1)


def above(mean: Tensor, variance: Tensor) -> Tensor:
    """The chance that a normal number is 0 or more; what has no variance is known."""
    deviation = variance.sqrt()
    chance = torch.special.ndtr(mean / deviation.clamp(min=1e-12))
    return torch.where(deviation > 1e-6, chance, (mean >= 0).to(mean))


def chances(one: Tensor) -> Tensor:
    """Chances of class 0 and 1 from that of 1, ``[sample, class]``."""
    return torch.stack([1 - one, one], dim=1)
