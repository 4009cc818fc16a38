"""Reading of what a page sends: nothing but what is known, in the form that is known."""

from typing import Any

from aition.core.errors import InputError

MOST = 10_000
"""Entries of a list, at most."""


def known_keys(name: str, value: Any, keys: tuple[str, ...]) -> None:
    """Raise unless it is an object with some of these keys and no others."""
    if not isinstance(value, dict):
        raise InputError(f"{name} must be an object, but is {type(value).__name__}")
    if unknown := sorted(set(value) - set(keys)):
        raise InputError(f"{name} must have none but the keys {', '.join(keys)}, but has {unknown[0]!r}")


def whole(name: str, value: Any) -> tuple[int, ...]:
    """A list of whole numbers."""
    if not isinstance(value, list) or len(value) > MOST or not all(type(one) is int for one in value):
        raise InputError(f"{name} must be a list of at most {MOST} whole numbers, but is {str(value)[:80]}")
    return tuple(value)


def spans(name: str, value: Any) -> tuple[int, int]:
    """A first and a last bin."""
    pair = whole(name, value)
    if len(pair) != 2 or not 0 <= pair[0] <= pair[1]:
        raise InputError(f"{name} must be a first and a last bin, from 0 on, but is {value!r}")
    return pair[0], pair[1]
