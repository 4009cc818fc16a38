"""Files of cubes: generations that are written whole, never changed, and made current by one rename."""

import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aition.core.errors import StoreError
from aition.store.files import Lock, make_directory, sealed, sync_directory, unsealed, write_new

CUBE, CURRENT, LOCK = "cube", "current.json", ".lock"
SPEC, SAMPLES, CELLS, PROFILES = "spec.json", "samples.parquet", "cells.parquet", "profiles.f4"
CODES, VALUES, MEASURED, STARTS = "codes.u4", "attributions.f4", "measured.f4", "starts.i8"
FILES = (SPEC, SAMPLES, CELLS, PROFILES, CODES, VALUES, MEASURED, STARTS)
SMALL = (SPEC, SAMPLES, CELLS, STARTS)
"""Files whose every byte is verified when a cube is opened; of the others, the length."""
READ_AT_ONCE = 1 << 22
KEPT = 8
"""Cubes in other cubes' cells that are kept of each target and alignment: what they are compared with changes."""


def name_of(target: int, align: str, *, like: str = "") -> str:
    """What the cube of a target is called among those of its run; one in another's bins has its digest behind it."""
    return f"{target}-{align}{'-' if like else ''}{like}"


@contextmanager
def refused(doing: str) -> Iterator[None]:
    """Raise a StoreError where the disk refuses what is done inside; a TimeoutError, which has no number, stays one."""
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise
        raise StoreError(f"{doing}: {error.strerror or error}; the cube that was there is kept") from error


@contextmanager
def generation(root: Path, name: str, *, run: str) -> Iterator[Path]:
    """A folder to fill, that becomes the current generation of a cube when all ends well, and goes else.

    Args:
        root: The run's folder.
        name: Of the cube.
        run: Digest of the run that it is made of.

    Raises:
        StoreError: Another process is building a cube of this run, or the disk refuses.
    """
    above = root / CUBE
    with refused(f"cannot write {above}"):
        make_directory(above)
    lock = Lock(above / LOCK)
    scratch = above / f".{secrets.token_hex(8)}.part"
    try:
        with refused(f"cannot write {scratch}"):
            for left in above.glob(".*.part"):
                shutil.rmtree(left, ignore_errors=True)
            scratch.mkdir()
            yield scratch
            for file in FILES:
                sync_file(scratch / file)
            sync_directory(scratch)
            files = {file: [(scratch / file).stat().st_size, digest_of(scratch / file)] for file in FILES}
            number = hashlib.sha256(sealed({"files": files, "run": run})).hexdigest()[:16]
            made = above / number
            if made.exists():
                made.rename(above / f".{secrets.token_hex(8)}.part")
            scratch.rename(made)
            others = {key: one for key, one in replaceable(root).items() if one["run"] == run}
            order = 1 + max((one.get("order", 0) for one in others.values()), default=0)
            now = newest({**others, name: {"generation": number, "run": run, "files": files, "order": order}})
            beside = above / f".{secrets.token_hex(8)}.json"
            write_new(beside, sealed(now))
            os.replace(beside, above / CURRENT)
            sync_directory(above)
            for old in above.iterdir():
                if old.is_dir() and old.name not in {one["generation"] for one in now.values()}:
                    shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        lock.release()


def newest(known: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Cubes by name without those in other cubes' cells that are older than the ``KEPT`` newest of their kind.

    >>> sorted(newest({"0-start": {}, **{f"0-start-{one}": {"order": n} for n, one in enumerate("abcdefghij")}}))[:3]
    ['0-start', '0-start-c', '0-start-d']
    """
    kinds: dict[str, list[str]] = {}
    for name in sorted(known, key=lambda one: -known[one].get("order", 0)):
        if name.count("-") > 1:
            kinds.setdefault(name.rpartition("-")[0], []).append(name)
    gone = {name for names in kinds.values() for name in names[KEPT:]}
    return {name: one for name, one in known.items() if name not in gone}


def current(root: Path) -> dict[str, dict[str, Any]]:
    """The current generation of each cube of a run, by name; empty where none was built.

    Raises:
        StoreError: The file was changed; it is built anew by building a cube.
    """
    path = root / CUBE / CURRENT
    if not path.exists():
        return {}
    with refused(f"cannot read {path}"):
        return unsealed(path.read_bytes(), path)


def replaceable(root: Path) -> dict[str, dict[str, Any]]:
    """Likewise; empty where the file was changed, since what follows writes it anew."""
    try:
        return current(root)
    except StoreError:
        return {}


def sync_file(path: Path) -> None:
    """Put a file on the disk."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def digest_of(path: Path) -> str:
    """sha256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(READ_AT_ONCE):
            digest.update(part)
    return digest.hexdigest()


def found(root: Path, name: str, *, run: str) -> Path:
    """The folder of the current generation of a cube.

    Raises:
        StoreError: There is none of this run as it is now, or a file of it is missing or was changed.
    """
    known = current(root).get(name)
    if known is None:
        raise StoreError(f"{root} has no cube {name}; build it: aition cube {root}")
    if known["run"] != run:
        raise StoreError(f"the cube {name} in {root} is of another run; build it anew: aition cube {root}")
    folder = root / CUBE / str(known["generation"])
    for file, (size, digest) in known["files"].items():
        path = folder / file
        if not path.is_file() or path.stat().st_size != size:
            raise StoreError(f"{path} is missing or cut off; build the cube anew: aition cube {root}")
        if file in SMALL and digest_of(path) != digest:
            raise StoreError(f"{path} was changed since it was written; build the cube anew: aition cube {root}")
    return folder
