"""Runs on the disk: written shard by shard, resumed after interruption, verified when read."""

import os
from typing import TYPE_CHECKING

from aition._lazy import lazy
from aition.store.keep import keep
from aition.store.store import SHARD_SIZE, Store, check_takes
from aition.store.stored import StoredRun

if TYPE_CHECKING:
    from aition.store.runner import run

__all__ = ["Store", "StoredRun", "check_takes", "create", "keep", "open", "run"]


def create(path: str | os.PathLike[str], *, shard_size: int = SHARD_SIZE) -> Store:
    """Where ``explain(..., to=…)`` writes a run, or goes on with it; see :class:`Store`."""
    return Store(path, shard_size=shard_size)


def open(path: str | os.PathLike[str]) -> StoredRun:
    """Read a finished run; see :meth:`StoredRun.at`."""
    return StoredRun.at(path)


__getattr__, __dir__ = lazy(
    __name__, {"run": "runner"}, there=("Store", "StoredRun", "check_takes", "create", "keep", "open")
)
