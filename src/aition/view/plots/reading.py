"""What a figure shows, read from an Explanation: the cells of one sample, or of all, and the samples' classes."""

import difflib
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from aition.core.errors import InputError
from aition.core.explanation import Explanation

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Reading:
    """The cells of some samples, with padding cut off where it is common to all of them.

    Args:
        name: Name of the variable.
        ids: Names of the samples, one a sample.
        features: Names of the features.
        attribution: ``[sample, time, feature]``; NaN in padding.
        value: ``[sample, time, feature]``; NaN where nothing was measured.
        exists: Which steps are no padding, ``[sample, time]``.
        times: When, ``[sample, time]``, in ``unit``.
        unit: Unit of the times; "step" is the index.
        signed: Whether the variable is negative anywhere in the explanation.
    """

    name: str
    ids: tuple[str, ...]
    features: tuple[str, ...]
    attribution: Array
    value: Array
    exists: NDArray[np.bool_]
    times: Array
    unit: str
    signed: bool

    @property
    def totals(self) -> Array:
        """Sum of ``|attribution|`` of each feature over the samples and steps, ``[feature]``."""
        return np.asarray(np.nansum(np.abs(self.attribution), axis=(0, 1)))

    @property
    def shares(self) -> Array:
        """Share of each feature in the sum of ``|attribution|``, ``[feature]``, in [0, 1]."""
        totals = self.totals
        return np.asarray(totals / totals.sum() if totals.sum() > 0 else np.zeros_like(totals))

    @property
    def time_label(self) -> str:
        return "step" if self.unit == "step" else f"time ({self.unit})"


def read(explanation: Explanation, *, variable: str, target: int) -> Reading:
    """The cells of all samples.

    Args:
        explanation: An explanation with an axis sample.
        variable: Which variable to show; with axes sample, time and feature.
        target: Which of several targets.

    Raises:
        InputError: There is no such variable, or its axes can't be shown over a series.
    """
    cells = asked(explanation, variable, target)
    if set(cells.dims) != {"sample", "time", "feature"}:
        raise InputError(
            f"{variable} must have the axes sample, time and feature to be shown over a series, "
            f"but has {list(cells.dims)}"
        )
    value = asked(explanation, "value", target).transpose("sample", "time", "feature")
    if value.sizes["feature"] != cells.sizes["feature"]:
        raise InputError(
            f"{variable} must have the {value.sizes['feature']} features of value, but has {cells.sizes['feature']}"
        )
    exists = np.asarray(explanation["exists"].values, dtype=bool)
    observed = np.asarray(explanation["observed"].transpose("sample", "time", "feature").values, dtype=bool)
    attribution = np.asarray(cells.transpose("sample", "time", "feature").values, dtype=np.float64)
    n_feature = attribution.shape[2]
    names = value.coords["feature"].values if "feature" in value.coords else [f"f{i}" for i in range(n_feature)]
    return Reading(
        name=variable,
        ids=tuple(str(name) for name in explanation["sample"].values),
        features=tuple(str(name) for name in names),
        attribution=np.where(exists[:, :, None], attribution, np.nan),
        value=np.where(observed, np.asarray(value.values, dtype=np.float64), np.nan),
        exists=exists,
        times=np.asarray(explanation["times"].values, dtype=np.float64),
        unit=str(explanation.attrs.get("time_unit", "step")),
        signed=bool((attribution[exists] < 0).any()),
    )


def read_sample(explanation: Explanation, sample: str, *, variable: str, target: int) -> Reading:
    """The cells of one sample, in order of time, without its padding."""
    row = row_of(explanation, sample)
    whole = read(explanation.isel(sample=[row]), variable=variable, target=target)
    steps = np.flatnonzero(whole.exists[0])
    steps = steps[np.argsort(whole.times[0, steps], kind="stable")]
    signed = bool((asked(explanation, variable, target) < 0).any())
    return Reading(
        name=whole.name,
        ids=whole.ids,
        features=whole.features,
        attribution=whole.attribution[:, steps],
        value=whole.value[:, steps],
        exists=whole.exists[:, steps],
        times=whole.times[:, steps],
        unit=whole.unit,
        signed=signed,
    )


def row_of(explanation: Explanation, sample: str) -> int:
    """Where a sample stands; raises with the nearest names if it is not there."""
    ids = [str(name) for name in explanation["sample"].values]
    if sample not in ids:
        near = difflib.get_close_matches(str(sample), ids, n=3, cutoff=0.0)
        raise InputError(
            f"sample must be one of the {len(ids)} ids, such as {', '.join(map(repr, near))}, but is {sample!r}"
        )
    return ids.index(sample)


def asked(explanation: Explanation, variable: str, target: int) -> xr.DataArray:
    """A variable of an explanation, of one of its targets."""
    if variable not in explanation.data_vars:
        raise InputError(f"the explanation has no variable {variable!r}; it has {', '.join(map(str, explanation))}")
    array = explanation[variable]
    if "target" not in array.dims:
        return array
    if not 0 <= target < array.sizes["target"]:
        raise InputError(f"target must be 0 to {array.sizes['target'] - 1}, but is {target}")
    return array.isel(target=target)


def classes_of(explanation: Explanation, target: int) -> tuple[NDArray[np.int64], str]:
    """The class of each sample, ``[sample]``, and whether it is the one "explained" or the one "predicted"."""
    index = asked(explanation, "target_class", target).values if "target_class" in explanation else np.zeros(0)
    if (index >= 0).any():
        return np.asarray(index, dtype=np.int64), "explained"
    outputs = explanation["prediction"] if "prediction" in explanation else xr.DataArray(0.0)
    if outputs.dims != ("sample", "class") or outputs.sizes["class"] < 2:
        raise InputError(f"there must be classes, but the outputs have the axes {list(outputs.dims)}")
    return np.asarray(outputs.values.argmax(axis=1), dtype=np.int64), "predicted"
