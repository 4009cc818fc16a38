"""Arithmetic: in which numbers a network calculates, apart from those that its weights are held in."""

from contextlib import AbstractContextManager, nullcontext
from typing import Literal, get_args

import torch

from aition.core.errors import InputError, RefusalError

Precision = Literal["full", "bfloat16"]
LOWERED = ("cuda",)
"""Kinds of devices on which fewer digits are offered."""


def check_precision(precision: Precision) -> None:
    """Raise unless there is such a precision."""
    if precision not in get_args(Precision):
        raise InputError(f"precision must be one of {', '.join(get_args(Precision))}, but is {precision!r}")


def arithmetic(precision: Precision, device: torch.device) -> AbstractContextManager[object]:
    """Within it, products of matrices and convolutions are calculated so; nothing is touched for "full".

    Raises:
        RefusalError: The device does not do it.
    """
    if precision == "full":
        return nullcontext()
    if device.type not in LOWERED:
        raise RefusalError(
            f"precision {precision!r} is for networks on {' or '.join(LOWERED)}, but this one is on {device.type}; "
            "move it there, or take precision='full'"
        )
    return torch.autocast(device.type, dtype=torch.bfloat16)
