"""Names of axes, and checks of tensors against them."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from aition.core.errors import InputError

NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
"""What variables, axes and further inputs may be called."""
LEADING = ("sample", "draw", "row")
"""Axes along which results of several chunks follow one another; all others are padded."""


def described(axes: Sequence[str], sizes: Mapping[str, int] | None = None) -> str:
    """Write axes as ``[sample=2 time feature=3]``, with the sizes that are known.

    >>> described(("sample", "time"), {"sample": 2})
    '[sample=2 time]'
    """
    known = sizes or {}
    return "[" + " ".join(f"{axis}={known[axis]}" if axis in known else axis for axis in axes) + "]"


def check_axes(name: str, value: Any, axes: Sequence[str], sizes: Mapping[str, int]) -> None:
    """Raise unless ``value.shape`` has these axes, with the sizes that are known.

    Raises:
        InputError: Naming the field, the axes expected and the shape that came.
    """
    shape = tuple(int(size) for size in value.shape)
    fits = len(shape) == len(axes) and all(
        sizes.get(axis, size) == size for axis, size in zip(axes, shape, strict=True)
    )
    if not fits:
        raise InputError(f"{name} must be {described(axes, sizes)}, but is {list(shape)}")
