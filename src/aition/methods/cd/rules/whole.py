"""Functions taken as a whole: applied to several lanes, and split by the order in which parts come."""

import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_flatten, tree_map, tree_unflatten

from aition.methods.cd.parts import (
    Lanes,
    Parts,
    constant_lanes,
    exchanged,
    faced,
    joined,
    lanes_of,
    most_constants,
    parts_among,
    totals,
)
from aition.methods.cd.sets import Order


def over_lanes(func: Callable[..., Any], values: tuple[tuple[Any, ...], dict[str, Any]], stacks: list[Lanes]) -> Any:
    """What a function answers of every lane: all parts among its arguments take their lanes together.

    Args:
        func: A function of torch that acts on each lane by itself.
        values: Its arguments.
        stacks: The lanes of each of the parts among them, in order.
    """

    def on_one(*lanes: Tensor) -> Any:
        left = iter(lanes)
        args, kwargs = exchanged(values, lambda _: next(left))
        return func(*args, **kwargs)

    if not len(stacks[0]):
        return tree_map(lambda one: one.unsqueeze(0)[:0], on_one(*(stack.sum(dim=0) for stack in stacks)))
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="There is a performance drop")
            return torch.vmap(on_one)(*stacks)
    except RuntimeError as error:
        if "atching rule" not in str(error) and "vmap" not in str(error):
            raise
    each = [tree_flatten(on_one(*lanes))[0] for lanes in zip(*stacks, strict=True)]
    return [torch.stack(column) if isinstance(column[0], Tensor) else column[0] for column in zip(*each, strict=True)]


def split_linear(
    func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], *, scales: bool = True
) -> Any:
    """A function that is linear in all of its parts together: every lane goes through it.

    Args:
        func: The function.
        args: Its arguments.
        kwargs: Likewise.
        scales: Of gates it makes a gate.
    """
    given = parts_among((args, kwargs))
    n_constant = most_constants(given)
    outputs = func(*totals(args), **totals(kwargs))
    lanes = over_lanes(func, (args, kwargs), [lanes_of(one, n_constant) for one in given])
    return joined(outputs, lanes, given[0].course, gate=scales and all(one.gate for one in given))


def split_whole(func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], *, order: Order) -> Any:
    """Any function of parts, split as a whole; see :class:`RuleSet` for the orders ("three" is taken as "even")."""
    given = parts_among((args, kwargs))
    course = given[0].course
    outputs = func(*totals(args), **totals(kwargs))
    n_constant = max(1, most_constants(given))
    constants = [constant_lanes(one, n_constant) for one in given]
    stacks = [torch.cat(terms(one, constant, order)) for one, constant in zip(given, constants, strict=True)]
    lanes = over_lanes(func, (args, kwargs), stacks)

    def combined(total: Any, stack: Any) -> Any:
        if not isinstance(total, Tensor) or not (total.is_floating_point() or total.is_complex()):
            return total
        relevant, constant = combination(total, stack, course.n_group, n_constant, order)
        return torch.cat([relevant, constant])

    flat, tree = tree_flatten(outputs)
    both = [combined(total, stack) for total, stack in zip(flat, tree_flatten(lanes)[0], strict=True)]
    return joined(outputs, tree_unflatten(both, tree), course)


def terms(parts: Parts, constant: Lanes, order: Order) -> list[Lanes]:
    """The points at which a function is taken: constants, then the group before and after the others.

    Where groups lie in others, what each of them is split off from comes behind.
    """
    before = constant + parts.relevant
    if order == "alone":
        return [constant, before]
    whole = faced(parts)
    after = whole - parts.relevant
    behind = [whole] if len(parts.course.within) else []
    return [constant, *([after] if order == "last" else [before, after]), *behind]


def combination(total: Tensor, lanes: Lanes, n_group: int, n_constant: int, order: Order) -> tuple[Lanes, Lanes]:
    """Relevant and constant parts of an output from what the function answers at :func:`terms`."""
    constant, rest = lanes[:n_constant], lanes[n_constant:]
    if order == "alone":
        return rest - constant, constant
    if order == "last":
        after, *behind = rest.split(n_group)
        return (behind[0] if behind else total) - after, constant
    before, after, *behind = rest.split(n_group)
    return (before - constant + (behind[0] if behind else total) - after) / 2, constant
