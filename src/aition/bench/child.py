"""The process that rows come from: each job it reads from standard input is done by a copy of it, and answered.

A copy begins with everything imported, which takes as long as many a row. The process itself never asks a model: what
it did would be in the memory of every row.
"""

import json
import os
import pickle
import select
import signal
import sys
import warnings
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import BinaryIO

from aition.store.worker import pickled

COPIES = sys.platform == "linux"
"""Whether rows are made by copies; elsewhere forked processes may not use the system's libraries, and each job has a
process that was begun for it."""
BEGUN_WITH = ("torch", "aition.bench.measure", "torch.fx.experimental.symbolic_shapes")
"""What is imported beforehand; the last is what the first gradient imports."""


def main() -> None:
    """Answer each job, a line of JSON, with three pickled things: row, what was raised (pickled; or nothing), warnings.

    What packages print goes to standard error. Where the process of a row dies, this one dies the same way. It ends
    with its standard input.
    """
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    for name in BEGUN_WITH:
        import_module(name)
    while line := sys.stdin.buffer.readline():
        if COPIES and (copy := os.fork()):
            follow(copy)
        else:
            serve(line, answer)


def follow(copy: int) -> None:
    """Wait for the process of a row, and die as it died."""
    code = os.waitstatus_to_exitcode(os.waitpid(copy, 0)[1])
    if code < 0:
        signal.signal(-code, signal.SIG_DFL) if -code not in (signal.SIGKILL, signal.SIGSTOP) else None
        os.kill(os.getpid(), -code)
    if code:
        sys.exit(code)


def serve(line: bytes, answer: BinaryIO) -> None:
    """Make a row, answer, and leave."""
    Thread(target=leave_with_parent, daemon=True).start()
    row, raised = {}, b""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        try:
            row = made(json.loads(line))
        except Exception as error:  # noqa: BLE001 (the parent raises it again)
            raised = pickled(error)
    answer.write(pickle.dumps((row, raised, said(caught))))
    answer.flush()
    os._exit(0)


def leave_with_parent() -> None:
    """Wait until nobody holds the other end of standard input, and leave at once; what stands in it is not read."""
    poll = select.poll()
    poll.register(0, 0)
    poll.poll()
    os._exit(1)


def made(words: dict[str, object]) -> dict[str, object]:
    """The row of a job."""
    import torch

    torch.set_num_threads(1)
    from aition.bench.measure import Job, measured

    cache = Path(str(words.pop("cache")))
    return measured(Job(**words), cache=cache)  # type: ignore[arg-type]


def said(caught: list[warnings.WarningMessage]) -> list[str]:
    """What Aition warned of, each once."""
    from aition.core.errors import AitionWarning

    return list(dict.fromkeys(str(one.message) for one in caught if issubclass(one.category, AitionWarning)))
