"""Sums of attributions by code and place, a step or a value, which parts of a run add to in bounded memory."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from aition.view.plots.reading import Array

Places = NDArray[np.int64]
MOST = 1 << 19
"""Entries at most: about 40 MB. With more, neighbouring places are put together."""
SPACE = 1 << 32
NOWHERE = -(1 << 31)
"""The place of events without a value."""
KEPT = 15
"""Bits of a float32 that its place does not hold: 8 of 23 bits of the fraction stay, 0.4 % of the value."""


@dataclass(frozen=True, eq=False)
class Sums:
    """Sums over the events of each code at each place.

    Args:
        code: ``[entry]``, rising.
        place: ``[entry]``, rising within a code; ``NOWHERE`` comes first.
        n_event: ``[entry]``.
        signed: Sum of the attribution, ``[entry]``.
        size: Sum of ``|attribution|``, ``[entry]``.
        squares: Sum of its square, ``[entry]``.
        at: Sum of the steps or values, ``[entry]``.
        low: The least of them, ``[entry]``.
        high: The largest of them, ``[entry]``.
        halved: How many times neighbouring places were put together.
    """

    code: Places
    place: Places
    n_event: Array
    signed: Array
    size: Array
    squares: Array
    at: Array
    low: Array
    high: Array
    halved: int = 0

    def __add__(self, other: "Sums") -> "Sums":
        halved = max(self.halved, other.halved)
        one, two = self.coarser(halved), other.coarser(halved)
        pairs = {name: np.concatenate([getattr(one, name), getattr(two, name)]) for name in COLUMNS}
        return bounded(collected(Sums(**pairs, halved=halved)))

    def coarser(self, halved: int) -> "Sums":
        """The same in places that were halved so many times in all."""
        if halved == self.halved:
            return self
        place = np.where(self.place == NOWHERE, NOWHERE, self.place >> (halved - self.halved))
        return collected(replace(self, place=place, halved=halved))

    def of(self, entries: NDArray[np.bool_]) -> "Sums":
        """Some of the entries."""
        return replace(self, **{name: getattr(self, name)[entries] for name in COLUMNS})

    def moved(self, *, code: Places | None = None, place: Places | None = None) -> "Sums":
        """The same sums at other codes or places, those that meet added up."""
        return collected(
            replace(self, code=self.code if code is None else code, place=self.place if place is None else place)
        )


COLUMNS = ("code", "place", "n_event", "signed", "size", "squares", "at", "low", "high")


def sums_of(code: Places, place: Places, at: Array, attribution: Array) -> Sums:
    """Sums over events.

    Args:
        code: ``[event]``.
        place: ``[event]``.
        at: Step or value, ``[event]``.
        attribution: ``[event]``.

    >>> one = sums_of(np.array([3, 3]), np.array([0, 0]), np.array([1., 2.]), np.array([-1., 4.]))
    >>> one.n_event.tolist(), one.signed.tolist(), one.size.tolist(), (one + one).size.tolist()
    ([2.0], [3.0], [5.0], [10.0])
    """
    size = np.abs(attribution)
    return bounded(collected(Sums(code, place, np.ones(len(code)), attribution, size, size**2, at, at, at)))


def collected(sums: Sums) -> Sums:
    """One entry for each code and place."""
    keys = sums.code * SPACE + (sums.place - NOWHERE)
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    first = np.flatnonzero(np.diff(keys, prepend=-1))
    columns = {name: getattr(sums, name)[order] for name in COLUMNS}
    if not len(first):
        return sums
    added = {name: np.add.reduceat(columns[name], first) for name in ("n_event", "signed", "size", "squares", "at")}
    added["low"] = np.minimum.reduceat(columns["low"], first)
    added["high"] = np.maximum.reduceat(columns["high"], first)
    return Sums(columns["code"][first], columns["place"][first], **added, halved=sums.halved)


def bounded(sums: Sums) -> Sums:
    """Neighbouring places put together until there are few enough; the same however the events were cut into parts."""
    while len(sums.code) > MOST and sums.halved < KEPT:
        sums = sums.coarser(sums.halved + 1)
    return sums


def places_of(value: Array) -> Places:
    """Places of values on a scale that is as fine as 0.4 % of each; ``NOWHERE`` for NaN.

    >>> places_of(np.array([-2., -1., 0., 1., 1.001, 2.])).tolist()
    [-32769, -32513, 0, 32512, 32512, 32768]
    """
    bits = (value.astype(np.float32) + np.float32(0)).view(np.int32).astype(np.int64)
    size = (bits & 0x7FFFFFFF) >> KEPT
    return np.where(np.isnan(value), NOWHERE, np.where(bits < 0, -1 - size, size))


def in_shares(sums: Sums, number: int) -> Sums:
    """Values of each code in bins that hold about as many events each, in places 0 to ``number`` - 1.

    Equal values are never parted, so a code with few values has fewer bins. Events without a value stay by themselves.

    >>> at = np.arange(10.)
    >>> five = in_shares(sums_of(np.zeros(10, dtype=int), places_of(at), at, at), 5)
    >>> five.place.tolist(), five.low.tolist(), five.high.tolist()
    ([0, 1, 2, 3, 4], [0.0, 2.0, 4.0, 6.0, 8.0], [1.0, 3.0, 5.0, 7.0, 9.0])
    """
    there = sums.place != NOWHERE
    known = np.where(there, sums.n_event, 0.0)
    begins = np.flatnonzero(np.diff(sums.code, prepend=-1))
    lengths = np.diff(np.append(begins, len(known)))
    total = np.add.reduceat(known, begins) if len(begins) else known
    before = np.cumsum(known) - known
    middle = before - np.repeat(before[begins], lengths) + known / 2
    share = middle / np.maximum(np.repeat(total, lengths), 1)
    return sums.moved(place=np.where(there, np.minimum((number * share).astype(np.int64), number - 1), NOWHERE))


def range_of(sums: Sums, entry: int) -> str:
    """The values of an entry: a range, one value, or none.

    >>> one = np.array([2., 3.5])
    >>> range_of(sums_of(np.zeros(2, dtype=int), np.zeros(2, dtype=int), one, one), 0)
    '2 to 3.5'
    """
    if sums.place[entry] == NOWHERE:
        return "no value"
    low, high = f"{sums.low[entry]:.3g}", f"{sums.high[entry]:.3g}"
    return low if low == high else f"{low} to {high}"
