"""A planted truth by value, beside what a run says of the same values."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from aition.core.errors import InputError
from aition.store.cube.spec import CubeSpec
from aition.store.cube.table import Table
from aition.store.summary.trust import spearman

COLUMNS = ("feature", "bin", "name", "time", "contribution", "share")
AMONG = 20
FILE = "values.parquet"


@dataclass(frozen=True, eq=False)
class Truth:
    """What was planted.

    Args:
        cuts: What parts the values of each feature.
        feature: Its name, ``[entry]``.
        bin: Of its values, from 0; the last of a feature is what was not measured, ``[entry]``.
        time: The step, ``[entry]``.
        contribution: What the value adds to the score there, ``[entry]``.
        share: How often it occurs there, ``[entry]``.
    """

    cuts: dict[str, tuple[float, ...]]
    feature: NDArray[np.str_]
    bin: NDArray[np.int64]
    time: NDArray[np.int64]
    contribution: NDArray[np.float64]
    share: NDArray[np.float64]


@dataclass(frozen=True)
class Held:
    """How near a run comes to the truth.

    Args:
        spearman: Rank correlation over values of the mean over time, weighted by how often values occur.
        precision_at_20: Of the 20 values with the largest mean attribution either way, the share that is among as many
            largest in truth.
        cells: The 20 that the run names: feature, value bin of the cube, its size, and the planted one.
    """

    spearman: float
    precision_at_20: float
    cells: tuple[tuple[str, int, float, float], ...]


def truth_file(place: str | os.PathLike[str]) -> Path:
    """The file of a planted truth: itself, or that in the folder of a simulator."""
    near = [Path(place), Path(place) / FILE, Path(place) / "truth" / FILE]
    return next((one for one in near if one.is_file()), near[0])


def read_truth(path: str | os.PathLike[str]) -> Truth:
    """A truth, as a simulator writes it: ``truth/values.parquet``.

    Raises:
        InputError: It has other columns.
    """
    try:
        read = pq.read_table(path, use_threads=False)
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"{path} must be a table of planted values, but can't be read: {error}") from error
    if missing := [name for name in COLUMNS if name not in read.column_names]:
        raise InputError(f"{path} must have the columns {', '.join(COLUMNS)}, but lacks {missing[0]}")
    column = {name: np.array([one or "" for one in read[name].to_pylist()]) for name in ("feature", "name")}
    column |= {name: np.asarray(read[name].to_numpy()) for name in ("bin", "time", "contribution", "share")}
    cuts = {}
    for feature in np.unique(column["feature"]).tolist():
        own = column["feature"] == feature
        cuts[feature] = cuts_of(dict(zip(column["bin"][own].tolist(), column["name"][own].tolist(), strict=True)))
    return Truth(
        cuts,
        column["feature"],
        column["bin"].astype(np.int64),
        column["time"].astype(np.int64),
        column["contribution"],
        column["share"],
    )


def cuts_of(names: Mapping[int, str]) -> tuple[float, ...]:
    """What parts values, by the names of their bins, the last of which is what was not measured.

    Raises:
        InputError: The names do not tell.

    >>> cuts_of({0: "< 2", 1: "2 to 4", 2: "", 3: "> 8", 4: "not measured"})
    (2.0, 4.0, 8.0)
    """
    found: dict[int, float] = {}
    for place, name in names.items():
        low, _, high = name.partition(" to ")
        if high:
            found |= {place - 1: float(low), place: float(high)}
        elif name[:2] in ("< ", "> "):
            found[place if name[0] == "<" else place - 1] = float(name[2:])
    if sorted(found) != list(range(len(names) - 2)):
        raise InputError(f"names of bins must say where values part, but are {list(names.values())}")
    return tuple(found[place] for place in range(len(names) - 2))


def held_against(table: Table, truth: Truth) -> Held:
    """Compare the counts of all samples with a planted truth.

    Args:
        table: Counts, of a cube whose values part where the truth's do.
        truth: What was planted.

    Raises:
        InputError: The cube parts values elsewhere.
    """
    spec = table.spec
    planted, often = placed(spec, truth)
    n, total = table.n.sum(axis=(0, 3)), table.total.sum(axis=(0, 3))
    mean = np.where(n > 0, total / np.maximum(n, 1), 0.0)
    often = np.where(n > 0, often, 0)
    there = often.sum(axis=1) > 0
    there[spec.first_value[:-1]] = False

    def over_time(cells: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray((cells * often).sum(axis=1) / np.maximum(often.sum(axis=1), 1e-12))

    sizes = np.abs(mean).sum(axis=1) / np.maximum((n > 0).sum(axis=1), 1) * there
    true = np.abs(planted).mean(axis=1)
    among = min(AMONG, int((true > 0).sum()))
    named = np.argsort(-sizes, kind="stable")[:among]
    largest = set(np.argsort(-true, kind="stable")[:among].tolist())
    return Held(
        spearman(over_time(mean)[there], over_time(planted)[there]),
        sum(one in largest for one in named.tolist()) / max(among, 1),
        tuple(cell(spec, int(one), float(sizes[one]), float(true[one])) for one in named),
    )


def cell(spec: CubeSpec, value: int, size: float, true: float) -> tuple[str, int, float, float]:
    """A value with its sizes."""
    feature = int(spec.feature_of_value[value])
    return spec.features[feature].name, int(value - spec.first_value[feature]), size, true


def placed(spec: CubeSpec, truth: Truth) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Contributions and shares in a cube's cells, ``[value, time]`` each; means of the steps of a time bin."""
    places = {one.name: place for place, one in enumerate(spec.features)}
    for name, cuts in truth.cuts.items():
        if name not in places:
            raise InputError(f"the truth is of {name!r}, which the run does not have")
        if spec.features[places[name]].edges != cuts:
            raise InputError(
                f"the cube must part {name!r} at {list(cuts)}, where the truth does, but does at "
                f"{list(spec.features[places[name]].edges)}; build it with these cuts"
            )
    if spec.align != "start":
        raise InputError("a truth by time needs a cube that counts steps from the start")
    feature = np.array([places[name] for name in truth.feature.tolist()])
    n_bin = np.array([len(truth.cuts[name]) + 1 for name in truth.feature.tolist()])
    own = (truth.time < spec.n_step) & (truth.time >= 0)
    value = spec.first_value[feature] + np.where(truth.bin == n_bin, 0, truth.bin + 1)
    place = (value * spec.n_time)[own] + spec.time(truth.time[own])
    size = spec.n_value * spec.n_time
    often = np.bincount(place, truth.share[own].astype(np.float64), minlength=size)
    added = np.bincount(place, (truth.contribution * truth.share)[own].astype(np.float64), minlength=size)
    shape = (spec.n_value, spec.n_time)
    mean = np.where(often > 0, added / np.where(often > 0, often, 1), 0.0)
    return mean.reshape(shape), np.asarray(often, dtype=np.float64).reshape(shape)
