"""Stopping: what ends a long run leaves nothing behind, and what an earlier one left is told of."""

import signal
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from aition.core.errors import AitionWarning

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stoppable() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM, as a scheduler sends it, end what is done inside with a KeyboardInterrupt.

    It holds the signal, so that the exit code can say which.
    A signal that comes while DuckDB works makes it raise a RuntimeError of its own, in which the signal is lost. What
    the process ignores stays ignored, and in another thread than the main one nothing changes.
    """
    came: list[signal.Signals] = []

    def stop(number: int, _: FrameType | None) -> None:
        came.append(signal.Signals(number))
        raise KeyboardInterrupt(came[-1])

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heeded = [number for number in SIGNALS if signal.getsignal(number) not in (signal.SIG_IGN, None)]
    before = {number: signal.signal(number, stop) for number in heeded}
    try:
        yield
    except RuntimeError as error:
        if came:
            raise KeyboardInterrupt(came[-1]) from error
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def tell_of_parts(out: Path) -> None:
    """Warn of folders beside ``out`` that a killed run has left, or that another is filling now."""
    above = out.absolute().parent
    if not above.is_dir():
        return
    for part in sorted(above.iterdir()):
        if part.name.startswith(f".{out.name}.") and part.name.endswith(".part") and part.is_dir():
            size = sum(file.stat().st_size for file in part.rglob("*") if file.is_file()) / 1e6
            warnings.warn(
                f"{part} is left of an earlier run, {size:.0f} MB: remove it, unless that run still goes on",
                AitionWarning,
                stacklevel=2,
            )
