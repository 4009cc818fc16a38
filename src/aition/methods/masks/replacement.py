"""What stands where a mask takes a value away: a baseline, the mean, a blur, a random step, or some in turn."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

import torch
from torch import Tensor
from torch.nn import functional

from aition.core.batch import Batch
from aition.core.draws import uniform
from aition.core.errors import InputError, RefusalError
from aition.impute.baseline import Baseline, ConstantBaseline, absence, check_baseline

Draws = Callable[[int], Tensor]
"""From the number of a draw to values ``[sample, time, feature]``, in units of ``x``; those of padding mean nothing."""


class Replacement(Protocol):
    """A value for every cell of a batch; each series' values are its own, whatever comes with it."""

    @property
    def redrawn(self) -> bool:
        """Whether every draw is another one."""

    @property
    def needs_fit(self) -> bool:
        """Whether a background must be seen first."""

    @property
    def absence(self) -> "Replacement":
        """What a series is when all of it is taken away."""

    def __call__(self, batch: Batch, *, seed: int) -> Draws:
        """Draws for the series of a batch; what all draws share is done once."""


@dataclass(frozen=True)
class Fixed:
    """A baseline, the same at every draw.

    Args:
        baseline: From a Batch to the same with its values absent.

    >>> from aition.core.assemble import from_tensors
    >>> Fixed(ConstantBaseline(7.0))(from_tensors(torch.ones(1, 3, 1)), seed=0)(0).flatten()
    tensor([7., 7., 7.])
    """

    baseline: Baseline = field(default_factory=ConstantBaseline)
    redrawn: ClassVar[bool] = False
    needs_fit: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_baseline(self.baseline)

    @property
    def absence(self) -> "Fixed":
        return self

    def __call__(self, batch: Batch, *, seed: int) -> Draws:
        return always(absence(batch, self.baseline)["x"])


@dataclass(frozen=True)
class SeriesMean:
    """The mean of what was observed of the feature in the same series; the fill value where nothing was."""

    redrawn: ClassVar[bool] = False
    needs_fit: ClassVar[bool] = False

    @property
    def absence(self) -> "SeriesMean":
        return self

    def __call__(self, batch: Batch, *, seed: int) -> Draws:
        return always(mean_of(batch).expand(batch.x.shape))


@dataclass(frozen=True)
class Blur:
    """A Gaussian average over the observed steps within four widths; the series' mean where there are none.

    Args:
        width: Standard deviation in steps, above 0.

    References:
        Fong and Vedaldi, "Interpretable explanations of black boxes by meaningful perturbation", ICCV 2017.

    >>> from aition.core.assemble import from_tensors
    >>> bool(torch.allclose(Blur(2.0)(from_tensors(torch.ones(1, 9, 2)), seed=0)(0), torch.ones(1, 9, 2)))
    True
    """

    width: float = 2.0
    redrawn: ClassVar[bool] = False
    needs_fit: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if not self.width > 0:
            raise InputError(f"width must be above 0 steps, but is {self.width}")

    @property
    def absence(self) -> "Blur":
        return self

    def __call__(self, batch: Batch, *, seed: int) -> Draws:
        reach = math.ceil(4 * self.width)
        away = torch.arange(-reach, reach + 1, device=batch.x.device, dtype=batch.x.dtype)
        kernel = torch.exp(-0.5 * (away / self.width) ** 2)[None, None]
        seen = batch.observed.to(batch.x.dtype)

        def smoothed(value: Tensor) -> Tensor:
            lines = functional.conv1d(value.transpose(1, 2).flatten(0, 1)[:, None], kernel, padding=reach)
            return lines.reshape(len(batch), batch.n_feature, batch.n_time).transpose(1, 2)

        weight = smoothed(seen)
        tiny = torch.finfo(weight.dtype).tiny
        return always(torch.where(weight > tiny, smoothed(batch.x * seen) / weight.clamp(min=tiny), mean_of(batch)))


