"""Writes in place: they reach the tensor that a view was taken of, and every other view of it."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_flatten, tree_unflatten

from aition.core.errors import RefusalError
from aition.methods.cd.parts import Parts, View, factory_made, hold


def note_views(
    outputs: Any,
    given: Sequence[Parts],
    call: tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]],
) -> Any:
    """The same outputs; those that view one of the given tensors know of which, and what views a fixed one is parts."""
    places = {one.total.untyped_storage().data_ptr(): one for one in given}
    leaves, tree = ([outputs], None) if isinstance(outputs, Tensor) else tree_flatten(outputs)
    found = []
    for place, leaf in enumerate(leaves):
        total = leaf.total if isinstance(leaf, Parts) else leaf
        base = places.get(total.untyped_storage().data_ptr()) if isinstance(total, Tensor) else None
        if base is None or any(leaf is one for one in given):
            found.append(leaf)
            continue
        parts = leaf if isinstance(leaf, Parts) else factory_made(leaf, base.course)
        parts.memory, parts.written, parts.origin = base.memory, base.memory.writes, View((base,), *call, place)
        found.append(parts)
    return found[0] if tree is None else tree_unflatten(found, tree)


def refresh(parts: Parts) -> None:
    """Read a view anew if what it views was written into since."""
    if parts.written != parts.memory.writes:
        for base in parts.origin.base:
            refresh(base)
            hold(parts, parts.origin.read())
        parts.written = parts.memory.writes


def write(target: Any, value: Any, name: str, put: Callable[..., Any]) -> Any:
    """Write a value into a tensor, and into what it views.

    Args:
        target: Where an operation in place writes to.
        value: What it would answer if it were not in place.
        name: Of the operation.
        put: From a tensor, an index and a value to a copy with this value at the index.

    Raises:
        RefusalError: The target is no part, or can't be placed in what it views.
    """
    if not isinstance(target, Parts):
        raise RefusalError(
            f"{name} writes what depends on the sample into an ordinary tensor, which can't be decomposed; "
            "make that tensor in the forward function, such as by x.new_zeros(…), or use torch.stack"
        )
    if isinstance(value, Parts) and target.total.is_floating_point() and value.dtype != target.total.dtype:
        value = value.to(target.total.dtype)
    for base in target.origin.base:
        index = index_of(target.origin, base, name)
        flat = put(base.reshape(-1), index.reshape(-1), value.reshape(-1))
        write(base, flat.reshape(base.shape), name, put)
    hold(target, value)
    target.memory.writes += 0 if target.origin.base else 1
    target.written = target.memory.writes
    return target


def index_of(view: View, base: Parts, name: str) -> Tensor:
    """Where the cells of a view lie in what it views, counted through."""
    counted = torch.arange(base.total.numel(), device=base.total.device).reshape(base.total.shape)
    args = [counted if one is base else one for one in view.args]
    try:
        found = tree_flatten(view.func(*args, **view.kwargs))[0][view.place]
    except (RuntimeError, TypeError, IndexError) as error:
        raise RefusalError(
            f"{name} writes into a view by {view.func.__name__}, which can't be decomposed; "
            "write into the tensor itself"
        ) from error
    return found.long() if isinstance(found, Tensor) else counted
