"""Runs: what is served, each by a name of its own, with its cubes."""

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLong
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import aition.store
from aition.core.errors import InputError, StoreError
from aition.core.progress import Progress
from aition.store import StoredRun
from aition.store.cube.build import build, build_like
from aition.store.cube.opened import OpenCube, open_cube
from aition.store.cube.settle import Fineness, feature_names
from aition.store.cube.spec import Align
from aition.store.cube.stopping import Check
from aition.store.files import HeldError
from aition.store.summary.axes.present import axes_of, countable
from aition.store.summary.brushed import holders, together
from aition.store.summary.cohort import cohort_mask, digest_of
from aition.view.web.arranging import Arranger
from aition.view.web.kept import Kept
from aition.view.web.refusing import busy

Key = tuple[str, Align, int, str]
"""A run, what its steps are counted from, the target, and the digest of the cells it is counted in ("": its own)."""
MASK_BYTES, ANSWER_BYTES = 16_000_000, 16_000_000
MOST_SAID = 100
PATIENCE = 5.0
"""Seconds that a question waits for a cube that is being built."""
LOOK = 0.05
WAIT = 0.5
"""Seconds after which a cube that another process builds is looked for again."""
LOG = logging.getLogger("aition.serve")


@dataclass(eq=False)
class Runs:
    """The runs that are served. Questions name them; no question names a path.

    Args:
        runs: By name; the first is shown where none is asked for.
        cuts: What must part the values of features, such as where a planted truth does.
        cubes: Those that are open.
        building: Those that are not there yet.
    """

    runs: Mapping[str, StoredRun]
    cuts: Mapping[str, Sequence[float]] = field(default_factory=dict)
    cubes: dict[Key, OpenCube] = field(default_factory=dict)
    building: dict[Key, "Future[OpenCube]"] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.builder = ThreadPoolExecutor(1, thread_name_prefix="build")
        self.arranger = Arranger()
        self.lock = threading.Lock()
        self.masks: Kept[NDArray[np.bool_]] = Kept(MASK_BYTES, lambda mask: mask.nbytes)
        self.answers: Kept[bytes] = Kept(ANSWER_BYTES, len)
        self.said: Kept[dict[str, Any]] = Kept(MOST_SAID, lambda _: 1)

    @classmethod
    def at(cls, paths: Sequence[Path], *, cuts: Mapping[str, Sequence[float]] = {}) -> "Runs":
        """Open finished runs.

        Raises:
            StoreError: One is not finished, or was changed.
        """
        return cls({name: aition.store.open(path) for name, path in zip(names_of(paths), paths, strict=True)}, cuts)

    def prepare(self, *, progress: Progress = "auto") -> None:
        """Open the cube of every run, and build those that are not there; runs of further axes alone have none.

        What another process is building is waited for.

        Raises:
            InputError: A run has neither attributions that can be counted nor further axes.
            StoreError: A file was changed.
        """
        for name, run in self.runs.items():
            if not countable(run) and axes_of(run):
                continue
            key: Key = (name, "start", 0, "")
            self.cubes[key] = self.awaited(key, progress=progress)

    def run(self, name: str) -> StoredRun:
        """A run by its name; the first for "".

        Raises:
            InputError: There is none of this name.
        """
        if name and name not in self.runs:
            raise InputError(f"run must be one of {', '.join(self.runs)}, but is {name[:80]!r}")
        return self.runs[name or next(iter(self.runs))]

    def name(self, name: str) -> str:
        """A run's name; that of the first for ""."""
        self.run(name)
        return name or next(iter(self.runs))

    def counts(self, name: str) -> bool:
        """Whether a run has rows that are counted: not where it has further axes alone, such as dreams."""
        return countable(self.run(name))

    def comparable(self, name: str) -> list[str]:
        """Other runs that can be counted in the cells of a run: those whose features are among its own."""
        if not self.counts(name):
            return []
        own, here = set(feature_names(self.run(name))), self.name(name)
        return [
            other
            for other, run in self.runs.items()
            if other != here and self.counts(other) and set(feature_names(run)) <= own
        ]

    def cube(self, name: str, check: Check, *, align: Align = "start", target: int = 0, like: str = "") -> OpenCube:
        """A cube, built in the background where it is not there.

        Raises:
            InputError: The run has no rows that could be counted.
            Refused: It is being built; ask again.
        """
        key: Key = (self.name(name), align, target, like)
        if not self.counts(name):
            raise InputError(
                f"{key[0]} has no attributions of cells to count; ask for {', '.join(axes_of(self.run(name)))}"
            )
        with self.lock:
            if key in self.cubes:
                return self.cubes[key]
            future = self.building.get(key) or self.building.setdefault(key, self.builder.submit(self.found, key))
        for _ in range(round(PATIENCE / LOOK)):
            check()
            if future.done():
                break
            threading.Event().wait(LOOK)
        try:
            cube = future.result(timeout=0)
        except TooLong:
            words = f"the rows of {key[0]} are being counted for this view; ask again in some seconds"
            raise busy(words, seconds=5) from None
        except Exception:
            with self.lock:
                self.building.pop(key, None)
            raise
        with self.lock:
            self.building.pop(key, None)
            return self.cubes.setdefault(key, cube)

    def awaited(self, key: Key, *, progress: Progress) -> OpenCube:
        """A cube, as soon as no other process builds one of its run."""
        told = False
        while True:
            try:
                return self.found(key, progress=progress)
            except HeldError:
                if not told:
                    LOG.warning("another process counts the rows of %s: waiting for it", key[0])
                told = True
                time.sleep(WAIT)

    def found(self, key: Key, *, progress: Progress = "off") -> OpenCube:
        """A cube that is there and of the run as it is now, or a new one."""
        try:
            cube = self.opened(key)
        except StoreError:
            return self.built(key, progress=progress)
        edges = {one.name: one.edges for one in cube.spec.features}
        if any(tuple(cuts) != edges[name] for name, cuts in self.parting(key[0]).items()):
            return self.built(key, progress=progress)
        return cube

    def parting(self, name: str) -> Mapping[str, Sequence[float]]:
        """What must part the values of a run's features: nothing where the cuts are of others."""
        return self.cuts if set(self.cuts) <= set(feature_names(self.runs[name])) else {}

    def opened(self, key: Key) -> OpenCube:
        name, align, target, like = key
        return open_cube(self.runs[name], target=target, align=align, like=like)

    def built(self, key: Key, *, progress: Progress) -> OpenCube:
        """A new cube."""
        name, align, target, like = key
        specs = [cube.spec for cube in list(self.cubes.values()) if like and cube.spec.digest == like]
        if specs:
            build_like(self.runs[name], specs[0], target=target, progress=progress)
        else:
            fineness = Fineness(cuts=self.parting(name))
            build(self.runs[name], target=target, align=align, fineness=fineness, progress=progress)
        return self.opened(key)

    def mask(self, cube: OpenCube, cohort: Any, check: Check) -> NDArray[np.bool_]:
        """The samples of a cohort, ``[sample]``."""
        key = (cube.folder, digest_of(cohort))
        if found := self.masks.get(key):
            return found[0]
        mask = cohort_mask(
            cohort,
            cube.samples,
            lambda selection, least: holders(cube, selection, least, check=check),
            lambda selections: together(cube, selections, check=check),
        )
        return self.masks.put(key, mask)

    def close(self) -> None:
        """Build nothing more."""
        self.arranger.close()
        self.builder.shutdown(wait=False, cancel_futures=True)


def names_of(paths: Sequence[Path]) -> list[str]:
    """Names for folders: their last parts, as many as tell them apart.

    >>> names_of([Path("a/ig"), Path("b/ig"), Path("b/occlusion")])
    ['a/ig', 'b/ig', 'occlusion']
    """
    whole = [path.absolute().parts for path in paths]
    if len(set(whole)) != len(whole):
        raise InputError(f"stores must be different, but {paths[first_twice(whole)]} comes twice")
    names = []
    for parts in whole:
        others = [other for other in whole if other != parts]
        size = next(n for n in range(1, len(parts) + 1) if all(other[-n:] != parts[-n:] for other in others))
        names.append("/".join(parts[-size:]).lstrip("/"))
    return names


def first_twice(whole: Sequence[Any]) -> int:
    """The place of the first that came before."""
    return next(place for place, one in enumerate(whole) if one in whole[:place])