@dataclass(frozen=True)
class OwnStep:
    """The values of a step of the same series drawn at random, another at every draw.

    A draw hangs on the sample's key, the seed, the draw and the step, so it is the same in any chunk, order or padding.
    What is missing at the drawn step is the series' mean. A feature that never varies is replaced by itself, so nothing
    is learned of it: take :class:`DonorStep` there.

    >>> from aition.core.assemble import from_tensors
    >>> drawn = OwnStep()(from_tensors(torch.arange(12.0).reshape(2, 3, 2)), seed=0)(0)
    >>> bool((drawn[..., 1] - drawn[..., 0] == 1).all()), bool((drawn[0] < 6).all())
    (True, True)
    """

    redrawn: ClassVar[bool] = True
    needs_fit: ClassVar[bool] = False

    @property
    def absence(self) -> "OwnStep":
        return self

    def __call__(self, batch: Batch, *, seed: int) -> Draws:
        filled = torch.where(batch.observed, batch.x, mean_of(batch))
        row = torch.arange(len(batch), device=batch.x.device)[:, None]
        start, count, step = batch.start[:, None], batch.lengths[:, None], batch.step

        def drawn(draw: int) -> Tensor:
            return filled[row, start + drawn_place(batch.keys[:, None], step, count, draw=draw, seed=seed)]

        return drawn


@dataclass(frozen=True, eq=False)
class DonorStep:
    """The values of a random step of a random series of a background, another at every draw.

    Draws are keyed as those of :class:`OwnStep`.

    Args:
        pool: Steps to draw from, ``[step, feature]``, in units of ``x``; see :meth:`of`. Where it is empty,
            ``ExtremalMask.fit`` fills it.
    """

    pool: Tensor = field(default_factory=lambda: torch.zeros(0, 0))
    redrawn: ClassVar[bool] = True

    @property
    def needs_fit(self) -> bool:
        return not len(self.pool)

    @classmethod
    def of(cls, background: Batch) -> "DonorStep":
        """All existing steps of a background; where a value is missing there, the feature's mean."""
        count = background.observed.sum(dim=(0, 1)).clamp(min=1)
        mean = (background.x * background.observed).sum(dim=(0, 1)) / count
        return cls(torch.where(background.observed, background.x, mean)[background.exists])

    @property
    def absence(self) -> "DonorStep":
        return self

    def __call__(self, batch: Batch, *, seed: int) -> Draws:
        if self.needs_fit:
            raise RefusalError(
                "there are no steps to draw from; take DonorStep.of(background), or call "
                "fit(model, background, target) and explain with what it returns"
            )
        if self.pool.ndim != 2 or self.pool.shape[1] != batch.n_feature:
            raise InputError(
                f"pool must be [step feature={batch.n_feature}], but is {list(self.pool.shape)}; "
                "take DonorStep.of(background)"
            )
        pool, step = self.pool.to(batch.x), batch.step
        count = torch.tensor(len(pool), device=batch.x.device)

        def drawn(draw: int) -> Tensor:
            return pool[drawn_place(batch.keys[:, None], step, count, draw=draw, seed=seed)]

        return drawn


@dataclass(frozen=True)
class InTurn:
    """One replacement after the other, draw by draw, so that a cell counts if any of them shows that it does.

    A baseline alone hides a cell whose value is near it; random steps alone bring in values that mislead where others
    were kept.

    Args:
        parts: In their order.

    >>> from aition.core.assemble import from_tensors
    >>> draws = InTurn((Fixed(), SeriesMean()))(from_tensors(torch.ones(1, 3, 1)), seed=0)
    >>> [float(draws(draw)[0, 0, 0]) for draw in range(4)]
    [0.0, 1.0, 0.0, 1.0]
    """

    parts: tuple[Replacement, ...] = (Fixed(), OwnStep())
    redrawn: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not self.parts:
            raise InputError("parts must be one replacement or more, but there are none")

    @property
    def needs_fit(self) -> bool:
        return any(part.needs_fit for part in self.parts)

    @property
    def absence(self) -> "InTurn":
        return InTurn(tuple(part.absence for part in self.parts))

    def __call__(self, batch: Batch, *, seed: int) -> Draws:
        draws = [part(batch, seed=seed) for part in self.parts]
        return lambda draw: draws[draw % len(draws)](draw)


def always(value: Tensor) -> Draws:
    """Draws that are all the same."""
    return lambda _draw: value


def drawn_place(keys: Tensor, step: Tensor, count: Tensor, *, draw: int, seed: int) -> Tensor:
    """A number from 0 to below ``count`` for every step, ``[sample, time]``, int64."""
    share = uniform(keys, seed, torch.tensor(draw, device=keys.device), step)
    return (share * count).long().minimum(count - 1)


def mean_of(batch: Batch) -> Tensor:
    """Each series' mean over what was observed, ``[sample, 1, feature]``; the fill value of ``x`` where nothing was."""
    count = batch.observed.sum(dim=1, keepdim=True)
    first = batch.x.gather(1, batch.start[:, None, None].expand(-1, 1, batch.n_feature))
    return torch.where(count > 0, (batch.x * batch.observed).sum(dim=1, keepdim=True) / count.clamp(min=1), first)
