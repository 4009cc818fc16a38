"""The process that holds a model: one for all widgets that ask the same file, so that a cell can be run again."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aition.view.web.worker import Model

Key = tuple[str, int, str]
"""A file, when it was written, and what makes the model of it."""
held: dict[Key, tuple[Model, int]] = {}
lock = threading.Lock()


@contextmanager
def shared_model(path: str | os.PathLike[str], *, builder: str) -> Iterator[Model]:
    """The process of a model; it ends when nobody holds it any more.

    Args:
        path: The model's file.
        builder: What makes the model, where its file does not say.
    """
    file = Path(path).resolve()
    key = (str(file), file.stat().st_mtime_ns, builder)
    with lock:
        model, n = held.get(key) or (Model(file, builder=builder), 0)
        held[key] = model, n + 1
    try:
        yield model
    finally:
        with lock:
            model, n = held.pop(key)
            if n > 1:
                held[key] = model, n - 1
            else:
                model.close()
