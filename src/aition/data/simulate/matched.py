"""Matched filters: how TimeX's laws read a pattern whose place is hidden."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from aition.core.batch import Batch, Field
from aition.data.simulate.drawing import Reals, Whole, single


def balanced(n_sample: int, n_class: int) -> Whole:
    """Classes in turn, ``[sample]``: each as often as any other, but for the last round."""
    return np.arange(n_sample) % n_class


def filters(weight: Reals) -> dict[str, Field]:
    """The field ``filter`` with the weights of each filter, ``[sample, filter, time, feature]``."""
    return {"filter": Field(single(weight), "context", ("sample", "filter", "time", "feature"))}


def responses(module: nn.Module, batch: Batch) -> Tensor:
    """What each filter adds up to, ``[sample, filter]``."""
    read: Tensor = module(batch.x)[:, None] * batch["filter"]
    return read.sum(dim=(2, 3))


def pushes(batch: Batch) -> Tensor:
    """What each cell adds to the response of the label's filter, ``[sample, time, feature]``."""
    return batch.x * batch["filter"][torch.arange(len(batch)), batch.label]


def windows(begin: Whole, length: Whole, n_time: int) -> NDArray[np.bool_]:
    """Which steps lie in the window of each series, ``[sample, time]``."""
    step = np.arange(n_time)
    return (step >= begin[:, None]) & (step < (begin + length)[:, None])
