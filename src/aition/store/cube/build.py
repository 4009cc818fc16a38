"""build(): the cube of a run, in one pass over its rows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from aition.core.errors import InputError
from aition.core.progress import Progress, progress_bar
from aition.store.cube.bins import NOT_MEASURED, FeatureBins, attribution_edges, value_bins
from aition.store.cube.count import count
from aition.store.cube.files import CELLS, SAMPLES, SPEC, generation, name_of
from aition.store.cube.rows import EVENTS, Rows, rows_of, table_of
from aition.store.cube.samples import sample_columns
from aition.store.cube.spec import Align, CubeSpec
from aition.store.files import sealed
from aition.store.stored import StoredRun

LOOKED_AT = 2_000_000
"""Rows, about, whose values and attributions decide where bins part."""
SHARDS_LOOKED_AT = 16
MOST_CELLS = 8_000_000
"""Cells of a cube, at most: time and attribution are told apart less finely where there would be more."""

Columns = Mapping[str, NDArray[Any]]


def build(
    run: StoredRun,
    *,
    variable: str = "attribution",
    target: int = 0,
    align: Align = "start",
    cuts: Mapping[str, Sequence[float]] = {},
    units: Mapping[str, str] = {},
    n_value: int = 5,
    n_time: int = 64,
    n_attribution: int = 20,
    progress: Progress = "auto",
) -> None:
    """Count the rows of a run by value, time and attribution, and write down the cell of each row.

    Where bins part is decided by about two million rows of samples drawn at random; every row is counted.

    Args:
        run: What was stored.
        variable: What is attributed.
        target: Which of several targets.
        align: What steps are counted from: "start", or "end", backwards.
        cuts: Edges of values that mean something, such as clinical ones, by feature.
        units: Of values, by feature.
        n_value: Bins of a feature's values where it has no cuts and many values; of equal mass.
        n_time: Bins of time, at most; of equal numbers of steps.
        n_attribution: Bins of attributions, about; of equal mass.
        progress: "auto" shows a bar on a terminal.

    Raises:
        InputError: The run has no attribution of rows, or cuts or units are of no feature.
        StoreError: Another process builds a cube of this run.
    """
    table = table_of(run, variable)
    samples = sample_columns(run, target=target)
    looked = looked_at(run, variable=variable, target=target)
    names = feature_names(run)
    if unknown := sorted((set(cuts) | set(units)) - set(names)):
        raise InputError(f"cuts and units must be of features of the run, but {unknown[0]!r} is none of {names[:5]}…")
    pairs = np.stack([samples["predicted"], samples["label"]], axis=1)
    groups, group = np.unique(pairs, axis=0, return_inverse=True)
    spec = CubeSpec(
        features=features_of(looked, names, cuts, units, n_value, without="no value" if EVENTS in table else NOT_MEASURED),
        time_edges=(),
        n_step=max(run.sizes.get("time", 0), int(looked.length.max(initial=1))),
        attribution_edges=attribution_edges(looked.attribution, n_bin=n_attribution),
        groups=tuple((int(one), int(other)) for one, other in groups),
        class_names=class_names(run),
        target=target,
        align=align,
        time_unit=str(run.attrs.get("time_unit", "")),
    )
    spec = replace(spec, time_edges=even_edges(spec.n_step, min(n_time, max(1, most_times(spec)))))
    with generation(run.path, name_of(target, align), run=run.digest()) as folder:
        with progress_bar("Counting rows", run.sizes["sample"], progress=progress) as tick:
            counted = count(rows_of(run, variable=variable, target=target), spec, group.astype(np.int64), folder, tick)
        samples = {"sample": np.arange(len(group)), **samples, **counted.columns}
        pq.write_table(pa.table({name: pa.array(value) for name, value in samples.items()}), folder / SAMPLES)
        counted.write(folder / CELLS, spec)
        (folder / SPEC).write_bytes(sealed(spec.to_json()))


def looked_at(run: StoredRun, *, variable: str, target: int) -> Rows:
    """Rows of samples drawn at random, evenly from the run's shards."""
    shards = np.unique(np.linspace(0, run.n_shard - 1, min(run.n_shard, SHARDS_LOOKED_AT)).astype(np.int64))
    drawn = np.random.default_rng(0)
    parts = []
    for rows in rows_of(run, variable=variable, target=target, shards=shards.tolist()):
        share = min(1.0, LOOKED_AT / len(shards) / max(1, len(rows)))
        parts.append(rows.of_samples(drawn.random(len(rows.length)) < share))
    return Rows(
        **{name: np.concatenate([getattr(part, name) for part in parts]) for name in ("sample", "step", "feature")},
        **{name: np.concatenate([getattr(part, name) for part in parts]) for name in ("value", "attribution", "length")},
        first=0,
    )


def features_of(
    looked: Rows, names: Sequence[str], cuts: Mapping[str, Sequence[float]], units: Mapping[str, str], n_bin: int, *,
    without: str,
) -> tuple[FeatureBins, ...]:  # fmt: skip
    """Bins of every feature's values."""
    order = np.argsort(looked.feature, kind="stable")
    ends = np.searchsorted(looked.feature[order], np.arange(len(names) + 1))
    return tuple(
        value_bins(
            name,
            looked.value[order[ends[place] : ends[place + 1]]],
            cuts=cuts.get(name, ()),
            n_bin=n_bin,
            unit=units.get(name, ""),
            without=without,
        )
        for place, name in enumerate(names)
    )


def feature_names(run: StoredRun) -> list[str]:
    """Names of the features, or of the codes of events."""
    labels = shared_labels(run, "feature")
    return labels or [f"f{place}" for place in range(run.sizes["feature"])]


def class_names(run: StoredRun) -> tuple[str, ...]:
    """Names of the classes; their numbers where they have none."""
    return tuple(shared_labels(run, "class")) or tuple(str(place) for place in range(run.sizes.get("class", 0)))


def shared_labels(run: StoredRun, axis: str) -> list[str]:
    """Labels of an axis that all samples share; none where it has none."""
    if "id" not in run.tables.get(axis, []):
        return []
    return [str(name) for name in pq.read_table(run.files(axis)[0], columns=["id"])["id"].to_pylist()]


def most_times(spec: CubeSpec) -> int:
    """Bins of time that keep the cube small."""
    return MOST_CELLS // (spec.n_value * spec.n_attribution * len(spec.groups))


def even_edges(n_step: int, n_time: int) -> tuple[int, ...]:
    """Edges of bins of equally many steps, the last of which may be shorter.

    >>> even_edges(10, 4)
    (3, 6, 9)
    """
    width = -(-n_step // n_time)
    return tuple(range(width, n_step, width))
