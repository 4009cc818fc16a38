"""Frames and bands: the short-time Fourier transform with a sine window."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from aition.core.errors import InputError
from aition.transform.components import Components, band_names, banded, check_edges, check_series
from aition.transform.fourier import packed, unpacked


@dataclass(frozen=True)
class ShortTime:
    """Bands of frequencies in frames that overlap by half: when there was how much of which frequency.

    Every frame is weighted by a sine before the transform and after its inverse; the two weights add up to 1, so the
    series comes back, and squares of coefficients add up to those of the values. There are twice as many coefficients
    as steps: they are not independent, and what is of no series among them is lost on the way back.

    Args:
        window: Steps of a frame, even; frames begin every half of it.
        edges: Where bands meet, in cycles per step, rising, between 0 and 0.5.

    >>> x = torch.rand(1, 11, 1)
    >>> frames = ShortTime(window=4, edges=(0.25,))
    >>> torch.allclose(frames.inverse(frames.forward(x), n_time=11), x, atol=1e-6)
    True
    """

    window: int = 16
    edges: tuple[float, ...] = (0.125, 0.25)

    def __post_init__(self) -> None:
        if self.window < 2 or self.window % 2:
            raise InputError(f"window must be an even number of steps, 2 or more, but is {self.window}")
        check_edges(self.edges, 0.5)

    @property
    def hop(self) -> int:
        """Steps from frame to frame."""
        return self.window // 2

    def n_frame(self, n_time: int) -> int:
        """Frames of a series: the first begins half a window before it."""
        return math.ceil(n_time / self.hop) + 1

    def sine(self, like: Tensor) -> Tensor:
        """The weights of a frame, ``[window, 1]``."""
        place = torch.arange(self.window, dtype=like.dtype, device=like.device)
        return torch.sin(math.pi * (place + 0.5) / self.window)[:, None]

    def forward(self, x: Tensor) -> Tensor:
        """From series to coefficients, frame after frame, ``[sample, frame * window, feature]``."""
        check_series(x)
        behind = self.n_frame(x.shape[1]) * self.hop - x.shape[1]
        wide = functional.pad(x, (0, 0, self.hop, behind))
        halves = wide.unflatten(1, (-1, self.hop))
        frames = torch.cat([halves[:, :-1], halves[:, 1:]], dim=2) * self.sine(x)
        coefficients: Tensor = packed(frames.flatten(0, 1)).unflatten(0, frames.shape[:2])
        return coefficients.flatten(1, 2)

    def inverse(self, coefficients: Tensor, *, n_time: int) -> Tensor:
        """From coefficients to series, by adding up the frames."""
        shape = (-1, self.n_frame(n_time), self.window, coefficients.shape[2])
        frames = unpacked(coefficients.reshape(-1, self.window, coefficients.shape[2])).reshape(shape)
        weighted = frames * self.sine(coefficients)
        halves = weighted[:, 1:, : self.hop] + weighted[:, :-1, self.hop :]
        series: Tensor = halves.flatten(1, 2)[:, :n_time]
        return series

    def components(self, n_time: int, n_feature: int) -> Components:
        """A component a frame and band, the bands of the first frame first."""
        n_band, n_frame = len(self.edges) + 1, self.n_frame(n_time)
        of_frame = banded((torch.arange(self.window) + 1) // 2 / self.window, self.edges)
        of = torch.arange(n_frame)[:, None] * n_band + of_frame
        borders = (0.0, *self.edges, 0.5)
        start = [(frame - 1) * self.hop for frame in range(n_frame) for _ in range(n_band)]
        bands = band_names(self.edges, 0.5) * n_frame
        return Components(
            of.flatten(),
            tuple(
                f"{band} in steps {max(0, first)} to {first + self.window}"
                for band, first in zip(bands, start, strict=True)
            ),
            borders[:-1] * n_frame,
            borders[1:] * n_frame,
            tuple(max(0, first) for first in start),
            tuple(first + self.window for first in start),
        )
