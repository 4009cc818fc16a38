"""Padding kept out of a network: series moved to their start, states read off at their last step."""

import torch
from torch import Tensor, nn


def aligned(x: Tensor, exists: Tensor, n_time: int) -> tuple[Tensor, Tensor]:
    """Move each series to step 0, so that all padding is on the right and 0.

    Args:
        x: Values, ``[sample, time, feature]``, padded on the right or on the left.
        exists: Which steps are no padding, ``[sample, time]``, one run a sample.
        n_time: Steps to keep.

    Returns:
        Values, ``[sample, n_time, feature]``, and which of these steps exist, ``[sample, n_time]``.

    >>> x, exists = torch.tensor([[[9.0], [1.0], [2.0]]]), torch.tensor([[False, True, True]])
    >>> aligned(x, exists, 3)[0].flatten().tolist()
    [1.0, 2.0, 0.0]
    """
    start, step = exists.int().argmax(dim=1), torch.arange(n_time, device=x.device)
    there = step < exists.sum(dim=1)[:, None]
    return picked(x, start[:, None] + step, there), there


def restored(states: Tensor, exists: Tensor) -> Tensor:
    """Undo :func:`aligned`: each series back to its own steps, padding 0, ``[sample, time, state]``."""
    step = torch.arange(exists.shape[1], device=states.device)
    return picked(states, step - exists.int().argmax(dim=1)[:, None], exists)


def turned(x: Tensor, there: Tensor) -> Tensor:
    """Each aligned series from its last step to its first, ``[sample, time, feature]``."""
    step = torch.arange(x.shape[1], device=x.device)
    return picked(x, there.sum(dim=1)[:, None] - 1 - step, there)


def last(states: Tensor, there: Tensor) -> Tensor:
    """The state at the last existing step of each aligned series, ``[sample, state]``."""
    rows = torch.arange(len(states), device=states.device)
    return states[rows, there.sum(dim=1) - 1]


def mean(states: Tensor, there: Tensor) -> Tensor:
    """The mean over existing steps, ``[sample, state]``."""
    weight = there[:, :, None].to(states.dtype)
    return (states * weight).sum(dim=1) / weight.sum(dim=1)


def picked(x: Tensor, index: Tensor, there: Tensor) -> Tensor:
    """Steps of ``x`` by index, ``[sample, step, feature]``, 0 where there is none."""
    inside = index.clamp(0, x.shape[1] - 1)[:, :, None].expand(-1, -1, x.shape[2])
    return torch.where(there[:, :, None], x.gather(1, inside), 0)


def normalised(norm: nn.BatchNorm1d, states: Tensor, there: Tensor) -> Tensor:
    """Batch normalisation whose statistics count existing steps only, ``[sample, state, time]``, padding 0."""
    if not norm.training:
        scaled: Tensor = norm(states)
        return scaled * there[:, None]
    values = states.transpose(1, 2)
    whole = torch.zeros_like(values)
    whole[there] = norm(values[there])
    return whole.transpose(1, 2)
