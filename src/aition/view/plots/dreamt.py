"""What pictures of dreams read: objectives, classes, features, and how strange a series is to the strictest judge."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aition.core.errors import InputError
from aition.core.explanation import Explanation
from aition.core.realism import STEP_BY_STEP, are_copies, looks_unreal
from aition.view.plots.canvas import plain
from aition.view.plots.said import class_name, class_names_of, units_of

Array = NDArray[Any]
JUDGED = "percentile_"
"""Before the name of whoever judged."""
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#7f6000", "#000000")
"""Of classes, objectives and presets: told apart by the colour-blind too (Okabe and Ito, 2008)."""
SIGNS = "osD^vPX*"
"""Of the same, so that none is told by its colour alone; one more than colours, so that pairs recur late."""
CROWD = 500
"""Real series from which on their points are drawn as pixels, so that a page stays small."""


@dataclass(frozen=True, eq=False)
class Percentiles:
    """Where series stand among held-out real ones.

    Args:
        names: Of the judges.
        value: The percentile to each, ``[series, judge]``.
        changed: Whether series are changes of real ones, to which they are meant to be near.
    """

    names: tuple[str, ...]
    value: Array
    changed: bool = False

    @property
    def unreal(self) -> NDArray[np.bool_]:
        """Whether a series lies where real ones don't, to each judge, ``[series, judge]``."""
        return looks_unreal(self.value, self.names, changed=self.changed)

    @property
    def rarity(self) -> Array:
        """How many in 100 held-out real series lie further out on its side, to the strictest judge, ``[series]``."""
        below = np.where([self.changed and one == STEP_BY_STEP for one in self.names], 50.0, self.value)
        beyond: Array = np.minimum(below, 100 - self.value).min(axis=1, initial=50.0)
        return beyond


def percentiles_of(dreams: Explanation, *, real: bool = False) -> Percentiles:
    """Percentiles of dreams, or of the real series beside them."""
    start, axis = ("real_" + JUDGED, "real") if real else (JUDGED, "draw")
    names = [str(name) for name in dreams.data_vars if str(name).startswith(start)]
    each = [dreams[name].values.astype(np.float64) for name in names]
    value = np.stack(each, axis=1) if each else np.zeros((dreams.sizes[axis], 0))
    changed = "began" in dreams and not real
    return Percentiles(tuple(name.removeprefix(start) for name in names), value, changed)


def looking_real(dreams: Explanation) -> Array:
    """1 where a dream looks real to all judges, 0 where it does not, -1 where nobody judged, ``[draw]``."""
    if "looks_real" not in dreams:
        return np.full(dreams.sizes["draw"], -1)
    real: Array = dreams["looks_real"].values.astype(np.int64)
    return real


def copies_of(dreams: Explanation) -> NDArray[np.bool_]:
    """Whether a dream is a copy of a real series, ``[draw]``."""
    return are_copies(dreams["nearest_distance"].values, dreams["real_distance"].values)


def about(dreams: Explanation, wish: int) -> NDArray[np.bool_]:
    """Real series of the classes that an objective is about; all where there are none, ``[real]``."""
    own = np.isin(dreams["real_label"].values, classes_of(dreams, wish))
    return own if own.any() else np.ones_like(own)


def classes_of(dreams: Explanation, wish: int) -> tuple[int, ...]:
    """The classes that an objective drives: none, one, or those of a border."""
    return tuple(one for one in dreams["wish_classes"].values[wish].tolist() if one >= 0)


def wishes_of(dreams: Explanation) -> list[int]:
    """The objectives of which there are dreams."""
    found: list[int] = np.unique(dreams["target_wish"].values).tolist()
    return found


def names_of_classes(dreams: Explanation, class_names: Sequence[str]) -> Sequence[str]:
    """Names of the classes: those that are given, else those that the dreams know."""
    return class_names or class_names_of(dreams)


def wish_name(dreams: Explanation, wish: int, class_names: Sequence[str] = ()) -> str:
    """An objective in words, with names of classes where they are known."""
    names = names_of_classes(dreams, class_names)
    classes, name = classes_of(dreams, wish), str(dreams["wish"].values[wish])
    if not classes or any(one >= len(names) for one in classes):
        return plain(name)
    if name == f"class {classes[0]}":
        return plain(names[classes[0]])
    plainly = name == f"border {'|'.join(map(str, classes))}"
    return plain(f"border {' | '.join(names[one] for one in classes)}" if plainly else name)


def label_name(label: int, names: Sequence[str]) -> str:
    """The class of real series in words."""
    return plain(class_name(label, names)) if label >= 0 else "no class"


def feature_of(dreams: Explanation, feature: str) -> int:
    """The place of a feature; the first where none is named.

    Raises:
        InputError: There are no dreams, or no such feature.
    """
    check_dreams(dreams)
    names = features_of(dreams)
    if feature and feature not in names:
        raise InputError(f"feature must be one of {', '.join(names)}, but is {feature!r}")
    return names.index(feature) if feature else 0


def features_of(dreams: Explanation) -> list[str]:
    """Names of the features."""
    return [str(one) for one in dreams["feature"].values]


def feature_words(dreams: Explanation, column: int) -> str:
    """A feature with its unit."""
    name = features_of(dreams)[column]
    unit = units_of(dreams.attrs).get(name, "")
    return f"{name} ({unit})" if unit else name


def clock_of(dreams: Explanation) -> tuple[Array, str]:
    """Where each step is drawn along time, ``[time]``, and what that axis is called.

    Times in a unit are drawn where all dreams share them and they are regular, else steps: real series stand beside
    dreams step by step.
    """
    steps, unit = np.arange(dreams.sizes["time"]), str(dreams.attrs.get("time_unit", "step"))
    if unit == "step" or "times" not in dreams:
        return steps, "step"
    there = dreams["exists"].values
    times = np.where(there, dreams["times"].values, np.nan).astype(np.float64)
    place = np.broadcast_to(steps, times.shape)[there]
    if len(np.unique(place)) < 2:
        return steps, "step"
    slope, first = np.polyfit(place, times[there], 1)
    clock: Array = first + slope * steps
    if not (slope > 0 and np.allclose(times[there], clock[place], rtol=0, atol=1e-3 * slope)):
        return steps, "step"
    return clock, plain(f"time ({unit})")


def check_dreams(dreams: Explanation) -> None:
    """Raise unless an Explanation holds dreams."""
    if "draw" not in dreams.dims or "real_value" not in dreams:
        raise InputError("dreams must be what aition.dream.dream() answered, but have no axis draw or no real series")
