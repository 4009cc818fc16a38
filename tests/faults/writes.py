"""A run over made-up shards, without a model: what the tests of faults interrupt, break and read.

``python writes.py PATH N_SHARD SECONDS`` writes it, a shard in so many seconds; ``python writes.py PATH points STEP``
does so again and again, killed at every so-manieth call that changes the disk, and says what became of the resumed
runs.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from aition import store
from aition.core.explanation import ATTRIBUTES, SCHEMA, Explanation, explanation

ATTRS = dict.fromkeys(ATTRIBUTES, "") | {"schema": SCHEMA, "seconds": 0.0, "settings": '{"n_step": 16}'}
STAMP = {"created_at": "2026-01-01T00:00:00+00:00", "seconds": 1.5, "data_sha256": "all"}
CHANGES = ("write", "fsync", "mkdir", "rename", "replace")
"""Functions of os through which a store changes the disk."""
SIZE = 3


def part(shard: int) -> Explanation:
    """One shard: cells with padding, a sparse table, complex numbers, and what has no samples."""
    rng = np.random.default_rng(shard)
    n_time = 4 + shard % 3
    value = rng.normal(size=(SIZE, n_time, 2)).astype(np.float32)
    value[0, n_time // 2 :] = np.nan
    variables = {
        "value": (("sample", "time", "feature"), value),
        "label": (("sample",), rng.integers(-1, 3, SIZE)),
        "spectrum": (("sample", "component"), rng.normal(size=(SIZE, 3)) * (1 + 1j)),
        "row_sample": (("row",), rng.integers(0, SIZE, 5)),
        "row_score": (("row",), rng.normal(size=5)),
        "weight": (("feature",), np.array([1.0, 2.0])),
    }
    ids = [f"s{shard}-{i}" for i in range(SIZE)]
    coords = {"sample": ids, "time": np.arange(n_time), "feature": ["hr", "bp"]}
    return explanation(variables, coords=coords, attrs=ATTRS)


def write(path: Path, n_shard: int, seconds: float = 0.0) -> store.StoredRun:
    """Write the run, or go on with it."""
    sink = store.create(path, shard_size=SIZE)
    try:
        sink.begin(ATTRS)
        for shard in range(n_shard):
            if not sink.committed(shard, f"data {shard}"):
                time.sleep(seconds)
                sink.commit(shard, f"data {shard}", part(shard))
        return sink.finish(n_shard, STAMP)
    finally:
        sink.close()


def at_change(number: int, fault: Callable[[], Any]) -> Callable[[], int]:
    """Call ``fault`` before the disk is changed for the so-manieth time; answers how many changes there were."""
    count = 0

    def watched(change: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **rest: Any) -> Any:
            nonlocal count
            count += 1
            if count == number:
                fault()
            return change(*args, **rest)

        return call

    for name in CHANGES:
        setattr(os, name, watched(getattr(os, name)))
    return lambda: count


def killed_at(path: Path, number: int, n_shard: int) -> bool:
    """Whether a run in a process of its own got as far as its so-manieth change, where it is killed."""
    child = os.fork()
    if not child:
        at_change(number, lambda: os.kill(os.getpid(), signal.SIGKILL))
        write(path, n_shard)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def points(root: Path, step: int, n_shard: int = 2) -> dict[str, int]:
    """Kill a run at changes of the disk; how many, and how many of the resumed runs are equal to an undisturbed one."""
    tried = []
    while killed_at(root / str(len(tried) * step + 1), len(tried) * step + 1, n_shard):
        tried.append(root / str(len(tried) * step + 1))
    expected = write(root / "undisturbed", n_shard).digest()
    return {"points": len(tried), "equal": sum(write(path, n_shard).digest() == expected for path in tried)}


if __name__ == "__main__":
    path, what, number = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    if what == "points":
        sys.stdout.write(json.dumps(points(path, int(number))))
    else:
        sys.stdout.write("begun\n")
        sys.stdout.flush()
        write(path, int(what), float(number))
