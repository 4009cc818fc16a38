"""Bands of wave numbers of two-dimensional fields: rows are steps, columns are features."""

from dataclasses import dataclass

import torch
from torch import Tensor

from aition.transform.components import Components, band_names, banded, check_edges, check_series
from aition.transform.fourier import packed, unpacked

LARGEST = 0.5 * 2**0.5
"""The corner of the square of wave numbers, in cycles per cell."""


@dataclass(frozen=True)
class FieldBands:
    """Rings of wave numbers of a field, whatever their direction, by a Fourier transform along rows and columns.

    The basis is the product of the orthonormal ones of both axes: as many real coefficients as cells. The first band
    holds the mean.

    Args:
        edges: Where bands meet, in cycles per cell, rising, between 0 and 0.707.

    >>> bands = FieldBands((0.25,)).components(4, 4)
    >>> torch.bincount(bands.of).tolist()
    [1, 15]
    """

    edges: tuple[float, ...] = (0.0625, 0.125, 0.25)

    def __post_init__(self) -> None:
        check_edges(self.edges, LARGEST)

    def forward(self, x: Tensor) -> Tensor:
        """From fields to coefficients, ``[sample, time * feature, 1]``."""
        check_series(x)
        both = packed(packed(x).transpose(1, 2)).transpose(1, 2)
        return both.flatten(1).unsqueeze(2)

    def inverse(self, coefficients: Tensor, *, n_time: int) -> Tensor:
        """From coefficients to fields."""
        both = coefficients[:, :, 0].unflatten(1, (n_time, -1))
        return unpacked(unpacked(both.transpose(1, 2)).transpose(1, 2))

    def components(self, n_time: int, n_feature: int) -> Components:
        """A component a ring."""
        along, across = ((torch.arange(size) + 1) // 2 / size for size in (n_time, n_feature))
        length = (along[:, None] ** 2 + across**2).sqrt().flatten()
        borders = (0.0, *self.edges, LARGEST)
        names = band_names(self.edges, LARGEST)
        return Components(banded(length, self.edges), names, borders[:-1], borders[1:], by_feature=False)
