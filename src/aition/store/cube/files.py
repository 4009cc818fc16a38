"""Files of cubes: generations that are written whole, never changed, and made current by one rename."""

import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aition.core.errors import StoreError
from aition.store.files import Lock, faults, make_directory, sealed, sync_directory, unsealed, write_new

CUBE, CURRENT, LOCK = "cube", "current.json", ".lock"
SPEC, SAMPLES, CELLS, PROFILES = "spec.json", "samples.parquet", "cells.parquet", "profiles.f4"
CODES, VALUES, STARTS = "codes.u4", "attributions.f4", "starts.i8"
FILES = (SPEC, SAMPLES, CELLS, PROFILES, CODES, VALUES, STARTS)
READ_AT_ONCE = 1 << 22


def name_of(target: int, align: str) -> str:
    """What the cube of a target is called among those of its run."""
    return f"{target}-{align}"


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
    with faults(f"cannot write {above}"):
        make_directory(above)
    lock = Lock(above / LOCK)
    scratch = above / f".{secrets.token_hex(8)}.part"
    try:
        with faults(f"cannot write {scratch}"):
            for left in above.glob(".*.part"):
                shutil.rmtree(left, ignore_errors=True)
            scratch.mkdir()
            yield scratch
            files = {file: [(scratch / file).stat().st_size, digest_of(scratch / file)] for file in FILES}
            number = hashlib.sha256(sealed({"files": files, "run": run})).hexdigest()[:16]
            made = above / number
            if made.exists():
                shutil.rmtree(scratch)
            else:
                scratch.rename(made)
            now = {**current(root), name: {"generation": number, "run": run, "files": files}}
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


def current(root: Path) -> dict[str, dict[str, object]]:
    """The current generation of each cube of a run, by name; empty where none was built.

    Raises:
        StoreError: The file was changed.
    """
    path = root / CUBE / CURRENT
    if not path.exists():
        return {}
    with faults(f"cannot read {path}"):
        return unsealed(path.read_bytes(), path)


def digest_of(path: Path) -> str:
    """sha256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(READ_AT_ONCE):
            digest.update(part)
    return digest.hexdigest()


def found(root: Path, name: str, *, run: str) -> Path | None:
    """The folder of the current generation, if it is of this run and whole; None where it must be built."""
    known = current(root).get(name)
    if known is None or known["run"] != run:
        return None
    folder = root / CUBE / str(known["generation"])
    files = known["files"]
    assert isinstance(files, dict)
    for file, (size, digest) in files.items():
        path = folder / file
        if not path.is_file() or path.stat().st_size != size:
            return None
        if file in (SPEC, SAMPLES, CELLS) and digest_of(path) != digest:
            raise StoreError(f"{path} was changed since it was written; remove {root / CUBE} to build it anew")
    return folder
