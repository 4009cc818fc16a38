"""A limit of CPU seconds: what takes longer is stopped where it stands."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from aition.core.errors import InputError

AGAIN = 5.0
"""CPU seconds after which what caught the first word is told again."""


class Overtime(BaseException):
    """The limit was reached; no ``except Exception`` of a method catches it."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise :class:`Overtime` inside once this process has worked so long.

    Args:
        seconds: Of the processor, of all threads of this process; 0 for no limit.

    Raises:
        InputError: This is not the main thread, which alone can be stopped.
        Overtime: They are over.
    """
    if not seconds:
        yield
        return
    if threading.current_thread() is not threading.main_thread():
        raise InputError("a row with a limit of CPU seconds must be made by the main thread, but another one makes it")

    def stop(number: int, frame: FrameType | None) -> None:
        raise Overtime

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds, AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
