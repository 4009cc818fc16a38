"""Units: the smallest groups of cells, and which of them are neighbours."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import InputError

Pairs = NDArray[np.int64]
Links = Literal["all", "none"] | tuple[tuple[int, int], ...]
"""Which features are neighbours at the same step: all, none, or these pairs."""


def units_of(batch: Batch, *, steps: int, together: bool) -> Tensor:
    """The unit of each cell, from 0 in each sample, ``[sample, time, feature]``, int64; -1 in the padding.

    Args:
        batch: The samples.
        steps: Steps in a unit, counted from the first that exists; the last may be shorter.
        together: Whether all features of a step are in one unit.

    >>> from aition import from_tensors
    >>> units_of(from_tensors(torch.zeros(1, 3, 2)), steps=2, together=False)[0].tolist()
    [[0, 1], [0, 1], [2, 3]]
    """
    first = batch.step.div(steps, rounding_mode="floor")[:, :, None]
    column = torch.arange(batch.n_feature, device=batch.x.device)
    unit = first.expand(batch.x.shape) if together else first * batch.n_feature + column
    return torch.where(batch.exists[:, :, None], unit, -1)


def neighbours(n_step: int, n_column: int, links: Sequence[tuple[int, int]]) -> Pairs:
    """Pairs of units that touch: the same column at the next step, or linked columns at the same step.

    >>> neighbours(2, 2, [(0, 1)]).tolist()
    [[0, 2], [1, 3], [0, 1], [2, 3]]
    """
    unit = np.arange(n_step * n_column).reshape(n_step, n_column)
    along = [np.stack([unit[:-1].ravel(), unit[1:].ravel()], axis=1)]
    across = [np.stack([unit[:, a], unit[:, b]], axis=1) for a, b in links]
    return np.asarray(np.concatenate([*along, *across]), dtype=np.int64)


def pairs_of(links: Links, n_feature: int) -> list[tuple[int, int]]:
    """The pairs of features that are neighbours.

    Raises:
        InputError: A pair names a feature that there is not, or one feature twice.
    """
    if links == "none":
        return []
    if links == "all":
        return [(a, b) for a in range(n_feature) for b in range(a + 1, n_feature)]
    for pair in links:
        if len(pair) != 2 or pair[0] == pair[1] or not all(0 <= one < n_feature for one in pair):
            raise InputError(
                f"links must be pairs of different features from 0 to {n_feature - 1}, 'all' or 'none', but hold {pair}"
            )
    return sorted({(min(pair), max(pair)) for pair in links})
