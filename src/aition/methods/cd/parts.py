"""Parts: a tensor that carries its total, what of it is relevant to each group, and what is due to constants."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_flatten, tree_unflatten

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
        fallen: Operations without a rule that were met, by name, and how often.
    """

    rules: RuleSet
    dispatch: Callable[[Callable[..., Any], tuple[Any, ...], dict[str, Any]], Any]
    n_group: int
    strict: bool
    fallen: dict[str, int] = field(default_factory=dict)


@dataclass
class Memory:
    """What tensors that view one another share: how often any of them was written into."""

    writes: int = 0


class Parts(Tensor):
    """A tensor as a model sees it, split underneath; operations on it go to the rules.

    Attributes:
        total: What the model computes, ``[…]``.
        relevant: What is due to each group, ``[group, …]``.
        constant: What is due to no cell (biases, learned tokens, the baseline), ``[0, …]`` while there is none,
            ``[1, …]`` where it is the same for all groups, else ``[group, …]``.
        course: The decomposition that this is part of.
        gate: Whether it came out of a sigmoid or softmax, and so scales what it is multiplied with.
        memory: Shared with the tensors that view it.
        written: The writes of ``memory`` that this tensor knows of.
        fixed: Nothing was written into it since a factory made it, and it stands for its total.

    The irrelevant part is the complement ``total - relevant - constant`` and never stored.
    """

    total: Tensor
    relevant: Lanes
    constant: Lanes
    course: Course
    gate: bool
    memory: Memory
    written: int
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
        parts: Parts = Tensor._make_subclass(Parts, total.detach(), False)
    parts.total, parts.relevant, parts.constant, parts.course = total, relevant, constant, course
    parts.gate, parts.memory, parts.written, parts.fixed = gate, Memory(), 0, fixed
    return parts


def lifted(value: Tensor, course: Course) -> Parts:
    """A constant as parts: nothing of it belongs to a group."""
    none = value.new_zeros((1,) * (value.ndim + 1)).expand(course.n_group, *value.shape)
    return made(value, none, value.unsqueeze(0), course)


def factory_made(value: Tensor, course: Course) -> Parts:
    """A constant that the model has just made, and may write into."""
    return made(value, value.new_zeros(0), value.new_zeros(0), course, fixed=True)


def constant_lanes(parts: Parts, count: int) -> Lanes:
    """What is due to constants as ``count`` lanes; zeros where there are none."""
    if len(parts.constant) == count:
        return parts.constant
    if len(parts.constant) == 1:
        return parts.constant.expand(count, *parts.total.shape)
    return parts.total.new_zeros((1,) * (parts.total.ndim + 1)).expand(count, *parts.total.shape)


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
    return [leaf for leaf in tree_flatten(values)[0] if isinstance(leaf, Parts)]


def totals(values: Any) -> Any:
    """The same nested arguments with totals in place of parts."""
    leaves, tree = tree_flatten(values)
    return tree_unflatten([leaf.total if isinstance(leaf, Parts) else leaf for leaf in leaves], tree)


def joined(outputs: Any, lanes: Any, course: Course, *, gate: bool = False) -> Any:
    """Parts from nested totals and the lanes of each of them; totals that can't be split stay as they are."""
    flat, tree = tree_flatten(outputs)
    stacks = tree_flatten(lanes)[0]

    def one(total: Any, stack: Any) -> Any:
        if not isinstance(total, Tensor) or not (total.is_floating_point() or total.is_complex()):
            return total
        return made(total, stack[: course.n_group], stack[course.n_group :], course, gate=gate)

    return tree_unflatten([one(total, stack) for total, stack in zip(flat, stacks, strict=True)], tree)


def share_memory(outputs: Any, given: Sequence[Parts]) -> None:
    """Note which outputs view an input, so that a write into one of them does not go unnoticed by the other."""
    places = {one.total.untyped_storage().data_ptr(): one.memory for one in given}
    for parts in parts_among(outputs):
        memory = places.get(parts.total.untyped_storage().data_ptr())
        if memory is not None:
            parts.memory, parts.written = memory, memory.writes


def write(target: Parts, value: Any) -> Parts:
    """Let a tensor be another one from now on, as an operation in place does; its views may not be read any more."""
    source = value if isinstance(value, Parts) else lifted(value, target.course)
    target.total, target.relevant, target.constant = source.total, source.relevant, source.constant
    target.gate, target.fixed = source.gate, False
    target.memory.writes += 1
    target.written = target.memory.writes
    return target


def check_current(many: Iterator[Parts] | Sequence[Parts], name: str) -> None:
    """Raise if one of these was written into through another view of it.

    Raises:
        RefusalError: What it holds is not what the model would read.
    """
    if any(parts.written != parts.memory.writes for parts in many):
        raise RefusalError(
            f"{name} reads a tensor that was written into through a view of it (such as x[:, 0].add_(1)), which can't "
            "be decomposed; write x[:, 0] = x[:, 0] + 1, or use operations that are not in place"
        )
