"""Parts in other domains: bands of frequencies, and components of any linear transform."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.transform import Transform


@dataclass(frozen=True)
class Band:
    """The share of each feature in a band of frequencies, by the discrete Fourier transform of the existing steps.

    Args:
        low: In cycles a step, from 0 (the mean).
        high: In cycles a step, at most 0.5; both ends are in the band.

    >>> from aition import from_tensors
    >>> batch = from_tensors(torch.tensor([[1.0, -1.0, 1.0, -1.0]]) + 3, layout="sample time")
    >>> Band(0.4, 0.5)(batch, batch.x).flatten().tolist()
    [1.0, -1.0, 1.0, -1.0]
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.high <= 0.5:
            raise InputError(f"a band must have 0 <= low <= high <= 0.5, but is {self.low} to {self.high}")

    def __call__(self, batch: Batch, values: Tensor) -> Tensor:
        return by_length(batch, values, self.share)

    def share(self, series: Tensor) -> Tensor:
        """Of series without padding."""
        length = series.shape[1]
        frequency = torch.arange(length // 2 + 1, dtype=torch.float64) / length
        inside = ((frequency >= self.low - 1e-9) & (frequency <= self.high + 1e-9)).to(series.device)
        found: Tensor = torch.fft.irfft(torch.fft.rfft(series, dim=1) * inside[:, None], n=length, dim=1)
        return found


@dataclass(frozen=True, eq=False)
class Component:
    """The share of the series that some components of a transform make.

    Args:
        transform: A linear one of :mod:`aition.transform`, such as ``Wavelets("db4")``.
        names: Of components, as ``transform.components(n_time, n_feature).names`` has them; one that series of a length
            do not have is 0 there.

    >>> from aition import from_tensors
    >>> from aition.transform import FourierBands
    >>> batch = from_tensors(torch.tensor([[1.0, -1.0, 1.0, -1.0]]) + 3, layout="sample time")
    >>> Component(FourierBands((0.25,)), "0.25 to 0.5")(batch, batch.x).flatten().round(decimals=3).tolist()
    [1.0, -1.0, 1.0, -1.0]
    """

    transform: Transform
    names: tuple[str, ...]

    def __init__(self, transform: Transform, *names: str) -> None:
        object.__setattr__(self, "transform", transform)
        object.__setattr__(self, "names", names)
        if not names:
            raise InputError(
                "name one component or more; components(n_time, n_feature).names of the transform has them"
            )

    def __call__(self, batch: Batch, values: Tensor) -> Tensor:
        longest = self.transform.components(int(batch.lengths.max()), values.shape[2])
        if not longest.linear:
            raise InputError(
                f"{type(self.transform).__name__} is not linear in the series, so that it splits no relevance; take "
                "another transform"
            )
        if unknown := sorted(set(self.names) - set(longest.names)):
            raise InputError(f"the transform has no component {unknown[0]!r}; it has {', '.join(longest.names)}")
        return by_length(batch, values, self.share)

    def share(self, series: Tensor) -> Tensor:
        """Of series without padding."""
        length = series.shape[1]
        found = self.transform.components(length, series.shape[2])
        wanted = [place for place, name in enumerate(found.names) if name in self.names]
        chosen = torch.isin(found.of, torch.tensor(wanted, dtype=found.of.dtype)).to(series.device)
        # Fitted transforms are affine, and a part is linear: what they say of nothing is taken off.
        slope = self.transform.forward(series) - self.transform.forward(torch.zeros_like(series[:1]))
        if series.requires_grad and not slope.requires_grad:
            raise InputError(
                f"no gradients flow through {type(self.transform).__name__}; take another transform, or a penalty that "
                "asks for no gradients of the values, such as OcclusionPenalty"
            )
        nothing = self.transform.inverse(torch.zeros_like(slope[:1]), n_time=length)
        return self.transform.inverse(slope * chosen[:, None], n_time=length) - nothing


def by_length(batch: Batch, values: Tensor, share: Callable[[Tensor], Tensor]) -> Tensor:
    """A share of the existing steps of each series, those of one place and length together; 0 in the padding."""
    found = torch.zeros_like(values)
    for first, length in set(zip(batch.start.tolist(), batch.lengths.tolist(), strict=True)):
        rows = ((batch.start == first) & (batch.lengths == length)).nonzero()[:, 0]
        there = torch.zeros_like(found[rows])
        there[:, first : first + length] = share(values[rows, first : first + length])
        found = found.index_copy(0, rows, there)
    return found
