"""Laws of two classes whose log-odds add up weighted cells, and the noise that they are drawn over."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from aition.core.assemble import from_tensors
from aition.core.batch import Batch, Field
from aition.core.errors import InputError
from aition.core.model import TorchModel
from aition.core.target import Target
from aition.data.simulate.drawing import Reals, Whole, signs, single
from aition.data.simulate.simulated import Simulated

CELLS = ("sample", "time", "feature")
LOG_ODDS = Target.of_class(1).against(**{"class": 0})
"""The log-odds of class 1: of a law as of a trained network of two classes, whose single logits have no fixed level."""


def two_classes(log_odds: Tensor) -> Tensor:
    """Logits of two classes from the log-odds of class 1: half of them against class 0, half for class 1.

    >>> two_classes(torch.tensor([3.0])).softmax(dim=-1)[0, 1] == torch.tensor(3.0).sigmoid()
    tensor(True)
    """
    return torch.stack([-log_odds / 2, log_odds / 2], dim=-1)


def forward_weighted(module: nn.Module, batch: Batch) -> Tensor:
    """Logits ``[sample, class]``: the sum of the cells, each times its weight in the field ``effect``."""
    return two_classes(summed_cells(module, batch))


def summed_cells(module: nn.Module, batch: Batch) -> Tensor:
    """The sum of the cells, each times its weight in the field ``effect``, ``[sample]``."""
    said: Tensor = (batch["effect"] * module(batch.x)).sum(dim=(1, 2))
    return said


def weighted_sum(weight: Reals, x: Reals) -> Reals:
    """Sum of each series' cells, each times its weight, ``[sample]``."""
    return np.asarray((weight * x).sum(axis=(1, 2)))


def weighted(
    x: Reals,
    *,
    effect: Reals,
    label: Whole,
    ids: list[str],
    feature_names: tuple[str, ...],
    further: Mapping[str, NDArray[Any]],
) -> Simulated:
    """Series whose log-odds of class 1 are a weighted sum of cells; the cells with a weight are the true ones.

    Args:
        x: Values, ``[sample, time, feature]``.
        effect: Weight of each cell, likewise; 0 for those that are not read.
        label: ``[sample]``.
        ids: One a series.
        feature_names: One a feature.
        further: What else is known of the series, by name: ``[sample]`` or ``[sample, time, feature]``.
    """
    batch = from_tensors(
        single(x),
        layout="sample time feature",
        label=label,
        ids=ids,
        feature_names=feature_names,
        fields={name: known(value) for name, value in {"effect": effect, **further}.items()},
    )
    truth = batch["effect"] != 0
    return Simulated(
        batch=batch,
        truth=truth,
        sign=signs(batch["effect"] * batch.x, truth),
        target=LOG_ODDS,
        white_box=TorchModel(nn.Identity(), forward_weighted, head="none"),
    )


def known(value: NDArray[Any]) -> Field:
    """What is known of each series, of its steps or of its cells, as context."""
    plain = single(value) if value.dtype.kind == "f" else torch.from_numpy(np.ascontiguousarray(value))
    return Field(plain, "context", CELLS[: value.ndim])


def noise(rng: np.random.Generator, shape: tuple[int, int, int], *, memory: float, correlation: float = 0.0) -> Reals:
    """Stationary autoregressive series of mean 0 and variance 1, ``[sample, time, feature]``.

    Args:
        rng: Where chance comes from.
        shape: Samples, steps, features.
        memory: Correlation of a value with the one before, in [0, 1).
        correlation: Of two features at the same step, in [0, 1).

    >>> x = noise(np.random.default_rng(0), (2000, 3, 2), memory=0.7, correlation=0.5)
    >>> np.corrcoef(x[:, 2, 0], x[:, 1, 0])[0, 1].round(1), np.corrcoef(x[:, 2, 0], x[:, 2, 1])[0, 1].round(1)
    (np.float64(0.7), np.float64(0.5))
    """
    drawn = rng.standard_normal((*shape[:2], 1 + shape[2]))
    x = np.sqrt(correlation) * drawn[:, :, :1] + np.sqrt(1 - correlation) * drawn[:, :, 1:]
    for step in range(1, shape[1]):
        x[:, step] = memory * x[:, step - 1] + np.sqrt(1 - memory**2) * x[:, step]
    return np.asarray(x)


def spread(weight: Reals, *, memory: float) -> float:
    """Standard deviation of a weighted sum over the steps of such a series.

    >>> spread(np.ones(4), memory=0.0)
    2.0
    """
    step = np.arange(len(weight))
    return float(np.sqrt(weight @ memory ** np.abs(step[:, None] - step) @ weight))


def tossed(rng: np.random.Generator, log_odds: Reals) -> Whole:
    """Class 1 with the probability that its log-odds say, else 0; in their shape."""
    return (rng.random(log_odds.shape) < 1 / (1 + np.exp(-log_odds))).astype(np.int64)


def either_way(rng: np.random.Generator, shape: tuple[int, ...]) -> Reals:
    """Uniform sizes from 0.5 to 1.5, half of them below 0.

    >>> drawn = either_way(np.random.default_rng(0), (1000,))
    >>> bool((abs(drawn) > 0.5).all()), float((drawn > 0).mean().round(1))
    (True, 0.5)
    """
    drawn = rng.uniform(-1, 1, size=shape)
    return np.asarray(drawn + np.where(drawn < 0, -0.5, 0.5))


def check_share(**shares: float) -> None:
    """Raise unless each setting is in [0, 1).

    Raises:
        InputError: Naming the first that is not.
    """
    for name, value in shares.items():
        if not 0 <= value < 1:
            raise InputError(f"{name} must be at least 0 and below 1, but is {value}")
