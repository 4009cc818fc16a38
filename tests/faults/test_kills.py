"""A run that is killed goes on, and nothing is lost or doubled."""

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from aition import store

HERE = Path(__file__).parent


def md5(path: Path) -> str:
    """md5 over names and bytes of all that a run answered."""
    digest = hashlib.md5()
    for file in sorted(file for file in path.rglob("*") if file.is_file() and file.parent != path):
        digest.update(str(file.relative_to(path)).encode() + file.read_bytes())
    return digest.hexdigest()


def n_committed(path: Path) -> int:
    shards = path / "shards"
    return len(list(shards.iterdir())) if shards.is_dir() else 0


def killed(command: Sequence[str], path: Path, rng: random.Random, *, seconds: float) -> bool:
    """Start a run and end it soon after none or one more shard; False if it ended by itself.

    It is killed alone, killed together with its workers, or interrupted as by Ctrl-C.
    """
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)
    assert process.stdout is not None
    assert process.stdout.readline() == b"begun\n"
    enough = n_committed(path) + rng.randrange(2)
    while n_committed(path) < enough and process.poll() is None:
        time.sleep(0.001)
    time.sleep(rng.random() * seconds)
    stop, number = rng.choice([(os.kill, signal.SIGKILL), (os.killpg, signal.SIGKILL), (os.killpg, signal.SIGINT)])
    running = process.poll() is None
    if running:
        stop(process.pid, number)
    process.communicate()
    return running


def killed_and_resumed(command: Sequence[str], path: Path, *, kills: int, seconds: float) -> None:
    rng = random.Random(0)
    for _ in range(kills):
        assert killed([*command], path, rng, seconds=seconds), "the run ended before it could be killed"
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def test_a_run_killed_at_random_points_is_equal_to_an_undisturbed_one(tmp_path: Path):
    def command(name: str) -> list[str]:
        return [sys.executable, str(HERE / "writes.py"), str(tmp_path / name), "40", "0.06"]

    subprocess.run(command("undisturbed"), check=True, stdout=subprocess.DEVNULL)
    killed_and_resumed(command("killed"), tmp_path / "killed", kills=3, seconds=0.1)
    assert md5(tmp_path / "killed") == md5(tmp_path / "undisturbed")


@pytest.mark.parametrize("step", [7, pytest.param(1, marks=pytest.mark.slow)])
def test_a_run_killed_at_changes_of_the_disk_is_equal_to_an_undisturbed_one(step: int, tmp_path: Path):
    command = [sys.executable, str(HERE / "writes.py"), str(tmp_path), "points", str(step)]
    result = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    assert result["points"] > 35 // step
    assert result["equal"] == result["points"]


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_twenty_kills_over_5000_series_lose_and_double_nothing(workers: int, tmp_path: Path):
    def command(name: str) -> list[str]:
        return [sys.executable, str(HERE / "explains.py"), str(tmp_path / name), "5000", str(workers)]

    subprocess.run(command("undisturbed"), check=True, stdout=subprocess.DEVNULL)
    killed_and_resumed(command("killed"), tmp_path / "killed", kills=20, seconds=0.5)
    run = store.open(tmp_path / "killed")
    run.verify()
    assert run.ids().tolist() == [str(i) for i in range(5000)]
    assert run.digest() == store.open(tmp_path / "undisturbed").digest()
    assert md5(tmp_path / "killed") == md5(tmp_path / "undisturbed")
