"""Frequencies as parameters: all of them at equal cost, or the phases alone under the magnitudes of real series."""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from aition.core.draws import uniform
from aition.core.errors import InputError
from aition.dream.frame import Frame
from aition.dream.parameterisations.parameterisation import Canvas
from aition.dream.parameterisations.time import noise
from aition.dream.regularisers import check_above


@dataclass(frozen=True)
class Frequencies:
    """``x = irfft(c / max(f, 1/L)^d)``: a step of the optimiser moves low frequencies further than high ones.

    Args:
        decay: ``d``; 0 treats all alike.
        width: Deviation of the series to begin with, in deviations of the real ones.

    References:
        Mordvintsev, Pezzotti, Schubert and Olah, "Differentiable image parameterizations", Distill 2018.
    """

    decay: float = 1.0
    width: float = 0.3

    def __post_init__(self) -> None:
        if not 0 <= self.decay < float("inf"):
            raise InputError(f"decay must be 0 or more and finite, but is {self.decay}")
        check_above("width", self.width)

    def fit(self, frame: Frame, seed: int) -> "Spectrum":
        n_step, n_feature = frame.shape
        frequency = torch.fft.rfftfreq(n_step, device=frame.real.device).to(frame.real)
        share = frequency.clamp(min=1 / n_step) ** -self.decay
        share[0] = 0.0 if bool((~frame.spread.isnan()).all()) else share[0]
        share = share / share.square().mean().sqrt()
        return Spectrum(self.width * noise(frame, seed, len(share), n_feature, 2), share, n_step)


@dataclass(frozen=True, eq=False)
class Spectrum(Canvas):
    """The canvas of :class:`Frequencies`: real and imaginary parts, ``[draw, frequency, feature, 2]``.

    Args:
        share: Of each frequency, ``[frequency]``.
        n_step: Steps of the series.
    """

    share: Tensor
    n_step: int

    def series(self, parameter: Tensor) -> Tensor:
        scaled = torch.view_as_complex(parameter.contiguous()) * self.share[:, None]
        made: Tensor = torch.fft.irfft(scaled, n=self.n_step, dim=1, norm="ortho")
        return made


@dataclass(frozen=True)
class Phases:
    """``x = irfft(r e^{iφ})`` with magnitudes of real series, of which phases alone are found.

    Args:
        magnitude: Of "each" draw those of one real series, or the "mean" of all, which is the spectrum of none.

    References:
        Fel et al., "Unlocking feature visualization for deeper networks with magnitude constrained optimization",
        NeurIPS 2023.
    """

    magnitude: Literal["each", "mean"] = "each"

    def __post_init__(self) -> None:
        if self.magnitude not in ("each", "mean"):
            raise InputError(f"magnitude must be 'each' or 'mean', but is {self.magnitude!r}")

    def fit(self, frame: Frame, seed: int) -> "Turned":
        spectrum, keys = torch.fft.rfft(frame.real, dim=1), frame.places.keys
        size, level = spectrum.abs(), spectrum[:, :1].real
        if self.magnitude == "mean":
            size, level = (part.mean(dim=0, keepdim=True).expand(len(keys), -1, -1) for part in (size, level))
        else:
            lender = (uniform(keys, seed + 1) * len(size)).long().clamp(max=len(size) - 1)
            size, level = size[lender], level[lender]
        place = torch.arange(1, size.shape[1], device=keys.device)[None, :, None]
        feature = torch.arange(size.shape[2], device=keys.device)[None, None]
        phase = 2 * torch.pi * uniform(keys[:, None, None], seed, place, feature)
        return Turned(phase.to(size), size[:, 1:], level, frame.shape[0])


@dataclass(frozen=True, eq=False)
class Turned(Canvas):
    """The canvas of :class:`Phases`: phases ``[draw, frequency, feature]``, from the lowest frequency above 0.

    Args:
        size: Magnitudes, likewise.
        level: What frequency 0 has, ``[draw, 1, feature]``.
        n_step: Steps of the series.
    """

    size: Tensor
    level: Tensor
    n_step: int

    def take(self, rows: Tensor) -> "Turned":
        return Turned(self.first[rows], self.size[rows], self.level[rows], self.n_step)

    def series(self, parameter: Tensor) -> Tensor:
        turned = torch.polar(self.size, parameter)
        level = torch.complex(self.level, torch.zeros_like(self.level))
        made: Tensor = torch.fft.irfft(torch.cat([level, turned], dim=1), n=self.n_step, dim=1)
        return made
