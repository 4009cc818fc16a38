"""Where dreams stand among real series that a judge has not seen."""

from collections.abc import Mapping

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.draws import uniform
from aition.core.realism import looks_unreal
from aition.dream.judges.judge import Fitted, Judge


def halves(batch: Batch, seed: int) -> tuple[Tensor, Tensor]:
    """Rows that judges see, and rows that say how far a real series may be from these; by the samples' keys."""
    order = uniform(batch.keys, seed).argsort(stable=True)
    return order[: (len(order) + 1) // 2].sort().values, order[(len(order) + 1) // 2 :].sort().values


def percentiles(judge: Judge | Fitted, seen: Tensor, held: Tensor, series: Tensor) -> Tensor:
    """The percentile of each series' strangeness among that of held-out real series, ``[series]``, from 0 to 100.

    Of ``n`` real series, one that is as strange as the k-th is at ``100 (k - 1/2) / n``; beyond the first and the last
    there is 0 and 100.

    Args:
        judge: Who judges; fitted to ``seen`` if need be.
        seen: Real series, ``[real, step, feature]``.
        held: Other real series.
        series: What is judged.
    """
    fitted: Fitted = judge.fit(seen) if hasattr(judge, "fit") else judge
    return placed(fitted(series), fitted(held))


def placed(score: Tensor, real: Tensor) -> Tensor:
    """Percentiles of scores among real ones, ties counted half.

    >>> placed(torch.tensor([0.0, 2.0, 9.0]), torch.tensor([1.0, 2.0, 3.0, 4.0])).tolist()
    [0.0, 37.5, 100.0]
    """
    order = real.sort().values
    below = torch.searchsorted(order, score)
    up_to = torch.searchsorted(order, score, right=True)
    return 50.0 * (below + up_to) / len(real)


def among_others(percentile: Tensor, n_real: int) -> Tensor:
    """Percentiles of real series among the others alone, from those among all that they are a part of.

    A dream can be stranger than all of the series among which it is placed, and one of these can't be. So a real series
    is judged as a dream is: without itself.

    Args:
        percentile: ``[real]``, as :func:`placed` says.
        n_real: How many there are.

    >>> among_others(placed(torch.tensor([1.0, 2.0, 3.0]), torch.tensor([1.0, 2.0, 3.0])), 3).tolist()
    [0.0, 50.0, 100.0]
    """
    # The product is rounded, so that the strangest would be a little below 100.
    return ((percentile * n_real - 50) / max(1, n_real - 1)).clamp(0, 100)


def looks_real(percentiles: Mapping[str, Tensor], *, changed: bool = False) -> Tensor:
    """Whether series lie where real ones do, to all judges, ``[series]``.

    Args:
        percentiles: Of each judge by name, ``[series]``.
        changed: Whether series are changes of real ones, as in :func:`~aition.core.realism.looks_unreal`.
    """
    each = torch.stack(list(percentiles.values()), dim=1)
    unreal = looks_unreal(each.cpu().numpy(), list(percentiles), changed=changed)
    return torch.from_numpy(~unreal.any(axis=1)).to(each.device)
