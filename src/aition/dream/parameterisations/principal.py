"""Whitened principal components as parameters, held within the lengths that real series have."""

from dataclasses import dataclass

import torch
from torch import Tensor

from aition.core.errors import InputError
from aition.dream.frame import Frame
from aition.dream.parameterisations.parameterisation import Canvas
from aition.dream.parameterisations.time import noise


@dataclass(frozen=True)
class PrincipalComponents:
    """``x = μ + W u``, with ``W`` the principal directions of real series, each times its deviation.

    ``u`` begins with the length that a quarter of the real series stay below, and never gets longer than three quarters
    of them are: no direction is a real one beyond that. It serves series that are aligned in time, or stationary, and
    blurs what stands at a chance place.

    Args:
        share: Of the variance, that the components hold together, in (0, 1].
        start: Quantile of the real lengths to begin with.
        most: Quantile of the real lengths at most.
    """

    share: float = 0.99
    start: float = 0.25
    most: float = 0.75

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise InputError(f"share must be above 0 and at most 1, but is {self.share}")
        if not 0 <= self.start <= self.most <= 1:
            raise InputError(f"0 <= start <= most <= 1 must hold, but they are {self.start} and {self.most}")

    def fit(self, frame: Frame, seed: int) -> "Whitened":
        rows = frame.real.flatten(1).double()
        mean = rows.mean(dim=0)
        _, size, directions = torch.linalg.svd(rows - mean, full_matrices=False)
        variance = size.square() / len(rows)
        if not float(variance.sum()) > 0:
            raise InputError("real series must differ to have principal components, but all are alike")
        held = variance.cumsum(dim=0) / variance.sum()
        n_part = min(int((held < self.share - 1e-9).sum()) + 1, int((variance > 1e-12 * variance[0]).sum()))
        deviation = variance[:n_part].sqrt()
        length = ((rows - mean) @ directions[:n_part].T / deviation).norm(dim=1)
        kind = frame.real
        return Whitened(
            of_length(frame, seed, n_part, length=float(length.quantile(self.start))),
            mean.to(kind).reshape(frame.shape),
            (directions[:n_part] * deviation[:, None]).to(kind).unflatten(1, frame.shape),
            float(length.quantile(self.most)),
        )


@dataclass(frozen=True, eq=False)
class Whitened(Canvas):
    """The canvas of :class:`PrincipalComponents`: ``u``, ``[draw, component]``.

    Args:
        mean: ``[step, feature]``.
        basis: ``[component, step, feature]``.
        most: Length of ``u`` at most.
    """

    mean: Tensor
    basis: Tensor
    most: float

    def series(self, parameter: Tensor) -> Tensor:
        return self.mean + torch.einsum("dc,csf->dsf", parameter, self.basis)

    def scores(self, series: Tensor) -> Tensor:
        """``u`` of series ``[series, step, feature]``: the components are orthogonal, so each is read by itself."""
        basis = self.basis.flatten(1).double()
        off = (series - self.mean).flatten(1).double()
        return (off @ basis.T / basis.square().sum(dim=1)).to(series)

    def held(self, parameter: Tensor) -> Tensor:
        return shortened(parameter, self.most)


def of_length(frame: Frame, seed: int, size: int, *, length: float) -> Tensor:
    """Vectors of one length in directions of chance, ``[draw, size]``."""
    free = noise(frame, seed, size)
    vectors: Tensor = length * free / free.norm(dim=1, keepdim=True).clamp(min=1e-9)
    return vectors


def shortened(vectors: Tensor, most: float) -> Tensor:
    """Vectors ``[draw, size]``, of which those longer than ``most`` are given that length."""
    length: Tensor = vectors.norm(dim=1, keepdim=True)
    return vectors * (most / length.clamp(min=1e-9)).clamp(max=1)
