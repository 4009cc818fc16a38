"""Objectives: what of a model a dream is to drive."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Protocol, runtime_checkable

import torch
from torch import Tensor

from aition.core.errors import InputError, TargetError
from aition.core.target import Choice, Target
from aition.dream.seen import Seen

NOTHING = Target()


@runtime_checkable
class Objective(Protocol):
    """A number for each dream, which is to become large; a frozen dataclass."""

    @property
    def layers(self) -> tuple[str, ...]:
        """Layers that it listens to."""

    @property
    def name(self) -> str:
        """What it is called in a picture."""

    @property
    def classes(self) -> tuple[int, ...]:
        """The class that it drives, and those on the other sides of a border, or else -1: two or more."""

    def measured(self, seen: Seen) -> Tensor:
        """How large it is, ``[draw]``."""


@runtime_checkable
class Constrained(Objective, Protocol):
    """An objective that is met where its constraints are; no aim is asked."""

    def equal(self, seen: Seen) -> Tensor:
        """What is to become 0, ``[draw, constraint]``."""

    def below(self, seen: Seen) -> Tensor:
        """What is not to become more than 0, ``[draw, constraint]``."""


@dataclass(frozen=True)
class Margin:
    """The lead of a class: its logit over the log-sum-exp of all others, ``z_c - log Σ_{j≠c} exp z_j``.

    It is the log-odds of the class. A probability would saturate, and with it the gradient. Of one output alone, class
    1 is the output and class 0 its negative.

    Args:
        of: The class, from 0.
        at: Choices for other axes of the outputs, such as ``(("time", "last"),)``.

    >>> from aition.core.assemble import from_tensors
    >>> seen = Seen(torch.tensor([[2.0, 0.0, 0.0]]), ("class",), from_tensors(torch.zeros(1, 2, 1)))
    >>> Margin(0).measured(seen)  # 2 - log 2
    tensor([1.3069])
    """

    layers: ClassVar[tuple[str, ...]] = ()

    of: int
    at: tuple[tuple[str, Choice], ...] = ()

    def __post_init__(self) -> None:
        check_class("of", self.of)

    @property
    def name(self) -> str:
        return " ".join((f"class {self.of}", *placed(self.at)))

    @property
    def classes(self) -> tuple[int, int]:
        return self.of, -1

    def measured(self, seen: Seen) -> Tensor:
        logits = class_logits(seen, self.at, least=self.of)
        others = [place for place in range(logits.shape[1]) if place != self.of]
        return logits[:, self.of] - logits[:, others].logsumexp(dim=1)


@dataclass(frozen=True)
class Border:
    """The border of two or more classes: their logits are equal, and each is above every other by a slack.

    With more than two classes equal logits do not mean that the model is torn between these: hence the slack, and the
    number that is told, the log-odds of the classes together against the others.

    Args:
        between: The classes, two or more.
        slack: What they are to be above any other class, in units of the logits.
        at: As in :class:`Margin`.
    """

    layers: ClassVar[tuple[str, ...]] = ()

    between: tuple[int, ...]
    slack: float = 1.0
    at: tuple[tuple[str, Choice], ...] = ()

    def __post_init__(self) -> None:
        for one in self.between:
            check_class("between", one)
        if len(set(self.between)) != len(self.between) or len(self.between) < 2:
            raise InputError(f"between must be two different classes or more, but is {list(self.between)}")
        if not 0 <= self.slack < float("inf"):
            raise InputError(f"slack must be 0 or more and finite, but is {self.slack}")

    @property
    def name(self) -> str:
        slack = () if self.slack == 1 else (f"slack {self.slack:g}",)
        return " ".join((f"border {'|'.join(map(str, self.between))}", *slack, *placed(self.at)))

    @property
    def classes(self) -> tuple[int, ...]:
        return self.between

    def measured(self, seen: Seen) -> Tensor:
        """The log-odds of these classes together; where there is no other class, minus how far they are apart."""
        logits = self.logits(seen)
        others = self.others(logits)
        if others.shape[1]:
            return logits[:, self.between].logsumexp(dim=1) - others.logsumexp(dim=1)
        return -self.equal(seen).abs().amax(dim=1)

    def equal(self, seen: Seen) -> Tensor:
        """Differences of neighbours among the classes, ``[draw, class - 1]``."""
        mine = self.logits(seen)[:, self.between]
        return mine[:, 1:] - mine[:, :-1]

    def below(self, seen: Seen) -> Tensor:
        """What each other class has over the least of these, and the slack, ``[draw, other]``."""
        logits = self.logits(seen)
        least = logits[:, self.between].amin(dim=1, keepdim=True)
        return self.others(logits) + self.slack - least

    def logits(self, seen: Seen) -> Tensor:
        return class_logits(seen, self.at, least=max(self.between))

    def others(self, logits: Tensor) -> Tensor:
        """The other classes' logits, ``[draw, class]``."""
        return logits[:, [place for place in range(logits.shape[1]) if place not in self.between]]


