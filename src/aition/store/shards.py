"""One shard on the disk: a directory of tables that is there wholly or not at all."""

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aition.core.errors import ProtocolError, StoreError
from aition.store.files import faults, make_directory, sealed, sync_directory, unsealed, write_all
from aition.store.tables import Layout, tables_of

if TYPE_CHECKING:
    import xarray as xr

SHARDS = "shards"
SHARED = -1
"""The number of the directory that holds what has no samples: written once, when all shards are there."""
SCRATCH = ".tmp"
HEAD = "shard.json"
VOLATILE = ("created_at", "seconds", "data_sha256", "rows")
"""Attributes that change no answer; a shard does not hold them, so that it is equal whenever it is made."""


KINDS = {"run": str, "shard": int, "first": int, "data_sha256": str, "attrs": dict}
"""What ``shard.json`` says in one word each, and of which kind it is."""


@dataclass(frozen=True)
class Head:
    """What ``shard.json`` says.

    Args:
        run: sha256 of the run that the shard belongs to.
        shard: Its number, from 0.
        first: The position of its first sample in the run.
        data_sha256: Digest of the data that it was made from.
        attrs: The explanation's attributes, but for ``VOLATILE``.
        layout: The explanation's layout.
        files: Length in bytes and sha256 of every table's file.
        sha256: sha256 of ``shard.json`` itself.
    """

    run: str
    shard: int
    first: int
    data_sha256: str
    attrs: Mapping[str, Any]
    layout: Layout
    files: Mapping[str, tuple[int, str]]
    sha256: str

    @property
    def n_lead(self) -> int:
        """Samples (or draws) in the shard."""
        return self.layout.sizes.get(self.layout.lead, 0)


def place(root: Path, shard: int) -> Path:
    """The directory of a shard."""
    return root / "shared" if shard == SHARED else root / SHARDS / f"{shard:06d}"


def commit(root: Path, part: "xr.Dataset", *, lead: str, run: str, shard: int, first: int, data_sha256: str) -> str:
    """Write a shard: its files under another name, all of it on the disk, then one rename.

    Returns:
        sha256 of its ``shard.json``.

    Raises:
        ProtocolError: The explanation has no place in tables.
        StoreError: The disk refuses, or holds another shard of this number.
    """
    layout = Layout.of(part, lead)
    tables = tables_of(part, layout, shard=shard, first=first)
    head = {
        "run": run,
        "shard": shard,
        "first": first,
        "data_sha256": data_sha256,
        "attrs": plain_attrs({str(key): value for key, value in part.attrs.items() if key not in VOLATILE}),
        "layout": layout.to_json(),
        "files": {table: [len(data), hashlib.sha256(data).hexdigest()] for table, data in tables.items()},
    }
    data = sealed(head)
    target = place(root, shard)
    scratch = root / SCRATCH / f"{target.name}-{os.getpid()}-{secrets.token_hex(4)}"
    with faults(f"cannot write {target}"):
        try:
            make_directory(target.parent)
            make_directory(scratch)
            write_all(
                {scratch / f"{table}.parquet": content for table, content in tables.items()} | {scratch / HEAD: data}
            )
            sync_directory(scratch)
            if not renamed(scratch, target):
                check_there(root, shard, data)
            sync_directory(target.parent)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    return hashlib.sha256(data).hexdigest()


def renamed(scratch: Path, target: Path) -> bool:
    """Give a written shard its name; False where that is taken."""
    try:
        os.rename(scratch, target)
    except OSError:
        if not target.is_dir():
            raise
        return False
    return True


def check_there(root: Path, shard: int, head: bytes) -> None:
    """Raise unless the shard that is there already is, to the last bit, the one that was to be written."""
    there = read_head(root, shard)
    if there.sha256 != hashlib.sha256(head).hexdigest():
        path = place(root, shard)
        raise StoreError(f"{path} is there already and differs from what was to be written; {remedy(path)}")
    read_tables(root, there)


def plain_attrs(attrs: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes, which JSON must give back unchanged.

    Raises:
        ProtocolError: Naming an attribute that JSON would change.
    """
    for key, value in attrs.items():
        try:
            back = json.loads(json.dumps(value))
            same = back == value or repr(back) == repr(value)
        except (TypeError, ValueError):
            same = False
        if not same:
            raise ProtocolError(f"the attribute {key} must be JSON, but is {type(value).__name__}")
    return dict(attrs)


def read_head(root: Path, shard: int) -> Head:
    """What is known of a shard, with its directory looked over.

    Raises:
        StoreError: A file is missing or too many, or ``shard.json`` was changed.
    """
    path = place(root, shard)
    head = path / HEAD
    if not path.is_dir():
        raise StoreError(f"{path} is missing; run again: only this shard is made anew")
    data = contents(head)
    body = unsealed(data, head)
    try:
        files = {str(table): (int(size), str(digest)) for table, (size, digest) in body["files"].items()}
        layout = Layout.from_json(body["layout"])
        described = {key: kind(body[key]) for key, kind in KINDS.items()}
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError, ProtocolError) as error:
        raise StoreError(f"{head} is not what this version of Aition writes: {error}") from error
    if sorted(files) != sorted(layout.tables) or described["shard"] != shard or not 0 <= described["first"] < 2**62:
        raise StoreError(f"{head} is of another shard, or does not name its tables; {remedy(path)}")
    with faults(f"cannot read {path}"):
        present = set(os.listdir(path))
    expected = {HEAD, *(f"{table}.parquet" for table in files)}
    if odd := sorted(present ^ expected):
        raise StoreError(
            f"{path / odd[0]} is {'missing' if odd[0] in expected else 'no part of the shard'}; {remedy(path)}"
        )
    return Head(**described, layout=layout, files=files, sha256=hashlib.sha256(data).hexdigest())


def read_table(root: Path, head: Head, table: str) -> bytes:
    """The Parquet of one table of a shard.

    Raises:
        StoreError: It is not what was written.
    """
    path = place(root, head.shard) / f"{table}.parquet"
    data = contents(path)
    size, digest = head.files[table]
    if len(data) != size:
        raise StoreError(f"{path} has {len(data)} bytes, but {size} were written; {remedy(path.parent)}")
    if hashlib.sha256(data).hexdigest() != digest:
        raise StoreError(f"{path} was changed since it was written: its sha256 differs; {remedy(path.parent)}")
    return data


def read_tables(root: Path, head: Head) -> Callable[[str], bytes]:
    """All tables of a shard, verified before the first of them is served."""
    return {table: read_table(root, head, table) for table in head.files}.__getitem__


def contents(path: Path) -> bytes:
    """The bytes of a file that must be there."""
    if not path.is_file():
        raise StoreError(f"{path} is missing; {remedy(path.parent)}")
    with faults(f"cannot read {path}"):
        return path.read_bytes()


def remedy(path: Path) -> str:
    """What to do about a damaged shard."""
    return f"delete {path} and run again: only it is made anew"
