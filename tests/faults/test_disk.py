"""A disk that is full, or fails, costs no shard that was committed."""

import errno
import os
import runpy
from pathlib import Path
from typing import Any

import pytest

from aition.core.errors import StoreError

WRITES = runpy.run_path(str(Path(__file__).with_name("writes.py")))
N_SHARD = 2


def failing(number: int, code: int, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let the so-manieth change of the disk fail."""
    for name in WRITES["CHANGES"]:
        monkeypatch.setattr(os, name, getattr(os, name))

    def fault() -> None:
        raise OSError(code, os.strerror(code))

    return WRITES["at_change"](number, fault)


def changes(path: Path) -> int:
    """How often a run changes the disk."""
    with pytest.MonkeyPatch.context() as patch:
        count = failing(0, 0, patch)
        WRITES["write"](path, N_SHARD)
        return int(count())


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO], ids=["no-space", "input-output-error"])
@pytest.mark.parametrize("step", [7, pytest.param(1, marks=pytest.mark.slow)])
def test_a_fault_of_the_disk_costs_nothing_that_was_committed(step: int, code: int, tmp_path: Path):
    n_change = changes(tmp_path / "undisturbed")
    expected = WRITES["write"](tmp_path / "undisturbed", N_SHARD).digest()
    assert n_change > 30
    for number in range(1, n_change + 1, step):
        path = tmp_path / str(number)
        with pytest.MonkeyPatch.context() as patch:
            failing(number, code, patch)
            with pytest.raises(StoreError, match=os.strerror(code)):
                WRITES["write"](path, N_SHARD)
        kept = {file: file.read_bytes() for file in path.glob("shards/*/*")}
        assert WRITES["write"](path, N_SHARD).digest() == expected
        assert kept.items() <= {file: file.read_bytes() for file in path.glob("shards/*/*")}.items()


def test_files_and_directories_are_on_the_disk_before_a_shard_has_its_name(tmp_path: Path, monkeypatch: Any):
    events: list[tuple[str, str]] = []
    sync, rename = os.fsync, os.rename

    def fsync(descriptor: int) -> None:
        events.append(("sync", os.readlink(f"/proc/self/fd/{descriptor}")))
        sync(descriptor)

    def renamed(source: Any, target: Any) -> None:
        files = {("sync", str(file)) for file in [Path(source), *Path(source).iterdir()]}
        assert files <= set(events)
        events.append(("rename", str(target)))
        rename(source, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "rename", renamed)
    WRITES["write"](tmp_path / "run", 1)
    done = events.index(("rename", str(tmp_path / "run" / "shards" / "000000")))
    assert ("sync", str(tmp_path / "run" / "shards")) in events[done:]
