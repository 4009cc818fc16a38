"""Arranging: maps by t-SNE, made in a process of their own while somebody waits for them."""

import logging
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from aition.store.cube.opened import OpenCube
from aition.store.summary.embedding import TSNE

BOOT = """\
import sys; sys.path[:] = sys.argv[4:]
import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)
import os; os.nice(10)
import threading
threading.Thread(target=lambda: (os.read(0, 1), os._exit(1)), daemon=True).start()
import aition.store
from aition.store.cube.opened import open_cube
from aition.store.summary.embedding import arrange
arrange(open_cube(aition.store.open(sys.argv[1]), target=int(sys.argv[2]), align=sys.argv[3]))
"""
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
LOG = logging.getLogger("aition.serve")


@dataclass(eq=False)
class Job:
    """A map that is being made.

    Args:
        process: What makes it.
        ending: Ends it when nobody has asked for a while.
    """

    process: "subprocess.Popen[bytes]"
    ending: threading.Timer


class Arranger:
    """Makes one map at a time; work for which nobody asks any more is ended.

    Args:
        patience: Seconds without a question after which nobody waits.
    """

    def __init__(self, patience: float = 20.0) -> None:
        self.patience = patience
        self.jobs: dict[Path, Job] = {}
        self.failed: set[Path] = set()
        self.lock = threading.Lock()
        self.open = find_spec("sklearn") is not None

    def wanted(self, cube: OpenCube) -> bool:
        """Ask for the map of a cube; begun where it is not.

        Returns:
            Whether it is being made; not where it is there, or can't be made.
        """
        folder = cube.folder
        with self.lock:
            job = self.jobs.get(folder)
            if job and job.process.poll() is not None:
                job.ending.cancel()
                job.process.communicate()
                del self.jobs[folder]
                if not (folder / TSNE).exists():
                    self.failed.add(folder)
                    LOG.error("the map of %s can't be arranged by t-SNE", cube.run.path.name)
                job = None
            if not self.open or folder in self.failed or (folder / TSNE).exists():
                return False
            if job:
                job.ending.cancel()
                self.jobs[folder] = Job(job.process, self.soon(folder))
            elif not self.jobs:
                self.jobs[folder] = Job(begun(cube), self.soon(folder))
            return True

    def soon(self, folder: Path) -> threading.Timer:
        """What ends a job unless it is asked for again."""
        timer = threading.Timer(self.patience, self.end, [folder])
        timer.daemon = True
        timer.start()
        return timer

    def end(self, folder: Path) -> None:
        """End the work on a map."""
        with self.lock:
            job = self.jobs.pop(folder, None)
            if job:
                job.ending.cancel()
                job.process.kill()
                job.process.communicate()

    def close(self) -> None:
        """End all work for good."""
        self.open = False
        for folder in list(self.jobs):
            self.end(folder)


def begun(cube: OpenCube) -> "subprocess.Popen[bytes]":
    """A process that arranges the sequences of a run's own cube; it ends with this one, which holds its input."""
    words = [os.fspath(cube.run.path), str(cube.spec.target), cube.spec.align, *sys.path]
    return subprocess.Popen(
        [sys.executable, "-c", BOOT, *words], stdin=subprocess.PIPE, env={**os.environ, **ONE_THREAD}
    )
