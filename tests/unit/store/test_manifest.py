"""Which run a store holds."""

from pathlib import Path
from typing import Any

import pytest

from aition.core.errors import StoreError
from aition.store.files import sealed
from aition.store.manifest import Header, difference, read_manifest, write_manifest

ATTRS = {"explainer": "occlusion", "settings": '{"window": 1}', "device": "cuda:0", "rows": 8, "seconds": 1.0}


def test_a_run_that_begins_is_read_as_unfinished(tmp_path: Path):
    write_manifest(tmp_path, Header(4, ATTRS))
    assert read_manifest(tmp_path) == (Header(4, ATTRS), ())


@pytest.mark.parametrize("change", [{"rows": 16}, {"seconds": 2.0}, {"device": "cuda:1"}], ids=str)
def test_a_run_stays_the_same(change: dict[str, Any], tmp_path: Path):
    one, other = Header(4, ATTRS), Header(4, ATTRS | change)
    one.check_same(other, tmp_path)
    assert one.run == other.run


@pytest.mark.parametrize(
    ("size", "change", "message"),
    [
        (4, {"settings": '{"window": 2}'}, "settings.window was 1, but is 2"),
        (4, {"explainer": "saliency"}, "explainer was occlusion, but is saliency"),
        (4, {"device": "cpu"}, "device was cuda, but is cpu"),
        (4, {"new": 1}, "new was None, but is 1"),
        (5, {}, "shard_size was 4, but is 5"),
    ],
    ids=["settings", "explainer", "device", "new", "shard-size"],
)
def test_another_run_is_refused_by_what_differs(size: int, change: dict[str, Any], message: str, tmp_path: Path):
    one, other = Header(4, ATTRS), Header(size, ATTRS | change)
    with pytest.raises(StoreError, match=f"holds another run: {message}; take another path"):
        one.check_same(other, tmp_path)
    assert one.run != other.run


def test_long_values_are_cut_short():
    assert difference("target", "a" * 200, "b") == f"target was {'a' * 77}…, but is b"


def test_a_directory_without_a_manifest_holds_no_store(tmp_path: Path):
    with pytest.raises(StoreError, match=r"holds no store: manifest\.json is missing"):
        read_manifest(tmp_path)


def test_a_torn_manifest_is_named(tmp_path: Path):
    write_manifest(tmp_path, Header(4, ATTRS))
    path = tmp_path / "manifest.json"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(StoreError, match=r"manifest\.json is torn or was changed"):
        read_manifest(tmp_path)


@pytest.mark.parametrize(
    ("body", "message"),
    [({"format": "aition-store-9"}, "must be of the format aition-store-1, but is of aition-store-9"),
     ({"format": "aition-store-1"}, "is not what this version of Aition writes"),
     ({"format": "aition-store-1", "header": {"shard_size": 1, "attrs": {}}, "results": [{}]}, "is not what")],
    ids=["format", "header", "result"],
)  # fmt: skip
def test_a_manifest_of_another_kind_is_refused(body: dict[str, Any], message: str, tmp_path: Path):
    (tmp_path / "manifest.json").write_bytes(sealed(body))
    with pytest.raises(StoreError, match=message):
        read_manifest(tmp_path)
