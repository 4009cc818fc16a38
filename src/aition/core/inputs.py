"""Inputs: what a model reads, by name, so that a batch of other features, codes or units is refused."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from aition.core.batch import LATER, Batch
from aition.core.errors import InputError

PARTS = ("feature_names", "static_names", "code_names", *LATER)
Scale = tuple[float, float]
NEAR = 1e-6
"""Scales that differ by less, in deviations, are the same: sums of the same values in another order."""
ANEW = "make the data as those of training were made, such as by aition ingest … --like DATA"


@dataclass(frozen=True)
class Inputs:
    """What a model was trained on; parts that are empty are not known, and not compared.

    A batch is compared once for as long as its names are the same object, as they are for every part and copy of it.

    Args:
        feature_names: Of ``x``, in order.
        static_names: Of the static columns, in order.
        code_names: The vocabulary of a batch of events, in order.
        scales: Mean and deviation that were taken off the events' values, one pair a code; compared wherever
            ``code_names`` are known, so that empty says: values as they came.
        units: Of the features' values, or of the codes'; an empty word is not known.
        steps: What a step of each feature holds, such as "mean of 1 hour".
        class_names: What the classes that the model answers are called, in order.

    >>> from aition.core.assemble import from_tensors
    >>> batch = from_tensors([[[80.0, 120.0]]], feature_names=["pulse", "pressure"])
    >>> try:
    ...     Inputs(("pressure", "pulse")).check(batch)
    ... except InputError as error:
    ...     print(str(error).partition(";")[0].partition(", but ")[2])
    the batch has them in another order: 'pulse' is the first and not 'pressure'
    """

    feature_names: tuple[str, ...] = ()
    static_names: tuple[str, ...] = ()
    code_names: tuple[str, ...] = ()
    scales: tuple[Scale, ...] = ()
    units: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    class_names: tuple[str, ...] = ()
    seen: dict[str, object] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.scales and len(self.scales) != len(self.code_names):
            raise InputError(f"scales must be one a code, {len(self.code_names)}, but are {len(self.scales)}")

    def __bool__(self) -> bool:
        """Whether anything is known."""
        return any(getattr(self, part) for part in PARTS)

    @classmethod
    def of(cls, batch: Batch) -> "Inputs":
        """What a batch holds; names that nobody gave, ``f0, f1, …`` and ``s0, s1, …``, say nothing."""
        names = said("f", batch.feature_names), said("s", batch.static_names)
        return cls(*names, *coded(batch), batch.units, batch.steps, batch.class_names)

    def check(self, batch: Batch, *, embedded: bool = False) -> None:
        """Raise unless a batch holds what the model was trained on.

        Args:
            batch: What the model is given.
            embedded: Its ``x`` may be what an embedding answered, whose features have no names of their own.

        Raises:
            InputError: Saying which names, scales, units, steps or classes differ.
        """
        if not self:
            return
        codes, scales = coded(batch)
        parts = (("features", self.feature_names, batch.feature_names), ("codes", self.code_names, codes))
        if self.code_names and not codes:
            raise InputError(f"the model was trained on events, but {batch!r} has none; take aition.from_events")
        if codes and not self.code_names:
            raise InputError(f"the model was trained on features at every step, but {batch!r} is a list of events")
        for what, own, come in (*parts, ("static columns", self.static_names, batch.static_names)):
            if not own or self.met(what, come) or (embedded and what == "features"):
                continue
            if own != come:
                words = differing(own, come)
                raise InputError(f"the model was trained on {len(own)} {what}, but the batch {words}; {ANEW}")
            self.seen[what] = come
        if self.code_names and not self.met("scales", scales):
            check_scales(self.code_names, self.scales, scales)
            self.seen["scales"] = scales
        for what, own, come in (("units", self.units, batch.units), ("steps", self.steps, batch.steps)):
            if own and come and not self.met(what, come) and not embedded:
                check_words(codes if what == "units" and codes else batch.feature_names, what, own, come)
                self.seen[what] = come
        if self.class_names and batch.class_names and not self.met("classes", batch.class_names):
            check_classes(self.class_names, batch.class_names)
            self.seen["classes"] = batch.class_names

    def met(self, what: str, come: object) -> bool:
        """Whether these very names were compared the last time."""
        return self.seen.get(what) is come

    def to_json(self) -> dict[str, Any]:
        kept = asdict(self)
        return {part: kept[part] for part in (*PARTS, "scales") if kept[part] or part not in LATER}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Inputs":
        scales = tuple((float(mean), float(by)) for mean, by in value.get("scales", ()))
        return cls(**{part: tuple(value.get(part, ())) for part in PARTS}, scales=scales)


def said(letter: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """Names, unless they are the ones that stand where nobody gave any."""
    return () if names == tuple(f"{letter}{place}" for place in range(len(names))) else names


def coded(batch: Batch) -> tuple[tuple[str, ...], tuple[Scale, ...]]:
    """The vocabulary of a batch of events and the scales of its values; empty where there are none."""
    codes: tuple[str, ...] = ()
    scales: tuple[Scale, ...] = ()
    for part in batch.fields.values():
        codes, scales = part.names if part.role == "code" else codes, part.scales or scales
    return codes, scales


def differing(own: Sequence[str], come: Sequence[str]) -> str:
    """How the names of a batch differ from those of training.

    >>> differing(("a", "b", "c"), ("a", "d"))
    "lacks 'b', 'c' and has 'd', which the model does not know"
    """
    there, known = set(come), set(own)
    lacking, strange = [name for name in own if name not in there], [name for name in come if name not in known]
    if not lacking and not strange:
        place = next(place for place, (one, other) in enumerate(zip(own, come, strict=True)) if one != other)
        nth = "the first" if not place else f"number {place + 1}"
        return f"has them in another order: {come[place]!r} is {nth} and not {own[place]!r}"
    faults = [f"lacks {listed(lacking)}"] if lacking else []
    faults += [f"has {listed(strange)}, which the model does not know"] if strange else []
    return " and ".join(faults)


def check_scales(names: Sequence[str], own: Sequence[Scale], come: Sequence[Scale]) -> None:
    """Raise unless the values of a batch of events are in the deviations of training.

    Raises:
        InputError: Naming the first code whose scale is another.
    """
    if come and len(come) != len(names):
        raise InputError(f"scales of a batch must be one a code, {len(names)}, but are {len(come)}")
    if bool(own) != bool(come):
        words = ("in deviations from the means of their codes", "as they came")
        were, are = words if own else words[::-1]
        raise InputError(f"the model was trained on values {were}, but those of the batch are {are}; {ANEW}")
    for name, (mean, by), (other, other_by) in zip(names if own else (), own, come, strict=True):
        if abs(mean - other) > NEAR * by or not math.isclose(by, other_by, rel_tol=NEAR):
            raise InputError(
                f"the model was trained on values of {name!r} with mean {mean:g} and deviation {by:g} taken off, but "
                f"those of the batch have {other:g} and {other_by:g}; give scales= of training, or {ANEW}"
            )


def check_words(names: Sequence[str], what: str, own: Sequence[str], come: Sequence[str]) -> None:
    """Raise unless values are in the units of training, and steps hold what they held there.

    >>> try:
    ...     check_words(["temperature"], "units", ["°C"], ["°F"])
    ... except InputError as error:
    ...     print(str(error).partition(";")[0])
    'temperature' is in °C in training, but in °F here

    Raises:
        InputError: Naming the first feature, or code, that differs; where a word is not known, nothing is compared.
    """
    if len(own) != len(come):
        raise InputError(f"the model was trained on {len(own)} features, but the batch has {len(come)}; {ANEW}")
    for name, one, other in zip(names, own, come, strict=True):
        if one and other and one != other:
            words = f"is in {one} in training, but in {other} here"
            if what == "steps":
                words = f"is the {one} in training, but the {other} here"
            raise InputError(f"{name!r} {words}; {ANEW}")


def check_classes(own: Sequence[str], come: Sequence[str]) -> None:
    """Raise unless the classes of a batch are numbered as those of the model.

    Raises:
        InputError: Naming both.
    """
    if tuple(own) != tuple(come):
        raise InputError(f"the classes of the model are {list(own)}, but those of the batch are {list(come)}; {ANEW}")


def listed(names: Sequence[str]) -> str:
    """The first of several names, and how many there are where they are more.

    >>> listed(list("abcd"))
    "'a', 'b', 'c' and 1 more"
    """
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(map(repr, names[:3])) + more
