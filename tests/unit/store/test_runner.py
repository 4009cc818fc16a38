"""run(): several processes answer what one does."""

import os
import signal
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cloudpickle
import pytest
import torch
from torch import nn

from aition import Batch, Target, TorchModel, explain, from_series, store
from aition.core.errors import InputError, ModelError, StoreError
from aition.store.numerics import numerics, take_on

cloudpickle.register_pickle_by_value(sys.modules[__name__])


@dataclass(frozen=True)
class Gradient:
    """The gradient; what happens at sample "5" is said by the environment, which is no setting."""

    def __call__(self, model: Any, batch: Batch, question: Any) -> Any:
        if "5" in batch.ids.tolist():
            harm, mark = os.environ.get("HARM", ""), Path(os.environ.get("MARK", "/"))
            if harm == "raise":
                raise ValueError("five")
            if harm == "kill" or (harm == "kill once" and not mark.exists()):
                mark.touch()
                os.kill(os.getpid(), signal.SIGKILL)
        x = batch.x.clone().requires_grad_()
        (gradient,) = torch.autograd.grad(question.score(model(batch.with_x(x))).sum(), x)
        return {"attribution": (("sample", "time", "feature"), gradient)}


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.gru, self.out = nn.GRU(2, 5, batch_first=True), nn.Linear(5, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.out(self.gru(x)[0][:, -1])


def data() -> Batch:
    generator = torch.Generator().manual_seed(1)
    return from_series([torch.randn(3 + i % 4, 2, generator=generator) for i in range(11)])


@dataclass(frozen=True)
class Holding:
    """An explainer that no other process can have."""

    lock: Any

    def __call__(self, model: Any, batch: Batch, question: Any) -> Any:
        return Gradient()(model, batch, question)


def go(path: Path, explainer: Any = Gradient(), *, workers: int = 1, batch: Any = None) -> store.StoredRun:
    torch.manual_seed(2)
    target, given = Target.predicted(), batch or data()
    return store.run(explainer, TorchModel(Net()), given, target, path, workers=workers, shard_size=2, padding="remove")


def test_one_worker_answers_what_explain_does(tmp_path: Path):
    run = go(tmp_path / "run")
    torch.manual_seed(2)
    direct = explain(Gradient(), TorchModel(Net()), data().split(2), padding="remove")
    assert run.explanation()["attribution"].identical(direct["attribution"])


def test_two_workers_of_which_one_dies_answer_bit_for_bit_what_one_does(tmp_path: Path, monkeypatch: Any):
    expected = go(tmp_path / "one").digest()
    monkeypatch.setenv("HARM", "kill once")
    monkeypatch.setenv("MARK", str(tmp_path / "killed"))
    assert go(tmp_path / "two", workers=2).digest() == expected
    assert (tmp_path / "killed").exists()


@dataclass(frozen=True)
class Numerics:
    """Settings of torch in the process that explains."""

    def __call__(self, model: Any, batch: Batch, question: Any) -> Any:
        now = numerics()
        settings = [now["dtype"] == torch.float64, now["precision"] == "high", now["deterministic"]]
        return {"setting": (("setting",), torch.tensor([*settings, now["cudnn"]["benchmark"]]))}


def test_workers_compute_with_the_settings_of_this_process(tmp_path: Path):
    before = numerics()
    try:
        take_on(
            before
            | {
                "dtype": torch.float64,
                "precision": "high",
                "deterministic": True,
                "cudnn": before["cudnn"] | {"benchmark": True},
            }
        )
        setting = go(tmp_path / "run", Numerics(), workers=2).explanation()["setting"]
    finally:
        take_on(before)
    assert setting.values.tolist() == [True] * 4


def test_settings_that_are_there_already_do_not_load_torchs_compiler(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(torch, "use_deterministic_algorithms", lambda *_, **__: pytest.fail("this takes seconds"))
    take_on(numerics())


def test_what_an_explainer_raises_in_a_worker_is_raised_here(tmp_path: Path, monkeypatch: Any):
    monkeypatch.setenv("HARM", "raise")
    with pytest.raises(ModelError, match=r"Gradient on .* raised ValueError: five"):
        go(tmp_path / "run", workers=2)


@pytest.mark.slow
def test_a_shard_that_kills_its_workers_is_named_and_the_others_are_kept(tmp_path: Path, monkeypatch: Any):
    monkeypatch.setenv("HARM", "kill")
    monkeypatch.setenv("MARK", str(tmp_path / "killed"))
    with pytest.raises(StoreError, match=r"shard 2 \(2 samples '4' to '5'\) killed 4 workers \(SIGKILL"):
        go(tmp_path / "run", workers=2)
    kept = {path.name for path in (tmp_path / "run" / "shards").iterdir()}
    assert {"000000", "000001"} <= kept
    assert "000002" not in kept


def test_a_finished_run_starts_no_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    go(tmp_path / "run")
    monkeypatch.setattr("aition.store.pool.Worker", lambda setup: pytest.fail("a worker was started"))
    go(tmp_path / "run", workers=2)


def test_what_can_not_be_sent_to_workers_is_refused(tmp_path: Path):
    with pytest.raises(InputError, match=r"can't be sent to other processes \(TypeError.*; take workers=1"):
        go(tmp_path / "run", Holding(threading.Lock()), workers=2)


def test_data_that_end_in_an_error_leave_a_run_that_goes_on(tmp_path: Path):
    def broken() -> Any:
        yield from list(data().split(2))[:1]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        go(tmp_path / "run", workers=2, batch=broken())
    assert go(tmp_path / "run").digest() == go(tmp_path / "b").digest()


@pytest.mark.parametrize("workers", [0, -1, 1.0, True])
def test_a_number_of_workers_that_is_none_is_refused(workers: Any, tmp_path: Path):
    with pytest.raises(InputError, match="workers must be a whole number from 1"):
        go(tmp_path / "run", Gradient(), workers=workers)
