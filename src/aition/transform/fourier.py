"""Frequencies and bands of frequencies by an orthonormal real Fourier transform."""

from dataclasses import dataclass

import torch
from torch import Tensor

from aition.transform.components import Components, band_names, banded, check_edges, check_series, told_apart

OCTAVES = (0.03125, 0.0625, 0.125, 0.25)


@dataclass(frozen=True)
class Fourier:
    """Every frequency that fits a series of its length, each with a cosine and a sine.

    The coefficients are real and as many as there are steps, odd or even: the mean, then cosine and sine of each
    frequency, and where the number of steps is even the alternating series. The basis is orthonormal, so the squares of
    coefficients add up to those of the values.

    References:
        Singh et al., "Transformation importance with applications to cosmology", 2020, section 2.

    >>> x = torch.rand(2, 5, 1)
    >>> s = Fourier().forward(x)
    >>> torch.allclose(s.square().sum(dim=1), x.square().sum(dim=1), atol=1e-5)
    True
    """

    def forward(self, x: Tensor) -> Tensor:
        """From series to coefficients, ``[sample, coefficient = time, feature]``."""
        check_series(x)
        return packed(x)

    def inverse(self, coefficients: Tensor, *, n_time: int) -> Tensor:
        """From coefficients to series."""
        return unpacked(coefficients)

    def components(self, n_time: int, n_feature: int) -> Components:
        """A component a frequency, ``n_time // 2 + 1``."""
        place = (torch.arange(n_time) + 1) // 2
        frequency = tuple(k / n_time for k in range(n_time // 2 + 1))
        return Components(place, told_apart(frequency), frequency, frequency)


@dataclass(frozen=True)
class FourierBands:
    """Bands of frequencies, the same for series of any length.

    The first band holds the mean. Short series may have no frequency in a band.

    Args:
        edges: Where bands meet, in cycles per step, rising, between 0 and 0.5; a band begins with its lower edge.

    >>> FourierBands((0.1, 0.25)).components(8, 1).of.tolist()
    [0, 1, 1, 2, 2, 2, 2, 2]
    """

    edges: tuple[float, ...] = OCTAVES

    def __post_init__(self) -> None:
        check_edges(self.edges, 0.5)

    def forward(self, x: Tensor) -> Tensor:
        """From series to coefficients, as :class:`Fourier`."""
        check_series(x)
        return packed(x)

    def inverse(self, coefficients: Tensor, *, n_time: int) -> Tensor:
        """From coefficients to series."""
        return unpacked(coefficients)

    def components(self, n_time: int, n_feature: int) -> Components:
        """A component a band."""
        borders = (0.0, *self.edges, 0.5)
        band = banded((torch.arange(n_time) + 1) // 2 / n_time, self.edges)
        return Components(band, band_names(self.edges, 0.5), borders[:-1], borders[1:])


def packed(x: Tensor) -> Tensor:
    """Coefficients in the orthonormal real Fourier basis along axis 1, as many as there are steps."""
    n_time = x.shape[1]
    spectrum = torch.view_as_real(torch.fft.rfft(at_least_single(x), dim=1, norm="ortho"))
    flat = spectrum.movedim(-1, 2).flatten(1, 2)
    whole = torch.cat([flat[:, :1], flat[:, 2 : n_time + 1]], dim=1)
    return (whole * scale(n_time, whole)).to(x.dtype)


def unpacked(coefficients: Tensor) -> Tensor:
    """Series from coefficients in the orthonormal real Fourier basis."""
    n_time = coefficients.shape[1]
    wide = at_least_single(coefficients)
    plain = wide / scale(n_time, wide)
    nothing = torch.zeros_like(plain[:, :1])
    flat = torch.cat([plain[:, :1], nothing, plain[:, 1:], *([nothing] if n_time % 2 == 0 else [])], dim=1)
    # contiguous() leaves the strides of axes of size 1 as they are, which view_as_complex refuses in torch 2.10.
    pairs = flat.unflatten(1, (-1, 2)).movedim(2, -1).clone(memory_format=torch.contiguous_format)
    series: Tensor = torch.fft.irfft(torch.view_as_complex(pairs), n=n_time, dim=1, norm="ortho")
    return series.to(coefficients.dtype)


def at_least_single(x: Tensor) -> Tensor:
    """Values in single precision or more: torch has no Fourier transform, and no complex numbers, in less."""
    return x if x.dtype in (torch.float32, torch.float64) else x.float()


def scale(n_time: int, like: Tensor) -> Tensor:
    """√2 for all but the mean and, of an even number of steps, the last: a frequency and its mirror image are one."""
    factor = torch.full((n_time,), 2**0.5, dtype=like.dtype, device=like.device)
    factor[0] = 1
    if n_time % 2 == 0:
        factor[-1] = 1
    return factor.reshape(1, -1, *(1,) * (like.ndim - 2))
