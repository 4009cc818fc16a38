"""Selection: which cells of a cube are meant, as a brush in a page says it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aition.core.errors import InputError
from aition.store.cube.spec import CubeSpec
from aition.store.summary.words import known_keys, spans, whole

Span = tuple[int, int]
ALL: Span = (0, -1)
"""A span of all bins."""
KEYS = ("features", "values", "time", "attribution", "groups")


@dataclass(frozen=True)
class Selection:
    """Which cells are meant; what is empty means all.

    Args:
        features: Places of features.
        values: Pairs of a feature's place and one of its value bins: of these features only these values are meant,
            and, where ``features`` is empty, no others.
        time: First and last time bin; ``ALL`` for all.
        attribution: First and last attribution bin; ``ALL`` for all.
        groups: Places of groups.
    """

    features: tuple[int, ...] = ()
    values: tuple[tuple[int, int], ...] = ()
    time: Span = ALL
    attribution: Span = ALL
    groups: tuple[int, ...] = ()

    @classmethod
    def from_json(cls, value: Any) -> "Selection":
        """A selection as a page sends it.

        Raises:
            InputError: It has another form.

        >>> Selection.from_json({"time": [3, 7], "features": [1]})
        Selection(features=(1,), values=(), time=(3, 7), attribution=(0, -1), groups=())
        """
        known_keys("a selection", value, KEYS)
        pairs = value.get("values", [])
        if not isinstance(pairs, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
            raise InputError(f"values of a selection must be pairs of a feature and a value bin, but are {pairs!r}")
        return cls(
            features=whole("features of a selection", value.get("features", [])),
            values=tuple((whole("values", pair)[0], whole("values", pair)[1]) for pair in pairs),
            time=spans("time of a selection", value["time"]) if "time" in value else ALL,
            attribution=spans("attribution of a selection", value["attribution"]) if "attribution" in value else ALL,
            groups=whole("groups of a selection", value.get("groups", [])),
        )

    def value_mask(self, spec: CubeSpec) -> NDArray[np.bool_]:
        """Which values are meant, ``[value]``.

        Raises:
            InputError: There is no such feature or value.
        """
        n_feature = len(spec.features)
        within("feature", (*self.features, *(feature for feature, _ in self.values)), n_feature)
        mask = np.zeros(spec.n_value, dtype=np.bool_)
        for feature in self.features or (() if self.values else range(n_feature)):
            mask[spec.first_value[feature] : spec.first_value[feature + 1]] = True
        for feature, value_bin in self.values:
            within(f"value bin of {spec.features[feature].name}", (value_bin,), spec.features[feature].n_bin)
        named = {feature for feature, _ in self.values}
        for feature in named:
            mask[spec.first_value[feature] : spec.first_value[feature + 1]] = False
        for feature, value_bin in self.values:
            mask[spec.first_value[feature] + value_bin] = True
        return mask

    def mask(self, spec: CubeSpec) -> NDArray[np.bool_]:
        """Which cells are meant, ``[value, time, attribution]``."""
        time, attribution = bounded("time", self.time, spec.n_time), bounded(
            "attribution", self.attribution, spec.n_attribution
        )
        mask = np.zeros(spec.shape, dtype=np.bool_)
        mask[self.value_mask(spec), time, attribution] = True
        return mask

    def group_mask(self, spec: CubeSpec) -> NDArray[np.bool_]:
        """Which groups are meant, ``[group]``."""
        within("group", self.groups, len(spec.groups))
        mask = np.zeros(len(spec.groups), dtype=np.bool_)
        mask[list(self.groups) or slice(None)] = True
        return mask


def within(name: str, places: tuple[int, ...], size: int) -> None:
    """Raise unless all places are of an axis of this size."""
    if wrong := [place for place in places if not 0 <= place < size]:
        raise InputError(f"{name} must be 0 to {size - 1}, but is {wrong[0]}")


def bounded(name: str, span: Span, size: int) -> slice:
    """A span as a slice."""
    if span == ALL:
        return slice(None)
    within(name, span, size)
    return slice(span[0], span[1] + 1)
