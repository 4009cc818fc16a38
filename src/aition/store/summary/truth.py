"""A planted truth by value: what was planted, and where that stands among the cells of a cube."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from aition.core.errors import InputError
from aition.store.columns import read_columns
from aition.store.cube.spec import CubeSpec

COLUMNS = ("feature", "bin", "name", "time", "contribution", "share")
FILE = "values.parquet"
BESIDE = "contributions"
"""A folder beside the truth of values, with the true contributions to each sample."""


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
        samples: Files of what each cell of each sample adds; none where that is not known.
    """

    cuts: dict[str, tuple[float, ...]]
    feature: NDArray[np.str_]
    bin: NDArray[np.int64]
    time: NDArray[np.int64]
    contribution: NDArray[np.float64]
    share: NDArray[np.float64]
    samples: tuple[Path, ...] = ()


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
        read = read_columns(Path(path))
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"{path} must be a table of planted values, but can't be read: {error}") from error
    if missing := [name for name in COLUMNS if name not in read]:
        raise InputError(f"{path} must have the columns {', '.join(COLUMNS)}, but lacks {missing[0]}")
    column = {name: np.array([one or "" for one in read[name].tolist()]) for name in ("feature", "name")}
    column |= {name: read[name] for name in ("bin", "time", "contribution", "share")}
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
        tuple(sorted((Path(path).parent / BESIDE).glob("*.parquet"))),
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


def unfit(spec: CubeSpec, truth: Truth) -> str:
    """Why a truth can't be laid beside the cells of a cube, in words; empty where it can."""
    places = {one.name: place for place, one in enumerate(spec.features)}
    for name, cuts in truth.cuts.items():
        if name not in places:
            return f"the planted truth is of {name!r}, which this run does not have"
        if spec.features[places[name]].edges != cuts:
            return (
                f"the cube must part {name!r} at {list(cuts)}, where the planted truth does, but does at "
                f"{list(spec.features[places[name]].edges)}; build it with these cuts"
            )
    if spec.align != "start":
        return "the planted truth counts time from the start; count it so here, too"
    return ""


def placed(spec: CubeSpec, truth: Truth) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Contributions and shares in a cube's cells, ``[value, time]`` each; means of the steps of a time bin.

    Raises:
        InputError: The truth does not fit the cube.
    """
    if why := unfit(spec, truth):
        raise InputError(why)
    own = (truth.time < spec.n_step) & (truth.time >= 0)
    place = cells_of(spec, truth, truth.feature[own], truth.bin[own], truth.time[own])
    size = spec.n_value * spec.n_time
    often = np.bincount(place, truth.share[own].astype(np.float64), minlength=size)
    added = np.bincount(place, (truth.contribution * truth.share)[own].astype(np.float64), minlength=size)
    shape = (spec.n_value, spec.n_time)
    mean = np.where(often > 0, added / np.where(often > 0, often, 1), 0.0)
    return mean.reshape(shape), np.asarray(often, dtype=np.float64).reshape(shape)


def cells_of(
    spec: CubeSpec,
    truth: Truth,
    feature: NDArray[np.str_],
    bin_: NDArray[np.int64],
    time: NDArray[np.int64],
) -> NDArray[np.int64]:
    """The cell of a value at a step among those of all values and times, ``[entry]``.

    Args:
        spec: Of the cube.
        truth: Whose bins these are.
        feature: Its name, ``[entry]``.
        bin_: The truth's, ``[entry]``.
        time: The step, below ``n_step``, ``[entry]``.
    """
    names, back = np.unique(feature, return_inverse=True)
    places = {one.name: place for place, one in enumerate(spec.features)}
    first = np.array([spec.first_value[places[name]] for name in names.tolist()], dtype=np.int64)[back]
    n_bin = np.array([len(truth.cuts[name]) + 1 for name in names.tolist()], dtype=np.int64)[back]
    value = first + np.where(bin_ == n_bin, 0, bin_ + 1)
    return np.asarray(value * spec.n_time + spec.time(time))
