"""A table's rows sorted by sample and time, each with its step."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from aition.core.errors import InputError
from aition.data.columns import named_column, time_column

Owner = Literal["sample", "time"]


@dataclass(frozen=True, eq=False)
class Rows:
    """A table's rows sorted by sample and time; rows of one sample at one time share a step.

    Args:
        order: The rows of the table in sorted order, ``[row]``.
        sample: Sample of each sorted row, ``[row]``.
        step: Step of each sorted row within its sample, ``[row]``.
        times: When, ``[row]``, in ``unit``.
        names: The samples' ids, in order of appearance.
        unit: Of the times.
    """

    order: NDArray[np.int64]
    sample: NDArray[np.int64]
    step: NDArray[np.int64]
    times: NDArray[np.float64]
    names: list[str]
    unit: str

    @property
    def begins(self) -> NDArray[np.bool_]:
        """Which rows begin a step, ``[row]``."""
        return changes(self.sample, self.step)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Steps of each sample, ``[sample]``."""
        return np.bincount(self.sample[self.begins], minlength=len(self.names))

    def refuse_twice(self, further: NDArray[np.int64], further_names: Sequence[str]) -> None:
        """Raise where two rows have the same sample and time (and the same further name, where there are any)."""
        order = np.lexsort((further, self.step, self.sample))
        twice = ~changes(self.sample[order], self.step[order], further[order])
        if not twice.any():
            return
        row = order[twice][0]
        what, also = ("(sample, time)", "")
        if further_names:
            what, also = "(sample, time, feature)", f", feature {further_names[further[row]]!r}"
        raise InputError(
            f"rows must differ in {what}, but {int(twice.sum())} of {len(order)} repeat an earlier one, "
            f"such as sample {self.names[self.sample[row]]!r}, time {self.times[row]:g} {self.unit}{also}; "
            "keep one of each, or average them"
        )

    def one_each(self, values: NDArray[Any], owner: Owner, what: str) -> NDArray[Any]:
        """The one value of each sample, ``[sample]``, or of each step, ``[step]``.

        Args:
            values: Of the table's rows in their own order, ``[row]``.
            owner: Whether a sample or a step has one value.
            what: The column, for the error.
        """
        ordered = values[self.order]
        first = changes(self.sample) if owner == "sample" else self.begins
        group = np.cumsum(first) - 1
        each = ordered[first]
        differs = (ordered != each[group]) & ~(np.not_equal(ordered, ordered) & np.not_equal(each, each)[group])
        if differs.any():
            row = int(differs.nonzero()[0][0])
            raise InputError(
                f"{what} must have one value for each {owner}, but {len(np.unique(group[differs]))} have several, "
                f"such as sample {self.names[self.sample[row]]!r} with {each[group[row]]} and {ordered[row]}"
            )
        return each


def rows_of(table: Any, *, sample: str, time: str, time_unit: str) -> Rows:
    """Sort a table's rows by sample and time."""
    codes, names = named_column(table, sample, "sample")
    times, divisor, unit = time_column(table, time, time_unit)
    order = np.lexsort((times, codes))
    codes, times = codes[order], times[order]
    start = changes(codes)
    count = np.cumsum(changes(codes, times)) - 1
    step = count - count[start][codes]
    elapsed = (times - times[start][codes]) / divisor if divisor else times
    return Rows(order, codes, step, np.asarray(elapsed, dtype=np.float64), names, unit)


def changes(*parts: NDArray[Any]) -> NDArray[np.bool_]:
    """Where any of several arrays differs from its row before; True at the first row."""
    new = np.ones(len(parts[0]), dtype=bool)
    new[1:] = np.any([part[1:] != part[:-1] for part in parts], axis=0)
    return new
