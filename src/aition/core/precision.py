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


def doubled(numbers: Tensor) -> Tensor:
    """Numbers in double precision: where they are, or else on the CPU; ``.to`` of another tensor brings them back.

    >>> doubled(torch.ones(2)).dtype
    torch.float64
    """
    return numbers.double() if has_double(numbers.device) else numbers.cpu().double()
