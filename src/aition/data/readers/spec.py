"""Spec: which samples, steps and features are to be made of raw records, declared rather than programmed."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from aition.core.errors import InputError

Aggregate = Literal["last", "first", "mean", "median", "least", "most", "sum", "count", "any"]
Align = Literal["start", "stop"]
Form = Literal["grid", "events"]


@dataclass(frozen=True)
class Conversion:
    """From another unit to a feature's own: ``factor · value + offset``."""

    factor: float = 1.0
    offset: float = 0.0


@dataclass(frozen=True)
class Feature:
    """One feature, from one or several codes.

    Args:
        name: In lower case, digits and underscores.
        codes: Codes whose records it is made of; a ``*`` at the end stands for any ending.
        aggregate: What becomes of several records in one step.
        unit: Of its values; empty where nothing is known.
        units: How records in other units come to it; a record in a unit that is neither named here nor ``unit`` is
            not used, and counted.
        low: Least plausible value; a record below is not used, and counted.
        high: Largest plausible value.
    """

    name: str
    codes: tuple[str, ...]
    aggregate: Aggregate = "last"
    unit: str = ""
    units: Mapping[str, Conversion] = field(default_factory=dict)
    low: float = -math.inf
    high: float = math.inf

    def __post_init__(self) -> None:
        if not self.codes:
            raise InputError(f"codes of feature {self.name!r} must name at least one code, but are empty")
        if self.aggregate not in get_args(Aggregate):
            raise InputError(f"aggregate must be one of {', '.join(get_args(Aggregate))}, but is {self.aggregate!r}")
        if not self.low <= self.high:
            raise InputError(f"low must not be above high, but feature {self.name!r} has {self.low} and {self.high}")


@dataclass(frozen=True)
class Window:
    """Which part of a sample's span is seen, and in which steps.

    Args:
        hours: Length.
        every: Hours of a step.
        align: "start": the first hours of the span; "stop": the last ones, such as those before a prediction.
        shortest: Samples whose span is shorter, in hours, are left out, and counted.
    """

    hours: float = 48.0
    every: float = 1.0
    align: Align = "start"
    shortest: float = 0.0

    def __post_init__(self) -> None:
        for name in ("hours", "every"):
            if not getattr(self, name) > 0:
                raise InputError(f"{name} must be above 0, but is {getattr(self, name)}")
        if self.align not in get_args(Align):
            raise InputError(f"align must be 'start' or 'stop', but is {self.align!r}")
        if abs(self.n_step * self.every - self.hours) > 1e-9 * self.hours:
            raise InputError(f"hours must be whole steps of {self.every} hours, but are {self.hours}")

    @property
    def n_step(self) -> int:
        """Steps of a sample, at most."""
        return round(self.hours / self.every)


@dataclass(frozen=True)
class Spec:
    """What is to be made of raw records.

    Args:
        window: Which part of a sample is seen.
        features: On a grid: its features, in order. Of events: how codes are grouped and cleaned; codes that no feature
            names are features by themselves.
        form: "grid": a value for each step and feature; "events": a list of what happened, for thousands of codes.
        fewest: Of events: codes with fewer records than this are left out, and counted.
    """

    window: Window = field(default_factory=Window)
    features: tuple[Feature, ...] = ()
    form: Form = "grid"
    fewest: int = 1

    def __post_init__(self) -> None:
        if self.form not in get_args(Form):
            raise InputError(f"form must be 'grid' or 'events', but is {self.form!r}")
        if self.form == "grid" and not self.features:
            raise InputError("a grid needs features, but the spec names none; or ask for form='events'")
        names = [one.name for one in self.features]
        if len(set(names)) != len(names):
            raise InputError(f"features must have different names, but are {names}")
