"""GaussianField: random fields of a known spectrum, of which the power of one ring of wave numbers is the answer."""

import math
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from aition.core.assemble import from_tensors
from aition.core.batch import Batch, Field
from aition.core.errors import InputError
from aition.core.model import TorchModel
from aition.core.target import Target
from aition.data.simulate.drawing import Reals, check_counts, check_positive, named, single, streams
from aition.data.simulate.simulated import Simulated


@dataclass(frozen=True)
class GaussianField:
    """Periodic Gaussian fields with the spectrum ``|k|^-slope``, stronger or weaker in one ring by a drawn factor.

    Rows are steps and columns are features. ``k`` counts waves across the field; the mean is 0. In the ring, ``low <=
    |k| < high``, the power is multiplied by ``exp(strength u)`` with ``u`` uniform in [-1, 1], the label: as in
    cosmology, one number shapes the statistics of a field that looks like any other. Fields are scaled so that at ``u =
    0`` the mean square of a cell is 1.

    Args:
        n_sample: Fields.
        size: Cells along each side.
        slope: How fast the power falls with the wave number.
        low: Where the ring begins, in waves across the field.
        high: Where it ends, not included.
        strength: Logarithm of the largest factor.

    Returns:
        Label: ``u``, a value. Fields: ``power``, ``[sample]``, the factor. Truth: all cells. Sign: 0. The law reads the
        logarithm of the mean power in the ring over what is expected at ``u = 0``, divided by ``strength``; with few
        waves in the ring that is uncertain by chance, not by ignorance.

    References:
        Singh et al., "Transformation importance with applications to cosmology", 2020, explain what networks read from
        maps of mass; these fields have only what two-point statistics can tell.

    >>> drawn = GaussianField(n_sample=4)(seed=1)
    >>> drawn.batch.x.shape, float(drawn.batch.x.mean(dim=(1, 2)).abs().max()) < 1e-6
    (torch.Size([4, 16, 16]), True)
    """

    n_sample: int = 1000
    size: int = 16
    slope: float = 2.0
    low: float = 3.0
    high: float = 5.0
    strength: float = 1.5

    def __post_init__(self) -> None:
        check_counts(n_sample=self.n_sample)
        check_counts(size=self.size, least=4)
        check_positive(low=self.low, high=self.high, strength=self.strength)
        if not math.isfinite(self.slope):
            raise InputError(f"slope must be finite, but is {self.slope}")
        if not bool(self.ring.any()):
            raise InputError(f"a ring of waves must hold some of the field, but none is {self.low:g} to {self.high:g}")

    @property
    def length(self) -> Reals:
        """Waves across the field of every Fourier coefficient, ``[size, size]``."""
        along = np.fft.fftfreq(self.size) * self.size
        length: Reals = np.hypot(along[:, None], along)
        return length

    @property
    def ring(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Which coefficients are in the ring."""
        return (self.low <= self.length) & (self.length < self.high)

    @property
    def spectrum(self) -> Reals:
        """The expected squares of orthonormal Fourier coefficients at ``u = 0``, ``[size, size]``."""
        power = np.where(self.length > 0, np.maximum(self.length, 1) ** -self.slope, 0.0)
        return np.asarray(power / power.mean())

    def __call__(self, *, seed: int) -> Simulated:
        """The fields of a seed."""
        noise, chance = streams(seed, 2)
        label = chance.uniform(-1, 1, self.n_sample)
        white = np.fft.fft2(noise.standard_normal((self.n_sample, self.size, self.size)), norm="ortho")
        factor = np.where(self.ring, np.exp(self.strength * label[:, None, None]), 1.0)
        x = single(np.fft.ifft2(white * np.sqrt(self.spectrum * factor), norm="ortho").real)
        batch = from_tensors(
            x,
            layout="sample time feature",
            label=single(label),
            ids=named("gaussian-field", seed=seed, n_sample=self.n_sample),
            fields={"power": Field(single(np.exp(self.strength * label)), "context", ("sample",))},
        )
        forward = partial(ring_power, weight=self.ring / self.spectrum.clip(1e-12), strength=self.strength)
        return Simulated(
            batch=batch,
            truth=torch.ones(x.shape, dtype=torch.bool),
            sign=torch.zeros(x.shape, dtype=torch.int8),
            target=Target.scalar(),
            white_box=TorchModel(nn.Identity(), forward, head="none"),
        )


def ring_power(_module: nn.Module, batch: Batch, *, weight: Reals, strength: float) -> Tensor:
    """The logarithm of the mean power in a ring over what is expected, ``[sample, 1]``."""
    squares = torch.fft.fft2(batch.x, norm="ortho").abs().square()
    mean = (squares * torch.from_numpy(weight).to(squares)).sum(dim=(1, 2)) / float((weight > 0).sum())
    said: Tensor = mean.clamp(min=1e-12).log()[:, None] / strength
    return said
