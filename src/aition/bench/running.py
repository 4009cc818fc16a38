"""Running the bench: every row in a process of its own, so that memory and time are its own, and none twice."""

import json
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import threading
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from aition.bench.child import COPIES
from aition.bench.grown import filled
from aition.bench.measure import Job
from aition.bench.rows import Row, RowFile, key_of
from aition.core.errors import AitionWarning, InputError, ModelError
from aition.store.pool import ONE_THREAD

BOOT = (
    "import sys; sys.path[:] = sys.argv[1:]; import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); "
    "from aition.bench.child import main; main()"
)
LAST = 60.0
"""Seconds that a process which has closed its output has to end."""


@dataclass(frozen=True)
class Ended:
    """How a job ended.

    Args:
        job: The job.
        how: "before" where the row was in the file already, "meanwhile" where another process wrote it while this one
            worked, "left out" where the budget was over, else "done", "refused" or "failed".
        row: The new row; empty for "before", "left out" and "failed".
        error: What went wrong, for "failed".
    """

    job: Job
    how: str
    row: Row
    error: Exception | None = None


def run(
    jobs: Sequence[Job],
    out: Path | str,
    *,
    cache: Path,
    workers: int = 1,
    retry_refused: bool = False,
    may_begin: Callable[[Job], bool] = lambda job: True,
    tell: Callable[[Ended], None] = lambda ended: None,
) -> list[Ended]:
    """Make the rows of several jobs and append each to a file as soon as it is there.

    Args:
        jobs: What to do.
        out: File of rows; those that it holds are not made again.
        cache: Folder of trained networks.
        workers: Processes at a time, of one thread each.
        retry_refused: Whether rows that say why a method refused are made again; the new one counts.
        may_begin: Asked before each job whose row is not there yet; where it says no, the job is left out.
        tell: Called at the end of every job.

    Returns:
        How each job ended, in their order. One that fails does not keep the others from being done.

    Raises:
        InputError: A job asks for what there is not, two are the same, or the file can't be written; nothing was run.
    """
    if workers < 1:
        raise InputError(f"workers must be a whole number from 1, but is {workers}")
    keys = keys_of(jobs)
    if len(set(keys)) < len(keys):
        twice = next(job for place, job in enumerate(jobs) if keys[place] in keys[:place])
        raise InputError(f"every row must be asked for once, but {twice} is asked for again")
    rows = RowFile(out, retry_refused=retry_refused, key=lambda row: key_of(filled(row)))
    crew = Crew()
    threads = ThreadPoolExecutor(workers)
    try:
        make = partial(ended, rows=rows, cache=cache, crew=crew, may_begin=may_begin)
        done = [threads.submit(make, job, key) for job, key in zip(jobs, keys, strict=True)]
        for one in as_completed(done):
            tell(one.result())
        return [one.result() for one in done]
    finally:
        crew.dismiss()
        threads.shutdown(cancel_futures=True)


def keys_of(jobs: Sequence[Job]) -> list[str]:
    """What the rows of jobs are of; each method is made once.

    Raises:
        InputError: A job asks for what there is not.
    """
    settings: dict[str, Any] = {}
    keys = []
    for job in jobs:
        row, how = job.asked(), json.dumps([job.method, job.preset, dict(job.given)], sort_keys=True)
        if how not in settings:
            settings[how] = filled(job.begun())["settings"]
        keys.append(key_of(row | {"settings": settings[how]}))
    return keys


def ended(job: Job, key: str, *, rows: RowFile, cache: Path, crew: "Crew", may_begin: Callable[[Job], bool]) -> Ended:
    """Do one job unless its row is there, or it may not begin."""
    if key in rows:
        return Ended(job, "before", {})
    if not may_begin(job):
        return Ended(job, "left out", {})
    try:
        row = crew.row(job, cache)
    except Exception as error:  # noqa: BLE001 (whatever a method raises is told with its row)
        return Ended(job, "failed", {}, error)
    if not rows.append(row):
        return Ended(job, "meanwhile", row)
    return Ended(job, "refused" if "refused" in row else "done", row)


class Crew:
    """The processes that are at work; dismissed together."""

    def __init__(self) -> None:
        self.guard = threading.Lock()
        self.busy: set[Desk] = set()
        self.idle: list[Desk] = []
        self.open = True

    def row(self, job: Job, cache: Path) -> Row:
        """The row of a job, made by a process of its own.

        Raises:
            Exception: What was raised there.
            ModelError: The process died.
        """
        desk = self.hired()
        kept = False
        try:
            row, raised, said = desk.answer(json.dumps(job.to_json() | {"cache": str(cache)}))
            kept = COPIES
        finally:
            self.leave(desk, kept=kept)
        for words in said:
            warnings.warn(f"{job}: {words}", AitionWarning, stacklevel=2)
        if raised:
            raise pickle.loads(raised)
        return dict(row)

    def hired(self) -> "Desk":
        """A process that waits for work, or a new one."""
        with self.guard:
            if not self.open:
                raise KeyboardInterrupt
            desk = self.idle.pop() if self.idle else Desk()
            self.busy.add(desk)
        return desk

    def leave(self, desk: "Desk", *, kept: bool) -> None:
        """Let a process wait for the next job, or end it, wherever it is."""
        with self.guard:
            self.busy.discard(desk)
            if kept and self.open:
                self.idle.append(desk)
                return
        desk.end()

    def dismiss(self) -> None:
        """End all processes; no new one begins."""
        with self.guard:
            self.open = False
            for desk in self.busy:
                desk.process.kill()
            for desk in self.idle:
                desk.end()
            self.idle = []


class Desk:
    """A process that is given jobs one after the other, and makes each row in a process of its own."""

    def __init__(self) -> None:
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115 (it lives as long as the process)
        self.process = subprocess.Popen(
            [sys.executable, "-c", BOOT, *sys.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors.fileno(),
            env={**os.environ, **ONE_THREAD},
        )

    def answer(self, words: str) -> tuple[Row, bytes, list[str]]:
        """What comes of a job.

        Raises:
            ModelError: The process died.
        """
        with suppress(BrokenPipeError):
            self.process.stdin.write(words.encode() + b"\n")  # type: ignore[union-attr]
            self.process.stdin.flush()  # type: ignore[union-attr]
        try:
            row, raised, said = pickle.load(self.process.stdout)  # type: ignore[arg-type]
        except (EOFError, pickle.UnpicklingError):
            raise ModelError(died(self.process.wait(LAST), self.errors)) from None
        return row, raised, said

    def end(self) -> None:
        """End the process, wherever it is."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.errors):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()


def died(code: int, errors: BinaryIO) -> str:
    """How a process ended that gave no answer."""
    end = signal.Signals(-code).name if code < 0 else f"exit status {code}"
    errors.seek(0)
    last = errors.read().decode(errors="replace").strip().splitlines()[-1:]
    return f"its process died ({end}{''.join(f': {line}' for line in last)}); if memory was short, take fewer workers"
