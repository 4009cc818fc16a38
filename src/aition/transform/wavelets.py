"""Levels of a wavelet transform with given or learned filters."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from torch import Tensor

from aition.core.errors import InputError
from aition.core.extras import optional
from aition.transform.components import Components, check_series
from aition.transform.lattice import highpass


@dataclass(frozen=True)
class Wavelets:
    """Levels of a discrete wavelet transform that goes round at the ends.

    With an orthogonal wavelet and a length that 2 to the power of ``levels`` divides, the basis is orthonormal. Where a
    level has an odd number of values its last one is repeated, so there are a few coefficients more than steps.

    Args:
        family: As PyWavelets names it: "haar", "db2" to "db38", "sym4", "coif1", "bior2.2", …
        levels: How often the low half is split again.
        each: Every coefficient is a component of its own, and lies at its steps; else every level is one.

    References:
        Mallat, "A theory for multiresolution signal decomposition: the wavelet representation", IEEE TPAMI 1989.
        Lee et al., "PyWavelets: a Python package for wavelet analysis", JOSS 2019.

    >>> x = torch.rand(1, 8, 1)
    >>> s = Wavelets("db2", levels=2).forward(x)
    >>> torch.allclose(s.square().sum(), x.square().sum())
    True
    """

    family: str = "db2"
    levels: int = 3
    each: bool = False

    def __post_init__(self) -> None:
        check_levels(self.levels)
        bank_of(self.family)

    def bank(self, like: Tensor) -> tuple[Tensor, Tensor]:
        """Filters of analysis and of synthesis, ``[2, step]`` each, the low half first."""
        analysis, synthesis = bank_of(self.family)
        return like.new_tensor(analysis), like.new_tensor(synthesis)

    def forward(self, x: Tensor) -> Tensor:
        """From series to coefficients: the approximation, then details from the coarsest to the finest."""
        check_series(x)
        return analysed(x, self.bank(x)[0], self.levels)

    def inverse(self, coefficients: Tensor, *, n_time: int) -> Tensor:
        """From coefficients to series."""
        return synthesised(coefficients, self.bank(coefficients)[1], self.levels, n_time=n_time)

    def components(self, n_time: int, n_feature: int) -> Components:
        """A component a level, or a coefficient."""
        return levelled(n_time, self.levels, each=self.each)


@dataclass(frozen=True, eq=False)
class LearnedWavelets:
    """Levels of a wavelet transform whose low-pass filter is a tensor, such as a learned one.

    The high-pass filter is its mirror image. The series comes back, and the basis is orthonormal, where the filter is
    orthonormal to itself shifted by two steps; else the rest is the residual. Gradients flow to the filter too.

    Args:
        lowpass: ``[step]``, an even number of steps.
        levels: How often the low half is split again.
        each: Every coefficient is a component of its own; else every level is one.

    >>> haar = LearnedWavelets(torch.tensor([0.5, 0.5]).sqrt(), levels=2)
    >>> haar.forward(torch.tensor([[[1.0], [1.0], [1.0], [5.0]]]))[0, :2, 0].round(decimals=2).tolist()
    [4.0, -2.0]
    """

    lowpass: Tensor
    levels: int = 3
    each: bool = False

    def __post_init__(self) -> None:
        check_levels(self.levels)
        if self.lowpass.ndim != 1 or not len(self.lowpass) or len(self.lowpass) % 2:
            raise InputError(f"lowpass must be [step], an even number of them, but is {list(self.lowpass.shape)}")

    def bank(self, like: Tensor) -> Tensor:
        """Both filters, ``[2, step]``."""
        low = self.lowpass.to(like)
        return torch.stack([low, highpass(low)])

    def forward(self, x: Tensor) -> Tensor:
        """From series to coefficients: the approximation, then details from the coarsest to the finest."""
        check_series(x)
        return analysed(x, self.bank(x), self.levels)

    def inverse(self, coefficients: Tensor, *, n_time: int) -> Tensor:
        """From coefficients to series."""
        return synthesised(coefficients, self.bank(coefficients), self.levels, n_time=n_time)

    def components(self, n_time: int, n_feature: int) -> Components:
        """A component a level, or a coefficient."""
        return levelled(n_time, self.levels, each=self.each)


def analysed(x: Tensor, bank: Tensor, levels: int) -> Tensor:
    """Coefficients of series by the filters ``[2, step]``, which run over them and round their ends."""
    low, details = x, []
    for _ in range(levels):
        if low.shape[1] % 2:
            low = torch.cat([low, low[:, -1:]], dim=1)
        n_step, length = low.shape[1], bank.shape[1]
        from_step = torch.arange(0, n_step, 2, device=x.device)[:, None] - (length // 2 - 1)
        taken = low[:, (from_step + torch.arange(length, device=x.device)) % n_step]
        halves = torch.einsum("ntjf,hj->hntf", taken, bank)
        low = halves[0]
        details.append(halves[1])
    return torch.cat([low, *details[::-1]], dim=1)


def synthesised(coefficients: Tensor, bank: Tensor, levels: int, *, n_time: int) -> Tensor:
    """Series from coefficients by the filters ``[2, step]``."""
    lengths = lengths_of(n_time, levels)
    pieces = coefficients.split([lengths[-1], *lengths[:0:-1]], dim=1)
    low = pieces[0]
    for detail, wanted in zip(pieces[1:], lengths[-2::-1], strict=True):
        n_step, length = 2 * low.shape[1], bank.shape[1]
        halves = torch.stack([low, detail])
        spread = torch.stack([halves, torch.zeros_like(halves)], dim=3).flatten(2, 3)
        to_step = torch.arange(n_step, device=low.device)[:, None] + (length // 2 - 1)
        taken = spread[:, :, (to_step - torch.arange(length, device=low.device)) % n_step]
        low = torch.einsum("hntjf,hj->ntf", taken, bank)[:, :wanted]
    series: Tensor = low
    return series


def lengths_of(n_time: int, levels: int) -> list[int]:
    """Steps of the series, and of the low half after each level.

    >>> lengths_of(11, 3)
    [11, 6, 3, 2]
    """
    lengths = [n_time]
    for _ in range(levels):
        lengths.append((lengths[-1] + 1) // 2)
    return lengths


def levelled(n_time: int, levels: int, *, each: bool) -> Components:
    """Components of the levels: the nominal octave of each, and with ``each`` the nominal steps of a coefficient."""
    lengths = lengths_of(n_time, levels)
    sizes = [lengths[-1], *lengths[:0:-1]]
    octaves = [(0.0, 2.0 ** -(levels + 1)), *((2.0 ** -(level + 1), 2.0**-level) for level in range(levels, 0, -1))]
    scales = [levels, *range(levels, 0, -1)]
    names = ["approximation", *(f"detail {level}" for level in range(levels, 0, -1))]
    if not each:
        of = torch.arange(levels + 1).repeat_interleave(torch.tensor(sizes))
        return Components(of, tuple(names), tuple(low for low, _ in octaves), tuple(high for _, high in octaves))
    of_level = [level for level, size in enumerate(sizes) for _ in range(size)]
    within = [place for size in sizes for place in range(size)]
    pairs = list(zip(of_level, within, strict=True))
    return Components(
        torch.arange(len(pairs)),
        tuple(f"{names[level]} from {place * 2 ** scales[level]}" for level, place in pairs),
        tuple(octaves[level][0] for level in of_level),
        tuple(octaves[level][1] for level in of_level),
        tuple(place * 2 ** scales[level] for level, place in pairs),
        tuple((place + 1) * 2 ** scales[level] for level, place in pairs),
    )


@cache
def bank_of(name: str) -> tuple[Any, Any]:
    """Filters of analysis, turned round, and of synthesis, of a wavelet by name.

    Raises:
        InputError: There is no such wavelet.
        MissingExtraError: PyWavelets is not installed.
    """
    pywt = optional("pywt", user="Wavelets", package="PyWavelets", extra="transform")
    if name not in pywt.wavelist(kind="discrete"):
        raise InputError(f"family must be a discrete wavelet such as haar, db2, sym4 or bior2.2, but is {name!r}")
    low, high, low_back, high_back = pywt.Wavelet(name).filter_bank
    return (low[::-1], high[::-1]), (low_back, high_back)


def check_levels(levels: int) -> None:
    """Raise unless there is at least one level."""
    if levels < 1:
        raise InputError(f"levels must be 1 or more, but is {levels}")
