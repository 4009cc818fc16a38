"""The frame that dreams are made in: real series in common units and of one length, and the places of the dreams."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import InputError, RefusalError
from aition.core.events import is_events
from aition.dream.steps import squeezed, stretched

ALIKE = 0.05
"""Deviations of means and of deviations, in units of the latter, below which every series counts as standardised."""


@dataclass(frozen=True, eq=False)
class Frame:
    """Between series as a parameterisation makes them, and series as a model takes them.

    A parameterisation works on series of one length, whose features have mean 0 and deviation 1 over the real ones.
    A shorter series is stretched to that length, and squeezed back to be given to the model. Where every real series
    has the same mean and deviation, such as after the usual standardisation of archives, so has every dream: that is
    done in the graph, so that no gradient is spent on what would be taken off.

    Args:
        mean: Of each feature over the real series, ``[feature]``, in units of ``x``.
        deviation: Likewise; 1 where a feature never varies.
        spread: The deviation of each feature within every series, ``[feature]``, in units of ``deviation``, where all
            series share it, with their mean; NaN where they do not.
        varies: Whether each feature varies at all over the real series, ``[feature]``; dreams have those that do not as
            their places have them.
        real: Real series, ``[real, step, feature]``, in these units.
        places: A row for each dream, whose steps, static columns and further inputs it takes.
        words: What an embedding says of each word of a vocabulary, ``[word, feature]``, in these units; none where
            there is no vocabulary.
    """

    mean: Tensor
    deviation: Tensor
    spread: Tensor
    varies: Tensor
    real: Tensor
    places: Batch
    words: Tensor

    @classmethod
    def of(cls, background: Batch, places: Batch) -> "Frame":
        """The frame of a background.

        Args:
            background: Real series, where the model is.
            places: A row for each dream.

        Raises:
            InputError: There are fewer than two series.
            RefusalError: They are lists of events.
        """
        if is_events(background):
            raise RefusalError(f"dreams are series, but {background!r} is a list of events; put them on a grid")
        if len(background) < 2:
            raise InputError(f"background must be two real series or more, but is {background!r}")
        mean, deviation = over(background.x, background.observed, dims=(0, 1))
        # The mean of equal values is rounded, so that they seem to vary.
        rounding = 4 * torch.finfo(mean.dtype).eps * mean.abs()
        varies = deviation > rounding
        deviation = torch.where(varies, deviation, 1.0)
        units = (background.x - mean) / deviation
        there = background.observed
        real = stretched(torch.where(there, units, 0.0), background, n_step=background.n_time)
        own_mean, own_deviation = (part[:, 0] for part in over(units, there, dims=(1,)))
        middle = own_deviation.median(dim=0).values
        alike = (own_mean.abs().amax(dim=0) < ALIKE) & ((own_deviation - middle).abs().amax(dim=0) < ALIKE)
        shared = torch.where(alike & (middle > 0) & (background.lengths.min() > 1), middle, torch.nan)
        return cls(mean, deviation, shared, varies, real, as_observed(places, mean), mean.new_zeros(0, len(mean)))

    @property
    def shape(self) -> tuple[int, int]:
        """Steps and features that a parameterisation works on."""
        return self.real.shape[1], self.real.shape[2]

    def placed(self, series: Tensor, *, stretches: bool = True) -> Tensor:
        """Series as the model takes them, ``[draw, time, feature]``.

        Args:
            series: In the units of the frame: ``[draw, step, feature]``, or, unless it stretches, on the steps of the
                places, ``[draw, time, feature]``; then mean and deviation are kept as the series of the place has them.
            stretches: Whether series are of the frame's one length.
        """
        there = self.places.cells
        free = there & self.varies
        laid = squeezed(series, self.places) if stretches else series
        if bool((~self.spread.isnan()).any()):
            mean, deviation = over(laid, there, dims=(1,))
            middle, spread = torch.zeros_like(mean), torch.nan_to_num(self.spread)
            if not stretches:
                middle, spread = over(self.units(self.places.x), there, dims=(1,))
            level = (laid - mean) / deviation.clamp(min=1e-6) * spread + middle
            laid = torch.where(self.spread.isnan(), laid, level)
        return torch.where(free, laid * self.deviation + self.mean, self.places.x)

    def units(self, x: Tensor) -> Tensor:
        """Values of the model, ``[…, feature]``, in the units of the frame."""
        return (x - self.mean) / self.deviation

    def knowing(self, words: Tensor) -> "Frame":
        """The frame with a vocabulary, ``[word, feature]``, in units of ``x``."""
        return replace(self, words=self.units(words))

    def lent(self) -> Tensor:
        """The series of the dreams' places on the steps of the frame, ``[draw, step, feature]``, in its units."""
        return stretched(self.units(self.places.x), self.places, n_step=self.shape[0])

    def like(self, rows: Tensor) -> "Frame":
        """The frame with some of the real series alone; units stay."""
        return replace(self, real=self.real[rows])

    def take(self, rows: Tensor) -> "Frame":
        """The frame of some of the dreams."""
        return replace(self, places=self.places.take(rows))


def as_observed(places: Batch, mean: Tensor) -> Batch:
    """Places in which every value is there: a dream has no gaps. The mean of real ones, ``[feature]``, fills them."""
    gap = places.cells & ~places.observed
    whole = replace(places, x=torch.where(gap, mean, places.x), observed=places.cells)
    for name, part in places.fields.items():
        if part.role == "observed":
            ones = torch.ones_like(part.value)
            if part.axes == ("sample", "time", "feature"):
                ones = places.cells.to(part.value.dtype)
            whole = whole.with_field(name, ones)
    return whole


def over(x: Tensor, there: Tensor, *, dims: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """Mean and deviation over axes, of what is there; the axes stay with size 1 unless both are taken."""
    keep = len(dims) == 1
    count = there.sum(dim=dims, keepdim=True).clamp(min=1)
    mean = torch.where(there, x, 0.0).sum(dim=dims, keepdim=True) / count
    square = torch.where(there, (x - mean).square(), 0.0).sum(dim=dims, keepdim=True) / count
    deviation = torch.where(square > 0, square, 1.0).sqrt() * (square > 0)
    return (mean, deviation) if keep else (mean.flatten(), deviation.flatten())
