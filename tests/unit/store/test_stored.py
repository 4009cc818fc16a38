"""StoredRun: a finished run, read by its manifest."""

import hashlib
import io
import itertools
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xarray as xr

from aition import Explanation, store
from aition.core.errors import InputError, StoreError
from aition.core.explanation import joined
from aition.store.files import sealed, unsealed
from aition.store.stored import StoredRun

Write = Callable[..., store.StoredRun]
SPARSE = ["row_sample", "row_time"]
STAMP = {"created_at": "2026-01-01T00:00:00+00:00", "seconds": 1.5, "data_sha256": "all"}


def whole(parts: list[Explanation]) -> xr.Dataset:
    return joined(parts).assign_attrs(STAMP)


def test_a_run_says_what_it_holds(parts: list[Explanation], write: Write):
    run = write(parts)
    assert run.n_shard == 3
    assert run.sizes == dict(whole(parts).sizes)
    assert run.attrs == whole(parts).attrs
    assert run.variables["spectrum"] == (("sample", "component"), np.dtype("c16"))
    assert run.ids().tolist() == ["s0", "s1", "s2", "s3", "s4", "s5"]
    assert run.tables["sample-component"] == ["sample", "component", "spectrum_real", "spectrum_imag"]


def test_opening_again_reads_the_same(parts: list[Explanation], write: Write):
    run = write(parts)
    xr.testing.assert_identical(store.open(run.path).explanation(), whole(parts))


def test_shard_by_shard_is_the_whole(parts: list[Explanation], write: Write):
    run = write(parts)
    assert [part.sizes["sample"] for part in run.parts()] == [3, 2, 1]
    xr.testing.assert_identical(joined(list(run.parts())), run.explanation())


def test_successive_samples_are_a_slice_of_the_whole(parts: list[Explanation], write: Write):
    run = write(parts)
    everything = run.explanation().drop_vars(SPARSE)
    for first, last in itertools.combinations(range(7), 2):
        some = run.explanation(slice(first, last)).drop_vars(SPARSE)
        xr.testing.assert_identical(some, everything.isel(sample=slice(first, last)))


def cells_of(one: Explanation) -> set[tuple[str, int]]:
    ids, places = one["sample"].values, one["row_sample"].values
    return {(str(ids[place]), int(time)) for place, time in zip(places, one["row_time"].values, strict=True)}


def test_samples_bring_their_sparse_rows(parts: list[Explanation], write: Write):
    run = write(parts)
    everything = cells_of(run.explanation())
    for chosen in (["s4"], ["s2", "s3"], ["s5", "s0"]):
        assert cells_of(run.explanation_of(chosen)) == {cell for cell in everything if cell[0] in chosen}


def test_samples_come_in_the_order_of_their_ids(parts: list[Explanation], write: Write):
    run = write(parts)
    some = run.explanation_of(["s4", "s0", "s5"]).drop_vars(SPARSE)
    xr.testing.assert_identical(some, run.explanation().drop_vars(SPARSE).sel(sample=["s4", "s0", "s5"]))


@pytest.mark.parametrize("samples", [slice(3, 3), slice(6, None), slice(0, 4, 2)], ids=str)
def test_a_slice_without_samples_or_with_steps_is_refused(samples: slice, parts: list[Explanation], write: Write):
    with pytest.raises(InputError, match="samples must be at least one of 6"):
        write(parts).explanation(samples)


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        (["s1", "x"], "the run has no sample 'x'"),
        ([], "ids must be different"),
        (["s1", "s1"], "ids must be different"),
    ],
    ids=["unknown", "none", "twice"],
)
def test_ids_that_can_not_be_found_are_refused(ids: list[str], message: str, parts: Any, write: Write):
    with pytest.raises(InputError, match=message):
        write(parts).explanation_of(ids)


def test_samples_without_ids_are_chosen_by_position(make: Any, write: Write):
    run = write([make(2, 3, 0).drop_vars("sample")])
    assert run.explanation(slice(1, 2)).sizes["sample"] == 1
    with pytest.raises(InputError, match="the run has no ids of samples; choose by position"):
        run.explanation_of(["s0"])


def test_a_run_that_is_not_finished_is_not_read(tmp_path: Path):
    sink = store.create(tmp_path / "run")
    sink.begin({"explainer": "x"})
    sink.close()
    with pytest.raises(StoreError, match="is not finished; the same run goes on"):
        store.open(tmp_path / "run")


def test_a_path_without_a_store_is_named(tmp_path: Path):
    with pytest.raises(StoreError, match="nowhere holds no store"):
        store.open(tmp_path / "nowhere")


def test_a_missing_shard_is_seen_on_opening(parts: list[Explanation], write: Write):
    path = write(parts).path
    shutil.rmtree(path / "shards" / "000001")
    with pytest.raises(StoreError, match="000001 is missing; run again"):
        store.open(path)


def test_a_shard_too_many_is_seen_on_opening(parts: list[Explanation], write: Write):
    path = write(parts).path
    shutil.copytree(path / "shards" / "000001", path / "shards" / "000003")
    with pytest.raises(StoreError, match="000003 is no part of the run"):
        store.open(path)


