"""How near a run comes to a planted truth: which values it names, which it misses, and how well it could do at best."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from aition.store.columns import as_array
from aition.store.cube.opened import OpenCube
from aition.store.cube.spec import CubeSpec
from aition.store.cube.stopping import Check, unhindered
from aition.store.cube.table import Table
from aition.store.summary.trust import Fact, spearman, verdict
from aition.store.summary.truth import Truth, cells_of, placed

AMONG = 20
LEAST = 20
"""Rows from which on a mean is told apart."""
KEYS = ("sample", "stay_id")
"""Columns of true contributions by which the samples of a run may be known."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Named:
    """A value, as the run and the truth see it.

    Args:
        feature: Its name.
        value_bin: Of the cube.
        mean: The run's mean attribution over time, weighted as the value occurs.
        planted: Likewise what was planted.
        right: Whether it is among the largest of both.
    """

    feature: str
    value_bin: int
    mean: float
    planted: float
    right: bool


@dataclass(frozen=True)
class Held:
    """How near a run comes to the truth.

    Args:
        spearman: Rank correlation over values of the signed mean over time, weighted by how often values occur.
        sign: Of the values with a planted effect that occur, the share of that effect whose sign the run has right; NaN
            where there is none.
        precision_at_20: Of the 20 values with the largest mean attribution either way, the share that is among as many
            largest in truth; NaN where no planted value has enough rows.
        named: The 20 that the run names, the largest first.
        missed: Those of the truth that it does not name, the largest first.
    """

    spearman: float
    sign: float
    precision_at_20: float
    named: tuple[Named, ...]
    missed: tuple[Named, ...]


def held_against(table: Table, truth: Truth) -> Held:
    """Compare the counts of all samples with a planted truth.

    Args:
        table: Counts, of a cube whose values part where the truth's do.
        truth: What was planted.

    Raises:
        InputError: The truth does not fit the cube.
    """
    spec = table.spec
    planted, often = placed(spec, truth)
    n, total = table.n.sum(axis=(0, 3)), table.total.sum(axis=(0, 3))
    often = np.where(n > 0, often, 0)
    there = often.sum(axis=1) > 0
    there[spec.first_value[:-1]] = False
    own, true = (over_time(cells, often) for cells in (total / np.maximum(n, 1), planted))
    named, largest = strongest(spec, n, total, planted)
    weight = np.abs(true) * there
    sign = float((weight * (np.sign(own) == np.sign(true))).sum() / weight.sum()) if weight.any() else np.nan

    def seen(value: int) -> Named:
        feature = int(spec.feature_of_value[value])
        both = value in named and value in largest
        return Named(
            spec.features[feature].name,
            int(value - spec.first_value[feature]),
            float(own[value]),
            float(true[value]),
            both,
        )

    return Held(
        spearman(own[there], true[there]),
        sign,
        share_right(named, largest),
        tuple(seen(one) for one in named),
        tuple(seen(one) for one in largest if one not in named),
    )


def over_time(cells: Floats, often: Floats) -> Floats:
    """Means over time, weighted, ``[value]``; 0 where a value never occurs."""
    return np.asarray((cells * often).sum(axis=1) / np.maximum(often.sum(axis=1), 1e-12))


def strongest(spec: CubeSpec, n: NDArray[np.int64], total: Floats, planted: Floats) -> tuple[list[int], list[int]]:
    """Values with the largest mean attribution either way, and as many with the largest planted effect.

    Args:
        spec: Of the cube.
        n: Rows, ``[value, time]``.
        total: Their attributions, likewise.
        planted: Likewise.
    """
    size, true = (sizes(n, one) for one in (total, planted * n))
    size[spec.first_value[:-1]] = true[spec.first_value[:-1]] = 0
    among = min(AMONG, int((true > 0).sum()))
    by_run, by_truth = (np.argsort(-one, kind="stable")[:among].tolist() for one in (size, true))
    return by_run, by_truth


