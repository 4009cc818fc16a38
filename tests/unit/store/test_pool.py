"""The pool of worker processes, with workers that do nothing but what they are told."""

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import wait
from pathlib import Path

import psutil
import pytest

from aition.core.errors import StoreError
from aition.store import pool
from aition.store.pool import Pool, Task
from aition.store.worker import pickled

TOLD = """
import os, pickle, sys, time
from multiprocessing.connection import Connection
pipe = Connection(int(sys.argv[1]))
mark = pipe.recv_bytes().decode()
while True:
    try:
        word = pipe.recv_bytes().decode()
    except EOFError:
        break
    with open(mark, "a") as file:
        file.write(f"{os.getpid()} {word}\\n")
    if word == "exit" or (word == "exit once" and open(mark).read().count(word) == 1):
        os._exit(3)
    if word == "die":
        os.kill(os.getpid(), 9)
    if word == "leave a child once" and open(mark).read().count(word) == 1:
        if os.fork():
            os._exit(3)
        time.sleep(8)
        open(mark, "a").write(f"{os.getpid()} end of the child\\n")
        os._exit(0)
    if word == "stop once" and open(mark).read().count(word) == 1:
        os.kill(os.getpid(), 19)
    pipe.send_bytes(pickle.dumps(EOFError("not an end")) if word == "raise" else b"")
"""


@pytest.fixture
def workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pool]:
    monkeypatch.setattr(pool, "BOOT", TOLD)
    monkeypatch.setattr(pool, "LOOK", 0.05)
    with Pool(2, str(tmp_path / "mark").encode()) as made:
        yield made


def told(workers: Pool, *words: str) -> list[BaseException | None]:
    """What comes of tasks."""
    futures = [workers.submit(Task(shard, "sample 'a'", word.encode())) for shard, word in enumerate(words)]
    wait(futures)
    return [future.exception() for future in futures]


def log(tmp_path: Path) -> list[list[str]]:
    return [line.split(" ", 1) for line in (tmp_path / "mark").read_text().splitlines()]


def test_workers_live_longer_than_their_tasks(workers: Pool, tmp_path: Path):
    assert told(workers, *["well"] * 12) == [None] * 12
    assert len({pid for pid, _ in log(tmp_path)}) <= 2


def test_a_shard_whose_worker_died_is_made_by_another(workers: Pool, tmp_path: Path):
    assert told(workers, "exit once") == [None]
    assert [word for _, word in log(tmp_path)] == ["exit once", "exit once"]


def test_a_worker_that_was_stopped_is_replaced(workers: Pool):
    assert told(workers, "stop once") == [None]


def test_a_worker_that_died_is_replaced_while_a_process_that_it_started_lives(workers: Pool, tmp_path: Path):
    assert told(workers, "leave a child once") == [None]
    assert [word for _, word in log(tmp_path)] == ["leave a child once"] * 2


def test_a_worker_that_can_not_be_started_is_a_fault_of_the_store(workers: Pool, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    (error,) = told(workers, "well")
    assert isinstance(error, StoreError)
    assert "cannot start a worker process: No such file" in str(error)


@pytest.mark.parametrize(("word", "end"), [("exit", "exit status 3"), ("die", "SIGKILL")])
def test_a_shard_that_kills_four_workers_is_named(word: str, end: str, workers: Pool):
    (error,) = told(workers, word)
    assert isinstance(error, StoreError)
    assert f"shard 0 (sample 'a') killed 4 workers ({', '.join([end] * 4)})" in str(error)


def test_other_shards_are_made_beside_one_that_fails(workers: Pool):
    assert [type(error) for error in told(workers, "well", "exit", "well", "well")] == [
        type(None), StoreError, type(None), type(None),
    ]  # fmt: skip


def test_what_a_worker_raises_is_no_death(workers: Pool, tmp_path: Path):
    (error,) = told(workers, "raise")
    assert repr(error) == "EOFError('not an end')"
    assert len(log(tmp_path)) == 1


def test_no_worker_outlives_the_pool(workers: Pool, tmp_path: Path):
    told(workers, "well", "well")
    workers.__exit__()
    assert not [pid for pid, _ in log(tmp_path) if psutil.pid_exists(int(pid))]


def test_a_worker_leaves_when_its_parent_is_killed():
    code = (
        "import sys, time; from aition.store.pool import Worker; "
        "worker = Worker(b''); print(worker.process.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    orphan = psutil.Process(int(parent.stdout.readline()))
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    gone, _ = psutil.wait_procs([orphan], timeout=30)
    assert gone


class Odd(Exception):
    """An exception that pickle can't make again."""

    def __init__(self, one: int, other: int) -> None:
        super().__init__("odd")


def test_an_exception_that_can_not_be_pickled_is_quoted():

    assert repr(pickle.loads(pickled(Odd(1, 2)))) == "RuntimeError('Odd: odd')"
