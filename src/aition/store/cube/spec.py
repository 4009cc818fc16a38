"""CubeSpec: what the cells of a cube mean, and the code by which each row names its cell."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from aition.core.errors import InputError
from aition.store.cube.bins import FeatureBins

Align = Literal["start", "end"]
SCHEMA = "aition-cube-1"


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
        groups: What rows are counted apart by: predicted class and label of their sample; -1 where unknown.
        class_names: Names of the classes.
        target: Which of the run's targets.
        align: Whether steps are counted from each sample's start or, backwards, from its end.
        time_unit: Of a step; "" where it is not known.
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
    schema: str = field(default=SCHEMA, init=False)

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
        try:
            known = [places[int(one), int(other)] for one, other in pairs]
        except KeyError as error:
            raise InputError(f"the cube has no group {error.args[0]}") from None
        return np.array(known, dtype=np.int64)[back.reshape(-1)]

    def time(self, step: NDArray[Any]) -> NDArray[np.int64]:
        """The time bin of each step."""
        return np.searchsorted(np.asarray(self.time_edges, dtype=np.int64), step, side="right")

    def codes(
        self, feature: NDArray[Any], value_bin: NDArray[Any], step: NDArray[Any], attribution: NDArray[Any]
    ) -> NDArray[np.uint32]:
        """The cell of each row.

        Args:
            feature: Its feature, ``[row]``.
            value_bin: The bin of its value among those of its feature, ``[row]``.
            step: As ``align`` counts, ``[row]``.
            attribution: Finite, ``[row]``.
        """
        place = self.first_value[feature] + value_bin
        part = np.searchsorted(np.asarray(self.attribution_edges, dtype=np.float64), attribution, side="right")
        return ((place * self.n_time + self.time(step)) * self.n_attribution + part).astype(np.uint32)

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
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "CubeSpec":
        """What ``to_json`` wrote.

        Raises:
            InputError: It is of another schema.
        """
        if value.get("schema") != SCHEMA:
            raise InputError(f"a cube must be of schema {SCHEMA}, but is of {value.get('schema', 'none')!r}")
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
        )
