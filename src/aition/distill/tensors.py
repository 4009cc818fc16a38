"""What the tensors of a small model must be: of a shape, of whole or other numbers, and finite."""

import torch
from torch import Tensor

from aition.core.errors import ModelError


def check_tensor(name: str, value: Tensor, shape: tuple[int, ...], *, whole: bool) -> None:
    """Raise unless a tensor is what a small model is made of.

    Args:
        name: What it is.
        value: The tensor.
        shape: Sizes of its axes; -1: any.
        whole: Whether its numbers are int64; else floating and finite.

    Raises:
        ModelError: Saying what it is instead.
    """
    fits = value.ndim == len(shape) and all(size in (-1, own) for size, own in zip(shape, value.shape, strict=True))
    right = value.dtype == torch.int64 if whole else value.is_floating_point()
    if not (fits and right):
        kind = "int64" if whole else "floating"
        raise ModelError(f"{name} must be {kind} {list(shape)}, but is {value.dtype} {list(value.shape)}")
    if not whole and not bool(value.isfinite().all()):
        raise ModelError(f"{name} must be finite, but {int((~value.isfinite()).sum())} of its numbers are not")
