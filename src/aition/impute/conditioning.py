"""Conditioning of Gaussian laws on any cells, by one Cholesky factor of the smaller side a mask (Matheron's rule)."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

FLOOR = 1e-8
"""Share of independent noise that every law has, so that no covariance is singular."""
BLOCK = 2**16
"""Numbers in the matrices that are factored at once on a CPU: what its cache holds is a third faster."""
WIDE = 2**24
"""The same elsewhere, where what counts is how few calls there are."""


@dataclass(frozen=True, eq=False)
class Law:
    """A centred Gaussian law of cells in a row, in double precision.

    Args:
        covariance: ``[cell, cell]``.
        root: Its lower Cholesky factor.
        precision: Its inverse.
        log_det: Logarithm of its determinant.
    """

    covariance: Tensor
    root: Tensor
    precision: Tensor
    log_det: Tensor

    @classmethod
    def of(cls, correlation: Tensor) -> "Law":
        """The law of cells of variance 1 with these correlations, and a trace of independent noise."""
        covariance = (1 - FLOOR) * correlation.double()
        covariance.diagonal().add_(FLOOR)
        root = torch.linalg.cholesky(covariance)
        return cls(covariance, root, torch.cholesky_inverse(root), 2 * root.diagonal().log().sum())

    def to(self, device: torch.device) -> "Law":
        """The same on a device."""
        return Law(*(part.to(device) for part in (self.covariance, self.root, self.precision, self.log_det)))


def told(law: Law, gap: Tensor, kept: Tensor) -> Tensor:
    """What values of the kept cells say of all cells: their conditional expectation.

    Args:
        law: Of the cells.
        gap: The values, ``[row, draw, cell]``; not read where a cell is not kept.
        kept: ``[row, cell]``, bool.

    Returns:
        ``[row, draw, cell]``; the values themselves where cells are kept.

    References:
        Rue and Held, "Gaussian Markov random fields", 2005, theorem 2.5 (by the precision of what is not kept, where
        that is less than what is kept).

    >>> law = Law.of(torch.tensor([[1.0, 0.5], [0.5, 1.0]]))
    >>> gap = torch.tensor([[[2.0, 0.0]]], dtype=torch.float64)
    >>> told(law, gap, torch.tensor([[True, False]])).round(decimals=6).tolist()
    [[[2.0, 1.0]]]
    """
    gap = torch.where(kept[:, None], gap, 0.0)
    answer = torch.empty_like(gap)
    few = 2 * kept.sum(dim=1) <= kept.shape[1]
    for chosen, side, of in ((few, kept, by_covariance), (~few, ~kept, by_precision)):
        for part in parts(chosen, side):
            answer[part] = of(law, gap[part], side[part])
    return answer


def log_density(law: Law, value: Tensor, kept: Tensor) -> Tensor:
    """Logarithm of the density of the values of the kept cells, ``[row]``.

    Args:
        law: Of the cells.
        value: ``[row, cell]``; not read where a cell is not kept.
        kept: ``[row, cell]``, bool.

    >>> law = Law.of(torch.tensor([[1.0, 0.5], [0.5, 1.0]]))
    >>> values = torch.zeros(1, 2, dtype=torch.float64)
    >>> log_density(law, values, torch.tensor([[True, False]])).round(decimals=6).tolist()
    [-0.918939]
    """
    value = torch.where(kept, value, 0.0)
    square, log_det = torch.zeros_like(value[:, 0]), torch.zeros_like(value[:, 0])
    few = 2 * kept.sum(dim=1) <= kept.shape[1]
    for chosen, side, matrix, right, sign in (
        (few, kept, law.covariance, value, 1.0),
        (~few, ~kept, law.precision, value @ law.precision, -1.0),
    ):
        for part in parts(chosen, side):
            place, real = places(side[part])
            factor = factored(matrix, place, real)
            seated = right[part].gather(1, place).masked_fill(~real, 0.0)
            white = torch.linalg.solve_triangular(factor, seated[:, :, None], upper=False)[:, :, 0]
            square[part] = white.square().sum(dim=1) * sign
            log_det[part] = 2 * factor.diagonal(dim1=1, dim2=2).log().sum(dim=1)
    square = square + torch.where(few, 0.0, ((value @ law.precision) * value).sum(dim=1))
    log_det = log_det + torch.where(few, 0.0, law.log_det)
    return -0.5 * (square + log_det + kept.sum(dim=1) * math.log(2 * math.pi))


def parts(chosen: Tensor, side: Tensor) -> tuple[Tensor, ...]:
    """Places of the chosen rows, cut into what is factored at once; like sizes go together, so that little is padded.

    Args:
        chosen: ``[row]``, bool.
        side: The cells whose matrix is factored, ``[row, cell]``, bool.
    """
    rows = chosen.nonzero()[:, 0]
    count = side.sum(dim=1)[rows]
    width = max(1, int(count.max())) if len(rows) else 1
    cut: tuple[Tensor, ...] = rows[count.argsort()].split(at_once(side.device, width))
    return cut


def at_once(device: torch.device, width: int) -> int:
    """How many matrices of this width are factored at once."""
    return max(1, (BLOCK if device.type == "cpu" else WIDE) // width**2)


def by_covariance(law: Law, gap: Tensor, kept: Tensor) -> Tensor:
    """:func:`told` by Σ Z S⁻¹ Z of the kept cells."""
    place, real = places(kept)
    solved = solve(law.covariance, place, real, gap)
    full = torch.zeros_like(gap).scatter(2, place[:, None].expand_as(solved), solved)
    return torch.where(kept[:, None], gap, full @ law.covariance)


def by_precision(law: Law, gap: Tensor, lost: Tensor) -> Tensor:
    """:func:`told` by −P_mm⁻¹ P_mk of the cells that are not kept."""
    place, real = places(lost)
    solved = solve(law.precision, place, real, gap @ law.precision)
    return gap.scatter_add(2, place[:, None].expand_as(solved), -solved)


def places(chosen: Tensor) -> tuple[Tensor, Tensor]:
    """The cells that are chosen, first in each row, ``[row, place]``, and which of these places are real."""
    count = chosen.sum(dim=1)
    width = max(1, int(count.max())) if len(count) else 1
    order = chosen.to(torch.int8).argsort(dim=1, descending=True, stable=True)[:, :width]
    return order, torch.arange(width, device=chosen.device) < count[:, None]


def solve(matrix: Tensor, place: Tensor, real: Tensor, value: Tensor) -> Tensor:
    """The values at some places through the inverse of the matrix among these, ``[row, draw, place]``; else 0."""
    factor = factored(matrix, place, real)
    right = value.gather(2, place[:, None].expand(-1, value.shape[1], -1)).masked_fill(~real[:, None], 0.0).mT
    half = torch.linalg.solve_triangular(factor, right, upper=False)
    solved: Tensor = torch.linalg.solve_triangular(factor.mT, half, upper=True)
    return solved.mT


def factored(matrix: Tensor, place: Tensor, real: Tensor) -> Tensor:
    """Lower Cholesky factors of the matrix among some places, the identity where these, the last ones, are not real."""
    flat = (place[:, :, None] * len(matrix) + place[:, None, :]).flatten()
    among = matrix.flatten().index_select(0, flat).unflatten(0, (len(place), *place.shape[1:] * 2))
    if not bool(real.all()):
        there = real.to(among)
        among.mul_(there[:, None]).diagonal(dim1=1, dim2=2).add_(1 - there)
    # The upper triangle alone is read, where columns put to 0 are enough; torch copies it the faster way.
    root: Tensor = torch.linalg.cholesky_ex(among, upper=True).L.mT
    return root
