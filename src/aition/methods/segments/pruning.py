"""Pruning: how much of the far past counts for next to nothing, and so can be one player."""

from collections.abc import Sequence

import torch
from torch import Tensor

from aition.core.model import Model
from aition.core.question import Question
from aition.impute.filling import Filling
from aition.impute.game import played


def past_values(model: Model, filling: Filling, question: Question) -> Tensor:
    """The Shapley value of the first steps of each sample, in a game of two: them, and all later ones.

    Args:
        model: Called with both halves of each cut: twice as many series a sample as there are steps.
        filling: The samples, and what stands where a step is absent; what was not observed stays as it is.
        question: One number a sample.

    Returns:
        ``[sample, 1 + step]``, float64 on the CPU: of no step, of the first, of the first two and so on, in units of
        the target; behind the last existing step, that of all.

    References:
        Bento et al., "TimeSHAP: explaining recurrent models through sequence perturbations", KDD 2021, algorithm 1.
    """
    batch = filling.batch
    longest = int(batch.lengths.max())
    cells = torch.where(batch.observed, batch.step[:, :, None], -1)
    cut = torch.arange(longest + 1)[:, None]
    past = torch.arange(longest) < cut
    asked = torch.cat([past, ~past[1:-1]])
    values = played(model, filling, [question], cells=cells, coalitions=asked)[:, 0]
    of_past = values[:, : longest + 1]
    nobody, everyone = of_past[:, :1], of_past[:, -1:]
    of_rest = torch.cat([everyone, values[:, longest + 1 :], nobody], dim=1)
    return ((of_past - nobody) + (everyone - of_rest)) / 2


def pruned_steps(values: Tensor, lengths: Sequence[int], *, tolerance: float, from_recent: bool) -> Tensor:
    """How many steps of each sample are pruned, ``[sample]``, int64; at least one step is left.

    Args:
        values: Of the first steps, ``[sample, 1 + step]``, see :func:`past_values`.
        lengths: Existing steps of each sample.
        tolerance: What the past may count for.
        from_recent: Take the longest past within tolerance, even where a shorter one is beyond it.

    >>> values = torch.tensor([[0.0, 0.01, 0.5, 0.01, 0.9]])
    >>> [int(pruned_steps(values, [4], tolerance=0.1, from_recent=recent)[0]) for recent in (False, True)]
    [1, 3]
    """
    within = values.abs() <= tolerance
    steps = torch.arange(values.shape[1])
    if not from_recent:
        within = within.long().cumprod(dim=1).bool()
    within &= steps < torch.tensor(lengths)[:, None]
    return torch.where(within, steps, 0).amax(dim=1)
