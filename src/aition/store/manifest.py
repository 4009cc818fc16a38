"""The manifest: which run a store holds, and, when it is finished, the sha256 of every shard."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aition.core.errors import ProtocolError, StoreError
from aition.store.files import faults, make_directory, sealed, sync_directory, unsealed, write_new
from aition.store.shards import SCRATCH, VOLATILE
from aition.store.tables import Layout

FORMAT = "aition-store-1"
MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Header:
    """What is settled when a run begins.

    Args:
        shard_size: Samples in a shard, at most.
        attrs: The attributes of its first begin.
    """

    shard_size: int
    attrs: Mapping[str, Any]

    @property
    def run(self) -> str:
        """sha256 of all that must not change while a run is going on."""
        return hashlib.sha256(sealed({"shard_size": self.shard_size, "attrs": fixed(self.attrs)})).hexdigest()

    def check_same(self, other: "Header", path: Path) -> None:
        """Raise unless the other header is of this run, naming what differs.

        Raises:
            StoreError: Another model, method, setting or target.
        """
        was, now = fixed(self.attrs), fixed(other.attrs)
        was["shard_size"], now["shard_size"] = self.shard_size, other.shard_size
        for key in [*was, *(key for key in now if key not in was)]:
            if was.get(key) != now.get(key):
                raise StoreError(
                    f"{path} holds another run: {difference(key, was.get(key), now.get(key))}; "
                    "take another path, or what it was begun with"
                )


@dataclass(frozen=True)
class Manifest:
    """What is known of a finished run.

    Args:
        header: What was settled when it began.
        attrs: The explanation's attributes.
        layout: The whole explanation's layout.
        shards: Number of samples (or draws) and sha256 of every shard's ``shard.json``.
        shared: sha256 of the ``shard.json`` of what has no samples.
    """

    header: Header
    attrs: Mapping[str, Any]
    layout: Layout
    shards: tuple[tuple[int, str], ...]
    shared: str

    @property
    def sha256(self) -> str:
        """sha256 over all that the run answered, the same for an undisturbed run and one that was resumed."""
        return hashlib.sha256(sealed({**self.result(), "attrs": {}})).hexdigest()

    def result(self) -> dict[str, Any]:
        return {
            "attrs": dict(self.attrs),
            "layout": self.layout.to_json(),
            "shards": [[size, digest] for size, digest in self.shards],
            "shared": self.shared,
        }


def fixed(attrs: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes that a resumed run must share; of a device, the kind."""
    kept = {key: value for key, value in attrs.items() if key not in VOLATILE}
    return kept | ({"device": str(kept["device"]).split(":")[0]} if "device" in kept else {})


def difference(key: str, was: Any, now: Any) -> str:
    """What differs in an attribute; within a JSON object, its first key that does.

    >>> difference("settings", '{"n_step": 16, "seed": 0}', '{"n_step": 32, "seed": 0}')
    'settings.n_step was 16, but is 32'
    """
    try:
        before, after = json.loads(was), json.loads(now)
    except (TypeError, ValueError):
        before = after = {}
    if isinstance(before, dict) and isinstance(after, dict):
        for part in [*before, *(part for part in after if part not in before)]:
            if before.get(part) != after.get(part):
                return difference(f"{key}.{part}", before.get(part), after.get(part))
    shown = [text if len(text) <= 80 else f"{text[:77]}…" for text in (str(was), str(now))]
    return f"{key} was {shown[0]}, but is {shown[1]}"


def write_manifest(root: Path, header: Header, *finished: Manifest) -> None:
    """Write the manifest of a run that begins, or that is finished, in place of the one before."""
    head = {"shard_size": header.shard_size, "attrs": dict(header.attrs)}
    body = {"format": FORMAT, "header": head, "results": [one.result() for one in finished]}
    path, scratch = root / MANIFEST, root / SCRATCH / MANIFEST
    with faults(f"cannot write {path}"):
        make_directory(scratch.parent)
        scratch.unlink(missing_ok=True)
        write_new(scratch, sealed(body))
        os.replace(scratch, path)
        sync_directory(root)


def read_manifest(root: Path) -> tuple[Header, tuple[Manifest, ...]]:
    """The header of a run and, if it is finished, its manifest.

    Raises:
        StoreError: There is no manifest, or it was changed.
    """
    path = root / MANIFEST
    if not path.is_file():
        raise StoreError(f"{root} holds no store: {MANIFEST} is missing")
    with faults(f"cannot read {path}"):
        body = unsealed(path.read_bytes(), path)
    if body.get("format") != FORMAT:
        raise StoreError(f"{path} must be of the format {FORMAT}, but is of {body.get('format')}")
    try:
        header = Header(int(body["header"]["shard_size"]), dict(body["header"]["attrs"]))
        finished = tuple(
            Manifest(
                header,
                dict(result["attrs"]),
                Layout.from_json(result["layout"]),
                tuple((int(size), str(digest)) for size, digest in result["shards"]),
                str(result["shared"]),
            )
            for result in body["results"]
        )
        for one in finished:
            if sum(size for size, _ in one.shards) != one.layout.sizes[one.layout.lead]:
                raise ProtocolError(f"its shards do not have as many {one.layout.lead}s as there are in all")
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError, ProtocolError) as error:
        raise StoreError(f"{path} is not what this version of Aition writes: {error}") from error
    return header, finished
