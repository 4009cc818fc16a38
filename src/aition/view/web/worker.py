"""Model: the process that holds the model, asked one question at a time, and replaced where it dies or is too slow."""

import logging
import os
import subprocess
import sys
import threading
import time
from http import HTTPStatus
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from aition.store.cube.stopping import Check
from aition.view.web.frames import read_frame
from aition.view.web.refusing import Refused, busy

BOOT = (
    "import sys; sys.path[:] = sys.argv[4:]; import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); "
    "from aition.view.warm import main; main()"
)
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
LOOK = 0.02
LOG = logging.getLogger("aition.serve")


class Model:
    """A model in a process of its own, which alone loads torch.

    Args:
        path: The model's file.
        builder: What makes the model, where its file does not say.
        seconds: How long an answer may take; then the process is replaced.
    """

    def __init__(self, path: Path, *, builder: str = "", seconds: float = 10.0) -> None:
        self.path, self.builder, self.seconds = path, builder, seconds
        self.lock = threading.Lock()
        self.open = True
        self.fault = ""
        self.digest = ""
        self.begin()

    def begin(self) -> None:
        """Start the process; it is ready when its first message comes."""
        self.ready = False
        self.pipe, theirs = Pipe()
        self.process = subprocess.Popen(
            [sys.executable, "-c", BOOT, str(theirs.fileno()), os.fspath(self.path), self.builder, *sys.path],
            stdin=subprocess.PIPE,
            pass_fds=[theirs.fileno()],
            env={**os.environ, **ONE_THREAD},
        )
        theirs.close()
        # Taken note of at once when it ends: a notebook's kernel waits, when it is shut down, until no child is left.
        threading.Thread(target=self.process.wait, name="model-ends", daemon=True).start()

    def explains(self, attrs: dict[str, Any]) -> bool:
        """Whether the model is that of a run, as far as can be known yet."""
        self.look()
        known = attrs.get("weights_sha256", "")
        return not self.fault and (not self.digest or not known or self.digest == known)

    def look(self) -> None:
        """Take note of whether the model is loaded."""
        if not self.ready and not self.fault and self.lock.acquire(blocking=False):
            try:
                if self.pipe.poll():
                    self.loaded()
            except (EOFError, OSError):
                self.fault = "the model's process ended while it was loading"
            finally:
                self.lock.release()

    def loaded(self) -> None:
        """Read the first message."""
        meta, _ = read_frame(self.pipe.recv_bytes())
        if "error" in meta:
            LOG.error("the model can't be loaded: %s", meta["error"])
            self.fault = "it can't be loaded; the terminal says why"
        self.digest = meta.get("weights_sha256", "")
        self.ready = not self.fault

    def ask(self, question: bytes, check: Check) -> bytes:
        """A frame for a frame.

        Args:
            question: As :meth:`aition.view.warm.Desk.answer` reads it.
            check: Called until the question is sent; what was sent is waited for, since loading the model anew takes
                longer.

        Raises:
            Refused: The model can't be loaded, raised, or took too long.
        """
        while not self.lock.acquire(timeout=LOOK):
            check()
        try:
            self.wait_until_ready(check)
            self.pipe.send_bytes(question)
            if not waited(self.pipe, self.process, time.monotonic() + self.seconds):
                raise Refused(
                    HTTPStatus.GATEWAY_TIMEOUT, f"the model took more than {self.seconds:g} s and was stopped"
                )
            answer = self.pipe.recv_bytes()
        except (EOFError, OSError):
            self.replace()
            raise busy(
                "the model's process ended, and is started again; ask again in some seconds", seconds=5
            ) from None
        except Refused as refused:
            if refused.status == HTTPStatus.GATEWAY_TIMEOUT:
                self.replace()
            raise
        finally:
            self.lock.release()
        meta, _ = read_frame(answer)
        if "error" in meta:
            raise Refused(HTTPStatus.BAD_REQUEST, meta["error"])
        return answer

    def wait_until_ready(self, check: Check) -> None:
        """Wait a little for the model to be loaded.

        Raises:
            Refused: It takes longer, or can't be loaded.
        """
        last = time.monotonic() + self.seconds / 2
        while not self.ready and not self.fault:
            check()
            if self.pipe.poll(LOOK):
                self.loaded()
            elif self.process.poll() is not None:
                raise EOFError
            elif time.monotonic() > last:
                raise busy("the model is being loaded; ask again in some seconds", seconds=3)
        if self.fault:
            raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, f"there is no model to ask: {self.fault}")

    def replace(self) -> None:
        """End the process, and start another."""
        self.end()
        if self.open:
            self.begin()

    def end(self) -> None:
        """End the process at once."""
        self.process.kill()
        self.process.wait()
        self.pipe.close()
        if self.process.stdin:
            self.process.stdin.close()

    def close(self) -> None:
        """End the process for good."""
        self.open = False
        self.end()


def waited(pipe: Connection, process: "subprocess.Popen[bytes]", last: float) -> bool:
    """Whether an answer came in time.

    Raises:
        EOFError: The process ended.
    """
    while not pipe.poll(LOOK):
        if process.poll() is not None and not pipe.poll():
            raise EOFError
        if time.monotonic() > last:
            return False
    return True
