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
from pathlib import Path
from typing import BinaryIO

from aition.bench.grown import filled
from aition.bench.measure import Job
from aition.bench.rows import Row, RowFile, key_of
from aition.core.errors import AitionWarning, InputError, ModelError
from aition.store.pool import ONE_THREAD

BOOT = (
    "import sys; sys.path[:] = sys.argv[1:]; import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); "
    "from aition.bench.child import main; main()"
)
LAST = 5.0
"""Seconds that a process which answered has to end."""


@dataclass(frozen=True)
class Ended:
    """How a job ended.

    Args:
        job: The job.
        how: "before" where the row was in the file already, "meanwhile" where another process wrote it while this one
            worked, else "done", "refused" or "failed".
        row: The new row; empty for "before" and "failed".
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
    tell: Callable[[Ended], None] = lambda ended: None,
) -> list[Ended]:
    """Make the rows of several jobs and append each to a file as soon as it is there.

    Args:
        jobs: What to do.
        out: File of rows; those that it holds are not made again.
        cache: Folder of trained networks.
        workers: Processes at a time, of one thread each.
        retry_refused: Whether rows that say why a method refused are made again; the new one counts.
        tell: Called at the end of every job.

    Returns:
        How each job ended, in their order. One that fails does not keep the others from being done.

    Raises:
        InputError: A job asks for what there is not, two are the same, or the file can't be written; nothing was run.
    """
    if workers < 1:
        raise InputError(f"workers must be a whole number from 1, but is {workers}")
    keys = [key_of(filled(job.begun())) for job in jobs]
    if twice := [job for place, job in enumerate(jobs) if keys[place] in keys[:place]]:
        raise InputError(f"every row must be asked for once, but {twice[0]} is asked for again")
    rows = RowFile(out, retry_refused=retry_refused, key=lambda row: key_of(filled(row)))
    crew = Crew()
    threads = ThreadPoolExecutor(workers)
    try:
        done = [threads.submit(ended, job, key, rows, cache, crew) for job, key in zip(jobs, keys, strict=True)]
        for one in as_completed(done):
            tell(one.result())
        return [one.result() for one in done]
    finally:
        crew.dismiss()
        threads.shutdown(cancel_futures=True)


def ended(job: Job, key: str, rows: RowFile, cache: Path, crew: "Crew") -> Ended:
    """Do one job unless its row is there."""
    if key in rows:
        return Ended(job, "before", {})
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
        self.busy: set[subprocess.Popen[bytes]] = set()
        self.open = True

    def row(self, job: Job, cache: Path) -> Row:
        """The row of a job, made by a new process.

        Raises:
            Exception: What was raised there.
            ModelError: The process died.
        """
        words = json.dumps(job.to_json() | {"cache": str(cache)})
        with tempfile.TemporaryFile() as errors:
            process = self.hired(errors.fileno())
            try:
                with suppress(BrokenPipeError):
                    process.stdin.write(words.encode() + b"\n")  # type: ignore[union-attr]
                    process.stdin.flush()  # type: ignore[union-attr]
                data = process.stdout.read()  # type: ignore[union-attr]
                code = process.wait(LAST if data else None)
            finally:
                self.leave(process)
            if not data:
                raise ModelError(died(code, errors))
        row, raised, said = pickle.loads(data)
        for words in said:
            warnings.warn(f"{job}: {words}", AitionWarning, stacklevel=2)
        if raised:
            raise pickle.loads(raised)
        return dict(row)

    def hired(self, errors: int) -> "subprocess.Popen[bytes]":
        """A new process."""
        with self.guard:
            if not self.open:
                raise KeyboardInterrupt
            process = subprocess.Popen(
                [sys.executable, "-c", BOOT, *sys.path],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env={**os.environ, **ONE_THREAD},
            )
            self.busy.add(process)
        return process

    def leave(self, process: "subprocess.Popen[bytes]") -> None:
        """End a process, wherever it is."""
        with self.guard:
            self.busy.discard(process)
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()

    def dismiss(self) -> None:
        """End all processes; no new one begins."""
        with self.guard:
            self.open = False
            for process in self.busy:
                process.kill()


def died(code: int, errors: BinaryIO) -> str:
    """How a process ended that gave no answer."""
    end = signal.Signals(-code).name if code < 0 else f"exit status {code}"
    errors.seek(0)
    last = errors.read().decode(errors="replace").strip().splitlines()[-1:]
    return f"its process died ({end}{''.join(f': {line}' for line in last)}); if memory was short, take fewer workers"
