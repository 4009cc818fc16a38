"""Runs on the disk: written shard by shard, resumed after interruption, verified when read."""

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

from aition.store.keep import keep
from aition.store.store import SHARD_SIZE, Store
from aition.store.stored import StoredRun

if TYPE_CHECKING:
    from aition.store.runner import run

__all__ = ["Store", "StoredRun", "create", "keep", "open", "run"]


def create(path: str | os.PathLike[str], *, shard_size: int = SHARD_SIZE) -> Store:
    """Where ``explain(..., to=…)`` writes a run, or goes on with it; see :class:`Store`."""
    return Store(path, shard_size=shard_size)


def open(path: str | os.PathLike[str]) -> StoredRun:
    """Read a finished run; see :meth:`StoredRun.at`."""
    return StoredRun.at(path)


def __getattr__(name: str) -> Any:
    if name != "run":
        raise AttributeError(f"module 'aition.store' has no attribute {name!r}; it has {', '.join(__all__)}")
    return import_module("aition.store.runner").run
