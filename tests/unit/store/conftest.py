"""Stored runs of three shards, made without a model."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aition import Explanation, store
from aition.core.explanation import ATTRIBUTES, SCHEMA, explanation

Write = Callable[..., store.StoredRun]
ATTRS = dict.fromkeys(ATTRIBUTES, "") | {
    "schema": SCHEMA,
    "seconds": 0.0,
    "settings": '{"n_step": 16}',
    "device": "cpu",
}
STAMP = {"created_at": "2026-01-01T00:00:00+00:00", "seconds": 1.5, "data_sha256": "all"}


def made(n_sample: int, n_time: int, first: int, **attrs: Any) -> Explanation:
    """One shard: cells with padding, a sparse table, a spectrum, and a variable without samples."""
    rng = np.random.default_rng(first)
    value = rng.normal(size=(n_sample, n_time, 2)).astype(np.float32)
    value[0, n_time // 2 :] = np.nan
    sample, time = (~np.isnan(value[:, :, 0])).nonzero()
    variables = {
        "value": (("sample", "time", "feature"), value),
        "observed": (("sample", "time", "feature"), ~np.isnan(value)),
        "label": (("sample",), rng.integers(-1, 3, n_sample)),
        "spectrum": (("sample", "component"), rng.normal(size=(n_sample, 3)) * (1 + 1j)),
        "row_sample": (("row",), sample),
        "row_time": (("row",), time),
        "weight": (("feature",), np.array([1.0, 2.0])),
        "decay": (("time",), 0.5 ** np.arange(n_time)),
    }
    coords = {
        "sample": [f"s{i}" for i in range(first, first + n_sample)],
        "time": np.arange(n_time),
        "feature": ["hr", "bp"],
    }
    return explanation(variables, coords=coords, attrs=ATTRS | attrs)


@pytest.fixture
def make() -> Callable[..., Explanation]:
    return made


@pytest.fixture
def parts() -> list[Explanation]:
    return [made(3, 4, 0), made(2, 6, 3), made(1, 2, 5)]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Commit shards and finish; the attributes of the run may be given."""

    def written(parts: Sequence[Explanation], *, path: Path = tmp_path / "run", **attrs: Any) -> store.StoredRun:
        sink = store.create(path, shard_size=3)
        try:
            sink.begin(ATTRS | attrs)
            for shard, part in enumerate(parts):
                if not sink.committed(shard, f"data {shard}"):
                    sink.commit(shard, f"data {shard}", part)
            return sink.finish(len(parts), STAMP)
        finally:
            sink.close()

    return written
