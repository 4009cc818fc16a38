"""Store: where explain() writes a run, shard by shard, so that it can be interrupted and goes on."""

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from aition.core.errors import InputError, ProtocolError, StoreError
from aition.core.explanation import Explanation, leading_axis
from aition.store.files import Lock, faults, make_directory
from aition.store.gather import gathered
from aition.store.manifest import MANIFEST, Header, Manifest, read_manifest, write_manifest
from aition.store.shards import SCRATCH, SHARDS, SHARED, commit, place, plain_attrs, read_head, read_tables, remedy
from aition.store.stored import StoredRun

LOCK = ".lock"
SHARD_SIZE = 256
"""Samples in a shard unless another number is given: a few megabytes for most series."""


class Store:
    """A directory that takes one run; the sink of ``explain(..., to=Store(path))``.

    Shards are committed wholly or not at all. A run that was interrupted goes on where it was, in a new Store of the
    same path; a run that is finished is not made again. Shards are equal byte for byte however often a run was
    interrupted.

    Args:
        path: A directory of its own; made where there is none.
        shard_size: Samples in a shard, at most: what one interruption loses, and what memory must hold.
    """

    def __init__(self, path: str | os.PathLike[str], *, shard_size: int = SHARD_SIZE) -> None:
        if isinstance(shard_size, bool) or not isinstance(shard_size, int) or shard_size < 1:
            raise InputError(f"shard_size must be a whole number from 1, but is {shard_size!r}")
        self.path = Path(path)
        self.shard_size = shard_size
        self.locks: list[Lock] = []
        self.headers: list[Header] = []
        self.finished: tuple[Manifest, ...] = ()
        self.n_lead = 0

    def begin(self, attrs: Mapping[str, Any]) -> Mapping[str, Any]:
        """Open or resume a run.

        Returns:
            The attributes of its first begin.

        Raises:
            StoreError: Another run is there, or is being written; or the directory holds something else.
        """
        header = Header(self.shard_size, plain_attrs(attrs))
        self.close()
        self.finished, self.n_lead = (), 0
        with faults(f"cannot write {self.path}"):
            make_directory(self.path.absolute())
            check_own(self.path)
            self.locks = [Lock(self.path / LOCK)]
            shutil.rmtree(self.path / SCRATCH, ignore_errors=True)
            begun = (self.path / MANIFEST).exists()
        if begun:
            first, self.finished = read_manifest(self.path)
            first.check_same(header, self.path)
            header = first
        else:
            write_manifest(self.path, header)
        self.headers = [header]
        return header.attrs

    @property
    def header(self) -> Header:
        """What was settled by :meth:`begin`."""
        if not self.headers:
            raise ProtocolError("a store must be begun before shards go into it")
        return self.headers[0]

    def committed(self, shard: int, digest: str) -> bool:
        """Whether a shard is there, whole and made of these data.

        Raises:
            StoreError: It is damaged, or of other data, or no part of the finished run.
        """
        if self.finished and shard >= len(self.finished[0].shards):
            raise StoreError(
                f"{self.path} is finished with {len(self.finished[0].shards)} shards, but the data have more; "
                "take another path"
            )
        path = place(self.path, shard)
        if not path.exists():
            return False
        head = read_head(self.path, shard)
        if head.run != self.header.run or head.first != self.n_lead:
            raise StoreError(f"{path} is of another run; {remedy(path)}")
        if head.data_sha256 != digest:
            raise StoreError(
                f"{path} was made of other data; take another path, or the data that the run was begun with"
            )
        read_tables(self.path, head)
        self.n_lead += head.n_lead
        return True

    def commit(self, shard: int, digest: str, part: Explanation) -> None:
        """Write a shard, wholly or not at all; shards come in order.

        Raises:
            StoreError: The disk refuses; what was committed before is kept.
        """
        lead = leading_axis(part)
        commit(self.path, part, lead=lead, run=self.header.run, shard=shard, first=self.n_lead, data_sha256=digest)
        self.n_lead += part.sizes[lead]

    def reserve(self, n_lead: int) -> int:
        """The position of the first sample in a shard of so many, which a worker commits."""
        self.n_lead += n_lead
        return self.n_lead - n_lead

    def finish(self, n_shard: int, stamp: Mapping[str, Any]) -> StoredRun:
        """Check all shards against one another and write the manifest; a finished run stays as it is.

        Raises:
            StoreError: Shards are missing, too many, damaged or of another run.
            InputError: An id comes twice, or what has no samples differs between shards.
        """
        with faults(f"cannot read {self.path}"):
            there = sorted(os.listdir(self.path / SHARDS))
        expected = [place(self.path, shard).name for shard in range(n_shard)]
        if odd := sorted(set(there) ^ set(expected)):
            path = self.path / SHARDS / odd[0]
            found = "missing" if odd[0] in expected else "of no use: the data have fewer shards"
            raise StoreError(f"{path} is {found}")
        if self.finished and place(self.path, SHARED).exists():
            return self.unchanged()
        manifest = gathered(self.path, self.header, n_shard, stamp)
        if not self.finished:
            write_manifest(self.path, self.header, manifest)
        elif manifest.sha256 != self.finished[0].sha256:
            raise StoreError(f"{self.path} was finished with other shards than are there now")
        with faults(f"cannot write {self.path}"):
            shutil.rmtree(self.path / SCRATCH, ignore_errors=True)
        return StoredRun.at(self.path)

    def unchanged(self) -> StoredRun:
        """The run that was finished before, which holds the shards that are there now."""
        stored = StoredRun.at(self.path)
        heads = [stored.head(shard) for shard in (SHARED, *range(stored.n_shard))]
        read_tables(self.path, heads[0])
        return stored

    def close(self) -> None:
        """Let another run write here."""
        for lock in self.locks:
            lock.release()
        self.locks, self.headers = [], []


def check_takes(path: str | os.PathLike[str], several: Sequence[Mapping[str, Any]], *, data_sha256: str) -> None:
    """Raise where a directory can't take any of some runs, before one is made.

    Args:
        path: The directory; there may be none yet.
        several: Attributes that are known of each run before.
        data_sha256: Of the data that they are made of.

    Raises:
        StoreError: Another run is there, or something else.
    """
    root = Path(path)
    if root.exists() and not root.is_dir():
        raise StoreError(f"{root} must be a directory of a store's own, but is a file; take another path")
    if not root.exists():
        return
    with faults(f"cannot read {root}"):
        check_own(root)
    if not (root / MANIFEST).exists():
        return
    first, finished = read_manifest(root)
    there = [str(one.attrs.get("data_sha256", "")) for one in finished]
    if there and there[0] != data_sha256:
        raise StoreError(f"{root} holds a run of other data; take another path, or the data that it was begun with")
    refused = []
    for attrs in several:
        try:
            first.check_same(Header(first.shard_size, {**first.attrs, **attrs}), root)
        except StoreError as error:
            refused.append(error)
    if refused and len(refused) == len(several):
        raise refused[0]


def check_own(path: Path) -> None:
    """Raise where a directory holds what no store put there, before anything in it is touched."""
    there, scratch = set(os.listdir(path)), path / SCRATCH
    if scratch.is_symlink():
        raise StoreError(f"{scratch} must be a directory of the store's own, but is a link")
    begun = {SCRATCH} if scratch.is_dir() and set(os.listdir(scratch)) <= {MANIFEST} else set()
    if MANIFEST not in there and (others := sorted(there - {LOCK} - begun)):
        raise StoreError(f"{path} holds {others[0]} and no {MANIFEST}: a store needs a directory of its own")
