"""Bands: a batch as periodic series or fields, their wavelet coefficients, and what a small model reads of them."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.events import is_events
from aition.models.padding import aligned
from aition.transform.components import check_gapless
from aition.transform.periodic import analysed, analysed_fields, synthesised, synthesised_fields

ORIENTATIONS = ("width", "height", "both")
"""Along which axes the details of fields are fine."""
AT_ONCE = 2**22
"""Numbers that are transformed together, at most; a sample with more is transformed alone."""


@dataclass(frozen=True)
class Bands:
    """How series are taken apart, and what a small model reads of each band.

    Args:
        levels: How often time is halved; 0: as long as the filter fits.
        fields: Whether a sample is one picture, whose rows are the steps and whose columns are the features, in place
            of one series for each feature.
        quantiles: Of the sizes of a band's coefficients, in [0, 1]; 1 is the maximum.
        signed: Whether quantiles are of the coefficients themselves: a shape and its opposite are told apart, and 0 and
            1 are the largest of either.
        shifts: Copies that are read, each moved round by one step more (fields: and one column). Coefficients hang on
            where a shape lies between multiples of 2^level steps; with ``shifts=2**levels`` what is read does not.
    """

    levels: int = 0
    fields: bool = False
    quantiles: tuple[float, ...] = (1.0,)
    signed: bool = False
    shifts: int = 1

    def __post_init__(self) -> None:
        if self.shifts < 1:
            raise InputError(f"shifts must be 1 or more, but is {self.shifts}")
        if self.levels < 0:
            raise InputError(f"levels must be 0 or more, but is {self.levels}")
        if not self.quantiles or not all(0 <= one <= 1 for one in self.quantiles):
            raise InputError(f"quantiles must be one or more of 0 to 1, but are {list(self.quantiles)}")


@dataclass(frozen=True)
class Grid:
    """The lengths at which a wavelet is applied, settled by the data that it was fitted on.

    Args:
        feature_names: Of the batch.
        n_time: Steps that are read, at most; shorter series are filled up with 0.
        levels: How often lengths are halved.
        fields: As in :class:`Bands`.
        quantiles: As in :class:`Bands`.
        signed: As in :class:`Bands`.
        shifts: As in :class:`Bands`.

    Raises:
        InputError: Lengths can't be halved so often, or there are more shifts than steps.
    """

    feature_names: tuple[str, ...]
    n_time: int
    levels: int
    fields: bool
    quantiles: tuple[float, ...]
    signed: bool
    shifts: int

    def __post_init__(self) -> None:
        Bands(self.levels, self.fields, self.quantiles, self.signed, self.shifts)
        n_feature = len(self.feature_names)
        shortest = min(self.n_time, n_feature) if self.fields else self.n_time
        if not (n_feature and 1 <= self.levels < int(shortest).bit_length()):
            raise InputError(f"{shortest} steps of {n_feature} features can't be halved {self.levels} times")
        if self.shifts > max(self.sizes):
            raise InputError(f"shifts must be 1 to {max(self.sizes)}, for then they come round, but is {self.shifts}")

    @property
    def sizes(self) -> tuple[int, ...]:
        """Lengths of the axes that are transformed, filled up so that they can be halved."""
        step = 2**self.levels
        lengths = (self.n_time, len(self.feature_names)) if self.fields else (self.n_time,)
        return tuple(-(-length // step) * step for length in lengths)

    @property
    def bands(self) -> tuple[str, ...]:
        """Names of a channel's bands, in the order of :meth:`coefficients`; detail 1 is the finest."""
        levels = range(self.levels, 0, -1)
        if self.fields:
            details = [f"detail {level} {one}" for level in levels for one in ORIENTATIONS]
        else:
            details = [f"detail {level}" for level in levels]
        return ("approximation", *details)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of what a small model reads."""
        channels = ("",) if self.fields or len(self.feature_names) == 1 else tuple(f"{n} " for n in self.feature_names)
        ends = {0.0: "min", 1.0: "max"}
        reads = [ends.get(one, f"quantile {one:g} of") for one in self.quantiles]
        bar = "" if self.signed else "|"
        return tuple(f"{one} {bar}{channel}{band}{bar}" for channel in channels for band in self.bands for one in reads)

    def values(self, batch: Batch) -> Tensor:
        """Series ``[sample, feature, time]`` from their first step, or fields ``[sample, 1, time, feature]``; else 0.

        Raises:
            InputError: The batch has other features, is a list of events, or is longer than what was fitted on.
            RefusalError: Values were not measured.
        """
        self.check(batch)
        return self.placed(batch.x, batch)

    def placed(self, x: Tensor, batch: Batch) -> Tensor:
        """Values of any kind, ``[sample, time, feature]``, where :meth:`values` puts those of the batch."""
        whole = aligned(x, batch.exists, self.sizes[0])[0]
        if not self.fields:
            return whole.transpose(1, 2)
        return torch.nn.functional.pad(whole, (0, self.sizes[1] - whole.shape[2])).unsqueeze(1)

    def coefficients(self, values: Tensor, lowpass: Tensor) -> list[Tensor]:
        """Of every band, ``[filter, sample, channel, place]``.

        Args:
            values: As from :meth:`values`.
            lowpass: ``[filter, length]``.
        """
        rows = values.flatten(0, 1).unsqueeze(0)
        shape = (len(lowpass), *values.shape[:2])
        if self.fields:
            parts = analysed_fields(rows, lowpass, levels=self.levels)
            return [one.flatten(2).reshape(*shape, -1) for part in parts for one in part.unbind(dim=2)]
        return [part.reshape(*shape, -1) for part in analysed(rows, lowpass, levels=self.levels)]

    def restored(self, coefficients: list[Tensor], lowpass: Tensor) -> Tensor:
        """Values from coefficients, ``[filter, sample, channel, …]``: the inverse of :meth:`coefficients`."""
        shape = coefficients[0].shape[:3]
        rows = [part.flatten(1, 2) for part in coefficients]
        if not self.fields:
            return synthesised(rows, lowpass).reshape(*shape, *self.sizes)
        places = [tuple(size >> level for size in self.sizes) for level in range(self.levels, 0, -1)]
        parts = [rows[0].reshape(*rows[0].shape[:2], 1, *places[0])]
        for level, place in enumerate(places):
            three = rows[1 + 3 * level : 4 + 3 * level]
            parts.append(torch.stack([one.reshape(*one.shape[:2], *place) for one in three], dim=2))
        return synthesised_fields(parts, lowpass).reshape(*shape, *self.sizes)

    def read(self, values: Tensor, lowpass: Tensor) -> Tensor:
        """What a small model reads, ``[sample, read]``, in the order of :attr:`names`.

        Args:
            values: As from :meth:`values`.
            lowpass: ``[length]``.
        """
        few = max(1, AT_ONCE // (values[:1].numel() * self.shifts or 1))
        return torch.cat([self.read_at_once(some, lowpass) for some in values.split(few)])

    def read_at_once(self, values: Tensor, lowpass: Tensor) -> Tensor:
        """Of so few samples that torch, whose quantiles are of 2^24 numbers at most, can sort them."""
        at = torch.tensor(self.quantiles, dtype=values.dtype, device=values.device)
        axes = (-2, -1) if self.fields else (-1,)
        moved = torch.cat([values.roll((step,) * len(axes), axes) for step in range(self.shifts)])
        parts = self.coefficients(moved, lowpass.to(values).unsqueeze(0))
        copies = [part[0].unflatten(0, (self.shifts, -1)).movedim(0, -2).flatten(-2) for part in parts]
        found = copies if self.signed else [part.abs() for part in copies]
        return torch.stack([torch.quantile(one, at, dim=-1).movedim(0, -1) for one in found], dim=2).flatten(1)

    def check(self, batch: Batch) -> None:
        """Raise unless a batch is of the kind that was fitted on."""
        check_grid_batch(batch)
        if batch.feature_names != self.feature_names:
            raise InputError(
                f"the wavelet was fitted on the features {list(self.feature_names)}, but the batch has "
                f"{list(batch.feature_names)}"
            )
        longest = int(batch.lengths.max()) if len(batch) else 0
        if longest > self.n_time:
            raise InputError(f"the wavelet was fitted on {self.n_time} steps at most, but a sample has {longest}")


def settled(bands: Bands, batch: Batch, length: int) -> Grid:
    """The grid of a batch for a filter of some length.

    Raises:
        InputError: The batch is a list of events, or shorter than two steps.
        RefusalError: Values were not measured.
    """
    check_grid_batch(batch)
    n_time = int(batch.lengths.max())
    shortest = min(n_time, batch.n_feature) if bands.fields else n_time
    if shortest < 2:
        words = "fields must have 2 rows and columns or more" if bands.fields else "series must have 2 steps or more"
        raise InputError(f"{words}, but have {shortest}")
    most = max(1, int(math.log2(shortest / max(1, length - 1)))) if shortest >= length else 1
    if 2**bands.levels > shortest:
        raise InputError(f"{shortest} steps can be halved {int(math.log2(shortest))} times, but levels={bands.levels}")
    return Grid(
        batch.feature_names, n_time, bands.levels or most, bands.fields, bands.quantiles, bands.signed, bands.shifts
    )


def check_grid_batch(batch: Batch) -> None:
    """Raise where a batch is a list of events, which has no grid of steps, or where values were not measured."""
    if is_events(batch):
        raise InputError(f"wavelets need values at every step, but {batch!r} is a list of events")
    check_gapless(batch)
