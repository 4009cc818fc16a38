"""Dispatch: from a function that a model calls to its rule, in place or not."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from aition.core.errors import RefusalError
from aition.methods.cd.parts import exchanged, parts_among
from aition.methods.cd.rules.fallback import fallen_back
from aition.methods.cd.rules.linear import put
from aition.methods.cd.rules.table import TABLE
from aition.methods.cd.views import note_views, refresh, write

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
        RefusalError: It writes parts into an ordinary tensor, or into a view that can't be placed.
    """
    name = getattr(func, "__name__", str(func))
    given = parts_among((args, kwargs))
    for one in given:
        refresh(one)
    if kwargs.get("out") is not None:
        raise RefusalError(f"{name} with out= can't be decomposed; use what it answers")
    if kwargs.get("inplace"):
        return write(args[0], dispatched(func, args, {**kwargs, "inplace": False}), name, placed)
    if func in CONSTANT:
        return write(args[0], CONSTANT[func](args[0].total, *args[1:], **kwargs), name, placed)
    if func in NEW:
        return write(args[0], NEW[func](args[0], *args[1:], **kwargs), name, placed)
    if func in IN_PLACE:
        return write(args[0], dispatched(IN_PLACE[func], args, kwargs), name, placed)
    call = func, args, kwargs
    if any(one.fixed for one in given):
        args, kwargs = settled((args, kwargs))
    rule = plainly if all(one.fixed for one in given) else TABLE.get(func, fallen_back)
    return note_views(rule(func, args, kwargs), given, call)


def placed(x: Any, index: Any, value: Any) -> Any:
    """A copy of a tensor with a value at an index, whichever of the two are parts."""
    return dispatched(put, (x, index, value), {})


def plainly(func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What a function answers of ordinary tensors."""
    return func(*args, **kwargs)


def settled(values: Any) -> Any:
    """The same nested arguments with tensors that the model made itself as what they are."""
    return exchanged(values, lambda parts: parts.total if parts.fixed else parts)
