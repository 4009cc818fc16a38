"""What simulators share: streams of a seed, names of series, and checks of settings."""

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aition.core.errors import InputError

Reals = NDArray[np.float64]
Whole = NDArray[np.int64]


def streams(seed: int, n_stream: int) -> list[np.random.Generator]:
    """Independent streams of a seed, one for each array that is drawn.

    Arrays whose first axis is the sample, each drawn from a stream of its own, begin with the same series however
    many are drawn.

    Raises:
        InputError: The seed is negative.
    """
    if seed < 0:
        raise InputError(f"seed must be 0 or more, but is {seed}")
    return np.random.default_rng(seed).spawn(n_stream)


def named(name: str, *, seed: int, n_sample: int) -> list[str]:
    """Ids that tell a law's series apart, also those of different seeds.

    >>> named("state", seed=3, n_sample=2)
    ['state-3-0', 'state-3-1']
    """
    return [f"{name}-{seed}-{place}" for place in range(n_sample)]


def check_least(**least: tuple[float, float]) -> None:
    """Raise unless each setting is finite and at least its bound.

    Raises:
        InputError: Naming the first that is not.

    >>> check_least(n_time=(3, 5))
    Traceback (most recent call last):
    aition.core.errors.InputError: n_time must be 5 or more, but is 3
    """
    for name, (value, bound) in least.items():
        if not bound <= value < math.inf:
            more = " and finite" if value == math.inf else ""
            raise InputError(f"{name} must be {bound} or more{more}, but is {value}")


def check_counts(*, least: int = 1, **counts: int) -> None:
    """Raise unless each is at least ``least``.

    Raises:
        InputError: Naming the setting.
    """
    check_least(**{name: (count, least) for name, count in counts.items()})


def check_positive(**values: float) -> None:
    """Raise unless each is finite and above 0.

    Raises:
        InputError: Naming the setting.
    """
    for name, value in values.items():
        if not 0 < value < math.inf:
            raise InputError(f"{name} must be above 0 and finite, but is {value}")


def single(value: NDArray[Any]) -> Tensor:
    """Values as float32, in which batches hold them."""
    return torch.from_numpy(np.ascontiguousarray(value, dtype=np.float32))


def signs(pushes: Tensor, truth: Tensor) -> Tensor:
    """The sign of what each true cell adds to the answer, int8; 0 elsewhere, in the shape of ``truth``."""
    return torch.where(truth, pushes.sign(), 0).to(torch.int8)
