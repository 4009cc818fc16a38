"""Running the server: a port that is held, an address with a key, and a browser that is sent there."""

import ctypes
import errno
import html
import os
import socket
import threading
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import uvicorn
from starlette.types import ASGIApp

from aition.core.errors import InputError
from aition.view.web.security import bracketed
from aition.view.web.session import Session

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
"""Of GNU's malloc.h."""
REDIRECT = (
    '<!doctype html><meta http-equiv="refresh" content="0; url={url}"><title>Aition</title><a href="{url}">Aition</a>'
)


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A port that is held, so that one in use is known before any work is done.

    Args:
        host: A name or a number.
        port: 0 takes any that is free.

    Raises:
        InputError: The port is in use, or may not be taken; or there is no such host.
    """
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        taken = socket.create_server((host, port), family=family)
    except (OSError, OverflowError) as error:
        reason = "is in use" if getattr(error, "errno", 0) == errno.EADDRINUSE else f"can't be taken ({error})"
        raise InputError(
            f"port {port} of {host} {reason}; give --port another number, 0 takes any that is free"
        ) from error
    with taken:
        # asyncio does so for sockets that it makes itself; without, an answer waits 40 ms for the other side's ACK.
        taken.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield taken


def address(host: str, taken: socket.socket, session: Session) -> str:
    """Where the page is, with the key that opens it."""
    reached = {"0.0.0.0": socket.gethostname(), "::": socket.gethostname()}.get(host, host)
    return f"http://{bracketed(reached)}:{taken.getsockname()[1]}/#token={session.token}"


def lean() -> None:
    """Have memory go back to the system as soon as it is free: answers are large and far between.

    Where the C library is not GNU's, all stays as it was.
    """
    pa.set_memory_pool(pa.system_memory_pool())
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        library.mallopt(M_ARENA_MAX, 1)
        library.mallopt(M_MMAP_THRESHOLD, 1 << 25)
        library.mallopt(M_TRIM_THRESHOLD, 1 << 25)


def tidy() -> None:
    """Give free memory back to the system."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def server(application: ASGIApp) -> uvicorn.Server:
    """What answers at a port; ``run(sockets=[taken])`` ends when the user interrupts."""
    config = uvicorn.Config(
        application,
        access_log=False,
        h11_max_incomplete_event_size=1 << 15,
        http="h11",
        lifespan="on",
        limit_concurrency=128,
        log_config=None,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=2,
        timeout_keep_alive=30,
        ws="none",
    )
    return uvicorn.Server(config)


@contextmanager
def browser(url: Callable[[], str]) -> Iterator[Callable[[], None]]:
    """What opens the page in a browser.

    The browser is given a file that only this user can read and that leads to the page, since every user of the machine
    sees the words that a program is started with.
    """
    with TemporaryDirectory(prefix="aition-") as folder:

        def open_page() -> None:
            path = Path(folder) / "open.html"
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(descriptor, "w", encoding="utf-8") as file:
                file.write(REDIRECT.format(url=html.escape(url())))
            threading.Thread(target=webbrowser.open, args=(path.as_uri(),), daemon=True).start()

        yield open_page
