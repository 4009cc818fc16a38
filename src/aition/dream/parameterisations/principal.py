"""Whitened principal components as parameters, held within the lengths that real series have."""

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from aition.core.errors import InputError
from aition.core.precision import doubled
from aition.dream.distances import nearest_of
from aition.dream.frame import Frame
from aition.dream.parameterisations.parameterisation import Canvas
from aition.dream.parameterisations.time import noise

FAR = 0.75
"""Quantile of the distances of real series to their nearest, as far as which draws are from their real series."""
LEAST = 0.05
"""What chance adds at least, where real series are there twice."""


@dataclass(frozen=True)
class PrincipalComponents:
    """``x = μ + W u``, with ``W`` the principal directions of real series, each times its deviation.

    ``u`` begins at ``√(1 - h²) z + h ε``, a real series drawn towards the mean, and chance: a draw from a kernel
    density of the real ones that has their mean and variance. Where something is aimed at, the real series is drawn by
    how likely such a draw reaches it. From there ``u`` goes no further than it must, at a price of ``|u - u₀|²``: of a
    model that is linear in ``u``, what comes out is a draw from the density, given that the aim is reached. It never
    gets longer than the longest real one: no direction is a real one beyond that. It serves series
    that are aligned in time, or stationary, and blurs what stands at a chance place.

    Args:
        share: Of the variance, that the components hold together, in (0, 1].
        chance: ``h``, from 0 to 1: small, and dreams are near to real series; 1 is a normal law, which few data have.
            0: as much as takes a draw as far from its real series as three in four of these are from the nearest.
        stay: The price of half the squared way from the beginning.
        most: Quantile of the real lengths at most, in (0, 1].

    References:
        Silverman, "Density estimation for statistics and data analysis", 1986, section 6.4.1: the smoothed bootstrap
        with the variance of the data.
    """

    share: float = 0.99
    chance: float = 0.0
    stay: float = 0.1
    most: float = 1.0

    def __post_init__(self) -> None:
        for name in ("share", "most"):
            if not 0 < getattr(self, name) <= 1:
                raise InputError(f"{name} must be above 0 and at most 1, but is {getattr(self, name)}")
        if not 0 <= self.chance <= 1:
            raise InputError(f"chance must be from 0 to 1, but is {self.chance}")
        if not 0 <= self.stay < float("inf"):
            raise InputError(f"stay must be 0 or more and finite, but is {self.stay}")

    def fit(self, frame: Frame, seed: int) -> "Whitened":
        rows = doubled(frame.real.flatten(1))
        mean = rows.mean(dim=0)
        _, size, directions = torch.linalg.svd(rows - mean, full_matrices=False)
        variance = size.square() / len(rows)
        if not float(variance.sum()) > 0:
            raise InputError("real series must differ to have principal components, but all are alike")
        held = variance.cumsum(dim=0) / variance.sum()
        n_part = min(int((held < self.share - 1e-9).sum()) + 1, int((variance > 1e-12 * variance[0]).sum()))
        deviation = variance[:n_part].sqrt()
        basis = (directions[:n_part] * deviation[:, None]).to(frame.real).unflatten(1, frame.shape)
        free = noise(frame, seed, n_part)
        blank = Whitened(free, mean.to(frame.real).reshape(frame.shape), basis, float("inf"), self.stay)
        most = float(blank.scores(frame.real).norm(dim=1).quantile(self.most))
        chance = self.chance_among(frame.real)
        near = (1 - chance**2) ** 0.5 * blank.scores(frame.lent())
        return replace(blank, first=shortened(near + chance * free, most), most=most)

    def chance_among(self, real: Tensor) -> float:
        """``h`` among real series ``[real, step, feature]``.

        A draw is ``2 V (1 - √(1 - h²))`` from its real series in squared distance, with the variance ``V`` of these.
        """
        if self.chance or len(real) < 2:
            return self.chance or 1.0
        square = float(nearest_of(real, real, other=True)[0].quantile(FAR).square())
        variance = float((real - real.mean(dim=0)).square().mean())
        drawn = 1 - square / (2 * variance) if square < 2 * variance else 0.0
        return max(LEAST, math.sqrt(1 - drawn**2))


@dataclass(frozen=True, eq=False)
class Whitened(Canvas):
    """The canvas of :class:`PrincipalComponents`: ``u``, ``[draw, component]``.

    Args:
        mean: ``[step, feature]``.
        basis: ``[component, step, feature]``.
        most: Length of ``u`` at most.
        stay: The price of half the squared way from the beginning.
    """

    mean: Tensor
    basis: Tensor
    most: float
    stay: float

    def series(self, parameter: Tensor) -> Tensor:
        return self.mean + torch.einsum("dc,csf->dsf", parameter, self.basis)

    def scores(self, series: Tensor) -> Tensor:
        """``u`` of series ``[series, step, feature]``: the components are orthogonal, so each is read by itself."""
        basis = doubled(self.basis.flatten(1))
        off = doubled((series - self.mean).flatten(1))
        return (off @ basis.T / basis.square().sum(dim=1)).to(series)

    def held(self, parameter: Tensor) -> Tensor:
        return shortened(parameter, self.most)

    def price(self, parameter: Tensor) -> Tensor:
        return 0.5 * self.stay * (parameter - self.first).square().sum(dim=1)


def of_length(frame: Frame, seed: int, size: int, *, length: float) -> Tensor:
    """Vectors of one length in directions of chance, ``[draw, size]``."""
    free = noise(frame, seed, size)
    vectors: Tensor = length * free / free.norm(dim=1, keepdim=True).clamp(min=1e-9)
    return vectors


def shortened(vectors: Tensor, most: float) -> Tensor:
    """Vectors ``[draw, size]``, of which those longer than ``most`` are given that length."""
    length: Tensor = vectors.norm(dim=1, keepdim=True)
    return vectors * (most / length.clamp(min=1e-9)).clamp(max=1)
