"""Numbers as precise as a device has them, or as the CPU has them where it has none."""

import torch
from torch import Tensor

SINGLE = ("mps",)
"""Kinds of devices that have no double precision."""


def has_double(device: torch.device) -> bool:
    """Whether a device has double precision.

    >>> has_double(torch.device("cpu")), has_double(torch.device("mps"))
    (True, False)
    """
    return device.type not in SINGLE


def varies(spread: Tensor, level: Tensor) -> Tensor:
    """Whether deviations about a level, in one unit, are more than what rounding makes of numbers that are all equal.

    >>> equal = torch.full((11,), 0.1)
    >>> spread = (equal - equal.mean()).square().mean().sqrt()
    >>> bool(varies(spread, equal.mean())), bool(varies(spread, torch.tensor(0.0)) == (spread > 0))
    (False, True)
    """
    return spread > 8 * torch.finfo(spread.dtype).eps * level.abs()


def doubled(numbers: Tensor) -> Tensor:
    """Numbers in double precision: where they are, or else on the CPU; ``.to`` of another tensor brings them back.

    >>> doubled(torch.ones(2)).dtype
    torch.float64
    """
    return numbers.double() if has_double(numbers.device) else numbers.cpu().double()
