"""Stopping: what long work calls again and again, so that whoever waits for it can end it by an exception."""

from collections.abc import Callable

Check = Callable[[], None]


def unhindered() -> None:
    """What is called where nothing may end the work."""
