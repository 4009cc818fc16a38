"""Series laid from their first existing step on, so that padding on either side is out of the way."""

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.draws import normal
from aition.core.errors import InputError


def laid(value: Tensor, batch: Batch, n_step: int) -> Tensor:
    """Values from the first existing step on, ``[sample, step, …]``; what stands behind the last one is anything.

    >>> from aition.core.assemble import from_tensors
    >>> batch = from_tensors(torch.tensor([[9.0, 1.0, 2.0]]), layout="sample time", lengths=[2], side="left")
    >>> laid(batch.x, batch, 2).flatten().tolist()
    [1.0, 2.0]
    """
    place = (batch.start[:, None] + torch.arange(n_step, device=value.device)).clamp(max=batch.n_time - 1)
    return value[torch.arange(len(batch), device=value.device)[:, None], place]


def kept_steps(kept: Tensor, batch: Batch, n_step: int) -> Tensor:
    """Which cells are kept, from the first existing step on, ``[sample, step, feature]``."""
    there = torch.arange(n_step, device=kept.device) < batch.lengths[:, None]
    return laid(kept & batch.observed & batch.cells, batch, n_step) & there[:, :, None]


def put_back(value: Tensor, batch: Batch) -> Tensor:
    """From ``[sample, draw, step, feature]`` to ``[sample, draw, time, feature]`` of the batch; padding is anything."""
    step = batch.step.clamp(0, value.shape[2] - 1)
    return value.gather(2, step[:, None, :, None].expand(-1, value.shape[1], -1, value.shape[3]))


def check_length(batch: Batch, n_step: int, n_feature: int) -> None:
    """Raise unless series have the features, and no more steps than, those that an imputer was fitted on.

    Raises:
        InputError: They do not.
    """
    if batch.n_feature != n_feature:
        raise InputError(f"the imputer was fitted on {n_feature} features, but the batch has {batch.n_feature}")
    longest = int(batch.lengths.max()) if len(batch) else 0
    if longest > n_step:
        raise InputError(
            f"the imputer was fitted on series of up to {n_step} steps, but there are some of {longest}; "
            "fit it on longer ones, crop these, or take StateSpaceImputer, which knows no length"
        )


def noise(batch: Batch, seed: int, numbers: Tensor, n_step: int) -> Tensor:
    """Standard normal numbers, ``[sample, draw, step, feature]``, of key, seed, number, step and feature alone."""
    device = batch.x.device
    return normal(
        batch.keys[:, None, None, None],
        seed,
        numbers[:, :, None, None],
        torch.arange(n_step, device=device)[:, None],
        torch.arange(batch.n_feature, device=device),
    )
