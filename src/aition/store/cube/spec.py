"""CubeSpec: what the cells of a cube mean, and the code by which each row names its cell."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from aition.core.errors import InputError, StoreError
from aition.store.cube.bins import MOST_EDGES, FeatureBins, reached
from aition.store.files import sealed

Align = Literal["start", "end"]
SCHEMA = "aition-cube-2"
OTHER = -2
"""A label that is known and not the predicted class."""
MOST_CODES = 2**32


@dataclass(frozen=True)
class CubeSpec:
    """What the cells of a cube mean.

    A cell is a value of a feature, a span of time and a range of attributions. Its code is its place in an array
    ``[value, time, attribution]``, where the values of all features stand one after the other.

    Args:
        features: Bins of each feature's values.
        time_edges: The first step of each time bin but the first; increasing.
        n_step: Steps of the longest sample.
        attribution_edges: What parts the bins of attributions; increasing.
        groups: What rows are counted apart by: predicted class and label of their sample; -1 where unknown, and
            ``OTHER`` for every label but the predicted one, where there are too many pairs.
        class_names: Names of the classes.
        target: Which of the run's targets.
        align: Whether steps are counted from each sample's start or, backwards, from its end.
        time_unit: Of a step; "" where it is not known.
        attribution_range: The smallest and the largest attribution.
        profiled: Features of which profiles are kept; empty for all.
    """

    features: tuple[FeatureBins, ...]
    time_edges: tuple[int, ...]
    n_step: int
    attribution_edges: tuple[float, ...]
    groups: tuple[tuple[int, int], ...]
    class_names: tuple[str, ...] = ()
    target: int = 0
    align: Align = "start"
    time_unit: str = ""
    attribution_range: tuple[float, float] = (0.0, 0.0)
    profiled: tuple[int, ...] = ()
    schema: str = field(default=SCHEMA, init=False)

    def __post_init__(self) -> None:
        if self.align not in ("start", "end"):
            raise InputError(f"align must be 'start' or 'end', but is {self.align!r}")
        if self.n_attribution > MOST_EDGES or self.n_cell >= MOST_CODES:
            raise InputError(
                f"a cube must have less than {MOST_CODES} cells and {MOST_EDGES} bins of attributions, but has "
                f"{self.n_cell} and {self.n_attribution}; take fewer bins of values or times"
            )

    @property
    def n_time(self) -> int:
        """Bins of time."""
        return len(self.time_edges) + 1

    @property
    def n_attribution(self) -> int:
        """Bins of attributions."""
        return len(self.attribution_edges) + 1

    @cached_property
    def first_value(self) -> NDArray[np.int64]:
        """Where the values of each feature begin; the last entry is how many there are, ``[feature + 1]``."""
        return np.concatenate([[0], np.cumsum([one.n_bin for one in self.features])]).astype(np.int64)

    @property
    def n_value(self) -> int:
        """Values of all features."""
        return int(self.first_value[-1])

    @property
    def shape(self) -> tuple[int, int, int]:
        """Of the cells: values, times, attributions."""
        return self.n_value, self.n_time, self.n_attribution

    @property
    def n_cell(self) -> int:
        return self.n_value * self.n_time * self.n_attribution

    @cached_property
    def feature_of_value(self) -> NDArray[np.int64]:
        """The feature of each value, ``[value]``."""
        return np.repeat(np.arange(len(self.features)), [one.n_bin for one in self.features])

    def group_of(self, predicted: NDArray[Any], label: NDArray[Any]) -> NDArray[np.int64]:
        """The group of each pair of a predicted class and a label.

        Raises:
            InputError: There is no such group.
        """
        places = {pair: place for place, pair in enumerate(self.groups)}
        pairs, back = np.unique(np.stack([predicted, label], axis=1), axis=0, return_inverse=True)
        known = [places.get((one, two), places.get((one, OTHER), -1)) for one, two in pairs.tolist()]
        if -1 in known:
            raise InputError(f"the cube has no group {pairs[known.index(-1)].tolist()}, only {self.groups[:9]}")
        return np.array(known, dtype=np.int64)[back.reshape(-1)]

    def time(self, step: NDArray[Any]) -> NDArray[np.int64]:
        """The time bin of each step."""
        of_step = np.searchsorted(np.asarray(self.time_edges, dtype=np.int64), np.arange(self.n_step), side="right")
        return np.asarray(of_step[step])

    @property
    def kept(self) -> tuple[int, ...]:
        """Features of which profiles are kept."""
        return self.profiled or tuple(range(len(self.features)))

    def only(self, features: Sequence[int]) -> "CubeSpec":
        """What cells mean where only some features are looked at, in their order.

        Raises:
            InputError: There is no such feature, or one comes twice.
        """
        if len(set(features)) != len(features) or not all(0 <= one < len(self.features) for one in features):
            raise InputError(f"features must be different and 0 to {len(self.features) - 1}, but are {list(features)}")
        return replace(self, features=tuple(self.features[one] for one in features), profiled=())

    def places(self, features: Sequence[int]) -> NDArray[np.int64]:
        """Where each value stands in ``only(features)``; -1 where it does not, ``[value]``."""
        found = np.full(self.n_value, -1, dtype=np.int64)
        begin = 0
        for one in features:
            own = slice(int(self.first_value[one]), int(self.first_value[one + 1]))
            found[own] = np.arange(begin, begin + own.stop - own.start)
            begin += own.stop - own.start
        return found

    def codes(
        self, feature: NDArray[Any], value_bin: NDArray[Any], step: NDArray[Any], attribution: NDArray[Any]
    ) -> NDArray[np.uint32]:
        """The cell of each row.

        Args:
            feature: Its feature, ``[row]``.
            value_bin: The bin of its value among those of its feature, ``[row]``.
            step: As ``align`` counts, from 0 and below ``n_step``, ``[row]``.
            attribution: Finite, ``[row]``.
        """
        code = self.first_value.astype(np.uint32)[feature]
        code += value_bin.astype(np.uint32)
        code *= np.uint32(self.n_time)
        code += self.time(step).astype(np.uint32)
        code *= np.uint32(self.n_attribution)
        code += reached(self.attribution_edges, attribution)
        return np.asarray(code)

    @property
    def digest(self) -> str:
        """A name for it, the same for the same cells."""
        return hashlib.sha256(sealed(self.to_json())).hexdigest()[:16]

    def to_json(self) -> dict[str, Any]:
        return {
            "schema": self.schema,
            "features": [one.to_json() for one in self.features],
            "time_edges": list(self.time_edges),
            "n_step": self.n_step,
            "attribution_edges": list(self.attribution_edges),
            "groups": [list(one) for one in self.groups],
            "class_names": list(self.class_names),
            "target": self.target,
            "align": self.align,
            "time_unit": self.time_unit,
            "attribution_range": list(self.attribution_range),
            "profiled": list(self.profiled),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "CubeSpec":
        """What ``to_json`` wrote.

        Raises:
            StoreError: It is of another schema, such as that of an earlier version.
        """
        if (schema := value.get("schema", "none")) != SCHEMA:
            raise StoreError(f"a cube must be of schema {SCHEMA}, but is of {schema!r}; build it anew: aition cube")
        return cls(
            features=tuple(FeatureBins.from_json(one) for one in value["features"]),
            time_edges=tuple(map(int, value["time_edges"])),
            n_step=int(value["n_step"]),
            attribution_edges=tuple(map(float, value["attribution_edges"])),
            groups=tuple((int(predicted), int(label)) for predicted, label in value["groups"]),
            class_names=tuple(map(str, value["class_names"])),
            target=int(value["target"]),
            align=value["align"],
            time_unit=str(value["time_unit"]),
            attribution_range=(float(value["attribution_range"][0]), float(value["attribution_range"][1])),
            profiled=tuple(map(int, value["profiled"])),
        )
