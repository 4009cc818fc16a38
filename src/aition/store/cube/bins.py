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
        n_bin: Bins of equal mass, where neither cuts are given nor values are few; fewer where values tie.
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
    edges = tuple(np.unique(np.quantile(seen, np.arange(1, n_bin) / n_bin, method="higher")).tolist())
    edges = tuple(edge for edge in edges if edge > distinct[0])
    return FeatureBins(name, "quantile", edges, ranges(edges), unit, without)


def attribution_edges(attribution: NDArray[Any], *, n_bin: int = 20) -> tuple[float, ...]:
    """Edges that part attributions in bins of equal mass; zero, where it fills a bin, has one, and the others the rest.

    Args:
        attribution: Signed, in any order; NaN is left out.
        n_bin: Bins, at most.

    Returns:
        Increasing, at most ``n_bin``; a row lies in bin ``searchsorted(edges, attribution, side="right")``.
    """
    seen = np.asarray(attribution, dtype=np.float64)
    seen = seen[np.isfinite(seen)]
    if not len(seen):
        return ()
    least, edges, some = seen.min(), {0.0}, seen[seen != 0]
    if len(seen) - len(some) < len(seen) / n_bin:
        edges, some = set(), seen
    elif (above := some[some > 0]).size:
        edges |= {float(above.min())}
    n_part = max(1, n_bin - len(edges))
    if len(some):
        edges |= set(np.quantile(some, np.arange(1, n_part) / n_part, method="higher").tolist())
    return tuple(sorted(edge for edge in edges if edge > least))


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
