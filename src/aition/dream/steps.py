"""Series of unequal lengths on steps of one length, and back, by reading between their steps."""

import torch
from torch import Tensor

from aition.core.batch import Batch


def stretched(x: Tensor, batch: Batch, *, n_step: int) -> Tensor:
    """The existing steps of every series over as many steps, by linear interpolation, ``[sample, step, feature]``."""
    return moved(x, batch.lengths, batch.start, inverse=False, n_time=n_step)


def squeezed(series: Tensor, batch: Batch) -> Tensor:
    """Series of one length on the existing steps of a batch; 0 elsewhere.

    >>> from aition import from_tensors
    >>> batch = from_tensors(torch.zeros(1, 5, 1), lengths=[3])
    >>> squeezed(torch.tensor([[[0.0], [1.0], [2.0], [3.0], [4.0]]]), batch)[0, :, 0].tolist()
    [0.0, 2.0, 4.0, 0.0, 0.0]
    """
    laid = moved(series, batch.lengths, batch.start, inverse=True, n_time=batch.n_time)
    return torch.where(batch.cells, laid, 0.0)


def moved(x: Tensor, lengths: Tensor, start: Tensor, *, inverse: bool, n_time: int) -> Tensor:
    """Series read between their steps: from the existing ones to all, or, inversely, from all to the existing ones."""
    n_from, n_to = x.shape[1], n_time
    if bool((lengths == n_from).all()) and n_from == n_to:
        return x
    step = torch.arange(n_to, device=x.device, dtype=x.dtype)[None]
    long = (lengths[:, None] - 1).clamp(min=0).to(x.dtype)
    first = start[:, None].to(x.dtype)
    back, there = (step - first) * (n_from - 1) / long.clamp(min=1), first + step * long / max(1, n_to - 1)
    place = (back if inverse else there).clamp(0, n_from - 1)
    last = first + long if not inverse else torch.full_like(first, n_from - 1)
    return between(x, place, last=last)


def between(x: Tensor, place: Tensor, *, last: Tensor) -> Tensor:
    """Series read between their steps, by linear interpolation, ``[sample, place, feature]``.

    Args:
        x: ``[sample, time, feature]``.
        place: Where they are read, in steps, ``[sample, place]``, from 0 to the last step.
        last: The last step that may be read, ``[sample, 1]``.

    >>> x = torch.tensor([[[0.0], [10.0], [20.0]]])
    >>> between(x, torch.tensor([[0.5, 2.0]]), last=torch.tensor([[2]]))[0, :, 0].tolist()
    [5.0, 20.0]
    """
    low = place.floor().long()
    high = torch.minimum(low + 1, last.long())
    index = (*place.shape, x.shape[2])
    before = x.gather(1, low[:, :, None].expand(index))
    after = x.gather(1, high[:, :, None].expand(index))
    return torch.lerp(before, after, (place - low)[:, :, None].to(x))
