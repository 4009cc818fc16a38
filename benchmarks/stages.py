"""Stages: commands that are run one after another, with the time they take and the memory that they fill.

Memory is the most that all processes of a command hold at once, looked at every ``EVERY`` seconds: their proportional
set sizes added up (``PSS``), in which what several processes share counts once. Where the system states no such size it
is their resident sets (``RSS``), in which it counts in each; and without ``/proc`` the resident set of the largest
process alone (``largest process``). Files that are mapped count as far as they are in memory.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

EVERY = 0.2
"""Seconds from one look at memory to the next."""
PROC = Path("/proc")
PAGE = os.sysconf("SC_PAGE_SIZE")
ROLLUP = "smaps_rollup"
HOW = "PSS" if (PROC / "self" / ROLLUP).exists() else "RSS" if PROC.exists() else "largest process"
MAXRSS = 1 if sys.platform == "darwin" else 1024
"""Bytes in what ``ru_maxrss`` counts."""


@dataclass(frozen=True)
class Spent:
    """What a command took.

    Args:
        seconds: Of wall clock.
        cpu_seconds: Of all its processes.
        peak_mb: Memory at its peak, in MB of a million bytes.
        memory: How that was measured.
    """

    seconds: float
    cpu_seconds: float
    peak_mb: int
    memory: str

    def __str__(self) -> str:
        return f"{self.seconds:8.1f} s  {self.cpu_seconds:8.1f} CPU s  {self.peak_mb:6d} MB ({self.memory})"


def run(words: list[str], folder: Path) -> tuple[Spent, str]:
    """Run a command in a folder; what it took, and what it wrote to standard output.

    Its processes are a group of their own, which ends with this function, however that ends.

    Raises:
        SystemExit: It failed.
    """
    began = time.perf_counter()
    with subprocess.Popen(words, cwd=folder, stdout=subprocess.PIPE, start_new_session=True) as process:
        try:
            with Memory(process.pid) as memory:
                said = process.stdout.read() if process.stdout else b""
                _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGTERM)
    if process.returncode:
        raise SystemExit(f"{' '.join(words)} failed with {process.returncode}")
    peak = used.ru_maxrss * MAXRSS if HOW == "largest process" else memory.peak
    seconds = time.perf_counter() - began
    spent = Spent(round(seconds, 1), round(used.ru_utime + used.ru_stime, 1), round(peak / 1e6), HOW)
    return spent, said.decode()


class Memory(threading.Thread):
    """Looks at what a group of processes holds, until it is left; its ``peak`` is in bytes.

    Args:
        group: Its number.
    """

    def __init__(self, group: int) -> None:
        super().__init__(daemon=True)
        self.group, self.peak = group, 0
        self.over = threading.Event()

    def run(self) -> None:
        over = False
        while not over:
            self.peak = max(self.peak, sum(held(pid) for pid in members(self.group)))
            over = self.over.wait(EVERY)

    def __enter__(self) -> "Memory":
        self.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self.over.set()
        self.join()


def members(group: int) -> Iterator[int]:
    """Processes of a group that live; none where the system has no ``/proc``."""
    for path in PROC.glob("[0-9]*/stat"):
        try:
            state, _, its = path.read_text().rpartition(")")[2].split()[:3]
        except (OSError, ValueError):
            continue
        if int(its) == group and state not in "ZX":
            yield int(path.parent.name)


def held(pid: int) -> int:
    """Bytes that a process holds; 0 where it ended."""
    try:
        if HOW == "RSS":
            return int((PROC / str(pid) / "statm").read_text().split()[1]) * PAGE
        lines = (PROC / str(pid) / ROLLUP).read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
