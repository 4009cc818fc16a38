"""Kept: answers that were worked out before, as many as memory is given."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """Answers by what they answer; those that were not asked for the longest go first.

    Args:
        most: Bytes that all together may have.
        size: Bytes of one.

    >>> kept = Kept(4, len)
    >>> kept.put("a", b"12"), kept.put("b", b"34"), kept.get("a"), kept.put("c", b"5")
    (b'12', b'34', (b'12',), b'5')
    >>> kept.get("b"), kept.get("a")
    ((), (b'12',))
    """

    def __init__(self, most: int, size: Callable[[T], int]) -> None:
        self.most, self.size = most, size
        self.held: OrderedDict[Hashable, T] = OrderedDict()
        self.n_byte = 0
        self.lock = threading.Lock()

    def get(self, key: Hashable) -> tuple[T, ...]:
        """The answer, or nothing."""
        with self.lock:
            if key not in self.held:
                return ()
            self.held.move_to_end(key)
            return (self.held[key],)

    def put(self, key: Hashable, value: T) -> T:
        """Keep an answer, if it fits at all."""
        with self.lock:
            if key not in self.held and self.size(value) <= self.most:
                self.held[key] = value
                self.n_byte += self.size(value)
            while self.n_byte > self.most:
                self.n_byte -= self.size(self.held.popitem(last=False)[1])
        return value
