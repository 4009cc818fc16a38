"""Parts: a tensor that carries its total, what of it is relevant to each group, and what is due to constants."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_flatten, tree_map, tree_unflatten

from aition.core.errors import RefusalError
from aition.methods.cd.sets import RuleSet

Lanes = Tensor
"""Several tensors of one shape along a first axis: relevant ones, then those of constants."""


@dataclass
class Course:
    """One decomposition under way.

    Args:
        rules: How operations are split.
        dispatch: From (function, args, kwargs), parts among them, to what the function answers.
        n_group: Groups that are decomposed at once.
        strict: An operation without a rule is an error.
        fallen: What was told of, by name, and how often: operations without a rule, and choices.
        within: For each group the place of the group, of those decomposed at once, that it lies in: what that one has
            beyond it is taken as absent. Empty: no group lies in another.
    """

    rules: RuleSet
    dispatch: Callable[[Callable[..., Any], tuple[Any, ...], dict[str, Any]], Any]
    n_group: int
    strict: bool
    fallen: dict[str, int] = field(default_factory=dict)
    within: Tensor = field(default_factory=lambda: torch.zeros(0, dtype=torch.int64))


@dataclass
class Memory:
    """What tensors that view one another share: how often any of them was written into."""

    writes: int = 0


@dataclass(frozen=True)
class View:
    """How a tensor is read off another one: one of the outputs of a function.

    Args:
        base: The one that is viewed, or nothing, for a tensor of its own.
        func: The function.
        args: Its arguments, ``base`` among them.
        kwargs: Likewise.
        place: Which of its outputs.
    """

    base: tuple["Parts", ...] = ()
    func: Callable[..., Any] = torch.clone
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    place: int = 0

    def read(self) -> Any:
        """What the function answers now."""
        return tree_flatten(self.func(*self.args, **self.kwargs))[0][self.place]


class Parts(Tensor):
    """A tensor as a model sees it, split underneath; operations on it go to the rules.

    Attributes:
        total: What the model computes, ``[…]``.
        relevant: What is due to each group, ``[group, …]``.
        constant: What is due to no cell (biases, learned tokens, the baseline), ``[0, …]`` while there is none,
            ``[1, …]`` where it is the same for all groups, else ``[group, …]``.
        course: The decomposition that this is part of.
        gate: Whether it is made of what came out of sigmoids or softmaxes by sums and products with constants and with
            one another, and so scales what it is multiplied with.
        memory: Shared with the tensors that view it.
        written: The writes of ``memory`` that this tensor knows of.
        origin: How it is read off the tensor that it views; of itself where it views none.
        fixed: Nothing was written into it since a factory made it, and it stands for its total.

    The irrelevant part is the complement ``total - relevant - constant`` and never stored. The memory that code in C
    reads when it goes round the rules holds NaN, so that nothing else passes for a value.
    """

    total: Tensor
    relevant: Lanes
    constant: Lanes
    course: Course
    gate: bool
    memory: Memory
    written: int
    origin: "View"
    fixed: bool

    @classmethod
    def __torch_function__(
        cls, func: Callable[..., Any], types: Any, args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        course = parts_among((args, kwargs))[0].course
        return course.dispatch(func, tuple(args), kwargs or {})

    def __repr__(self, *, tensor_contents: Any = None) -> Any:  # type: ignore[override]
        return f"Parts{list(self.total.shape)} of {self.course.n_group} groups"


def made(
    total: Tensor, relevant: Lanes, constant: Lanes, course: Course, *, gate: bool = False, fixed: bool = False
) -> Parts:
    """Parts with memory of their own."""
    with torch._C.DisableTorchFunctionSubclass():
        parts: Parts = Tensor._make_subclass(Parts, outside(total, fixed=fixed), False)
    parts.total, parts.relevant, parts.constant, parts.course = total, relevant, constant, course
    parts.gate, parts.memory, parts.written, parts.origin, parts.fixed = gate, Memory(), 0, View(), fixed
    return parts


def outside(total: Tensor, *, fixed: bool) -> Tensor:
    """What code finds that goes round the rules: NaN, or the total where it depends on no sample."""
    known = fixed or not (total.is_floating_point() or total.is_complex())
    return total.detach() if known else total.new_full((), math.nan).expand(total.shape)


def hold(parts: Parts, value: Any) -> None:
    """Let a tensor be another one from now on.

    Raises:
        RefusalError: It is of whole numbers, and what depends on the sample is not.
    """
    if parts.fixed and not isinstance(value, Parts):
        parts.total = value
    else:
        if not (parts.total.is_floating_point() or parts.total.is_complex()):
            raise rounded(parts.total.dtype)
        source = value if isinstance(value, Parts) else lifted(value, parts.course)
        parts.total, parts.relevant, parts.constant = source.total, source.relevant, source.constant
        parts.gate, parts.fixed = source.gate, source.fixed
    with torch._C.DisableTorchFunctionSubclass():
        parts.data = outside(parts.total, fixed=parts.fixed)


def rounded(dtype: torch.dtype) -> RefusalError:
    """What is raised where parts are written into whole numbers."""
    return RefusalError(
        f"what depends on the sample is written into a tensor of {dtype}, which can't be decomposed; "
        "make that tensor with the dtype of what is written"
    )


def lifted(value: Tensor, course: Course) -> Parts:
    """A constant as parts: nothing of it belongs to a group, and beside gates it counts as one."""
    none = value.new_zeros((1,) * (value.ndim + 1)).expand(course.n_group, *value.shape)
    return made(value, none, value.unsqueeze(0), course, gate=True)


def factory_made(value: Tensor, course: Course) -> Parts:
    """A constant that the model has just made, and may write into."""
    return made(value, value.new_zeros(0), value.new_zeros(0), course, fixed=True)


def constant_lanes(parts: Parts, count: int) -> Lanes:
    """What is due to constants as ``count`` lanes, or as many as there are; zeros where there are none."""
    if len(parts.constant) >= count:
        return parts.constant
    if len(parts.constant) == 1:
        return parts.constant.expand(count, *parts.total.shape)
    return parts.total.new_zeros((1,) * (parts.total.ndim + 1)).expand(count, *parts.total.shape)


def faced(parts: Parts) -> Lanes:
    """The total that each group is split off from, ``[1 or group, …]``.

    A group that lies in another one never sees the rest of it: the total is less that rest.
    """
    within = parts.course.within
    if not len(within):
        return parts.total.unsqueeze(0)
    return parts.total - parts.relevant[within] + parts.relevant


def lanes_of(parts: Parts, n_constant: int) -> Lanes:
    """Relevant parts and those of constants in one stack, ``[group + n_constant, …]``."""
    if not n_constant:
        return parts.relevant
    return torch.cat([parts.relevant, constant_lanes(parts, n_constant)])


def most_constants(many: Sequence[Parts]) -> int:
    """Lanes that hold the constants of all of these: 0, 1, or one a group."""
    return max((len(parts.constant) for parts in many), default=0)


def parts_among(values: Any) -> list[Parts]:
    """The parts among nested arguments, in order."""
    if isinstance(values, Parts):
        return [values]
    if isinstance(values, tuple | list):
        return [found for value in values for found in parts_among(value)]
    if isinstance(values, dict):
        return [found for value in values.values() for found in parts_among(value)]
    return []


def exchanged(values: Any, change: Callable[[Parts], Any]) -> Any:
    """The same nested arguments with something else in place of each of the parts."""
    if isinstance(values, Parts):
        return change(values)
    if isinstance(values, Tensor) or not isinstance(values, tuple | list | dict):
        return values
    if type(values) in (tuple, list):
        return type(values)([exchanged(value, change) for value in values])
    if type(values) is dict:
        return {name: exchanged(value, change) for name, value in values.items()}
    return tree_map(lambda leaf: change(leaf) if isinstance(leaf, Parts) else leaf, values)


def totals(values: Any) -> Any:
    """The same nested arguments with totals in place of parts."""
    return exchanged(values, lambda parts: parts.total)


def joined(outputs: Any, lanes: Any, course: Course, *, gate: bool = False) -> Any:
    """Parts from nested totals and the lanes of each of them; totals that can't be split stay as they are."""

    def one(total: Any, stack: Any) -> Any:
        if not isinstance(total, Tensor) or not (total.is_floating_point() or total.is_complex()):
            return total
        return made(total, stack[: course.n_group], stack[course.n_group :], course, gate=gate)

    if isinstance(outputs, Tensor):
        return one(outputs, lanes if isinstance(lanes, Tensor) else tree_flatten(lanes)[0][0])
    flat, tree = tree_flatten(outputs)
    stacks = tree_flatten(lanes)[0]
    return tree_unflatten([one(total, stack) for total, stack in zip(flat, stacks, strict=True)], tree)
