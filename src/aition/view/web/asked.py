"""What came in: a body of JSON, read within bounds."""

import json
import re
from typing import Any

import numpy as np

from aition.core.errors import InputError

MOST_BYTES = 1_000_000
DEEPEST = 32
"""Objects and lists within one another."""
STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
"""Strings; one that is never closed goes to the end, so that no byte is looked at twice."""


def read_json(body: bytes) -> dict[str, Any]:
    """The object that a body holds.

    Raises:
        InputError: It is no JSON, holds no object, is too deep, or says a key twice.

    >>> read_json(b'{"id": "s1"}')
    {'id': 's1'}
    """
    if depth(body) > DEEPEST:
        raise InputError(f"the question must be at most {DEEPEST} deep, but is deeper")
    try:
        value = json.loads(body or b"{}", object_pairs_hook=once, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise error if isinstance(error, InputError) else InputError(f"the question must be JSON: {error}") from error
    if not isinstance(value, dict):
        raise InputError(f"the question must be an object, but is {type(value).__name__}")
    return value


def depth(body: bytes) -> int:
    """How deep brackets stand within one another, outside of strings.

    >>> depth(b'{"a": [1, [2]], "[[[": 0}')
    3
    """
    letters = np.frombuffer(STRINGS.sub(b"", body), dtype=np.uint8)
    open_, close = ((letters == ord(one)) | (letters == ord(other)) for one, other in ("[{", "]}"))
    return int(np.cumsum(open_.astype(np.int64) - close).max(initial=0))


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object, each of whose keys is said once."""
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = next(key for key, _ in pairs if [name for name, _ in pairs].count(key) > 1)
        raise InputError(f"each key must be said once, but {twice[:80]!r} is said again")
    return found


def refuse(constant: str) -> Any:
    """Raise for what is no JSON, though Python reads it."""
    raise InputError(f"a number must be finite, but is {constant}")


def text(body: dict[str, Any], name: str, *, among: tuple[str, ...] = (), default: str = "") -> str:
    """A word, one of some where there are such.

    Raises:
        InputError: It is none.
    """
    value = body.get(name, default)
    if not isinstance(value, str) or (among and value not in among):
        words = f"one of {', '.join(among)}" if among else "a text"
        raise InputError(f"{name} must be {words}, but is {str(value)[:80]!r}")
    return value


def whole_number(body: dict[str, Any], name: str, *, least: int = 0, most: int = 2**31, default: int = 0) -> int:
    """A whole number within bounds.

    Raises:
        InputError: It is none, or beyond them.
    """
    value = body.get(name, default)
    if type(value) is not int or not least <= value <= most:
        raise InputError(f"{name} must be a whole number from {least} to {most}, but is {str(value)[:80]}")
    return value


def flag(body: dict[str, Any], name: str, *, default: bool) -> bool:
    """True or false.

    Raises:
        InputError: It is neither.
    """
    value = body.get(name, default)
    if not isinstance(value, bool):
        raise InputError(f"{name} must be true or false, but is {str(value)[:80]}")
    return value


def texts(body: dict[str, Any], name: str, *, most: int = 1000) -> list[str]:
    """A list of words.

    Raises:
        InputError: It is none, or too long.
    """
    value = body.get(name, [])
    if not isinstance(value, list) or len(value) > most or not all(isinstance(one, str) for one in value):
        raise InputError(f"{name} must be a list of at most {most} texts, but is {str(value)[:80]}")
    return value
