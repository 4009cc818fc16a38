"""Events of an explanation, one row each: whom, when, what, with which value, and what it counted."""

from dataclasses import dataclass, replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from aition.core.errors import InputError
from aition.core.explanation import SCALES, Explanation
from aition.view.plots.reading import Array, asked, row_of

Places = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class EventRows:
    """Events that have an attribution.

    Args:
        sample: Position of the sample, ``[row]``.
        step: ``[row]``.
        code: Place in the vocabulary, ``[row]``.
        times: When, ``[row]``.
        value: ``[row]``; NaN where the event has none.
        attribution: ``[row]``; never NaN.
    """

    sample: Places
    step: Places
    code: Places
    times: Array
    value: Array
    attribution: Array

    def __len__(self) -> int:
        return len(self.sample)

    def some(self, rows: NDArray[np.bool_] | Places) -> "EventRows":
        """Some of the rows, in the order in which they are named."""
        return EventRows(
            self.sample[rows],
            self.step[rows],
            self.code[rows],
            self.times[rows],
            self.value[rows],
            self.attribution[rows],
        )


def has_rows(explanation: Explanation | xr.Dataset, variable: str = "attribution") -> bool:
    """Whether a variable is of events: a row for each, instead of cells."""
    return variable in explanation and explanation[variable].dims in (("row",), ("row", "target"))


def read_rows(explanation: Explanation, *, variable: str, target: int) -> EventRows:
    """The events of all samples; those without an answer are left out.

    Raises:
        InputError: There is no such variable or target, or it is not of events.
    """
    size = asked(explanation, variable, target)
    if size.dims != ("row",):
        raise InputError(f"{variable} must have the axis row, one a row an event, but has {list(size.dims)}")
    number = explanation.sizes["row"]
    value = np.full(number, np.nan)
    if "row_value" in explanation:
        value = explanation["row_value"].values.astype(np.float64)
    if "row_observed" in explanation:
        value = np.where(explanation["row_observed"].values, value, np.nan)
    sample, step, code = (explanation[f"row_{axis}"].values.astype(np.int64) for axis in ("sample", "time", "feature"))
    times = explanation["row_times"].values.astype(np.float64) if "row_times" in explanation else step.astype(float)
    attribution = size.values.astype(np.float64)
    return EventRows(sample, step, code, times, value, attribution).some(~np.isnan(attribution) & (sample >= 0))


def rows_of_sample(explanation: Explanation, sample: str, *, variable: str, target: int) -> EventRows:
    """The events of one sample, in order of time, with values in the units of the records.

    Raises:
        InputError: There is no such sample, or none of its events has an answer.
    """
    own = explanation.isel(row=np.flatnonzero(explanation["row_sample"].values == row_of(explanation, sample)))
    rows = read_rows(Explanation(own), variable=variable, target=target)
    if not len(rows):
        raise InputError(f"sample {sample!r} has no event with {variable}")
    scales = scales_of(explanation)
    if scales.size:
        mean, by = scales[:, rows.code]
        rows = replace(rows, value=mean + by * rows.value)
    return rows.some(np.argsort(rows.times, kind="stable"))


def scales_of(explanation: Explanation) -> Array:
    """Mean and deviation that were taken off the values of each code, ``[2, code]``; empty where none are known."""
    if not set(SCALES) <= set(explanation.data_vars):
        return np.zeros((2, 0))
    return np.stack([explanation[name].values.astype(np.float64) for name in SCALES])


def code_names(explanation: Explanation) -> tuple[str, ...]:
    """Names of the codes; their places where they have none."""
    if "feature" in explanation.coords:
        return tuple(str(name) for name in explanation.coords["feature"].values)
    most = explanation["row_feature"].values.max(initial=-1)
    return tuple(f"code {place}" for place in range(int(most) + 1))


def row_cells(explanation: Explanation, variable: str) -> xr.DataArray:
    """A variable of events beside the samples, ``[sample, time]``: each sample's events in order, then NaN."""
    sample = explanation["row_sample"].values.astype(np.int64)
    order = np.argsort(sample, kind="stable")
    order = order[sample[order] >= 0]
    count = np.bincount(sample[order], minlength=explanation.sizes["sample"])
    place = np.arange(len(order)) - np.repeat(np.cumsum(count) - count, count)
    cells = np.full((len(count), int(count.max(initial=0))), np.nan)
    cells[sample[order], place] = asked(explanation, variable, 0).values[order]
    return xr.DataArray(cells, {"sample": explanation["sample"].values}, ("sample", "time"), name=variable)
