"""Imputers: draws of what was taken away, given what is kept."""

from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

from aition.core.axes import check_axes
from aition.core.batch import Batch
from aition.core.errors import InputError, ModelError


@runtime_checkable
class Imputer(Protocol):
    """Something that draws values of ``x`` for cells that were taken away: a frozen dataclass, fitted on a background.

    A draw hangs on the sample's key, the imputer's seed and the number of the draw alone, so chunks, order and padding
    change nothing beyond rounding, and the same number gives two masks of a sample the same noise.
    """

    @property
    def causal(self) -> bool:
        """Whether no draw hangs on what comes later than its own step."""

    def draw(self, batch: Batch, kept: Tensor, numbers: Tensor) -> Tensor:
        """Values for every cell.

        Args:
            batch: The samples.
            kept: What is known of them, ``[sample, time, feature]``, bool; never padding, never what was not observed.
            numbers: The numbers of the draws, ``[sample, draw]``, int64.

        Returns:
            ``[sample, draw, time, feature]``, in units of ``x``; what stands where cells are kept, in the padding and
            where nothing was observed is not read.
        """


def imputed(imputer: Imputer, batch: Batch, kept: Tensor, numbers: Tensor) -> Tensor:
    """The series with what is not kept drawn anew, ``[sample, draw, time, feature]``.

    Cells that are kept, padding, and what was not observed (it holds its fill value, which is what a model gets to see)
    are those of ``x``, bit for bit.

    Args:
        imputer: What draws.
        batch: The samples.
        kept: Which cells stay, ``[sample, time, feature]``, bool.
        numbers: The numbers of the draws, ``[sample, draw]``, int64, from 0.

    Raises:
        InputError: Masks or numbers do not fit the batch.
        ModelError: The imputer answers in another shape, or with NaN or Inf where its values are used.
    """
    sizes = dict(zip(("sample", "time", "feature"), batch.x.shape, strict=True))
    check_axes("kept", kept, ("sample", "time", "feature"), sizes)
    if kept.dtype != torch.bool:
        raise InputError(f"kept must be bool, but is {kept.dtype}")
    if numbers.ndim != 2 or len(numbers) != len(batch) or numbers.dtype != torch.int64:
        raise InputError(
            f"numbers must be int64 [sample={len(batch)} draw], but are {numbers.dtype} {list(numbers.shape)}"
        )
    there = batch.observed & batch.cells
    drawn = imputer.draw(batch, kept & there, numbers)
    wanted = (len(batch), numbers.shape[1], batch.n_time, batch.n_feature)
    if drawn.shape != wanted:
        raise ModelError(f"an imputer must answer {list(wanted)}, but {type(imputer).__name__} did {list(drawn.shape)}")
    value = torch.where((there & ~kept)[:, None], drawn.to(batch.x), batch.x[:, None])
    if not bool(torch.isfinite(value).all()):
        raise ModelError(f"an imputer must answer finite values, but {type(imputer).__name__} drew NaN or Inf")
    return value


def first_draws(batch: Batch, n_draw: int) -> Tensor:
    """Numbers of the first draws of every sample, ``[sample, draw]``."""
    if n_draw < 1:
        raise InputError(f"n_draw must be 1 or more, but is {n_draw}")
    return torch.arange(n_draw, device=batch.x.device).expand(len(batch), n_draw)
