"""What an explanation says of components: read for one sample, or as means over all."""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aition.core.errors import InputError
from aition.core.explanation import Explanation
from aition.view.plots.reading import Array, asked, row_of
from aition.view.plots.said import method_of


@dataclass(frozen=True, eq=False)
class Bands:
    """Components of one sample, or of all.

    Args:
        names: One a component.
        columns: Names of the features; one empty name where components are of all features.
        attribution: ``[component, column]``; NaN where the sample has no such component.
        amount: How much there is of each, likewise; empty where the explanation does not say.
        low: Lowest frequency of each, ``[component]``; empty where components have none.
        high: Highest.
        first: First step in which each lies, ``[component]``; empty where every one lies in all steps.
        last: Step behind the last.
        unit: Of frequencies.
        signed: Whether an attribution is below 0 anywhere in the explanation.
    """

    names: tuple[str, ...]
    columns: tuple[str, ...]
    attribution: Array
    amount: Array
    low: Array
    high: Array
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    unit: str
    signed: bool

    @property
    def single(self) -> bool:
        """Whether each component is a single frequency."""
        return bool(len(self.low)) and bool((self.low == self.high).all())

    @property
    def in_line(self) -> bool:
        """Whether components are bands that follow one another."""
        return len(self.low) > 0 and bool(np.allclose(self.low[1:], self.high[:-1])) and not self.single


def read_bands(explanation: Explanation, sample: str, *, target: int) -> Bands:
    """The components of a sample; of all if ``sample`` is empty: means of magnitudes and of amounts.

    Raises:
        InputError: The explanation has no components, or no such sample.
    """
    if "attribution_component" not in explanation.data_vars:
        there = ", ".join(map(str, explanation.data_vars))
        raise InputError(f"the explanation has no attribution_component, as that of Trim has; it has {there}")
    value = components_of(explanation, "attribution_component", target=target)
    signed = bool((value < 0).any())
    amount = np.zeros((0, 0))
    if "value_component" in explanation.data_vars:
        size = np.abs(components_of(explanation, "value_component", target=target))
        amount = size[row_of(explanation, sample)] if sample else means(size)
    columns: tuple[str, ...] = ("",)
    if "feature" in explanation["attribution_component"].dims:
        labels = explanation.coords["feature"].values if "feature" in explanation.coords else range(value.shape[2])
        columns = tuple(str(name) for name in labels)
    names = explanation["component"].values if "component" in explanation.coords else range(value.shape[1])
    lies = {name: explanation.get(f"component_{name}") for name in ("low", "high", "first", "last")}
    empty = np.zeros(0)
    found = {name: empty if array is None else np.asarray(array.values) for name, array in lies.items()}
    return Bands(
        names=tuple(f"{name:.4g}" if isinstance(name, float) else str(name) for name in names),
        columns=columns,
        attribution=value[row_of(explanation, sample)].astype(np.float64) if sample else means(np.abs(value)),
        amount=amount,
        low=found["low"].astype(np.float64),
        high=found["high"].astype(np.float64),
        first=found["first"].astype(np.int64),
        last=found["last"].astype(np.int64),
        unit=str(explanation.attrs.get("component_unit", "") or "cycles per step"),
        signed=signed and bool(sample),
    )


def components_of(explanation: Explanation, variable: str, *, target: int) -> NDArray[Any]:
    """A variable of components, ``[sample, component, column]``: one column where components are of all features."""
    whole = asked(explanation, variable, target)
    if "feature" in whole.dims:
        return np.asarray(whole.transpose("sample", "component", "feature").values)
    return np.asarray(whole.transpose("sample", "component").values)[:, :, None]


def means(values: Array) -> Array:
    """Means over the samples that have a component, ``[component, column]``; NaN where none has it."""
    known = ~np.isnan(values)
    count = known.sum(axis=0)
    total = np.where(known, values, 0.0).sum(axis=0)
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1), np.nan))


def inside_of(explanation: Explanation) -> str:
    """The explainer that was asked about components, and by which transform; the explainer alone where that is unknown.

    >>> import xarray as xr
    >>> settings = '{"explainer": {"name": "occlusion"}, "transform": {"name": "short-time"}}'
    >>> inside_of(xr.Dataset(attrs={"explainer": "trim", "settings": settings}))
    'occlusion of short-time components'
    """
    settings = json.loads(str(explanation.attrs.get("settings", "")) or "{}")
    if not isinstance(settings, dict):
        return method_of(explanation)
    names = [part.get("name", "") for part in map(settings.get, ("explainer", "transform")) if isinstance(part, dict)]
    return f"{names[0]} of {names[1]} components" if len(names) == 2 and all(names) else method_of(explanation)
