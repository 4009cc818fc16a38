"""Groups of cells and their pairs, read from an Explanation for a figure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aition.core.errors import InputError
from aition.core.explanation import Explanation
from aition.view.plots.reading import Array, asked, row_of


@dataclass(frozen=True, eq=False)
class Together:
    """Groups of one sample, or of all.

    Args:
        names: Of the groups.
        places: Of the groups in the explanation.
        alone: What each counts for alone, ``[group]``.
        pairs: What two count for beyond that, ``[group, group]``, NaN on the diagonal.
        cells: Of each group, ``[group, time, feature]``.
    """

    names: tuple[str, ...]
    places: NDArray[np.int64]
    alone: Array
    pairs: Array
    cells: NDArray[np.bool_]

    def strongest(self, top: int) -> list[tuple[int, int]]:
        """The pairs that count most, the weakest first."""
        first, second = np.triu_indices(len(self.alone), 1)
        size = np.abs(self.pairs[first, second])
        order = [place for place in np.argsort(-size, kind="stable")[:top][::-1] if size[place] > 0]
        return [(int(first[place]), int(second[place])) for place in order]


def mean_of(values: Array) -> Array:
    """The mean over samples of what is there; NaN where nothing is."""
    count = (~np.isnan(values)).sum(axis=0)
    return np.where(count, np.nansum(values, axis=0) / np.maximum(count, 1), np.nan)


def needed(explanation: Explanation, name: str, target: int) -> Any:
    """A variable that explainers of interactions answer with."""
    if name not in explanation.data_vars:
        raise InputError(
            f"a figure of interactions needs {name}, which the explanation has not; take ShapleyInteractions"
        )
    return asked(explanation, name, target)


def most_of(explanation: Explanation, target: int) -> str:
    """The sample with most groups."""
    alone = needed(explanation, "attribution_alone", target).transpose("sample", "group").values
    return str(explanation["sample"].values[int((~np.isnan(alone)).sum(axis=1).argmax())])


def together_of(explanation: Explanation, sample: str, *, names: Sequence[str], target: int) -> Together:
    """The groups of a sample, those that it lacks left out, cells in order of time without padding."""
    row = row_of(explanation, sample)
    pairs = needed(explanation, "interaction", target).isel(sample=row).transpose("group", "group_other").values
    alone = needed(explanation, "attribution_alone", target).isel(sample=row).values
    members = needed(explanation, "membership", target)
    if "time" not in members.dims:
        raise InputError(f"groups must be of steps to be shown, but their cells lie along {list(members.dims[2:])}")
    cells = members.isel(sample=row).transpose("group", "time", "feature").values
    times = np.asarray(explanation["times"].values[row], dtype=np.float64)
    steps = np.flatnonzero(np.asarray(explanation["exists"].values[row], dtype=bool))
    cells = cells[:, steps[np.argsort(times[steps], kind="stable")]].astype(bool)
    there = np.flatnonzero(cells.any(axis=(1, 2)) & ~np.isnan(alone))
    if names and len(names) != len(there):
        raise InputError(f"names must be one for each of the {len(there)} groups, but are {len(names)}")
    features = [str(name) for name in explanation["value"].coords["feature"].values]
    own = tuple(map(str, names)) or tuple(name_of(cells[place], features) for place in there)
    return Together(own, there, alone[there], pairs[np.ix_(there, there)], cells[there])


def name_of(cells: NDArray[np.bool_], features: Sequence[str]) -> str:
    """A group's features and steps in words.

    >>> name_of(np.array([[False, True], [False, True], [False, False]]), ["pulse", "lactate"])
    'lactate 0–1'
    """
    steps, columns = np.flatnonzero(cells.any(axis=1)), np.flatnonzero(cells.any(axis=0))
    when = f"{steps[0]}–{steps[-1]}" if len(steps) > 1 else f"{steps[0]}"
    if len(columns) == len(features):
        return when
    return f"{features[columns[0]]}{'+' * (len(columns) > 1)} {when}"


def stretches(there: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last of each run of True.

    >>> stretches(np.array([True, True, False, True]))
    [(0, 1), (3, 3)]
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[False], there, [False]]).astype(int)))
    return [(int(first), int(last) - 1) for first, last in edges.reshape(-1, 2)]
