"""build(): the cube of a run, in one pass over its rows."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from aition.core.progress import Progress, progress_bar
from aition.store.cube.count import count
from aition.store.cube.files import SAMPLES, SPEC, generation, name_of
from aition.store.cube.rows import Rows, rows_of
from aition.store.cube.samples import sample_columns
from aition.store.cube.settle import DEFAULT, Fineness, feature_names, grouped, settled, taken_over
from aition.store.cube.spec import Align, CubeSpec
from aition.store.cube.stopping import Check, unhindered
from aition.store.files import sealed
from aition.store.stored import StoredRun


def build(
    run: StoredRun,
    *,
    variable: str = "attribution",
    target: int = 0,
    align: Align = "start",
    fineness: Fineness = DEFAULT,
    progress: Progress = "auto",
    check: Check = unhindered,
) -> None:
    """Count the rows of a run by value, time and attribution, and write down the cell of each row.

    Where bins part is decided by about two million rows of samples drawn at random; every row is counted, its
    attribution in single precision. A cube of the same name that was there before gives way when the new one is whole.

    Args:
        run: What was stored.
        variable: What is attributed.
        target: Which of several targets.
        align: What steps are counted from: "start", or "end", backwards.
        fineness: How finely rows are told apart.
        progress: "auto" shows a bar on a terminal.
        check: Called again and again; what it raises ends the work, and the cube that was there stays.

    Raises:
        InputError: The run has no attribution of rows, or cuts or units are of no feature.
        StoreError: Another process builds a cube of this run, or a file of the run was changed.
    """
    samples = sample_columns(run, target=target)
    _, groups, group = grouped(samples["predicted"], samples["label"])
    spec = settled(run, groups, fineness, variable=variable, target=target, align=align, check=check)
    rows = rows_of(run, variable=variable, target=target)
    write(run, spec, samples, group, rows, name=name_of(target, align), progress=progress, check=check)


def build_like(
    run: StoredRun,
    like: CubeSpec,
    *,
    variable: str = "attribution",
    target: int = 0,
    progress: Progress = "auto",
    check: Check = unhindered,
) -> None:
    """Count the rows of a run in the cells of another run's cube, so that the two can be compared.

    Args:
        run: What was stored.
        like: The other cube's spec. Features that the run lacks have no rows; steps behind its last are in its last
            bin of time; groups that it lacks are added behind its own.
        variable: What is attributed.
        target: Which of several targets.
        progress: "auto" shows a bar on a terminal.
        check: Called again and again; what it raises ends the work.

    Raises:
        InputError: The other cube lacks a feature of the run.
        StoreError: Another process builds a cube of this run, or a file of the run was changed.
    """
    samples = sample_columns(run, target=target)
    pairs, groups, _ = grouped(samples["predicted"], samples["label"])
    spec = taken_over(like, run, groups, target=target)
    group = spec.group_of(pairs[:, 0], pairs[:, 1])
    rows = moved(rows_of(run, variable=variable, target=target), run, spec)
    name = name_of(target, like.align, like=like.digest)
    write(run, spec, samples, group, rows, name=name, progress=progress, check=check)


def moved(rows: Iterable[Rows], run: StoredRun, spec: CubeSpec) -> Iterator[Rows]:
    """Rows with the places that their features have in another cube."""
    places = {one.name: place for place, one in enumerate(spec.features)}
    own = np.array([places[name] for name in feature_names(run)])
    for part in rows:
        yield replace(part, feature=own[part.feature])


def write(
    run: StoredRun,
    spec: CubeSpec,
    samples: dict[str, NDArray[Any]],
    group: NDArray[np.int64],
    rows: Iterable[Rows],
    *,
    name: str,
    progress: Progress,
    check: Check,
) -> None:
    """Write a cube as the current one of its name."""
    with generation(run.path, name, run=run.digest()) as folder:
        with progress_bar("Counting rows", len(group), progress=progress) as tick:
            counted = count(rows, spec, group, folder, tick, check)
        everything = {"sample": np.arange(len(group)), **samples, **counted.columns}
        pq.write_table(pa.table({name: pa.array(value) for name, value in everything.items()}), folder / SAMPLES)
        (folder / SPEC).write_bytes(sealed(counted.spec.to_json()))