@dataclass(frozen=True)
class Output:
    """One output as it is: a value, a step of a forecast, a class at a step.

    Args:
        target: Which one, such as ``Target.output(horizon=3)``.
        downward: Whether it is to become small; what is told is its negative, and no class is driven.
    """

    layers: ClassVar[tuple[str, ...]] = ()

    target: Target = field(default_factory=Target)
    downward: bool = False

    def __post_init__(self) -> None:
        if self.target.is_whole or any(choice in ("true", "predicted") for _, choice in self.target.at):
            raise TargetError(f"a dream needs one output by its index, but the target is {self.target}")

    @property
    def name(self) -> str:
        where = " ".join(placed(self.target.at)) or "output"
        where = f"output {where}" if "class" in dict(self.target.at) else where
        return f"less {where}" if self.downward else where

    @property
    def classes(self) -> tuple[int, int]:
        place = -1 if self.downward else dict(self.target.at).get("class", -1)
        return (place if isinstance(place, int) else -1), -1

    @property
    def at(self) -> tuple[tuple[str, Choice], ...]:
        return tuple((axis, choice) for axis, choice in self.target.at if axis != "class")

    def measured(self, seen: Seen) -> Tensor:
        said = seen.asked(self.target)[:, 0]
        return -said if self.downward else said


@dataclass(frozen=True)
class Joint:
    """Several at once: their weighted sum.

    Args:
        parts: Objectives without constraints.
        weights: One each; empty: 1.
    """

    parts: tuple[Objective, ...]
    weights: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not self.parts or len(self.weights) not in (0, len(self.parts)):
            raise InputError(f"weights must be one for each of {len(self.parts)} parts, but are {list(self.weights)}")
        if bound := [part.name for part in self.parts if isinstance(part, Constrained)]:
            raise InputError(f"a joint objective takes parts without constraints, but {bound[0]} has some")

    @property
    def layers(self) -> tuple[str, ...]:
        return layers_of(self.parts)

    @property
    def name(self) -> str:
        weights = self.weights or (1.0,) * len(self.parts)
        shares = ["" if weight == 1 else f"{weight:g} " for weight in weights]
        return " + ".join(f"{share}{part.name}" for share, part in zip(shares, self.parts, strict=True))

    @property
    def classes(self) -> tuple[int, ...]:
        return self.parts[0].classes

    @property
    def at(self) -> tuple[tuple[str, Choice], ...]:
        return getattr(self.parts[0], "at", ())

    def measured(self, seen: Seen) -> Tensor:
        each = torch.stack([part.measured(seen) for part in self.parts], dim=1)
        return each @ each.new_tensor(self.weights or [1.0] * len(self.parts))


def placed(at: Sequence[tuple[str, Choice]]) -> list[str]:
    """Where along axes, in words.

    >>> placed([("time", "last"), ("horizon", 3)])
    ['time last', 'horizon 3']
    """
    return [f"{axis} {choice}" for axis, choice in at]


def layers_of(objectives: Sequence[Objective]) -> tuple[str, ...]:
    """All layers that some objectives listen to."""
    return tuple(dict.fromkeys(layer for one in objectives for layer in one.layers))


def class_logits(seen: Seen, at: Sequence[tuple[str, Choice]], *, least: int) -> Tensor:
    """Logits of all classes, ``[draw, class]``; one output alone is the log-odds of class 1.

    Raises:
        TargetError: There are fewer classes.
    """
    logits = seen.outputs[:, None] if seen.outputs.ndim == 1 else seen.asked(Target((*at, ("class", "whole"))))
    if logits.shape[1] == 1:
        logits = torch.cat([torch.zeros_like(logits), logits], dim=1)
    if least >= logits.shape[1]:
        raise TargetError(f"class must be 0 to {logits.shape[1] - 1}, but is {least}")
    return logits


def put_into(objective: Objective, seen: Seen) -> Tensor:
    """Whether the model itself puts series into an objective's classes, ``[draw]``; all, where it drives none.

    An objective that drives a class says at which other places of the outputs by ``at``, if there are any.
    """
    wanted = [place for place in objective.classes if place >= 0]
    if not wanted:
        return torch.ones(len(seen.outputs), dtype=torch.bool, device=seen.outputs.device)
    said = class_logits(seen, getattr(objective, "at", ()), least=max(wanted)).argmax(dim=1)
    return torch.isin(said, torch.tensor(wanted, device=said.device))


def check_class(name: str, place: int) -> None:
    """Raise unless a class is a whole number from 0."""
    if isinstance(place, bool) or not isinstance(place, int) or place < 0:
        raise InputError(f"{name} must be a class from 0, but is {place!r}")
