"""The gate: results of every kind go explain → store → reopen unchanged."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import xarray as xr
from torch import nn

from aition import Batch, Explanation, Question, Target, TorchModel, explain, from_series, store
from aition.core.explanation import ATTRIBUTES, SCHEMA, explanation, joined

CELLS = ("sample", "time", "feature")
CLASSES = Target.each("class", range(3))
LENGTHS = [[4, 2, 4], [9, 1, 3, 9], [2]]
"""Steps of every series, batch by batch: shards of 2 have 2, 1, 2, 2 and 1 samples and 4, 4, 9, 9 and 2 steps."""


def cells(batch: Batch, question: Question) -> dict[str, Any]:
    return {"attribution": (CELLS, batch.x * question.index[:, :1, None])}


def pairs(batch: Batch, question: Question) -> dict[str, Any]:
    n_group = batch.n_time // 2
    owner = torch.arange(batch.n_time) // 2
    member = (owner[None, :, None] == torch.arange(n_group)[:, None, None]) & batch.exists[:, None, :, None]
    there = member.any(dim=2).any(dim=2)
    both = there[:, :, None] & there[:, None, :]
    interaction = torch.where(both, torch.randn(len(batch), n_group, n_group), torch.nan)
    members = member.expand(-1, -1, -1, batch.n_feature)
    return {
        "interaction": (("sample", "group", "group_other"), interaction),
        "membership": (("sample", "group", "time", "feature"), members),
    }


def hierarchy(batch: Batch, question: Question) -> dict[str, Any]:
    depth = int(batch.lengths.max()) - 1
    real = torch.arange(depth)[None] < batch.lengths[:, None] - 1
    merge = torch.where(real, torch.arange(depth), -1)
    score = torch.where(real, torch.randn(len(batch), depth, dtype=torch.float64), torch.nan)
    return {
        "merge_left": (("sample", "merge"), merge),
        "merge_score": (("sample", "merge"), score),
        "merge_first": (("sample", "merge"), (merge == 0).to(torch.bool)),
    }


def components(batch: Batch, question: Question) -> dict[str, Any]:
    spectrum = torch.fft.rfft(batch.x, n=8, dim=1)
    return {
        "coefficient": (("sample", "component", "feature"), spectrum),
        "relevance": (("sample", "component", "feature"), spectrum.to(torch.complex128) * 1j),
        "frequency": (("component",), torch.fft.rfftfreq(8)),
        "basis": (("component", "step"), torch.fft.rfft(torch.eye(8))[:, :].T.contiguous()),
    }


def sparse(batch: Batch, question: Question) -> dict[str, Any]:
    sample, time, feature = (batch.x > 0.5).logical_and(batch.cells).nonzero(as_tuple=True)
    return {
        "row_sample": (("row",), sample.to(torch.int32)),
        "row_time": (("row",), time),
        "row_feature": (("row",), feature.to(torch.int16)),
        "row_attribution": (("row",), batch.x[sample, time, feature]),
        "row_votes": (("row", "class"), torch.randn(len(sample), 3)),
    }


def course(batch: Batch, question: Question) -> dict[str, Any]:
    return {"loss": (("sample", "iteration"), torch.randn(len(batch), batch.n_time + 3))}


def shared(batch: Batch, question: Question) -> dict[str, Any]:
    return {
        "temperature": ((), torch.tensor(0.5, dtype=torch.float64)),
        "prior": (("feature",), torch.tensor([0.1, -0.0])),
        "confusion": (("class", "output"), torch.tensor([[1, -1], [0, 2], [5, 5]], dtype=torch.int8)),
        "decay": (("iteration",), 0.5 ** torch.arange(batch.n_time)),
    }


@dataclass(frozen=True)
class Toy:
    kind: Callable[[Batch, Question], dict[str, Any]]

    def __call__(self, model: Any, batch: Batch, question: Question) -> dict[str, Any]:
        torch.manual_seed(int(batch.keys[0]) % 2**31)
        return self.kind(batch, question)


class Sums(nn.Module):
    def forward(self, x: torch.Tensor, exists: torch.Tensor) -> torch.Tensor:
        total = torch.where(exists[:, :, None], x, 0).sum(dim=(1, 2))
        return torch.stack([total, -total, total * 2], dim=1)


def batches() -> list[Batch]:
    generator = torch.Generator().manual_seed(3)
    made = []
    for number, lengths in enumerate(LENGTHS):
        series = [torch.randn(length, 2, generator=generator) for length in lengths]
        ids = [f"{'patient-' * number}{i}" for i in range(len(lengths))]
        static = torch.randn(len(lengths), 1, generator=generator)
        made.append(from_series(series, ids=ids, static=static, label=[0] * len(lengths), feature_names=["hr", "bp"]))
    return [piece for batch in made for piece in batch.split(2)]


def without_stamp(one: Explanation) -> xr.Dataset:
    return one.assign_attrs(created_at="", seconds=0.0)


def assert_same(stored: Explanation, expected: Explanation) -> None:
    xr.testing.assert_identical(without_stamp(stored), without_stamp(expected))
    assert {name: array.dtype for name, array in stored.variables.items()} == {
        name: array.dtype for name, array in expected.variables.items()
    }


@pytest.mark.parametrize("target", [Target.predicted(), CLASSES], ids=["one-target", "several-targets"])
@pytest.mark.parametrize("kind", [cells, pairs, hierarchy, components, course, shared], ids=lambda kind: kind.__name__)
def test_what_explain_answers_reopens_unchanged(kind: Any, target: Any, tmp_path: Path):
    model = TorchModel(Sums(), lambda module, batch: module(batch.x, batch.exists))
    expected = explain(Toy(kind), model, batches(), target)
    stored = explain(Toy(kind), model, batches(), target, to=store.create(tmp_path / "run", shard_size=2))
    assert_same(stored.explanation(), expected)


def test_sparse_rows_reopen_unchanged(tmp_path: Path):
    model = TorchModel(Sums(), lambda module, batch: module(batch.x, batch.exists))
    expected = explain(Toy(sparse), model, batches())
    stored = explain(Toy(sparse), model, batches(), to=store.create(tmp_path / "run", shard_size=2))
    assert_same(stored.explanation(), expected)


def test_one_batch_in_several_shards_reopens_as_one_answer(tmp_path: Path):
    model = TorchModel(Sums(), lambda module, batch: module(batch.x, batch.exists))
    batch = from_series([torch.randn(length, 2) for length in (3, 5, 1, 5, 2)])
    stored = explain(Toy(cells), model, batch, to=store.create(tmp_path / "run", shard_size=2))
    assert_same(stored.explanation(), explain(Toy(cells), model, batch))


def committed(parts: list[Explanation], path: Path) -> store.StoredRun:
    sink = store.create(path, shard_size=4)
    sink.begin({key: value for key, value in parts[0].attrs.items() if key not in ("created_at", "seconds")})
    for shard, part in enumerate(parts):
        assert not sink.committed(shard, f"data {shard}")
        sink.commit(shard, f"data {shard}", part)
    stored = sink.finish(len(parts), {key: parts[0].attrs[key] for key in ("created_at", "seconds", "data_sha256")})
    sink.close()
    return stored


def drawn(n_draw: int, n_time: int, first: int, *, labelled: bool) -> Explanation:
    rng = np.random.default_rng(first)
    prototype = rng.normal(size=(n_draw, n_time, 2)).astype(np.float32)
    prototype[0, -1] = np.nan
    variables = {
        "prototype": (("draw", "time", "feature"), prototype),
        "objective": (("draw", "iteration"), rng.normal(size=(n_draw, 4 + first))),
        "spectrum": (("draw", "component"), rng.normal(size=(n_draw, 3)) + 1j * rng.normal(size=(n_draw, 3))),
        "reached": (("draw",), rng.integers(-1, 3, n_draw).astype(np.int32)),
        "weight": (("feature",), np.array([0.25, np.inf])),
        "nothing": ((), np.array(np.nan)),
    }
    coords: dict[str, Any] = {"feature": ["hr", "bp"]}
    if labelled:
        coords["draw"] = [f"draw-{i}" for i in range(first, first + n_draw)]
    attrs = dict.fromkeys(ATTRIBUTES, "") | {"schema": SCHEMA, "seconds": 0.0, "seed": 7, "regularisers": ["smooth", 2]}
    return explanation(variables, coords=coords, attrs=attrs)


@pytest.mark.parametrize("labelled", [True, False], ids=["with-ids", "without-ids"])
def test_a_dream_reopens_unchanged(labelled: bool, tmp_path: Path):
    parts = [drawn(3, 5, 0, labelled=labelled), drawn(2, 7, 3, labelled=labelled), drawn(1, 2, 5, labelled=labelled)]
    assert_same(committed(parts, tmp_path / "run").explanation(), joined(parts))


def test_one_dream_in_one_shard_reopens_unchanged(tmp_path: Path):
    part = drawn(2, 3, 0, labelled=True)
    assert_same(committed([part], tmp_path / "run").explanation(), part)
