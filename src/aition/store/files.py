"""Files that are written wholly or not at all, text that vouches for itself, and the lock of one writer."""

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from aition.core.errors import StoreError

T = TypeVar("T")


@contextmanager
def faults(doing: str) -> Iterator[None]:
    """Raise a StoreError where the operating system refuses what is done inside."""
    try:
        yield
    except OSError as error:
        raise StoreError(f"{doing}: {error.strerror or error}; shards that were committed are kept") from error


def write_new(path: Path, data: bytes) -> None:
    """Write a file that must not exist yet; when this returns, it is on the disk."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        left = memoryview(data)
        while left:
            left = left[os.write(descriptor, left) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_all(files: Mapping[Path, bytes]) -> None:
    """Write several files at once: a disk takes them together in a third of the time of one after another."""
    with ThreadPoolExecutor(len(files)) as threads:
        for _ in threads.map(write_new, files, files.values()):
            pass


def sync_directory(path: Path) -> None:
    """Put a directory's entries on the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_directory(path: Path) -> None:
    """Make a directory and those above it, on the disk; another process may do so at the same time."""
    if path.is_dir():
        return
    make_directory(path.parent)
    path.mkdir(exist_ok=True)
    sync_directory(path.parent)


def sealed(body: Mapping[str, Any]) -> bytes:
    """JSON that carries its own sha256, written in one way only, so that every changed bit is seen.

    >>> unsealed(sealed({"n_shard": 3}), "manifest.json")
    {'n_shard': 3}
    """
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(text.encode()).hexdigest()
    return f'{{"body":{text},"sha256":"{digest}"}}\n'.encode()


def unsealed(data: bytes, path: Path | str) -> dict[str, Any]:
    """What :func:`sealed` wrote.

    Raises:
        StoreError: A bit of it was changed, or it is of a folder of samples.
    """
    try:
        found = json.loads(data)
        if isinstance(found, dict) and "body" not in found and "schema" in found:
            raise StoreError(
                f"{path} must be of a store, as aition explain writes it, but its schema is {found['schema']}: samples "
                "are shown by aition show, and explained by aition explain MODEL DATA --to another folder"
            )
        body = found["body"]
        whole = sealed(body) == data
    except (ValueError, KeyError, TypeError, RecursionError):
        whole = False
    if not whole or not isinstance(body, dict):
        raise StoreError(f"{path} is torn or was changed: its own sha256 does not fit")
    return body


class HeldError(StoreError):
    """Another process has the right to write."""


class Lock:
    """The right to write below a directory; held by one open file, so it ends with the process and what that forked."""

    def __init__(self, path: Path) -> None:
        self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self.descriptor)
            raise HeldError(f"{path.parent} is being written by another run; wait for its end") from error

    def release(self) -> None:
        """Let go of it, also where a forked process still has the file open."""
        fcntl.flock(self.descriptor, fcntl.LOCK_UN)
        os.close(self.descriptor)


class Watched:
    """What was read from files, kept for as long as they are the same to ``stat``."""

    def __init__(self) -> None:
        self.known: dict[Path, tuple[tuple[int, ...], Any]] = {}

    def read(self, path: Path, check: Callable[[], T]) -> T:
        """``check()``, unless it has read this very file before."""
        with faults(f"cannot read {path}"):
            seen = os.stat(path)
        signature = (seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns)
        if path not in self.known or self.known[path][0] != signature:
            self.known[path] = (signature, check())
        return self.known[path][1]  # type: ignore[no-any-return]
