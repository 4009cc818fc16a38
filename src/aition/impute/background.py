"""Backgrounds: the series that an imputer is fitted on, laid from their first step on, and their moments."""

from dataclasses import dataclass

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.impute.laid import kept_steps, laid


@dataclass(frozen=True, eq=False)
class Background:
    """What an imputer is fitted on.

    Args:
        value: In double precision, ``[series, step, feature]``; 0 where nothing was observed.
        seen: Where something was, ``[series, step, feature]``.
        keys: Of the series, ``[series]``.
    """

    value: Tensor
    seen: Tensor
    keys: Tensor

    @classmethod
    def of(cls, batch: Batch) -> "Background":
        """The series of a batch.

        Raises:
            InputError: There are fewer than two, or a feature that was observed nowhere, or values that are not finite.
        """
        if len(batch) < 2:
            raise InputError(
                f"an imputer is fitted on two series or more, but the background has {len(batch)}; cut a long series "
                "into windows, or take ConstantImputer"
            )
        n_step = int(batch.lengths.max())
        seen = kept_steps(batch.observed, batch, n_step)
        if lost := [
            name for name, any_ in zip(batch.feature_names, seen.any(dim=(0, 1)).tolist(), strict=True) if not any_
        ]:
            raise InputError(f"the background must have observed every feature, but {lost[0]!r} it never has")
        value = laid(batch.x, batch, n_step).double().masked_fill(~seen, 0.0)
        if not bool(torch.isfinite(value).all()):
            raise InputError("the background must be finite, but holds NaN or Inf")
        return cls(value, seen, batch.keys)

    def moments(self) -> tuple[Tensor, Tensor]:
        """Mean and deviation of each cell, ``[step, feature]`` each; a deviation is 0 where values are all the same.

        A cell that fewer than two series have takes those of its feature over all steps.
        """
        count = self.seen.sum(dim=0)
        mean = self.value.sum(dim=0) / count.clamp(min=1)
        gap = (self.value - mean) * self.seen
        square = gap.square().sum(dim=0) / count.clamp(min=1)
        few = count < 2
        whole, spread = self.feature_moments()
        mean = torch.where(few, whole, mean)
        return mean, torch.where(few, spread, varied(square.sqrt(), mean))

    def feature_moments(self) -> tuple[Tensor, Tensor]:
        """Mean and deviation of each feature over all steps, ``[feature]`` each; 0 where values are all the same."""
        count = self.seen.sum(dim=(0, 1))
        mean = self.value.sum(dim=(0, 1)) / count
        square = ((self.value - mean) * self.seen).square().sum(dim=(0, 1)) / count
        return mean, varied(square.sqrt(), mean)


def varied(deviation: Tensor, mean: Tensor) -> Tensor:
    """Deviations, those put to 0 that are no more than the rounding of their mean."""
    return torch.where(deviation > 1e-12 * mean.abs(), deviation, 0.0)


def standardised(value: Tensor, mean: Tensor, deviation: Tensor) -> Tensor:
    """Values less their mean, over their deviation; 0 where there is none."""
    return torch.where(deviation > 0, (value - mean) / deviation.clamp(min=torch.finfo(value.dtype).tiny), 0.0)
