"""A progress bar on the terminal; silent in pipes."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

from aition.core.errors import InputError

Progress = Literal["auto", "on", "off"]


@contextmanager
def progress_bar(label: str, total: int, *, progress: Progress = "auto") -> Iterator[Callable[[int], None]]:
    """A function to be told of every step done.

    Args:
        label: What is being done.
        total: How many steps there are; 0 where nobody knows.
        progress: "auto" shows a bar where standard error is a terminal.
    """
    if progress not in ("auto", "on", "off"):
        raise InputError(f"progress must be 'auto', 'on' or 'off', but is {progress!r}")
    if progress == "off" or (progress == "auto" and not sys.stderr.isatty()):
        yield lambda done: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=total or None)
        yield lambda done: bar.advance(task, done)
