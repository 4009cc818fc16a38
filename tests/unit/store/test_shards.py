"""One shard on the disk."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aition import Explanation
from aition.core.errors import ProtocolError, StoreError
from aition.store.files import sealed, unsealed
from aition.store.shards import SHARED, commit, place, read_head, read_table, read_tables

Make = Callable[..., Explanation]


def put(root: Path, part: Explanation, shard: int = 0, first: int = 0) -> str:
    return commit(root, part, lead="sample", run="r", shard=shard, first=first, data_sha256="d")


def test_a_shard_says_what_it_was_made_from(tmp_path: Path, make: Make):
    digest = put(tmp_path, make(3, 4, 0), shard=7, first=21)
    head = read_head(tmp_path, 7)
    assert (head.run, head.shard, head.first, head.data_sha256, head.n_lead, head.sha256) == (
        "r",
        7,
        21,
        "d",
        3,
        digest,
    )


def test_a_shard_is_the_same_whenever_it_is_made(tmp_path: Path, make: Make):
    early, late = make(3, 4, 0, created_at="2020", seconds=1.0), make(3, 4, 0, created_at="2030", seconds=2.0)
    assert put(tmp_path / "a", early) == put(tmp_path / "b", late)


def changed_at(path: Path) -> tuple[int, int]:
    """Which directory it is, and when it was last written to (reading moves only the time of access)."""
    now = os.stat(path)
    return now.st_ino, now.st_mtime_ns


def test_a_shard_that_is_there_is_left_as_it_is(tmp_path: Path, make: Make):
    put(tmp_path, make(3, 4, 0))
    before = changed_at(place(tmp_path, 0))
    put(tmp_path, make(3, 4, 0))
    assert changed_at(place(tmp_path, 0)) == before


def test_a_shard_is_not_written_over_by_another(tmp_path: Path, make: Make):
    put(tmp_path, make(3, 4, 0))
    with pytest.raises(StoreError, match="is there already and differs"):
        put(tmp_path, make(2, 4, 0))


def test_a_damaged_shard_is_not_taken_for_the_same(tmp_path: Path, make: Make):
    put(tmp_path, make(3, 4, 0))
    path = place(tmp_path, 0) / "time.parquet"
    path.write_bytes(path.read_bytes()[::-1])
    with pytest.raises(StoreError, match=r"time\.parquet was changed"):
        put(tmp_path, make(3, 4, 0))


def test_nothing_is_left_beside_a_shard(tmp_path: Path, make: Make):
    put(tmp_path, make(3, 4, 0))
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.glob("*/*")) == ["shards/000000"]


def test_what_has_no_samples_has_a_place_of_its_own(tmp_path: Path):
    assert place(tmp_path, SHARED) == tmp_path / "shared"


@pytest.mark.parametrize("value", [(1, 2), {1: "a"}, {"a": {2, 3}}, b"x"], ids=["tuple", "integer-key", "set", "bytes"])
def test_attributes_that_json_would_change_are_refused(value: Any, tmp_path: Path, make: Make):
    with pytest.raises(ProtocolError, match="the attribute extra must be JSON"):
        put(tmp_path, make(1, 2, 0, extra=value))


@pytest.mark.parametrize("value", [float("nan"), None, [1, "a", {"b": True}], 10**30], ids=str)
def test_attributes_of_json_are_kept(value: Any, tmp_path: Path, make: Make):
    put(tmp_path, make(1, 2, 0, extra=value))
    assert repr(read_head(tmp_path, 0).attrs["extra"]) == repr(value)


def damaged(root: Path, make: Make) -> Path:
    put(root, make(3, 4, 0))
    return place(root, 0)


def test_a_missing_shard_is_named(tmp_path: Path, make: Make):
    shutil.rmtree(damaged(tmp_path, make))
    with pytest.raises(StoreError, match="000000 is missing; run again: only this shard is made anew"):
        read_head(tmp_path, 0)


@pytest.mark.parametrize("name", ["shard.json", "sample-time-feature.parquet"])
def test_a_missing_file_is_named(name: str, tmp_path: Path, make: Make):
    (damaged(tmp_path, make) / name).unlink()
    with pytest.raises(StoreError, match=f"{name} is missing; delete .*000000 and run again"):
        read_head(tmp_path, 0)


def test_a_file_too_many_is_named(tmp_path: Path, make: Make):
    (damaged(tmp_path, make) / "extra.parquet").write_bytes(b"")
    with pytest.raises(StoreError, match=r"extra\.parquet is no part of the shard"):
        read_head(tmp_path, 0)


def test_a_truncated_file_is_named(tmp_path: Path, make: Make):
    path = damaged(tmp_path, make) / "sample.parquet"
    size = path.stat().st_size
    os.truncate(path, size - 1)
    with pytest.raises(StoreError, match=rf"sample\.parquet has {size - 1} bytes, but {size} were written"):
        read_table(tmp_path, read_head(tmp_path, 0), "sample")


def test_one_damaged_table_keeps_all_from_being_served(tmp_path: Path, make: Make):
    path = damaged(tmp_path, make) / "sample.parquet"
    path.write_bytes(path.read_bytes()[::-1])
    with pytest.raises(StoreError, match=r"sample\.parquet was changed since it was written"):
        read_tables(tmp_path, read_head(tmp_path, 0))


def test_a_shard_in_the_place_of_another_is_seen(tmp_path: Path, make: Make):
    damaged(tmp_path, make).rename(place(tmp_path, 1))
    with pytest.raises(StoreError, match=r"000001.shard\.json is of another shard"):
        read_head(tmp_path, 1)


def test_a_head_with_a_path_for_an_axis_is_refused(tmp_path: Path, make: Make):
    path = damaged(tmp_path, make) / "shard.json"
    body = unsealed(path.read_bytes(), path)
    body["layout"]["variables"][0][1] = ["../../etc"]
    path.write_bytes(sealed(body))
    with pytest.raises(StoreError, match="is not what this version of Aition writes"):
        read_head(tmp_path, 0)


def test_a_head_without_an_entry_is_refused(tmp_path: Path, make: Make):
    path = damaged(tmp_path, make) / "shard.json"
    path.write_bytes(sealed({"run": "r"}))
    with pytest.raises(StoreError, match="is not what this version of Aition writes"):
        read_head(tmp_path, 0)
