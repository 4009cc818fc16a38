"""Means over samples at each time: by step, or in bins of true time where a unit is known."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aition.view.plots.reading import Array, Reading

BINS = 48
MOST_BINS = 240


@dataclass(frozen=True, eq=False)
class Profile:
    """Mean size of the attribution, by time and feature.

    Args:
        edges: Borders of the bins of time, ``[bin + 1]``.
        mean: Mean of ``|attribution|``, ``[bin, feature]``; NaN where no sample has a step.
        count: Samples that have a step in a bin, ``[bin]``.
        width: Steps in a bin, 0 for bins of true time.
    """

    edges: Array
    mean: Array
    count: NDArray[np.int64]
    width: int


def binned(reading: Reading) -> tuple[NDArray[np.int64], Array, int]:
    """The bin of each step ``[sample, time]`` (-1 in padding), the borders of the bins, and the steps in a bin.

    Steps are counted from the first that exists, so samples padded on either side begin together. Where times have a
    unit, each of them is a bin if samples share them; else bins are of equal length, from the earliest to the latest.
    """
    if reading.unit == "step":
        step = np.arange(reading.exists.shape[1]) - reading.exists.argmax(axis=1)[:, None]
        n_step = int(reading.exists.sum(axis=1).max(initial=1))
        width = -(-n_step // MOST_BINS)
        edges = np.append(np.arange(0, n_step, width), n_step) - 0.5
        place = step // width
    else:
        known = np.unique(reading.times[reading.exists])
        width = 0
        if 1 < len(known) <= MOST_BINS:
            between = (known[1:] + known[:-1]) / 2
            edges = np.concatenate([[2 * known[0] - between[0]], between, [2 * known[-1] - between[-1]]])
        else:
            edges = np.linspace(known[0], max(known[-1], known[0] + 1), min(BINS, reading.exists.shape[1]) + 1)
        place = np.clip(np.searchsorted(edges, reading.times, side="right") - 1, 0, len(edges) - 2)
    return np.where(reading.exists, place, -1).astype(np.int64), edges, width


def profile_of(reading: Reading) -> Profile:
    """Mean ``|attribution|`` of all samples, each existing cell counting once.

    Args:
        reading: Some samples; those without an answer are left out.
    """
    return profiles_of(reading, [np.ones(len(reading.ids), dtype=bool)])[0]


def profiles_of(reading: Reading, groups: list[NDArray[np.bool_]]) -> list[Profile]:
    """The same for several groups of samples, in the same bins."""
    place, edges, width = binned(reading)
    answered = ~np.isnan(reading.attribution).all(axis=(1, 2))
    n_bin = len(edges) - 1
    profiles = []
    for group in groups:
        there = (place >= 0) & (group & answered)[:, None]
        where = place[there]
        cells = np.abs(reading.attribution[there])
        steps = np.bincount(where, minlength=n_bin)
        total = np.stack([np.bincount(where, weights=column, minlength=n_bin) for column in cells.T], axis=1)
        rows = np.broadcast_to(np.arange(len(reading.ids))[:, None], place.shape)[there]
        seen = np.unique(np.stack([rows, where]), axis=1)[1] if len(where) else where
        mean = np.where(steps[:, None] > 0, total / np.maximum(steps, 1)[:, None], np.nan)
        profiles.append(Profile(edges, mean, np.bincount(seen, minlength=n_bin), width))
    return profiles
