"""Store: what explain() writes to, begun, resumed and finished."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import torch
from torch import nn

from aition import Batch, Explanation, Target, TorchModel, explain, from_tensors, store
from aition.core.errors import InputError, ProtocolError, StoreError

Make = Callable[..., Explanation]
Write = Callable[..., store.StoredRun]


@dataclass(frozen=True)
class Times:
    """Answers the values times a number; counts its calls."""

    factor: float = 2.0

    def __call__(self, model: Any, batch: Batch, question: Any) -> Any:
        CALLS.append(len(batch))
        return {"attribution": (("sample", "time", "feature"), batch.x * self.factor)}


CALLS: list[int] = []


class Sum(nn.Module):
    def __init__(self, weight: float = 1.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([[weight], [0.0]]))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return nn.functional.linear(x.sum(dim=(1, 2))[:, None], self.weight)


@pytest.fixture(autouse=True)
def no_calls() -> None:
    CALLS.clear()


def data(n_sample: int = 7, shift: float = 0.0) -> Batch:
    return from_tensors(torch.arange(n_sample * 6.0).reshape(n_sample, 3, 2) + shift)


def go(path: Path, *, explainer: Any = None, weight: float = 1.0, batch: Any = None, **rest: Any) -> store.StoredRun:
    target, size = rest.pop("target", Target.of_class(0)), rest.pop("shard_size", 2)
    sink = store.create(path, shard_size=size)
    return explain(explainer or Times(), TorchModel(Sum(weight)), batch or data(), target, to=sink, **rest)


def test_shards_are_of_the_size_asked_for(tmp_path: Path):
    go(tmp_path / "run")
    assert CALLS == [2, 2, 2, 1]


def interrupted(after: int) -> Iterator[Batch]:
    """The data, until somebody presses Ctrl-C."""
    yield from list(data().split(2))[:after]
    raise KeyboardInterrupt


def begun(path: Path, after: int = 2, **rest: Any) -> None:
    with pytest.raises(KeyboardInterrupt):
        go(path, batch=interrupted(after), **rest)
    CALLS.clear()


def test_a_run_that_was_interrupted_goes_on_where_it_was(tmp_path: Path):
    begun(tmp_path / "run", after=3)
    go(tmp_path / "run")
    assert CALLS == [1]


def test_a_resumed_run_is_equal_to_an_undisturbed_one(tmp_path: Path):
    begun(tmp_path / "resumed")
    assert go(tmp_path / "resumed").digest() == go(tmp_path / "undisturbed").digest()


def test_a_resumed_run_keeps_the_rows_of_its_first_begin(tmp_path: Path):
    begun(tmp_path / "run", memory=1)
    assert go(tmp_path / "run").attrs["rows"] == 1


def test_the_memory_of_a_machine_does_not_change_the_digest(tmp_path: Path):
    assert go(tmp_path / "small", memory=1).digest() == go(tmp_path / "large").digest()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"explainer": Times(3.0)}, "settings.factor was 2.0, but is 3.0"),
        ({"weight": 2.0}, "weights_sha256 was"),
        ({"target": Target.of_class(1)}, "target was"),
        ({"padding": "remove"}, "padding was keep, but is remove"),
        ({"shard_size": 3}, "shard_size was 2, but is 3"),
    ],
    ids=["settings", "weights", "target", "padding", "shard-size"],
)
def test_another_run_is_refused(change: dict[str, Any], message: str, tmp_path: Path):
    begun(tmp_path / "run")
    with pytest.raises(StoreError, match=f"holds another run: {message}"):
        go(tmp_path / "run", **change)


def test_other_data_are_refused(tmp_path: Path):
    begun(tmp_path / "run")
    with pytest.raises(StoreError, match="000000 was made of other data"):
        go(tmp_path / "run", batch=data(shift=1.0))


def test_fewer_data_are_refused(tmp_path: Path):
    begun(tmp_path / "run", after=3)
    with pytest.raises(StoreError, match="000002 is of no use: the data have fewer shards"):
        go(tmp_path / "run", batch=data(4))


def test_more_data_than_a_finished_run_has_are_refused(tmp_path: Path):
    go(tmp_path / "run", batch=data(4))
    with pytest.raises(StoreError, match="is finished with 2 shards, but the data have more"):
        go(tmp_path / "run", batch=data(6))


def test_a_finished_run_is_not_made_again(tmp_path: Path):
    go(tmp_path / "run")
    before = {path: path.read_bytes() for path in (tmp_path / "run").rglob("*.*") if path.is_file()}
    CALLS.clear()
    go(tmp_path / "run")
    assert not CALLS
    assert before == {path: path.read_bytes() for path in (tmp_path / "run").rglob("*.*") if path.is_file()}


def test_a_finished_run_is_taken_as_it_is_by_another_writer_of_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    digest = go(tmp_path / "run").digest()
    write_table = pq.write_table
    monkeypatch.setattr(pq, "write_table", lambda table, sink, **rest: write_table(table, sink, compression="gzip"))
    assert go(tmp_path / "run").digest() == digest


def test_a_shard_that_was_lost_is_made_anew(tmp_path: Path):
    digest = go(tmp_path / "run").digest()
    shutil.rmtree(tmp_path / "run" / "shards" / "000001")
    CALLS.clear()
    assert go(tmp_path / "run").digest() == digest
    assert CALLS == [2]


def test_a_damaged_shard_keeps_a_run_from_going_on(tmp_path: Path):
    begun(tmp_path / "run")
    path = tmp_path / "run" / "shards" / "000000" / "sample.parquet"
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(StoreError, match=r"sample\.parquet has .* bytes"):
        go(tmp_path / "run")


def test_one_store_takes_a_run_anew_when_its_directory_was_removed(tmp_path: Path):
    sink = store.create(tmp_path / "run", shard_size=2)
    for batch in (data(2), data(6)):
        run = explain(Times(), TorchModel(Sum()), batch, Target.of_class(0), to=sink)
        assert run.sizes["sample"] == len(batch)
        shutil.rmtree(tmp_path / "run")


def test_two_writers_of_one_path_are_not_let_in(tmp_path: Path, make: Make):
    first = store.create(tmp_path / "run", shard_size=2)
    first.begin(make(1, 2, 0).attrs)
    with pytest.raises(StoreError, match="is being written by another run"):
        go(tmp_path / "run")
    first.close()


def test_a_run_that_failed_lets_the_next_one_in(tmp_path: Path):
    begun(tmp_path / "run")
    sink = store.create(tmp_path / "run")
    with pytest.raises(StoreError, match="holds another run"):
        sink.begin({})
    sink.close()


def test_a_directory_of_other_things_is_left_alone(tmp_path: Path):
    (tmp_path / "thesis.tex").write_text("")
    with pytest.raises(
        StoreError, match=r"holds thesis\.tex and no manifest\.json: a store needs a directory of its own"
    ):
        go(tmp_path)


@pytest.mark.parametrize("names", [["thesis.tex", ".tmp"], [".tmp"]], ids=["among-others", "alone"])
def test_a_scratch_directory_of_something_else_is_left_alone(names: list[str], tmp_path: Path):
    (tmp_path / ".tmp").mkdir()
    for name in [*names, ".tmp/notes"]:
        if name != ".tmp":
            (tmp_path / name).write_text("mine")
    with pytest.raises(StoreError, match="a store needs a directory of its own"):
        go(tmp_path)
    assert (tmp_path / ".tmp" / "notes").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)


def test_a_scratch_directory_that_leads_elsewhere_is_refused(tmp_path: Path):
    begun(tmp_path / "run")
    go(tmp_path / "other")
    shutil.rmtree(tmp_path / "run" / ".tmp")
    (tmp_path / "run" / ".tmp").symlink_to(tmp_path / "other")
    with pytest.raises(StoreError, match=r"\.tmp must be a directory of the store's own, but is a link"):
        go(tmp_path / "run")
    assert (tmp_path / "other" / "manifest.json").exists()


def test_a_file_is_no_directory(tmp_path: Path):
    (tmp_path / "run").write_text("")
    with pytest.raises(StoreError, match=f"cannot write {tmp_path / 'run'}"):
        go(tmp_path / "run")


def test_what_an_interrupted_run_left_over_is_removed(tmp_path: Path):
    begun(tmp_path / "run")
    (tmp_path / "run" / ".tmp" / "000002-1-abcd").mkdir()
    go(tmp_path / "run")
    assert not (tmp_path / "run" / ".tmp").exists()


def test_an_id_that_comes_twice_is_named(tmp_path: Path):
    with pytest.raises(InputError, match="ids of samples must be different throughout the data, but '1' comes again"):
        go(tmp_path / "run", batch=[data(2), data(4).take([2, 1])])


def test_data_with_two_units_of_time_are_refused(tmp_path: Path, make: Make, write: Write):
    with pytest.raises(InputError, match="time_unit must be the same in all data, but is 'h' and 's'"):
        write([make(1, 2, 0, time_unit="h"), make(1, 2, 1, time_unit="s")])


def test_features_in_another_order_are_refused(make: Make, write: Write):
    other = make(1, 2, 1).assign_coords(feature=["bp", "hr"])
    with pytest.raises(InputError, match="labels of feature must be the same in all data"):
        write([make(1, 2, 0), other])


def test_variables_that_differ_between_shards_are_refused(make: Make, write: Write):
    with pytest.raises(InputError, match=r"every shard must have the variables of the first, .* but 000001 has"):
        write([make(1, 2, 0), make(1, 2, 1).drop_vars("label")])


def test_a_variable_without_samples_that_differs_is_refused(make: Make, write: Write):
    other = make(1, 2, 1)
    other["weight"][0] = 5.0
    with pytest.raises(InputError, match="weight has no axis of samples, so it must be equal"):
        write([make(1, 2, 0), other])


def test_shards_need_a_run(make: Make, tmp_path: Path):
    with pytest.raises(ProtocolError, match="must be begun"):
        store.create(tmp_path / "run").commit(0, "d", make(1, 2, 0))


@pytest.mark.parametrize("size", [0, -1, 2.0, True, "4"])
def test_a_size_of_shards_that_is_none_is_refused(size: Any, tmp_path: Path):
    with pytest.raises(InputError, match="shard_size must be a whole number from 1"):
        store.create(tmp_path, shard_size=size)