def test_swapped_shards_are_seen(parts: list[Explanation], write: Write):
    path = write(parts).path
    (path / "shards" / "000000").rename(path / "x")
    (path / "shards" / "000001").rename(path / "shards" / "000000")
    (path / "x").rename(path / "shards" / "000001")
    with pytest.raises(StoreError, match="is of another shard"):
        store.open(path).explanation()


def test_a_shard_of_another_run_is_seen(parts: list[Explanation], write: Write, tmp_path: Path):
    run, other = write(parts), write(parts, path=tmp_path / "other", settings='{"n_step": 32}')
    shutil.rmtree(run.path / "shards" / "000002")
    shutil.copytree(other.path / "shards" / "000002", run.path / "shards" / "000002")
    with pytest.raises(StoreError, match="000002 is not what the manifest names"):
        run.verify()


@pytest.mark.parametrize("place", ["shards/000001", "shared"])
def test_every_file_of_a_run_is_verified(place: str, parts: list[Explanation], write: Write):
    run = write(parts)
    for path in (run.path / place).iterdir():
        good = path.read_bytes()
        path.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
        with pytest.raises(StoreError, match=path.name):
            run.verify()
        path.write_bytes(good)
    run.verify()


def forged(run: store.StoredRun, part: str, key: tuple[Any, ...], value: Any) -> None:
    """Change the head of the first shard, or the manifest, with every sha256 made to fit."""
    files = {"head": run.path / "shards" / "000000" / "shard.json", "manifest": run.path / "manifest.json"}
    bodies = {name: unsealed(path.read_bytes(), path) for name, path in files.items()}
    (result,) = bodies["manifest"]["results"]
    inner = bodies["head"] if part == "head" else result
    for step in key[:-1]:
        inner = inner[step]
    inner[key[-1]] = value
    files["head"].write_bytes(sealed(bodies["head"]))
    result["shards"][0][1] = hashlib.sha256(files["head"].read_bytes()).hexdigest()
    files["manifest"].write_bytes(sealed(bodies["manifest"]))


@pytest.mark.parametrize(
    ("part", "key", "value"),
    [
        *[(part, ("layout", "sizes", "time"), size) for part in ("head", "manifest") for size in (2**60, -1, "3", 3.5)],
        *[(part, ("layout", "lead"), 'x" AS SELECT 1; CREATE VIEW "sample') for part in ("head", "manifest")],
        *[("head", ("first",), first) for first in ("x", -5, 10**30)],
        ("head", ("layout", "sizes", "row"), 1),
        ("head", ("layout", "variables", 0, 1), ["sample"]),
        ("head", ("files",), []),
        ("head", ("attrs",), 5),
        ("manifest", ("shards", 0, 0), 10**9),
        ("manifest", ("layout", "variables", 0, 1), ["sample", "zebra"]),
        ("manifest", ("layout", "labels", "sample"), 5),
        ("manifest", ("layout", "sizes", "time"), 1),
    ],
    ids=str,
)
def test_a_run_that_was_forged_is_refused(part: str, key: Any, value: Any, parts: Any, write: Write):
    run = write(parts)
    forged(run, part, key, value)
    with pytest.raises(StoreError):
        store.open(run.path).explanation()


def too_long() -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table({"sample": [0] * 9, "id": ["s"] * 9, "label": [0] * 9}), sink)
    return sink.getvalue()


@pytest.mark.parametrize("data", [b"PAR1 and so on", too_long()], ids=["no-parquet", "too-many-rows"])
def test_a_table_that_was_forged_is_refused(data: bytes, parts: Any, write: Write):
    run = write(parts)
    (run.path / "shards" / "000000" / "sample.parquet").write_bytes(data)
    forged(run, "head", ("files", "sample"), [len(data), hashlib.sha256(data).hexdigest()])
    for read in (StoredRun.explanation, StoredRun.ids):
        with pytest.raises(StoreError, match=r"a table (must have 3 rows at most, but has 9|is no Parquet)"):
            read(store.open(run.path))


def test_sql_over_what_is_no_parquet_is_a_fault_of_the_store(parts: Any, write: Write):
    run = write(parts)
    (run.path / "shards" / "000000" / "sample.parquet").write_bytes(b"PAR1")
    forged(run, "head", ("files", "sample"), [4, hashlib.sha256(b"PAR1").hexdigest()])
    with pytest.raises(StoreError, match="the table sample can't be read"):
        store.open(run.path).sql("SELECT * FROM sample")


def test_the_digest_tells_other_answers_apart(parts: list[Explanation], make: Any, write: Write, tmp_path: Path):
    one, other = write(parts), write([parts[0], parts[1], make(1, 3, 5)], path=tmp_path / "other")
    assert one.digest() != other.digest()


def test_the_digest_does_not_hang_on_when_a_run_was_made(parts: list[Explanation], write: Write, tmp_path: Path):
    one = write(parts)
    sink = store.create(tmp_path / "later", shard_size=3)
    sink.begin(parts[0].attrs)
    for shard, part in enumerate(parts):
        sink.committed(shard, f"data {shard}")
        sink.commit(shard, f"data {shard}", part)
    assert sink.finish(3, STAMP | {"seconds": 99.0}).digest() == one.digest()
    sink.close()


def test_reading_and_writing_need_no_torch():
    code = "import sys, aition.store; aition.store.Store, aition.store.open; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
