"""What is in memory as a finished run on the disk."""

import os

import numpy as np

from aition.core.explanation import Explanation, leading_axis
from aition.store.store import SHARD_SIZE, Store
from aition.store.stored import StoredRun, taken


def keep(one: Explanation, path: str | os.PathLike[str], *, shard_size: int = SHARD_SIZE) -> StoredRun:
    """Write an explanation, or dreams, as a run.

    Args:
        one: What is kept.
        path: A directory of its own; made where there is none.
        shard_size: Samples, or draws, in a shard, at most.

    Raises:
        StoreError: Another run is there, or the disk refuses.
    """
    store = Store(path, shard_size=shard_size)
    lead = leading_axis(one)
    digest = str(one.attrs.get("data_sha256", ""))
    first = range(0, one.sizes[lead], store.shard_size)
    try:
        store.begin(one.attrs)
        for shard, start in enumerate(first):
            rows = np.arange(start, min(start + store.shard_size, one.sizes[lead]))
            if not store.committed(shard, digest):
                store.commit(shard, digest, taken(one, rows, lead))
        stamp = {name: one.attrs.get(name, "") for name in ("created_at", "seconds", "data_sha256")}
        return store.finish(len(first), stamp)
    finally:
        store.close()
