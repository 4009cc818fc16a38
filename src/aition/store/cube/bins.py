"""Bins of values and of attributions: where a row of a run lies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from aition.core.errors import InputError

Reals = NDArray[np.float64]
Kind = Literal["quantile", "cuts", "category", "presence"]
NOT_MEASURED = "not measured"
MOST_CATEGORIES = 8
MOST_EDGES = 250
SHARES = (
    0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.975, 0.99, 0.995, 0.999,
)  # fmt: skip
"""Of measured rows, those whose attributions lie below the edges of bins: closer to one another in the tails."""
FREQUENT = 0.05
"""The share of rows from which on an attribution of exactly zero has a bin of its own."""
LEAST = float(np.nextafter(np.float32(0), np.float32(1)))
"""The smallest attribution above zero."""


@dataclass(frozen=True)
class FeatureBins:
    """How the values of a feature are told apart: bin 0 is what was not measured, the others are ranges of values.

    Args:
        name: The feature's.
        kind: "quantile", "cuts" (given, such as clinical ones), "category" (a bin a value), or "presence" (one bin).
        edges: Bin k holds values from ``edges[k - 2]`` on and below ``edges[k - 1]``; increasing.
        labels: Of bins 1 and on, for people.
        unit: Of the values; "" where it is not known.
        without: Of bin 0: "not measured", or, of events, "no value".
    """

    name: str
    kind: Kind
    edges: tuple[float, ...]
    labels: tuple[str, ...]
    unit: str = ""
    without: str = NOT_MEASURED

    def __post_init__(self) -> None:
        if len(self.labels) != len(self.edges) + 1 or not np.all(np.diff(self.edges) > 0):
            raise InputError(
                f"edges of {self.name!r} must increase, with one label more than edges, but are {self.edges} with "
                f"{len(self.labels)} labels"
            )
        if len(self.edges) > MOST_EDGES:
            raise InputError(f"{self.name!r} must have {MOST_EDGES} edges at most, but has {len(self.edges)}")

    @property
    def n_bin(self) -> int:
        """Bins, with that of what was not measured."""
        return len(self.labels) + 1

    def bins(self, value: NDArray[Any]) -> NDArray[np.uint8]:
        """The bin of each value; 0 for NaN.

        >>> FeatureBins("lactate", "cuts", (2.0, 4.0), ("< 2", "2 – 4", "≥ 4")).bins(np.array([1.9, 2.0, 7.0, np.nan]))
        array([1, 2, 3, 0], dtype=uint8)
        """
        return np.where(np.isnan(value), np.uint8(0), reached(self.edges, value) + np.uint8(1))

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name, "kind": self.kind, "edges": list(self.edges), "labels": list(self.labels),
            "unit": self.unit, "without": self.without,
        }  # fmt: skip

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "FeatureBins":
        edges, labels = tuple(map(float, value["edges"])), tuple(map(str, value["labels"]))
        return cls(value["name"], value["kind"], edges, labels, value["unit"], value["without"])


def reached(edges: Sequence[float], value: NDArray[Any]) -> NDArray[np.uint8]:
    """How many edges each value has reached; for a few edges, several times as fast as a search by halves.

    Args:
        edges: Increasing, at most ``MOST_EDGES``.
        value: Floats of any precision; NaN reaches none.

    >>> reached((2.3,), np.array([2.3], dtype=np.float32)), reached((2.3,), np.array([2.3]))
    (array([0], dtype=uint8), array([1], dtype=uint8))
    """
    found = np.zeros(value.shape, dtype=np.uint8)
    for edge in edges:
        # The smallest value of this precision that is not below the edge: it is compared exactly, and not widened.
        with np.errstate(over="ignore"):
            least = value.dtype.type(edge)
        found += value >= (least if float(least) >= edge else np.nextafter(least, value.dtype.type(np.inf)))
    return found


def value_bins(
    name: str,
    value: NDArray[Any],
    *,
    cuts: Sequence[float] = (),
    n_bin: int = 5,
    unit: str = "",
    without: str = NOT_MEASURED,
) -> FeatureBins:
    """Bins for the values of a feature: the cuts that are given, a bin a value where there are few, else quantiles.

    Args:
        name: The feature's.
        value: What was measured, in any order; NaN is left out.
        cuts: Edges that mean something, such as clinical ones.
        n_bin: Bins of equal mass, where neither cuts are given nor values are few; a frequent value has its own.
        unit: Of the values.
        without: What bin 0 is called.

    Returns:
        Bins whose edges are among the values, so that ties lie in one bin.
    """
    seen = np.asarray(value, dtype=np.float64)
    seen = seen[np.isfinite(seen)]
    if len(cuts):
        edges = tuple(sorted({float(one) for one in cuts}))
        return FeatureBins(name, "cuts", edges, ranges(edges), unit, without)
    distinct = np.unique(seen)
    if len(distinct) <= 1:
        return FeatureBins(name, "presence", (), ("measured",), unit, without)
    if len(distinct) <= MOST_CATEGORIES:
        return FeatureBins(name, "category", tuple(distinct[1:].tolist()), named(distinct), unit, without)
    edges = even_mass(np.sort(seen), n_bin)
    return FeatureBins(name, "quantile", edges, ranges(edges), unit, without)


def even_mass(ordered: Reals, n_bin: int) -> tuple[float, ...]:
    """Edges of bins of equal mass; a value that alone has more than that is alone in its bin.

    Each bin takes its share of what the bins before it left, so that the others part what lies beside such a value.

    Args:
        ordered: Ascending.
        n_bin: Bins, at most.

    >>> even_mass(np.array([0.0, 0, 0, 0, 0, 0, 1, 2, 3, 4]), 3)
    (1.0, 3.0)
    """
    edges: list[float] = []
    for left in range(n_bin, 1, -1):
        place = -(-(len(ordered) - 1) // left) if len(ordered) else 0
        if len(ordered) and ordered[place] == ordered[0]:
            place = int(np.searchsorted(ordered, ordered[0], side="right"))
        if place >= len(ordered):
            break
        edges.append(float(ordered[place]))
        ordered = ordered[place:]
    return tuple(edges)


def attribution_edges(
    attribution: NDArray[Any], measured: NDArray[np.bool_], *, shares: Sequence[float] = SHARES
) -> tuple[float, ...]:
    """Edges that part attributions at quantiles of those of measured rows, dense where they are large either way.

    Zero parts what lowers the score from what raises it. Where it is frequent, it has a bin of its own, and quantiles
    are those of the others.

    Args:
        attribution: Signed, in any order; NaN is left out.
        measured: Which of them are of rows in which something was measured; where none is, all are taken.
        shares: Of the quantiles, in (0, 1).

    Returns:
        Increasing, at most two more than shares; a row lies in bin ``searchsorted(edges, attribution, side="right")``.

    >>> attribution_edges(np.array([-4.0, -3.0, -2.0, -1.0, 1.0, 2.0]), np.full(6, True), shares=(0.2, 0.4))
    (-3.0, -2.0, 0.0)
    """
    finite = np.isfinite(attribution)
    seen, own = attribution[finite].astype(np.float64), measured[finite]
    if not len(seen):
        return ()
    least, frequent = seen.min(), np.count_nonzero(seen == 0) >= FREQUENT * len(seen)
    parted = seen != 0 if frequent else np.full(len(seen), True)
    some = seen[parted & own] if (parted & own).any() else seen[parted]
    edges = set(np.quantile(some, shares, method="higher").tolist()) if len(some) else set()
    for edge in (0.0, LEAST) if frequent else (0.0,):
        # What first reaches it is in one bin with it.
        edges = edges - {float(seen[seen >= edge].min(initial=np.inf))} | {edge}
    return tuple(sorted(edge for edge in edges if least < edge <= seen.max()))


def ranges(edges: Sequence[float]) -> tuple[str, ...]:
    """Ranges in words.

    >>> ranges((2, 4.5))
    ('< 2', '2 – 4.5', '≥ 4.5')
    """
    if not len(edges):
        return ("measured",)
    names = named(edges)
    between = [f"{low} – {high}" for low, high in pairwise(names)]
    return (f"< {names[0]}", *between, f"≥ {names[-1]}")


def named(numbers: Sequence[float] | NDArray[Any]) -> tuple[str, ...]:
    """Different numbers in as many digits, four at least, as tell them apart.

    >>> named((1.0, 0.12345, 0.12346))
    ('1', '0.12345', '0.12346')
    """
    names = [tuple(f"{one:.{digits}g}" for one in numbers) for digits in (4, 5, 6, 9, 17)]
    return next((few for few in names if len(set(few)) == len(few)), names[-1])
