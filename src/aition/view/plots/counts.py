"""What counted in explanations of events: by code, step and value, overall and by class, part by part."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from aition.core.errors import InputError
from aition.core.explanation import Explanation
from aition.view.plots.reading import Array, classes_of
from aition.view.plots.rows import EventRows, Places, code_names, read_rows, scales_of
from aition.view.plots.said import class_names_of, method_of
from aition.view.plots.sums import NOWHERE, Sums, in_shares, places_of, sums_of

BINS = 5
"""Values of a code are told in fifths."""


@dataclass(frozen=True, eq=False)
class EventCounts:
    """Sums over the events of some samples.

    Args:
        n_sample: Samples.
        steps: By code and step.
        values: By code and value.
    """

    n_sample: int
    steps: Sums
    values: Sums

    def __add__(self, other: "EventCounts") -> "EventCounts":
        return EventCounts(self.n_sample + other.n_sample, self.steps + other.steps, self.values + other.values)

    @property
    def by_code(self) -> Sums:
        """One entry a code."""
        return self.steps.moved(place=np.zeros_like(self.steps.place))

    @property
    def by_step(self) -> Sums:
        """One entry a step; ``low`` and ``high`` are the first and last where steps were put together."""
        return self.steps.moved(code=np.zeros_like(self.steps.code))

    @property
    def by_value(self) -> Sums:
        """One entry a fifth of the values of a code, and one for its events without a value."""
        return in_shares(self.values, BINS)

    def shares(self, sums: Sums) -> Array:
        """Share of each entry in the sum of ``|attribution|``, in [0, 1]."""
        total = self.steps.size.sum()
        return np.asarray(sums.size / total if total > 0 else np.zeros_like(sums.size))


@dataclass(frozen=True, eq=False)
class Tally:
    """What counted in a run of events.

    Args:
        variable: What was counted.
        method: The explainer in words.
        names: The vocabulary.
        whole: All samples.
        classes: By class; empty where there are none.
        meaning: Whether a sample's class is the one "explained" or the one "predicted".
        class_names: Of the classes, from 0; empty where the run does not say them.
        scales: Mean and deviation that were taken off the values of each code, ``[2, code]``; empty where none were.
    """

    variable: str
    method: str
    names: tuple[str, ...]
    whole: EventCounts
    classes: Mapping[int, EventCounts]
    meaning: str
    class_names: tuple[str, ...] = ()
    scales: Array = field(default_factory=lambda: np.zeros((2, 0)))

    def in_units(self, sums: Sums) -> Sums:
        """Sums by value with the values in the units of the records, in place of deviations."""
        if not self.scales.size:
            return sums
        mean, by = self.scales[:, sums.code]
        valued = sums.place != NOWHERE
        return replace(
            sums,
            low=np.where(valued, mean + by * sums.low, sums.low),
            high=np.where(valued, mean + by * sums.high, sums.high),
            at=np.where(valued, mean * sums.n_event + by * sums.at, sums.at),
        )

    @property
    def signed(self) -> bool:
        """Whether any attribution is below 0."""
        return bool((self.whole.steps.signed < self.whole.steps.size).any())


def tally(parts: Iterable[Explanation], *, variable: str = "attribution", target: int = 0) -> Tally:
    """Count the events of an explanation that is given part by part.

    Memory holds one part and sums by code and step, and by code and value: not more for more samples.

    Args:
        parts: An explanation in parts, such as ``StoredRun.parts()``; ``[explanation]`` for a whole one.
        variable: What to count; with a row an event.
        target: Which of several targets.

    Raises:
        InputError: There is no part, no such variable or target, or it is not of events.
    """
    groups: dict[int, EventCounts] = {}
    names: tuple[str, ...] = ()
    classes_said: tuple[str, ...] = ()
    scales = np.zeros((2, 0))
    method = meaning = ""
    for part in parts:
        rows = read_rows(part, variable=variable, target=target)
        index, meaning = class_of_each(part, target)
        scales, classes_said = scales_of(part), class_names_of(part)
        names, method = max(names, code_names(part), key=len), method_of(part)
        for one in np.unique(index).tolist():
            more = counted(rows.some(index[rows.sample] == one), int((index == one).sum()))
            groups[one] = groups[one] + more if one in groups else more
    if not groups:
        raise InputError("parts must hold at least one explanation, but is empty")
    first, *others = groups.values()
    classes = {one: counts for one, counts in sorted(groups.items()) if one >= 0}
    return Tally(variable, method, names, sum(others, first), classes, meaning, classes_said, scales)


def class_of_each(part: Explanation, target: int) -> tuple[Places, str]:
    """The class of each sample, ``[sample]``, and what it means; -1 where there are no classes."""
    try:
        return classes_of(part, target)
    except InputError:
        return np.full(part.sizes["sample"], -1), ""


def counted(rows: EventRows, n_sample: int) -> EventCounts:
    """Sums over events."""
    value = np.where(np.isnan(rows.value), 0.0, rows.value)
    return EventCounts(
        n_sample,
        sums_of(rows.code, rows.step, rows.step.astype(np.float64), rows.attribution),
        sums_of(rows.code, places_of(rows.value), value, rows.attribution),
    )
