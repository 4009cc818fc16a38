"""A run, served by the command line in a process of its own."""

import http.client
import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

CODE = "import sys; from aition.cli import main; sys.exit(main(sys.argv[1:]))"
MB = 1e6


@dataclass(frozen=True)
class Serving:
    """A server that has answered.

    Args:
        url: The address that it printed, with its key.
        process: Its own, without that of the model.
        seconds: From the start of the process to the first answer.
        headers: With the cookie, once there is a session.
    """

    url: str
    process: psutil.Process
    seconds: float
    connection: http.client.HTTPConnection = field(repr=False)
    headers: dict[str, str] = field(repr=False)

    def ask(self, question: str, body: dict[str, Any]) -> bytes:
        """Ask as the page asks; wait where something is being prepared."""
        while True:
            self.connection.request("POST", f"/api/{question}", json.dumps(body), self.headers)
            answer = self.connection.getresponse()
            content = answer.read()
            if cookie := answer.headers.get("Set-Cookie"):
                self.headers["Cookie"] = cookie.partition(";")[0]
            if answer.status == 503:
                time.sleep(0.2)
                continue
            if answer.status != 200:
                raise RuntimeError(f"{question}: {answer.status} {content.decode()}")
            return content

    @property
    def memory_mb(self) -> float:
        """What is resident now."""
        return self.process.memory_info().rss / MB

    @property
    def peak_mb(self) -> float:
        """The most that was resident at any time."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) * 1024 / MB


@contextmanager
def served(words: list[str]) -> Iterator[Serving]:
    """A server that has answered its first question."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", CODE, "serve", *words, "--no-open"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        found = next(filter(None, map(re.compile(r"(http://\S+:(\d+)/)#token=(\S+)").search, process.stdout)), None)
        if not found:
            raise SystemExit(f"aition serve {' '.join(words)} failed")
        connection = http.client.HTTPConnection("127.0.0.1", int(found[2]), timeout=600)
        headers = {"Content-Type": "application/json", "X-Aition": "1"}
        serving = Serving(found[0], psutil.Process(process.pid), 0.0, connection, headers)
        serving.ask("session", {"token": found[3]})
        serving.ask("open", {})
        yield Serving(found[0], serving.process, time.perf_counter() - began, connection, headers)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(30)
