"""What the numbers among the settings must be."""

import math
from collections.abc import Iterable
from numbers import Real
from typing import TypeGuard

from aition.core.errors import InputError


def check_whole(settings: object, names: Iterable[str], *, least: int = 1) -> None:
    """Raise unless these settings are whole numbers, the least or more.

    >>> from types import SimpleNamespace
    >>> check_whole(SimpleNamespace(draws=1), ["draws"], least=2)
    Traceback (most recent call last):
    aition.core.errors.InputError: draws must be a whole number, 2 or more, but is 1
    """
    for name in names:
        value = getattr(settings, name)
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise InputError(f"{name} must be a whole number, {least} or more, but is {value!r}")


def check_sizes(name: str, sizes: Iterable[int]) -> None:
    """Raise unless sizes of layers are whole numbers, 1 or more."""
    if not isinstance(sizes, Iterable):
        raise InputError(f"{name} must be whole numbers, one for each layer, such as ({sizes!r},), but is {sizes!r}")
    for size in sizes:
        if isinstance(size, bool) or not isinstance(size, int) or size < 1:
            raise InputError(f"{name} must be whole numbers, 1 or more, but holds {size!r}")


def check_above_zero(settings: object, names: Iterable[str]) -> None:
    """Raise unless these settings are above 0 and finite."""
    for name in names:
        value = getattr(settings, name)
        if not is_number(value) or not 0 < value < math.inf:
            raise InputError(f"{name} must be above 0 and finite, but is {value!r}")


def check_price(settings: object, names: Iterable[str]) -> None:
    """Raise unless these settings are 0 or more and finite."""
    for name in names:
        value = getattr(settings, name)
        if not is_number(value) or not 0 <= value < math.inf:
            raise InputError(f"{name} must be 0 or more and finite, but is {value!r}")


def check_share(settings: object, names: Iterable[str]) -> None:
    """Raise unless these settings are above 0 and below 1."""
    for name in names:
        value = getattr(settings, name)
        if not is_number(value) or not 0 < value < 1:
            raise InputError(f"{name} must be a share above 0 and below 1, but is {value!r}")


def check_fraction(settings: object, names: Iterable[str]) -> None:
    """Raise unless these settings are in [0, 1]."""
    for name in names:
        value = getattr(settings, name)
        if not is_number(value) or not 0 <= value <= 1:
            raise InputError(f"{name} must be in [0, 1], but is {value!r}")


def check_seed(settings: object) -> None:
    """Raise unless the setting ``seed`` is a whole number of 64 bits."""
    value = getattr(settings, "seed")  # noqa: B009 - of whatever has one
    if isinstance(value, bool) or not isinstance(value, int) or not -(2**63) <= value < 2**63:
        raise InputError(f"seed must be a whole number of at most 64 bits, but is {value!r}")


def is_number(value: object) -> TypeGuard[float]:
    """Whether a value is one real number: no word, no array, and neither true nor false.

    >>> is_number(2), is_number(0.5), is_number("0.5"), is_number(True)
    (True, True, False, False)
    """
    return isinstance(value, Real) and not isinstance(value, bool)
