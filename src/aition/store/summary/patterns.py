"""V5: sequences whose values and attributions of a feature take the same course."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aition.core.errors import InputError
from aition.store.cube.opened import Mask, OpenCube, share_of
from aition.store.cube.stopping import Check, unhindered
from aition.store.summary.clusters import Clusters, how_many, k_means
from aition.store.summary.embedding import components
from aition.store.summary.selection import Selection

QUANTILES = (0.1, 0.3, 0.5, 0.7, 0.9)
MOST_CLUSTERS = 8
N_COMPONENT = 8
NOISE = 3.5
"""Median absolute deviations beyond the median distance to a centre, from which on a sequence is in no cluster."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Patterns:
    """Clusters of sequences; behind them stand, as if they were one more, the sequences that are like no others.

    Args:
        value: Quantiles 10, 30, 50, 70 and 90 % of what was measured, ``[cluster + 1, quantile, time]``; NaN where
            nothing was.
        attribution: Likewise.
        n: Sequences, ``[cluster + 1, group]``.
        sample: Positions of the sequences that were looked at and have selected rows, ``[sequence]``.
        member: The cluster of each; the number of clusters for none.
        medoid: The position of the sequence nearest to the middle of each cluster, ``[cluster]``.
        stability: Of each number of clusters from 1 on; empty where the number was given.
        share: Which share of the cohort was looked at.
    """

    value: Floats
    attribution: Floats
    n: NDArray[np.int64]
    sample: NDArray[np.int64]
    member: NDArray[np.int64]
    medoid: NDArray[np.int64]
    stability: tuple[float, ...]
    share: float

    @property
    def n_cluster(self) -> int:
        return len(self.medoid)


def patterns(
    cube: OpenCube,
    mask: Mask,
    selection: Selection,
    *,
    feature: int,
    n_cluster: int = 0,
    most: int = 1500,
    check: Check = unhindered,
) -> Patterns:
    """Cluster the sequences of a cohort by the course of a feature in what is brushed.

    The course is the mean value and the mean attribution of the selected rows in each time bin, in standard
    deviations; what a sequence lacks is taken as the cohort's mean at that time. The same question has the same answer.

    Args:
        cube: The cube.
        mask: The cohort, ``[sample]``.
        selection: What is brushed; of other features' rows none counts.
        feature: The feature's place.
        n_cluster: How many clusters; 0 chooses by their stability in resamples.
        most: Sequences that are looked at, drawn at random.
        check: Called again and again; what it raises ends the work.

    Raises:
        InputError: There is no such feature, or n_cluster is negative or too large.
    """
    spec = cube.spec
    if not 0 <= feature < len(spec.features) or not 0 <= n_cluster <= MOST_CLUSTERS:
        raise InputError(
            f"feature must be 0 to {len(spec.features) - 1} and n_cluster 0 to {MOST_CLUSTERS}, but are {feature} and "
            f"{n_cluster}"
        )
    asked = mask & selection.group_mask(spec)[cube.group]
    looked = cube.some(asked, most)
    sample, value, attribution = courses(cube, looked, selection, feature, check)
    share = share_of(looked, asked)
    n_group = len(spec.groups)
    if not len(sample):
        nothing = np.full((1, len(QUANTILES), spec.n_time), np.nan)
        none = np.zeros(0, dtype=np.int64)
        return Patterns(nothing, nothing, np.zeros((1, n_group), np.int64), sample, none, none, (), share)
    points = reduced(value, attribution)
    stability: tuple[float, ...] = ()
    k = n_cluster
    if not k:
        k, stability = how_many(points, MOST_CLUSTERS, check)
    found = k_means(points, min(k, len(np.unique(points, axis=0))))
    k = len(found.centre)
    member = np.where(far_out(found), k, found.member)
    places = [np.flatnonzero(member == one) for one in range(k + 1)]
    medoid = [int(sample[own[found.distance[own].argmin()]]) for own in places[:k]]
    return Patterns(
        np.stack([bands(value[own]) for own in places]),
        np.stack([bands(attribution[own]) for own in places]),
        np.stack([np.bincount(cube.group[sample[own]], minlength=n_group) for own in places]),
        sample,
        member,
        np.array(medoid, dtype=np.int64),
        stability,
        share,
    )


def courses(
    cube: OpenCube, looked: Mask, selection: Selection, feature: int, check: Check
) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Mean value and mean attribution of the selected rows of a feature, a row a sequence that has some.

    Returns:
        Positions, ``[sequence]``; values and attributions, ``[sequence, time]`` each, NaN where there is nothing.
    """
    spec = cube.spec
    meant = selection.mask(spec)
    meant[spec.feature_of_value != feature] = False
    flat = meant.reshape(-1)
    samples, values, attributions = [np.zeros(0, np.int64)], [np.zeros((0, spec.n_time))], [np.zeros((0, spec.n_time))]
    for piece in cube.pieces(looked, check):
        rows = np.flatnonzero(flat[piece.code])
        time = (piece.code[rows] // np.uint32(spec.n_attribution)).astype(np.int64) % spec.n_time
        place = piece.owner()[rows] * spec.n_time + time
        measured = cube.value(piece.sample)[rows]
        there = ~np.isnan(measured)
        own = [
            means(one_place, weight, (len(piece.sample), spec.n_time))
            for one_place, weight in ((place[there], measured[there]), (place, piece.attribution[rows]))
        ]
        any_row = ~np.isnan(own[1]).all(axis=1)
        samples.append(piece.sample[any_row])
        values.append(own[0][any_row])
        attributions.append(own[1][any_row])
    return np.concatenate(samples), np.concatenate(values), np.concatenate(attributions)


def means(place: NDArray[np.int64], weight: NDArray[np.float32], shape: tuple[int, int]) -> Floats:
    """Means by place; NaN where there is nothing."""
    size = shape[0] * shape[1]
    n = np.bincount(place, minlength=size)
    with np.errstate(invalid="ignore"):
        return np.asarray((np.bincount(place, weight, minlength=size) / n).reshape(shape))


def reduced(value: Floats, attribution: Floats) -> Floats:
    """Courses in a few dimensions, in which values and attributions have the same say."""
    parts = []
    for course in (value, attribution):
        there = ~np.isnan(course)
        n = np.maximum(there.sum(axis=0), 1)
        mean = np.where(there, course, 0).sum(axis=0) / n
        away = np.where(there, course - mean, 0)
        spread = np.sqrt((away**2).sum() / max(len(course), 1))
        parts.append(away / spread if spread > 0 else away)
    return components(np.concatenate(parts, axis=1), N_COMPONENT)


def far_out(found: Clusters) -> NDArray[np.bool_]:
    """Points that lie much farther from the centre of their cluster than its other points."""
    far = np.zeros(len(found.member), dtype=np.bool_)
    for one in range(len(found.centre)):
        own = np.flatnonzero(found.member == one)
        if not len(own):
            continue
        middle = np.median(found.distance[own])
        spread = 1.4826 * np.median(np.abs(found.distance[own] - middle))
        far[own] = (found.distance[own] > middle + NOISE * spread) if spread > 0 else False
    return far


def bands(course: Floats) -> Floats:
    """Quantiles over sequences at each time, ``[quantile, time]``; NaN where no sequence has anything."""
    found = np.full((len(QUANTILES), course.shape[1]), np.nan)
    there = ~np.isnan(course).all(axis=0) if len(course) else np.zeros(course.shape[1], dtype=np.bool_)
    if there.any():
        found[:, there] = np.nanquantile(course[:, there], QUANTILES, axis=0)
    return found
