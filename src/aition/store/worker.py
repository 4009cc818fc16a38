"""A process of the local pool: explains the shards that it is sent, and commits them itself."""

import os
import pickle
import sys
from multiprocessing.connection import Connection
from threading import Thread


def main() -> None:
    """Serve the pipe whose number the command line names first, until it is closed or the parent is gone."""
    Thread(target=end_with_parent, daemon=True).start()
    pipe = Connection(int(sys.argv[1]))
    setup = pipe.recv_bytes()
    ready: list[Shop] = []
    while True:
        try:
            task = pipe.recv_bytes()
        except EOFError:
            return
        try:
            ready = ready or [Shop(setup)]
            ready[0].perform(task)
            pipe.send_bytes(b"")
        except Exception as error:  # noqa: BLE001 (the parent raises it again)
            pipe.send_bytes(pickled(error))


def end_with_parent() -> None:
    """Wait for the end of standard input, which the parent holds open, and leave at once."""
    while os.read(0, 1):
        pass
    os._exit(1)


def pickled(error: Exception) -> bytes:
    """An exception as bytes; one that can't be pickled as a RuntimeError that quotes it."""
    try:
        data = pickle.dumps(error)
        pickle.loads(data)
    except Exception:  # noqa: BLE001 (whatever a foreign class does when it is pickled)
        data = pickle.dumps(RuntimeError(f"{type(error).__name__}: {error}"))
    return data


class Shop:
    """A run in this process, with one thread."""

    def __init__(self, setup: bytes) -> None:
        import torch

        from aition.store.numerics import take_on

        torch.set_num_threads(1)
        settings, self.run, self.root, self.fingerprint = pickle.loads(setup)
        take_on(settings)

    def perform(self, task: bytes) -> None:
        """Explain a shard and commit it."""
        from aition.core.freeze import frozen
        from aition.store.shards import commit

        shard, first, digest, batch = pickle.loads(task)
        with frozen(self.run.model):
            part = self.run.explained(batch)
        commit(self.root, part, lead="sample", run=self.fingerprint, shard=shard, first=first, data_sha256=digest)
