"""A flipped bit is seen wherever it is, and no wrong number is served."""

import random
import runpy
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from aition import store
from aition.core.errors import StoreError

WRITES = runpy.run_path(str(Path(__file__).with_name("writes.py")))
N_SHARD = 3


def files_of(path: Path) -> list[Path]:
    return sorted(file for file in path.rglob("*") if file.is_file() and file.stat().st_size)


def flips(path: Path, count: int) -> list[tuple[Path, int]]:
    """Files and bits: one half drawn among all bits, one half among all files."""
    rng = random.Random(count)
    files = files_of(path)
    sizes = [file.stat().st_size for file in files]
    chosen = [*rng.choices(files, weights=sizes, k=count // 2), *rng.choices(files, k=count - count // 2)]
    return [(file, rng.randrange(8 * file.stat().st_size)) for file in chosen]


@contextmanager
def flipped(file: Path, bit: int) -> Iterator[None]:
    good = file.read_bytes()
    data = bytearray(good)
    data[bit // 8] ^= 1 << bit % 8
    file.write_bytes(data)
    yield
    file.write_bytes(good)


def unseen(path: Path, count: int) -> list[str]:
    """Flips after which the run opened and every number was served."""
    missed = []
    for file, bit in flips(path, count):
        with flipped(file, bit):
            try:
                store.open(path).explanation()
            except StoreError:
                continue
            missed.append(f"{file.relative_to(path)} bit {bit}")
    return missed


def test_flipped_bits_are_seen(tmp_path: Path):
    WRITES["write"](tmp_path / "run", N_SHARD)
    assert unseen(tmp_path / "run", 100) == []


@pytest.mark.slow
def test_a_thousand_flipped_bits_are_seen(tmp_path: Path):
    WRITES["write"](tmp_path / "run", N_SHARD)
    assert unseen(tmp_path / "run", 1000) == []


def test_flipped_bits_are_not_served_to_sql(tmp_path: Path):
    run = WRITES["write"](tmp_path / "run", N_SHARD)
    tables = {
        table: run.sql(f'SELECT * FROM "{table}" ORDER BY ALL') for table in ("sample-time-feature", "row", "feature")
    }
    wrong = []
    for file, bit in flips(tmp_path / "run", 12):
        with flipped(file, bit):
            for table, expected in tables.items():
                try:
                    served = store.open(tmp_path / "run").sql(f'SELECT * FROM "{table}" ORDER BY ALL')
                except StoreError:
                    continue
                if served != expected:
                    wrong.append(f"{file.name} bit {bit}: {table}")
    assert wrong == []


def test_flipped_bits_keep_an_unfinished_run_from_going_on(tmp_path: Path):
    path = tmp_path / "run"
    WRITES["write"](path, N_SHARD)
    missed = []
    for file, bit in flips(path, 60):
        with flipped(file, bit):
            try:
                WRITES["write"](path, N_SHARD)
            except StoreError:
                continue
            missed.append(f"{file.relative_to(path)} bit {bit}")
    assert missed == []
