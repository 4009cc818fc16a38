"""The process of one row: reads the job from standard input and answers on standard output."""

import json
import os
import pickle
import sys
import warnings
from pathlib import Path
from threading import Thread

from aition.store.worker import end_with_parent, pickled


def main() -> None:
    """Make the row, and answer three pickled things: the row, what was raised (pickled; or nothing), and warnings.

    What packages print goes to standard error. The process leaves when its parent is gone.
    """
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    words = json.loads(sys.stdin.buffer.readline())
    Thread(target=end_with_parent, daemon=True).start()
    row, raised = {}, b""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        try:
            row = made(words)
        except Exception as error:  # noqa: BLE001 (the parent raises it again)
            raised = pickled(error)
    answer.write(pickle.dumps((row, raised, said(caught))))
    answer.flush()
    os._exit(0)


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
