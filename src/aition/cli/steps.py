"""Steps of a demo: what is being done, how long it took, and what an earlier demo left in the folder."""

import json
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from aition.cli.printing import print_lines
from aition.core.errors import InputError

MARK = ".aition-demo"
"""A file that says what a demo was asked for: what stands beside it was written by that demo."""
WRITTEN = ("icu", "basic-motions", "japanese-vowels", "report.html")
"""What demos write; another demo takes its place."""
INDENT = " " * 7


class Steps:
    """Tells what is being done, and how long it took.

    Args:
        total: How many steps there are.
    """

    def __init__(self, total: int) -> None:
        self.total, self.done = total, 0

    @contextmanager
    def __call__(self, words: str) -> Iterator[list[str]]:
        """A step; what is put into the list is told at its end, a line each."""
        self.done += 1
        print(f"[{self.done}/{self.total}] {words}", flush=True)
        said: list[str] = []
        began = time.perf_counter()
        yield said
        took = f"{time.perf_counter() - began:.1f} s"
        lines = [*said[:-1], f"{said[-1]} ({took})"] if said else [took]
        print_lines(INDENT + line for line in lines)


def prepare(out: Path, asked: Mapping[str, str | int]) -> None:
    """Make the folder of a demo. What an earlier demo left is kept if it was asked for the same, else removed.

    Args:
        out: The folder.
        asked: What this demo is asked for, its versions among it.

    Raises:
        InputError: The folder holds something else.
    """
    if out.exists() and not out.is_dir():
        raise InputError(f"--out must be a folder, but {out} is a file")
    mark = out / MARK
    if out.is_dir() and any(out.iterdir()) and not mark.is_file():
        raise InputError(f"--out must be a new folder or one of an earlier demo, but {out} holds something else")
    out.mkdir(parents=True, exist_ok=True)
    words = json.dumps(dict(asked), sort_keys=True)
    if mark.is_file() and mark.read_text(encoding="utf-8") != words:
        mark.write_text("", encoding="utf-8")
        for name in WRITTEN:
            there = out / name
            if there.is_dir() and not there.is_symlink():
                shutil.rmtree(there)
            else:
                there.unlink(missing_ok=True)
    mark.write_text(words, encoding="utf-8")


def megabytes(path: Path) -> float:
    """What a folder or a file takes on the disk, in MB of a million bytes."""
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file()) / 1e6
