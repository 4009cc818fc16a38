"""Random numbers that hang on the sample, a seed and coordinates: the same for any chunk, order or padding."""

import math

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.precision import has_double

GOLDEN, FIRST, SECOND = -7046029254386353131, -4658895280553007687, -7723592293110705685
"""The constants of splitmix64 (Steele, Lea, Flood 2014) as signed integers."""
FRESH = 2**40
"""Number of the first draw of those that no step of training sees."""


def mixed(word: Tensor) -> Tensor:
    """One round of splitmix64 over int64 (wrapping)."""
    word = word + GOLDEN
    word = (word ^ shifted(word, 30)) * FIRST
    word = (word ^ shifted(word, 27)) * SECOND
    return word ^ shifted(word, 31)


def shifted(word: Tensor, bits: int) -> Tensor:
    """Logical right shift of int64."""
    return (word >> bits) & ((1 << (64 - bits)) - 1)


def words(keys: Tensor, seed: int, *coordinates: Tensor) -> Tensor:
    """A hash of keys, seed and coordinates, int64, in the shape that they broadcast to.

    Args:
        keys: ``[sample, 1, …]``, int64.
        seed: Any integer.
        coordinates: int64, each broadcastable against ``keys``; such as the draw, the step and the feature.
    """
    word = mixed(keys ^ mixed(torch.tensor(seed, dtype=torch.int64, device=keys.device)))
    for coordinate in coordinates:
        word = mixed(word ^ coordinate)
    return word


def uniform(keys: Tensor, seed: int, *coordinates: Tensor) -> Tensor:
    """Numbers in (0, 1) with 32 bits, float64 (float32 where the device has no float64); see :func:`words`."""
    high = shifted(words(keys, seed, *coordinates), 32)
    kind = torch.float64 if has_double(keys.device) else torch.float32
    return (high.to(kind) + 0.5) / 2.0**32


def normal(keys: Tensor, seed: int, *coordinates: Tensor) -> Tensor:
    """Standard normal numbers by Box and Muller, float64; see :func:`words`."""
    first = uniform(keys, seed, *coordinates)
    second = uniform(keys, seed ^ GOLDEN, *coordinates)
    return torch.sqrt(-2 * torch.log(first)) * torch.cos(2 * math.pi * second)


def cell_coordinates(batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
    """Keys ``[sample, 1, 1]``, steps from the first that exists ``[sample, time, 1]``, features ``[1, 1, feature]``."""
    feature = torch.arange(batch.n_feature, device=batch.x.device)[None, None]
    return batch.keys[:, None, None], batch.step[:, :, None], feature


def normal_like(batch: Batch, *, seed: int, draw: int = 0) -> Tensor:
    """Standard normal numbers for every cell, ``[sample, time, feature]``, in the dtype of ``x``.

    >>> from aition.core.assemble import from_tensors
    >>> batch = from_tensors(torch.zeros(3, 4, 2))
    >>> bool((normal_like(batch, seed=0).flip(0) == normal_like(batch.take([2, 1, 0]), seed=0)).all())
    True
    """
    if draw < 0:
        raise InputError(f"draw must be 0 or more, but is {draw}")
    keys, step, feature = cell_coordinates(batch)
    return normal(keys, seed, torch.tensor(draw, device=keys.device), step, feature).to(batch.x.dtype)
