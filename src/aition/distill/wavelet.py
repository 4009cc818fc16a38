"""The wavelet that says a teacher's answers in few coefficients: found by descent over the angles of a lattice."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from aition.core.errors import InputError
from aition.distill.bands import Grid
from aition.transform.lattice import lattice_filter

MOST = 512
"""Samples that the last descent sees, at most."""
LAST_STEP = 1e-3
"""Share of the first step's length that is left at the end of a descent."""
QUARTER = 4
"""One of so many descents goes on."""
FINE = 0.2
"""Step of the last descent, in units of that of the first."""


@dataclass(frozen=True)
class AdaptiveWavelet:
    """A wavelet fitted to a teacher and its data: few large coefficients, and few that the teacher reads.

    With W the transform of a lattice filter, which is a rotation, and A the attribution of the teacher's answer to the
    coefficients of a sample x, it descends from several random starts to the least of::

        sparsity * mean ‖W x‖_1 / mean ‖x‖_2  +  attribution * mean ‖A‖_1 / mean ‖a‖_2

    Few starts end in the deepest basin, but those that do lead early: so after every ``steps`` the best quarter goes
    on, *by this loss*, until ``finalists`` are left, which descend to their end; the best of them is polished on more
    samples. As W gives x back whatever its angles are, the teacher's gradient with respect to the coefficients is W g,
    where g is its gradient at x: the teacher is asked once a sample.

    Args:
        length: Of the filter, even; a filter of 10 can be any of db1 to db5.
        sparsity: Weight of few coefficients of the data; only its ratio to ``attribution`` matters.
        attribution: Weight of few coefficients that the teacher reads; at 0 the teacher does not matter.
        kind: What is made sparse of the teacher: "times-input", A = Wx · Wg, or "gradient", A = Wg. Beside it ``a`` is
            x · g, or g.
        starts: Random filters that begin.
        steps: After which the best quarter goes on.
        finalists: Descents, at most, that are followed to their end.
        polish: Steps of that, and of the last descent.
        sample: Samples that the first descents see, drawn by their keys.
        lr: First step of a descent by Adam, in radians.
        seed: Of the draws.

    References:
        Ha, Singh, Lanusse, Upadhyayula and Yu, "Adaptive wavelet distillation from neural networks through
        interpretations", NeurIPS 2021, whose penalties for a filter that is no wavelet a lattice makes needless.
    """

    length: int = 10
    sparsity: float = 0.1
    attribution: float = 1.0
    kind: Literal["times-input", "gradient"] = "times-input"
    starts: int = 128
    steps: int = 20
    finalists: int = 8
    polish: int = 100
    sample: int = 64
    lr: float = 0.1
    seed: int = 0

    def __post_init__(self) -> None:
        if self.length < 2 or self.length % 2:
            raise InputError(f"length must be even and 2 or more, but is {self.length}")
        if not (self.sparsity >= 0 and self.attribution >= 0 and 0 < self.sparsity + self.attribution < math.inf):
            came = f"{self.sparsity} and {self.attribution}"
            raise InputError(f"sparsity and attribution must be 0 or more and not both 0, but are {came}")
        if self.kind not in ("times-input", "gradient"):
            raise InputError(f"kind must be 'times-input' or 'gradient', but is {self.kind!r}")
        if min(self.starts, self.steps, self.finalists, self.polish, self.sample) < 1 or not 0 < self.lr < math.inf:
            raise InputError("starts, steps, finalists, polish and sample must be 1 or more, and lr above 0")

    @property
    def rungs(self) -> tuple[int, ...]:
        """How many descents there are in each part of the way, the last of them the finalists."""
        counts = [self.starts]
        while counts[-1] > self.finalists:
            counts.append(max(self.finalists, -(-counts[-1] // QUARTER)))
        return tuple(counts)

    @property
    def n_step(self) -> int:
        """Steps in all parts together."""
        return self.steps * (len(self.rungs) - 1) + 2 * self.polish


@dataclass(frozen=True, eq=False)
class FixedWavelet:
    """A wavelet that is not fitted, to compare with.

    Args:
        name: An orthogonal one as PyWavelets calls it, such as "db5".
    """

    name: str = "db5"


@dataclass(frozen=True, eq=False)
class Fitted:
    """A wavelet that was fitted.

    Args:
        lowpass: Its low-pass filter, ``[length]``.
        loss: What it reached.
        losses: What each of the finalists reached, ``[start]``.
        finalists: Their filters, before the last descent, ``[start, length]``.
    """

    lowpass: Tensor
    loss: float
    losses: Tensor
    finalists: Tensor


def fitted(
    settings: AdaptiveWavelet, grid: Grid, values: Tensor, slopes: Tensor, tick: Callable[[int], None]
) -> Fitted:
    """Find the wavelet of a teacher.

    Args:
        settings: How.
        grid: Where the transform lives.
        values: As from :meth:`Grid.values`, samples in the order in which they are taken.
        slopes: The teacher's gradient with respect to them.
        tick: Told of every step.
    """
    generator = torch.Generator().manual_seed(settings.seed)
    angles = 2 * math.pi * torch.rand(settings.starts, settings.length // 2 - 1, generator=generator)
    few, more = slice(0, settings.sample), slice(0, MOST)
    reached = torch.zeros(0)
    for rung, count in enumerate(settings.rungs):
        last = rung == len(settings.rungs) - 1
        angles = angles[reached.argsort(stable=True)[:count]] if rung else angles
        steps = settings.polish if last else settings.steps
        way = descent(settings, grid, angles, values[few], slopes[few], steps=steps, falls=last)
        for angles, reached in way:  # noqa: B007 - what the last step leaves is read
            tick(1)
    best, others = angles[reached.argmin()][None], lattice_filter(angles)
    way = descent(settings, grid, best, values[more], slopes[more], steps=settings.polish, share=FINE)
    for best, loss in way:  # noqa: B007 - likewise
        tick(1)
    return Fitted(lattice_filter(best)[0], float(loss[0]), reached, others)


def descent(
    settings: AdaptiveWavelet,
    grid: Grid,
    angles: Tensor,
    values: Tensor,
    slopes: Tensor,
    *,
    steps: int,
    falls: bool = True,
    share: float = 1.0,
) -> Iterator[tuple[Tensor, Tensor]]:
    """Angles ``[start, angle]`` and losses ``[start]`` before every step of Adam, each start for itself.

    Args:
        settings: What is descended.
        grid: Where the transform lives.
        angles: Where to begin, ``[start, angle]``.
        values: See :func:`fitted`.
        slopes: See :func:`fitted`.
        steps: How many.
        falls: Whether steps become smaller, as a cosine does.
        share: Length of the first step, in units of the settings' ``lr``.
    """
    moving = angles.clone().requires_grad_()
    optimizer = torch.optim.Adam([moving])
    for step in range(steps):
        fall = 0.5 * (1 + math.cos(math.pi * step / steps)) + LAST_STEP if falls else 1.0
        optimizer.param_groups[0]["lr"] = settings.lr * share * fall
        with torch.enable_grad():
            cost = losses(settings, grid, moving, values, slopes)
            yield moving.detach().clone(), cost.detach()
            optimizer.zero_grad()
            cost.sum().backward()
        optimizer.step()


def losses(settings: AdaptiveWavelet, grid: Grid, angles: Tensor, values: Tensor, slopes: Tensor) -> Tensor:
    """The loss of each filter, ``[start]``; see :class:`AdaptiveWavelet`."""
    lowpass, n_sample = lattice_filter(angles), len(values)
    parts = grid.coefficients(torch.cat([values, slopes]), lowpass)
    times = settings.kind == "times-input"
    data, read = values.new_zeros(len(angles)), values.new_zeros(len(angles))
    for part in parts:
        own, slope = part[:, :n_sample], part[:, n_sample:]
        data = data + own.abs().sum(dim=(1, 2, 3))
        read = read + (own * slope if times else slope).abs().sum(dim=(1, 2, 3))
    unit = norms(values * slopes if times else slopes)
    return settings.sparsity * data / norms(values) + settings.attribution * read / unit


def norms(values: Tensor) -> Tensor:
    """The sum of the samples' norms; never 0."""
    return torch.clamp(values.flatten(1).norm(dim=1).sum(), min=torch.finfo(values.dtype).tiny)
