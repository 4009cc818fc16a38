"""A pool of long-lived worker processes, each served by one thread of this process."""

import os
import pickle
import signal
import subprocess
import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import Pipe

import psutil

from aition.core.errors import StoreError
from aition.store.files import faults

RETRIES = 3
"""Further workers that a shard is given to when the one that had it dies."""
LOOK = 1.0
"""Seconds between two looks at whether a silent worker was stopped."""
LAST = 5.0
"""Seconds that a worker whose pipe broke has to end by itself."""
BOOT = (
    "import sys; sys.path[:] = sys.argv[2:]; import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); "
    "from aition.store.worker import main; main()"
)
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")


@dataclass(frozen=True)
class Task:
    """One shard to be made: its number, its samples in words, and what the worker needs."""

    shard: int
    samples: str
    content: bytes


class Raised(Exception):
    """What a worker raised, told apart from what its death raises here."""

    def __init__(self, error: Exception) -> None:
        super().__init__(error)
        self.error = error


class Worker:
    """A process that makes shards, one after another.

    It is not of multiprocessing's spawn, which runs the caller's script once more. Its standard input stays open as
    long as this process lives; the end of that tells it to leave.
    """

    def __init__(self, setup: bytes) -> None:
        self.unsent = [setup]
        self.pipe, theirs = Pipe()
        self.process = subprocess.Popen(
            [sys.executable, "-c", BOOT, str(theirs.fileno()), *sys.path],
            stdin=subprocess.PIPE,
            pass_fds=[theirs.fileno()],
            env={**os.environ, **ONE_THREAD},
        )
        theirs.close()

    def make(self, task: Task) -> None:
        """Have a shard made.

        Raises:
            Raised: What the worker raised.
            OSError: It died (EOFError too).
        """
        while self.unsent:
            self.pipe.send_bytes(self.unsent.pop())
        self.pipe.send_bytes(task.content)
        while not self.pipe.poll(LOOK):
            if self.process.poll() is None:
                self.kill_if_stopped()
            elif not self.pipe.poll():
                raise EOFError("the worker died, but a process that it started holds its pipe open")
        answer = self.pipe.recv_bytes()
        if answer:
            raise Raised(pickle.loads(answer))

    def kill_if_stopped(self) -> None:
        """Kill the process where somebody stopped it, for it would never answer; it may end meanwhile by itself."""
        with suppress(psutil.NoSuchProcess):
            if psutil.Process(self.process.pid).status() == psutil.STATUS_STOPPED:
                self.process.kill()

    def end(self, patience: float) -> str:
        """End the process if it does not within some seconds; how it ended, in words."""
        try:
            code = self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self.pipe.close()
        if self.process.stdin:
            self.process.stdin.close()
        return signal.Signals(-code).name if code < 0 else f"exit status {code}"


class Pool:
    """Workers that are started when they are needed, replaced when they die, and killed at the end.

    Args:
        n_worker: Processes at most.
        setup: What each is sent first.
    """

    def __init__(self, n_worker: int, setup: bytes) -> None:
        self.setup = setup
        self.threads = ThreadPoolExecutor(n_worker)
        self.idle: list[Worker] = []
        self.workers: set[Worker] = set()
        self.open = True
        self.lock = threading.Lock()

    def __enter__(self) -> "Pool":
        return self

    def __exit__(self, *raised: object) -> None:
        with self.lock:
            self.open = False
            workers = list(self.workers)
        for worker in workers:
            worker.process.kill()
        self.threads.shutdown(cancel_futures=True)
        for worker in workers:
            worker.end(LAST)

    def submit(self, task: Task) -> "Future[None]":
        """Have a shard made by the next free worker."""
        return self.threads.submit(self.perform, task)

    def perform(self, task: Task) -> None:
        """Have a shard made by a worker, and by another if that dies.

        Raises:
            StoreError: The shard killed every worker that it was given to.
        """
        ends: list[str] = []
        while len(ends) <= RETRIES:
            with self.lock:
                if not self.open:
                    return
                with faults("cannot start a worker process"):
                    worker = self.idle.pop() if self.idle else Worker(self.setup)
                self.workers.add(worker)
            try:
                worker.make(task)
            except Raised as raised:
                raise raised.error from None
            except (EOFError, OSError):
                ends.append(worker.end(LAST))
                with self.lock:
                    self.workers.discard(worker)
            else:
                with self.lock:
                    self.idle.append(worker)
                return
        raise StoreError(
            f"shard {task.shard} ({task.samples}) killed {len(ends)} workers ({', '.join(ends)}); the shards that are "
            "there are kept; if memory was short, go on with fewer workers, or begin at another path with less memory= "
            "or a smaller shard_size"
        )
