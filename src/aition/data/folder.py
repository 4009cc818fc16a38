"""Folder: samples of any number on the disk, as shards with a manifest that vouches for them."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.data.joined import joined
from aition.data.lossless import read_lossless

SCHEMA = "aition-data-1"
MANIFEST = "manifest.json"
SHARDS = "shards"
REJECTED = "rejected.parquet"
BLOCK = 1 << 20


@dataclass(frozen=True)
class Shard:
    """One file of samples.

    Args:
        file: Its path from the folder on.
        split: Which split its samples are of; empty where nothing was said.
        n_sample: How many it holds.
        sha256: Of the file.
    """

    file: str
    split: str
    n_sample: int
    sha256: str


@dataclass(frozen=True)
class Folder:
    """Samples in shards, each a Batch; iterating reads one after another, so that memory holds one.

    Args:
        path: Where it is.
        manifest: What ``manifest.json`` says: see the page on ingesting.
        shards: Those that are read.
    """

    path: Path
    manifest: Mapping[str, Any]
    shards: tuple[Shard, ...]

    def __iter__(self) -> Iterator[Batch]:
        return self.batches()

    def __len__(self) -> int:
        """How many samples there are."""
        return sum(shard.n_sample for shard in self.shards)

    @property
    def form(self) -> str:
        """What the samples are: a "grid" or "events"."""
        return str(self.manifest["form"])

    @property
    def splits(self) -> tuple[str, ...]:
        """Splits that the shards are of."""
        return tuple(sorted({shard.split for shard in self.shards}))

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Features of a grid; the vocabulary of events."""
        return tuple(one["name"] for one in self.manifest["features"])

    @property
    def n_feature(self) -> int:
        """Width of the batches' ``x``: of events it is 1, their presence."""
        return 1 if self.form == "events" else len(self.manifest["features"])

    @property
    def class_names(self) -> tuple[str, ...]:
        """One a class; empty where labels are values."""
        return tuple(self.manifest["class_names"])

    @property
    def static_names(self) -> tuple[str, ...]:
        """One a static column."""
        return tuple(self.manifest["static_names"])

    @property
    def inputs(self) -> str:
        """sha256 of what a model is given: folders where it is the same hold the same features, in the same units.

        It counts form, steps, names and units; of events the scales of the values, too, for they were taken off.
        """
        told = [
            [one[name] for name in ("name", "unit", *(("mean", "scale") if self.form == "events" else ("aggregate",)))]
            for one in self.manifest["features"]
        ]
        steps = [self.manifest["window"][name] for name in ("hours", "every", "align")]
        return sealed({"form": self.form, "steps": steps, "features": told, "static": self.static_names})

    @property
    def words(self) -> dict[str, Any]:
        """What a batch is told of its values: their units, what a step holds, and what the classes are called."""
        features = self.manifest["features"]
        units = tuple(one["unit"] for one in features)
        width = self.manifest["window"]["every"]
        every = f"{width:g} {self.manifest.get('time_unit', 'hour')}{'s' * (width != 1)}"
        steps = (f"events of {every}",) if self.form == "events" else tuple(held(one, every) for one in features)
        return {"units": units if any(units) else (), "steps": steps, "class_names": self.class_names}

    def only(self, split: str) -> "Folder":
        """The samples of one split.

        Raises:
            InputError: There is no such split.
        """
        if split not in self.splits:
            raise InputError(
                f"split must be one of {', '.join(map(repr, self.splits))} in {self.path}, but is {split!r}"
            )
        return replace(self, shards=tuple(shard for shard in self.shards if shard.split == split))

    def batches(self, split: str = "") -> Iterator[Batch]:
        """The shards one after another; those of one split, where it is named.

        Raises:
            InputError: There is no such split; a shard is missing or damaged.
        """
        for shard in (self.only(split) if split else self).shards:
            yield replace(read_lossless(self.path / shard.file), **self.words)

    def batch(self, *, most: int = 0) -> Batch:
        """All samples as one Batch, or the first ``most``: it must fit in memory."""
        parts: list[Batch] = []
        left = most or len(self)
        for part in self:
            parts.append(part if len(part) <= left else part.take(range(left)))
            left -= len(parts[-1])
            if not left:
                break
        return joined(parts)

    def verify(self) -> None:
        """Read every shard's bytes and compare them with the manifest.

        Raises:
            InputError: Naming the shard that is missing or was changed.
        """
        for shard in self.shards:
            there = self.path / shard.file
            if not there.is_file():
                raise InputError(f"{there} is missing; the manifest says that it holds {shard.n_sample} samples")
            if sha256_of(there) != shard.sha256:
                raise InputError(f"{there} was changed: it does not have the sha256 that the manifest states")


def held(feature: Mapping[str, Any], every: str) -> str:
    """What a step of a feature holds.

    >>> held({"aggregate": "mean"}, "1 hour")
    'mean of 1 hour'
    """
    return f"{feature['aggregate']} of {every}"


def open_folder(path: str | Path) -> Folder:
    """Open a folder that :func:`aition.data.readers.ingesting.ingest` wrote; no sample is read yet.

    Raises:
        InputError: It is no such folder, or its manifest was changed.
    """
    there = Path(path)
    try:
        manifest = json.loads((there / MANIFEST).read_bytes())
        stated = manifest.pop("sha256", "")
        schema = manifest.get("schema", "not stated")
    except OSError as error:
        raise InputError(
            f"{path} must be a folder of samples, as aition ingest writes it, but its {MANIFEST} can't be read: "
            f"{error.strerror}"
        ) from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{there / MANIFEST} is damaged: {type(error).__name__}: {error}") from error
    if schema != SCHEMA:
        raise InputError(
            f"{there / MANIFEST} must be of schema {SCHEMA}, as aition ingest writes it, but its schema is {schema}"
        )
    if sealed(manifest) != stated:
        raise InputError(f"{there / MANIFEST} was changed: it does not have the sha256 that it states")
    return Folder(there, manifest, tuple(Shard(**one) for one in manifest["shards"]))


def is_folder(path: Path) -> bool:
    """Whether a folder of samples seems to be there."""
    return (path / MANIFEST).is_file() and (path / SHARDS).is_dir()


def write_manifest(root: Path, manifest: Mapping[str, Any], shards: tuple[Shard, ...]) -> None:
    """Write what vouches for the shards."""
    whole = {"schema": SCHEMA, **manifest, "shards": [asdict(shard) for shard in shards]}
    with (root / MANIFEST).open("x", encoding="utf-8") as file:
        json.dump(whole | {"sha256": sealed(whole)}, file, indent=1, ensure_ascii=False, allow_nan=False)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())


def sealed(manifest: Mapping[str, Any]) -> str:
    """sha256 of what a manifest says, however it is laid out."""
    return hashlib.sha256(json.dumps(manifest, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def sha256_of(path: Path) -> str:
    """sha256 of a file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()