def sizes(n: NDArray[np.int64], total: Floats) -> Floats:
    """How large the means of values are, either way, over the times at which they occur, ``[value]``.

    Every row weighs the same. The mean of a few rows is large by chance, so times with fewer than ``LEAST`` rows of a
    value are taken together as one, and a value with fewer rows in all has size 0.

    Args:
        n: Rows, ``[value, time]``.
        total: What they add up to, likewise.

    >>> sizes(np.array([[20, 60], [10, 10], [1, 2]]), np.array([[20.0, -60.0], [10.0, -10.0], [9.0, 9.0]]))
    array([1., 0., 0.])
    """
    few = n < LEAST
    apart = np.abs(np.where(few, 0, total)).sum(axis=1) + np.abs(np.where(few, total, 0).sum(axis=1))
    whole = n.sum(axis=1)
    return np.asarray(np.where(whole >= LEAST, apart / np.maximum(whole, 1), 0.0))


def share_right(named: list[int], largest: list[int]) -> float:
    """Share of what is named that is among the largest; NaN where nothing is named."""
    return len(set(named) & set(largest)) / len(named) if named else float("nan")


def ceiling(cube: OpenCube, truth: Truth, check: Check = unhindered) -> float:
    """The precision that true attributions of the same samples would have: what the best explanation could reach.

    Args:
        cube: Of the run.
        truth: What was planted, to each sample, too.
        check: Called again and again; what it raises ends the reading.

    Returns:
        NaN where what was planted to each sample is not known, or the samples are others.

    Raises:
        InputError: The truth does not fit the cube.
    """
    spec, n = cube.spec, cube.whole().n.sum(axis=(0, 3))
    planted, _ = placed(spec, truth)
    total = np.zeros(spec.n_value * spec.n_time)
    known = False
    ids = pa.array(cube.samples["id"].tolist(), pa.string())
    for path in truth.samples:
        check()
        with pq.ParquetFile(path) as file:
            read = of_samples(file.read(use_threads=False), ids)
        known |= read.num_rows > 0
        time = as_array(read["time"]).astype(np.int64)
        own = (time >= 0) & (time < spec.n_step)
        feature, bin_ = (as_array(read[name]) for name in ("feature", "bin"))
        place = cells_of(spec, truth, feature[own].astype(np.str_), bin_[own].astype(np.int64), time[own])
        total += np.bincount(place, as_array(read["contribution"])[own], minlength=len(total))
    if not known:
        return float("nan")
    return share_right(*strongest(spec, n, total.reshape(spec.n_value, spec.n_time), planted))


def of_samples(read: pa.Table, ids: pa.Array) -> pa.Table:
    """The true contributions to samples of a run, whichever of its names they go by."""
    import pyarrow.compute as pc

    for key in KEYS:
        if key in read.column_names:
            own = read.filter(pc.is_in(pc.cast(read[key], pa.string()), value_set=ids))
            if own.num_rows:
                return own
    return read.slice(0, 0)


def facts(held: Held, best: float) -> tuple[Fact, ...]:
    """What is said of it.

    Args:
        held: How near the run comes.
        best: The precision that true attributions would have; NaN where it is not known.
    """
    found = found_of(held, best)
    words = (
        f"The run ranks values as they were planted, raising before lowering, with a correlation of {held.spearman:.2f}"
    )
    words += f" (1 is perfect, 0 chance); it has the direction of {100 * held.sign:.0f} % of the planted effect right."
    if np.isnan(held.spearman):
        words = "Too few values occur to compare their order with the planted one."
    return (
        found,
        Fact("Planted order", held.spearman, verdict(held.spearman, good=0.8, fair=0.5, small=False), words),
    )


def found_of(held: Held, best: float) -> Fact:
    """How many of the strongest planted values the run names."""
    among = len(held.named)
    if not among:
        words = f"No planted value occurs in {LEAST} measurements: too few to say which matter most."
        return Fact("Planted values found", float("nan"), "unknown", words)
    right, could = round(held.precision_at_20 * among), round(best * among) if np.isfinite(best) else among
    words = f"Of the {among} values that this run says matter most, {right} are among the {among} planted strongest."
    if np.isfinite(best):
        words += f" True attributions of the same sequences would name {could}."
    return Fact(
        "Planted values found",
        held.precision_at_20,
        verdict(held.precision_at_20, good=0.9 * could / among, fair=0.5, small=False),
        words,
        shown=f"{right} of {among}",
    )
