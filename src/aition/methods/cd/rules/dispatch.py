"""Dispatch: from a function that a model calls to its rule, in place or not."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_flatten, tree_unflatten

from aition.core.errors import RefusalError
from aition.methods.cd.parts import Parts, check_current, factory_made, parts_among, share_memory, write
from aition.methods.cd.rules.fallback import fallen_back
from aition.methods.cd.rules.linear import put
from aition.methods.cd.rules.table import TABLE

Function = Callable[..., Any]


def in_place_functions() -> dict[Function, Function]:
    """Functions that write into their first argument, with those that answer anew."""
    found: dict[Function, Function] = {Tensor.__setitem__: put}
    for space in (Tensor, torch, torch.nn.functional):
        for name in dir(space):
            plain = name[:-1]
            if name.endswith("_") and not name.endswith("__") and not name.startswith("_"):
                other = getattr(Tensor, plain, None) or getattr(space, plain, None)
                if callable(other) and callable(getattr(space, name)):
                    found[getattr(space, name)] = other
    for name in ("add", "sub", "mul", "truediv", "pow"):
        found[getattr(Tensor, f"__i{name}__")] = getattr(Tensor, f"__{name}__")
    return found


IN_PLACE = in_place_functions()
NEW: dict[Function, Function] = {Tensor.copy_: lambda target, source, *_: source.expand(target.total.shape)}
CONSTANT: dict[Function, Function] = {Tensor.zero_: torch.zeros_like, Tensor.fill_: torch.full_like}


def dispatched(func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What a function answers of parts.

    Raises:
        RefusalError: It writes parts into an ordinary tensor, or reads what was written into through a view.
    """
    name = getattr(func, "__name__", str(func))
    given = parts_among((args, kwargs))
    check_current(given, name)
    if kwargs.get("out") is not None:
        raise RefusalError(f"{name} with out= can't be decomposed; use what it answers")
    if kwargs.get("inplace"):
        return written(args[0], dispatched(func, args, {**kwargs, "inplace": False}), name)
    if func in CONSTANT:
        return written(args[0], CONSTANT[func](args[0].total, *args[1:], **kwargs), name)
    if func in NEW:
        return written(args[0], NEW[func](args[0], *args[1:], **kwargs), name)
    if func in IN_PLACE:
        return written(args[0], dispatched(IN_PLACE[func], args, kwargs), name)
    args, kwargs = settled((args, kwargs))
    live = parts_among((args, kwargs))
    if not live:
        return still_fixed(func(*args, **kwargs), given)
    outputs = TABLE.get(func, fallen_back)(func, args, kwargs)
    share_memory(outputs, live)
    return outputs


def settled(values: Any) -> Any:
    """The same nested arguments with tensors that the model made itself as what they are."""
    leaves, tree = tree_flatten(values)
    plain = [leaf.total if isinstance(leaf, Parts) and leaf.fixed else leaf for leaf in leaves]
    return tree_unflatten(plain, tree)


def still_fixed(outputs: Any, given: list[Parts]) -> Any:
    """Views of what the model made itself, which it may write into as well; all else as it is."""
    places = {one.total.untyped_storage().data_ptr(): one for one in given}
    leaves, tree = tree_flatten(outputs)
    found = []
    for leaf in leaves:
        source = places.get(leaf.untyped_storage().data_ptr()) if isinstance(leaf, Tensor) else None
        view = leaf if source is None else factory_made(leaf, source.course)
        if source is not None:
            view.memory, view.written = source.memory, source.memory.writes
        found.append(view)
    return tree_unflatten(found, tree)


def written(target: Any, value: Any, name: str) -> Any:
    """Write what an operation in place answers into its target."""
    if not isinstance(target, Parts):
        raise RefusalError(
            f"{name} writes what depends on the sample into an ordinary tensor, which can't be decomposed; "
            "make that tensor in the forward function, such as by x.new_zeros(…), or use torch.stack"
        )
    if target.fixed and not isinstance(value, Parts):
        target.total = value
        return target
    return write(target, value)
