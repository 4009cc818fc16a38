"""V6: which values occur together in time more often than by chance, and how sure that is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aition.store.cube.bins import NOT_MEASURED
from aition.store.cube.opened import Mask, OpenCube, share_of
from aition.store.cube.pieces import Piece
from aition.store.cube.spec import CubeSpec
from aition.store.cube.stopping import Check, unhindered
from aition.store.summary.intervals import deviations
from aition.store.summary.selection import Selection, bounded

MOST_FEATURES = 24
AT_ONCE = 1 << 20
"""Entries of arrays [sequence, time, value] or [sequence, value, value] that are held at once, about."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Pairs:
    """How much more often two values occur at one time than if they had nothing to do with each other.

    Args:
        values: Pairs of a feature and a value bin, those of the features that matter most first.
        lift: ``[value, value]``; 1 by chance; NaN for values of one feature, and where one never occurs.
        low: Lower end of the 95 % interval, likewise.
        high: Upper end, likewise.
        n: Sequences in which both occur at one time, likewise.
        n_sequence: Sequences that were looked at.
        share: Which share of the cohort's that is.
    """

    values: tuple[tuple[int, int], ...]
    lift: Floats
    low: Floats
    high: Floats
    n: Floats
    n_sequence: int
    share: float


def pairs(
    cube: OpenCube, mask: Mask, selection: Selection, *, top: int = 12, most: int = 1000, check: Check = unhindered
) -> Pairs:
    """Values that occur in the same time bin among selected rows.

    In each sequence, the share of its time bins in which a value has a selected row, and in which two have; each
    sequence counts alike, however long it is. Lift is the mean share of both, by the product of the mean shares of
    each. Its logarithm's variance is that of the sequences' influences on it, so the interval is between sequences.

    Args:
        cube: The cube.
        mask: The cohort, ``[sample]``.
        selection: What is brushed.
        top: Of how many features, those with the most attribution either way among the selected rows.
        most: Sequences that are looked at, drawn at random.
        check: Called again and again; what it raises ends the work.
    """
    spec = cube.spec
    asked = mask & selection.group_mask(spec)[cube.group]
    looked = cube.some(asked, most)
    meant = selection.mask(spec).reshape(-1)
    selected = [chosen(piece, meant) for piece in cube.pieces(looked, check)]
    values = values_of(selected, spec, min(top, MOST_FEATURES))
    n_bin = time_bins(cube, looked, selection)
    found = Together(len(values))
    slot = slots(values, spec)
    begin = 0
    for part in selected:
        for some in part.batches(AT_ONCE // max(1, len(values) * (len(values) + spec.n_time))):
            check()
            own = n_bin[begin : begin + some.n_sequence]
            found.add(own[own > 0], some.occurring(slot, spec.n_time, len(values))[own > 0])
            begin += some.n_sequence
    share = share_of(looked, asked)
    feature = spec.feature_of_value[values]
    lift, low, high = found.lifts(share, apart=feature[:, None] != feature)
    return Pairs(
        tuple((int(one), int(value - spec.first_value[one])) for one, value in zip(feature, values, strict=True)),
        lift, low, high, found.both, int(found.n_sequence), share,
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Chosen:
    """Selected rows of some sequences: of each row its sequence (ascending), cell, and size of attribution."""

    n_sequence: int
    owner: NDArray[np.int64]
    code: NDArray[np.uint32]
    size: NDArray[np.float32]

    def batches(self, n: int) -> Iterator["Chosen"]:
        """The rows of so many sequences after one another, at least one."""
        size = max(n, 1)
        for begin in range(0, self.n_sequence, size):
            end = min(begin + size, self.n_sequence)
            own = slice(*np.searchsorted(self.owner, [begin, end]).tolist())
            yield Chosen(end - begin, self.owner[own] - begin, self.code[own], self.size[own])

    def occurring(self, slot: NDArray[np.int32], n_time: int, n_value: int) -> NDArray[np.float32]:
        """1 where a value occurs at a time, ``[sequence, time, value]``; ``slot`` is the place of each cell, if any."""
        found = np.zeros((self.n_sequence, n_time * n_value + 1), dtype=np.float32)
        found.reshape(-1)[self.owner * found.shape[1] + slot[self.code]] = 1
        return found[:, :-1].reshape(-1, n_time, n_value)


def chosen(piece: Piece, meant: NDArray[np.bool_]) -> Chosen:
    """The selected rows of a piece."""
    own = np.flatnonzero(meant[piece.code])
    return Chosen(len(piece.sample), piece.owner()[own], piece.code[own], np.abs(piece.attribution[own]))


def values_of(selected: Sequence[Chosen], spec: CubeSpec, top: int) -> NDArray[np.int64]:
    """Values that occur, of the features that matter most, but for what was not measured."""
    weight, n = np.zeros((2, spec.n_value))
    value = np.repeat(np.arange(spec.n_value, dtype=np.int32), spec.n_time * spec.n_attribution)
    for part in selected:
        own = value[part.code]
        weight += np.bincount(own, part.size, minlength=spec.n_value)
        n += np.bincount(own, minlength=spec.n_value)
    shown = np.ones(spec.n_value, dtype=np.bool_)
    unmeasured = [one.without == NOT_MEASURED for one in spec.features]
    shown[spec.first_value[:-1][unmeasured]] = False
    by_feature = np.bincount(spec.feature_of_value, weight * shown, minlength=len(spec.features))
    occurs = shown & (n > 0)
    order = np.argsort(-by_feature, kind="stable")[:top].tolist()
    places = [np.flatnonzero(occurs & (spec.feature_of_value == one)) for one in order]
    return np.concatenate([np.zeros(0, dtype=np.int64), *places])


def slots(values: NDArray[np.int64], spec: CubeSpec) -> NDArray[np.int32]:
    """Where each cell lies among ``[time, value]`` of these values, ``[cell]``; one place behind them for others."""
    found = np.full((spec.n_value, spec.n_time), spec.n_time * len(values), dtype=np.int32)
    found[values] = np.arange(len(values))[:, None] + len(values) * np.arange(spec.n_time)
    return np.repeat(found.reshape(-1), spec.n_attribution)


def time_bins(cube: OpenCube, looked: Mask, selection: Selection) -> NDArray[np.int64]:
    """Time bins of each sequence that lie in the selected span, ``[looked]``."""
    spec = cube.spec
    span = bounded("time", selection.time, spec.n_time)
    length = cube.samples["length"][looked]
    last = np.where(length > 0, spec.time(np.maximum(length, 1) - 1), -1)
    first, behind, _ = span.indices(spec.n_time)
    return np.asarray(np.maximum(np.minimum(last + 1, behind) - first, 0))


class Together:
    """Sums over sequences from which lifts and their variances follow.

    Args:
        n_value: How many values.
    """

    def __init__(self, n_value: int) -> None:
        self.n_sequence = 0
        self.single, self.squares = np.zeros((2, n_value))
        self.joint, self.joint_squares, self.crossed, self.product, self.both = np.zeros((5, n_value, n_value))

    def add(self, n_bin: NDArray[np.int64], occurring: NDArray[np.float32]) -> None:
        """Count sequences.

        Args:
            n_bin: Time bins of each, at least 1, ``[sequence]``.
            occurring: ``[sequence, time, value]``.
        """
        joint = (occurring.transpose(0, 2, 1) @ occurring).astype(np.float64)
        self.both += np.count_nonzero(joint, axis=0)
        joint /= n_bin[:, None, None]
        single = np.einsum("sii->si", joint)
        self.n_sequence += len(joint)
        self.single += single.sum(axis=0)
        self.squares += (single**2).sum(axis=0)
        self.product += single.T @ single
        self.joint += joint.sum(axis=0)
        self.joint_squares += np.einsum("sij,sij->ij", joint, joint)
        self.crossed += np.einsum("sij,si->ij", joint, single)

    def lifts(self, share: float, *, apart: NDArray[np.bool_]) -> tuple[Floats, Floats, Floats]:
        """Lifts with their intervals.

        Args:
            share: Which share of the cohort was looked at.
            apart: Pairs that are answered, ``[value, value]``.
        """
        n = max(self.n_sequence, 1)
        one, joint = self.single / n, self.joint / n
        with np.errstate(invalid="ignore", divide="ignore"):
            lift = np.where(apart, joint / np.outer(one, one), np.nan)
            # The influence of a sequence on log lift is joint_s / joint − single_s / one − other_s / other + 1.
            own, other = self.squares / one**2, self.crossed / (joint * one[:, None])
            squares = self.joint_squares / joint**2 + own[:, None] + own + 2 * self.product / np.outer(one, one)
            variance = np.maximum((squares - 2 * other - 2 * other.T) / n - 1, 0) / max(n - 1, 1) * share
            half = float(deviations(np.array(n - 1))) * np.sqrt(variance)
            return lift, lift * np.exp(-half), lift * np.exp(half)
