"""Desk: work for threads, a few at a time, that ends when its time is over or nobody waits for it any more."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypeVar

from aition.store.cube.stopping import Check, unhindered
from aition.view.web.refusing import Refused, busy

T = TypeVar("T")
IDLE = 2.0


@dataclass(frozen=True)
class Limits:
    """How much may be asked at once.

    Args:
        n_heavy: Heavy questions worked on at once.
        most_heavy: Heavy questions worked on or waiting.
        n_light: Light ones worked on at once.
        most_light: Light ones worked on or waiting.
    """

    n_heavy: int = 2
    most_heavy: int = 12
    n_light: int = 2
    most_light: int = 32


USUAL = Limits()


class Stopped(Exception):
    """Nobody waits for this work any more."""


@dataclass(eq=False)
class Ticket:
    """One piece of work.

    Args:
        seconds: How long it may take, waiting included.
    """

    seconds: float
    begun: bool = False
    ended: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.last = time.monotonic() + self.seconds

    def check(self) -> None:
        """Raise where the time is over or nobody waits.

        Raises:
            Stopped: So that the work ends.
        """
        if self.ended.is_set() or time.monotonic() > self.last:
            raise Stopped


class Desk:
    """Threads for one kind of work.

    Args:
        n_thread: How many work at once.
        most: How many questions may be worked on or wait; further ones are refused.
        name: Of the threads.
        rest: Called in a thread when nothing was asked for ``IDLE`` seconds.
    """

    def __init__(self, n_thread: int, *, most: int, name: str, rest: Callable[[], None] = unhindered) -> None:
        self.threads = ThreadPoolExecutor(n_thread, thread_name_prefix=name)
        self.most, self.taken, self.asked = most, 0, 0
        self.rest = rest

    async def answered(self, job: Callable[[Check], T], *, seconds: float, gone: Callable[[], Awaitable[None]]) -> T:
        """What a job answers.

        Args:
            job: Is given the check that it must call now and then.
            seconds: How long it may take.
            gone: Ends when the one who asked is gone.

        Raises:
            Refused: Too many wait, the time is over, or nobody waits any more.
        """
        if self.taken >= self.most:
            raise busy(
                "too many questions at once; ask again in a moment", seconds=1, status=HTTPStatus.TOO_MANY_REQUESTS
            )
        ticket = Ticket(seconds)
        loop = asyncio.get_running_loop()
        self.taken += 1
        self.asked += 1
        work = self.threads.submit(performed, job, ticket)
        work.add_done_callback(lambda _: called_back(loop, self.leave))
        answer = asyncio.wrap_future(work)
        left = asyncio.ensure_future(gone())
        try:
            waits: set[asyncio.Future[Any]] = {answer, left}
            await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ticket.ended.set()
            left.cancel()
            waiting = not answer.done()
            if waiting:
                answer.cancel()
        if not waiting:
            try:
                return answer.result()
            except Stopped:
                pass
        if left.done() and not left.cancelled():
            raise Refused(HTTPStatus.REQUEST_TIMEOUT, "nobody waits for this answer any more")
        if not ticket.begun:
            raise busy("the server is busy; ask again in a moment", seconds=2)
        words = f"the answer took more than {seconds:g} s and was stopped; ask for fewer sequences or a smaller span"
        raise Refused(HTTPStatus.GATEWAY_TIMEOUT, words)

    def leave(self) -> None:
        """Make room for another question."""
        self.taken -= 1
        asyncio.get_running_loop().call_later(IDLE, self.rested, self.asked)

    def rested(self, asked: int) -> None:
        """Rest, where nothing was asked since."""
        if asked == self.asked and not self.taken:
            with suppress(RuntimeError):
                self.threads.submit(self.rest)

    def close(self) -> None:
        """Begin nothing more."""
        self.threads.shutdown(wait=False, cancel_futures=True)


def desks_of(limits: Limits, *, rest: Callable[[], None] = unhindered) -> dict[str, Desk]:
    """A desk for each kind of question.

    Args:
        limits: How much may be asked at once.
        rest: Called when no heavy question was asked for some seconds.
    """
    return {
        "heavy": Desk(limits.n_heavy, most=limits.most_heavy, name="heavy", rest=rest),
        "light": Desk(limits.n_light, most=limits.most_light, name="light"),
        "model": Desk(1, most=4, name="model"),
    }


def performed(job: Callable[[Check], T], ticket: Ticket) -> T:
    """Work in a thread."""
    ticket.check()
    ticket.begun = True
    return job(ticket.check)


def called_back(loop: asyncio.AbstractEventLoop, what: Callable[[], None]) -> None:
    """Have the loop call something, unless it has ended with its server."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(what)
