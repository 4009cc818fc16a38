"""One file, served to this machine only."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingTCPServer

from aition.core.errors import InputError

HOST = "127.0.0.1"


class Loopback(ThreadingTCPServer):
    """A server of one page on the loopback address."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port: int) -> None:
        super().__init__((HOST, port), Page)
        self.path = Path()

    @property
    def port(self) -> int:
        return int(self.socket.getsockname()[1])

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}/"


class Page(BaseHTTPRequestHandler):
    """Answers ``/`` with the file, and everything else with an error."""

    server: Loopback
    timeout = 30

    def do_GET(self) -> None:
        """Answer with the file."""
        self.answer(body=True)

    def do_HEAD(self) -> None:
        """Answer with the headers alone."""
        self.answer(body=False)

    def answer(self, *, body: bool) -> None:
        """Answer, if the question was for this host: a foreign name could only come from another site's page."""
        if self.headers.get("Host", "") not in {f"{name}:{self.server.port}" for name in (HOST, "localhost")}:
            self.send_error(HTTPStatus.FORBIDDEN)
            return
        if self.path.partition("?")[0] != "/":
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        content = self.server.path.read_bytes()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        if body:
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def loopback(port: int) -> Iterator[Loopback]:
    """A server that holds its port, so that a port in use is known at once; nothing is served before it is told to.

    Raises:
        InputError: The port is in use, or may not be taken.
    """
    try:
        server = Loopback(port)
    except (OSError, OverflowError) as error:
        reason = "is in use" if getattr(error, "errno", 0) == errno.EADDRINUSE else f"can't be taken ({error})"
        raise InputError(
            f"port {port} of {HOST} {reason}; give --port another number, 0 takes any that is free"
        ) from error
    with server:
        yield server


def serve(server: Loopback, path: Path) -> None:
    """Serve a file until the user interrupts."""
    server.path = path
    try:
        server.serve_forever(poll_interval=0.2)
    except KeyboardInterrupt:
        return
