"""Selection: which cells of a cube are meant, as a brush in a page says it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aition.core.errors import InputError
from aition.store.cube.spec import CubeSpec
from aition.store.summary.words import MOST, known_keys, spans, whole

Span = tuple[int, int]
ALL: Span = (0, -1)
"""A span of all bins."""
KEYS = ("features", "values", "time", "attribution", "groups")


@dataclass(frozen=True)
class Selection:
    """Which cells are meant: those that meet every condition; what is empty is no condition.

    Args:
        features: Places of features.
        values: Pairs of a feature's place and one of its value bins; no other values are meant.
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
            told = str(pairs)[:80]
            raise InputError(f"values of a selection must be pairs of a feature and a value bin, but are {told}")
        if len(pairs) > MOST:
            raise InputError(f"values of a selection must be at most {MOST}, but are {len(pairs)}")
        if empty := sorted(key for key, part in value.items() if part == []):
            raise InputError(f"{empty[0]} of a selection must not be empty; leave it out where all are meant")
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
        for feature, value_bin in self.values:
            within(f"value bin of {spec.features[feature].name}", (value_bin,), spec.features[feature].n_bin)
        mask = np.full(spec.n_value, not self.values)
        mask[[spec.first_value[feature] + value_bin for feature, value_bin in self.values]] = True
        if self.features:
            mask &= np.isin(spec.feature_of_value, self.features)
        return mask

    def mask(self, spec: CubeSpec) -> NDArray[np.bool_]:
        """Which cells are meant, ``[value, time, attribution]``."""
        time = bounded("time", self.time, spec.n_time)
        attribution = bounded("attribution", self.attribution, spec.n_attribution)
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
