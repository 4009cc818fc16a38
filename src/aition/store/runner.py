"""run(): explain() on several processes, from a plan of shards to one committed run."""

import os
import pickle
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from copy import copy
from itertools import chain

import cloudpickle
import torch

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.explain import Shards, check_arguments, explain, joined_digest
from aition.core.freeze import frozen
from aition.core.memory import SHARE, free_bytes
from aition.core.model import Model
from aition.core.progress import Progress, progress_bar
from aition.core.protocol import Explainer, Padding
from aition.core.provenance import kebab, stamped
from aition.core.run import Run, described_samples
from aition.core.target import Target
from aition.store.numerics import numerics
from aition.store.pool import Pool, Task
from aition.store.store import SHARD_SIZE, Store
from aition.store.stored import StoredRun


def run(
    explainer: Explainer,
    model: Model,
    data: Batch | Iterable[Batch],
    target: Target | Sequence[Target],
    path: str | os.PathLike[str],
    *,
    workers: int = 1,
    shard_size: int = SHARD_SIZE,
    padding: Padding = "keep",
    memory: int = 0,
    progress: Progress = "auto",
) -> StoredRun:
    """Explain what a model says of every sample, in several processes, and store it.

    The plan is a list of shards; every shard is explained by one process with one thread and committed wholly or not at
    all, so that the result is the same byte for byte for any number of workers and after any interruption, with as many
    ``rows`` to a pass: these follow from the memory, and a run that goes on keeps those of its first begin. A shard
    whose worker dies is tried again, three times at most.

    Args:
        explainer: A method with its settings.
        model: What is to be explained; it and the explainer must be such that cloudpickle can carry them.
        data: A Batch, or several in succession; this process reads them.
        target: The question, or several of one kind.
        path: Where to write; a run that was interrupted there goes on.
        workers: Processes; 1 works in this one.
        shard_size: Samples in a shard, at most.
        padding: As in :func:`aition.core.explain.explain`.
        memory: Bytes that the passes of all workers together may fill; 0 takes a quarter of what is free.
        progress: "auto" shows a bar on a terminal.

    Raises:
        StoreError: Another run is there; the disk refuses; or a shard killed every worker that it was given to.
        InputError: As :func:`aition.core.explain.explain`, and what else it raises.
    """
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < 1:
        raise InputError(f"workers must be a whole number from 1, but is {workers!r}")
    targets = check_arguments(explainer, model, target, padding, memory)
    store = Store(path, shard_size=shard_size)
    if workers == 1:
        with one_thread():
            return explain(explainer, model, data, targets, to=store, padding=padding, memory=memory, progress=progress)
    budget = (memory or int(SHARE * free_bytes(model.device))) // workers
    began = time.perf_counter()
    pieces = Shards(data, store.shard_size, explainer, targets)
    total = len(data) if isinstance(data, Batch) else 0
    try:
        with (
            one_thread(),
            frozen(model),
            progress_bar(kebab(type(explainer).__name__), total, progress=progress) as tick,
        ):
            plan = Run(explainer, model, targets, padding=padding, memory=budget, tick=tick)
            spread(plan, pieces, store, workers)
        stamp = stamped({}, data_sha256=joined_digest(pieces.digests), seconds=time.perf_counter() - began)
        return store.finish(pieces.count, stamp)
    finally:
        store.close()


def spread(plan: Run, pieces: Shards, store: Store, workers: int) -> None:
    """Have every shard that is not there yet made by a pool; memory holds at most two for each worker."""
    stream = iter(pieces)
    first = next(stream)
    plan.open(first, store)
    waiting: dict[Future[None], int] = {}
    with Pool(workers, setup(plan, store)) as pool:
        for shard, batch in enumerate(chain([first], stream)):
            digest = batch.digest()
            if store.committed(shard, digest):
                plan.tick(len(batch))
                continue
            content = pickle.dumps((shard, store.reserve(len(batch)), digest, batch))
            waiting[pool.submit(Task(shard, described_samples(batch), content))] = len(batch)
            if len(waiting) >= 2 * workers:
                settle(waiting, plan.tick)
        while waiting:
            settle(waiting, plan.tick)


def settle(waiting: dict[Future[None], int], tick: Callable[[int], None]) -> None:
    """Wait until a shard is there; raises what its worker raised."""
    for future in wait(waiting, return_when=FIRST_COMPLETED).done:
        size = waiting.pop(future)
        future.result()
        tick(size)


def setup(plan: Run, store: Store) -> bytes:
    """What a worker needs to know before its first shard."""
    silent = copy(plan)
    silent.tick = silence
    try:
        return bytes(cloudpickle.dumps((numerics(), silent, store.path.absolute(), store.header.run)))
    except Exception as error:
        raise InputError(
            f"the model or the explainer can't be sent to other processes ({type(error).__name__}: {error}); "
            "take workers=1"
        ) from error


def silence(done: int) -> None:
    """Show nothing."""


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch compute with one thread, as every worker does."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
