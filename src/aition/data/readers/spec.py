"""Spec: which samples, steps and features are to be made of raw records, declared rather than programmed."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from aition.core.errors import InputError

Aggregate = Literal["last", "first", "mean", "median", "least", "most", "sum", "count", "any"]
Align = Literal["start", "stop"]
Form = Literal["grid", "events"]
GRID_CELLS = 2**25
"""Values of a shard of a grid, at most, so that it fits in memory; a sample can't have more."""
SHORTEST_STEP, LONGEST_WINDOW = 1e-9, 1e9
"""Hours: a few microseconds, the resolution of times; and what times in microseconds can hold."""


@dataclass(frozen=True)
class Conversion:
    """From another unit to a feature's own: ``factor · value + offset``."""

    factor: float = 1.0
    offset: float = 0.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.factor) and math.isfinite(self.offset) and self.factor):
            raise InputError(
                f"factor must be finite and not 0, and offset finite, but are {self.factor} and {self.offset}"
            )


@dataclass(frozen=True)
class Feature:
    """One feature, from one or several codes.

    Args:
        name: In lower case, digits and underscores.
        codes: Codes whose records it is made of; a ``*``, at the end only, stands for any ending.
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
        if not re.fullmatch("[a-z0-9_]+", self.name):
            raise InputError(f"name of a feature must be lower case, digits and underscores, but is {self.name!r}")
        if not self.codes:
            raise InputError(f"codes of feature {self.name!r} must name at least one code, but are empty")
        if unfit := [code for code in self.codes if not code or "*" in code[:-1]]:
            raise InputError(
                f"codes of feature {self.name!r} must be texts with a * at the end only, but one is {unfit[0]!r}"
            )
        if self.aggregate not in get_args(Aggregate):
            raise InputError(f"aggregate must be one of {', '.join(get_args(Aggregate))}, but is {self.aggregate!r}")
        if not (self.low <= self.high and self.low < math.inf and self.high > -math.inf):
            raise InputError(
                f"low must not be above high, and a number be between them, but feature {self.name!r} has {self.low} "
                f"and {self.high}"
            )


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
            if not SHORTEST_STEP <= getattr(self, name) <= LONGEST_WINDOW:
                raise InputError(
                    f"{name} must be from {SHORTEST_STEP:g} to {LONGEST_WINDOW:g} hours, but is {getattr(self, name)}"
                )
        if not 0 <= self.shortest <= LONGEST_WINDOW:
            raise InputError(f"shortest must be from 0 to {LONGEST_WINDOW:g} hours, but is {self.shortest}")
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
        if self.fewest < 1:
            raise InputError(f"fewest must be at least 1, but is {self.fewest}")
        if self.form == "grid" and self.fewest != 1:
            raise InputError(f"fewest is for form='events', but the form is a grid and fewest is {self.fewest}")
        width = len(self.features) if self.form == "grid" else 1
        if self.window.n_step * width > GRID_CELLS:
            raise InputError(
                f"a sample may have {GRID_CELLS} values, but {self.window.n_step} steps × {width} features are more; "
                "take longer steps, or a shorter window"
            )
        names = [one.name for one in self.features]
        if len(set(names)) != len(names):
            raise InputError(f"features must have different names, but are {names}")


def check_foretold(spec: Spec, name: str, hours: float) -> None:
    """Raise where a window would show an outcome that is counted from so many hours on.

    Args:
        spec: What is wanted.
        name: Of the source's setting that says so.
        hours: After the start of a sample.
    """
    if spec.window.align == "stop":
        raise InputError(
            'window.align must be "start" where the outcome is one of the records, for it shows at a sample\'s end; '
            "or give labels"
        )
    if hours < spec.window.hours:
        raise InputError(
            f"{name} must be at least window.hours, {spec.window.hours}, or the window would show the outcome, but is "
            f"{hours}"
        )
