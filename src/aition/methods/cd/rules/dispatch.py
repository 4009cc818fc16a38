"""Dispatch: from a function that a model calls to its rule, in place or not."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from aition.core.errors import RefusalError
from aition.core.head import OPERATORS
from aition.methods.cd.parts import Parts, exchanged, parts_among
from aition.methods.cd.rules.arguments import by_place
from aition.methods.cd.rules.fallback import fallen_back, name_of
from aition.methods.cd.rules.linear import put
from aition.methods.cd.rules.table import TABLE
from aition.methods.cd.views import note_views, refresh, write

Function = Callable[..., Any]

DRAWN = ("bernoulli",)
"""What draws anew, and not what its twin in place draws."""
TURNING = (
    "transpose_",
    "t_",
    "swapaxes_",
    "swapdims_",
    "squeeze_",
    "unsqueeze_",
    "resize_",
    "resize_as_",
    "as_strided_",
)
"""What changes the shape or the memory of the tensor itself, and so of those that view it."""

UNSET = [getattr(Tensor, name).__set__ for name in ("requires_grad", "grad")]
"""What is asked of torch's graph, which parts do not need."""


def in_place_functions() -> dict[Function, Function]:
    """Functions that write into their first argument, with those that answer anew."""
    found: dict[Function, Function] = {Tensor.__setitem__: put}
    for space in (Tensor, torch, torch.nn.functional):
        for name in dir(space):
            plain = name[:-1]
            if writes_by_name(name) and not name.startswith("_") and plain not in DRAWN:
                other = getattr(Tensor, plain, None) or getattr(space, plain, None)
                if callable(other) and callable(getattr(space, name)):
                    found[getattr(space, name)] = other
    for name in OPERATORS:
        found[getattr(Tensor, f"__i{name}__")] = getattr(Tensor, f"__{name}__")
    return found


def writes_by_name(name: str) -> bool:
    """Whether torch says by a name's end that a function writes into its first argument.

    >>> writes_by_name("add_"), writes_by_name("add"), writes_by_name("__add__")
    (True, False, False)
    """
    return name.endswith("_") and not name.endswith("__")


IN_PLACE = in_place_functions()
CONSTANT: dict[Function, Function] = {Tensor.zero_: torch.zeros_like, Tensor.fill_: torch.full_like}


def dispatched(func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What a function answers of parts.

    Raises:
        RefusalError: It writes parts into an ordinary tensor, or into a view that can't be placed, or changes the shape
            or memory of a tensor that may be viewed.
    """
    name = getattr(func, "__name__", str(func))
    if func in UNSET:
        return None
    if name in TURNING or name == "__set__":
        raise RefusalError(
            f"{name_of(func)} changes a tensor that others may view, which can't be decomposed; make a new one, such "
            "as by x = x.transpose(…), x.squeeze(…), x.reshape(…) or x.detach()"
        )
    args, kwargs = by_place(name, args, kwargs)
    given = parts_among((args, kwargs))
    for one in given:
        refresh(one)
    if kwargs.get("out") is not None:
        raise RefusalError(f"{name} with out= can't be decomposed; use what it answers")
    if kwargs.get("inplace"):
        return write(args[0], dispatched(func, args, {**kwargs, "inplace": False}), name, placed)
    if func is Tensor.copy_ or (func is Tensor.fill_ and isinstance(args[1], Parts)):
        return write(args[0], args[1].expand(args[0].shape), name, placed)
    if func in CONSTANT:
        return write(args[0], CONSTANT[func](args[0].total, *args[1:], **kwargs), name, placed)
    if func in IN_PLACE:
        return write(args[0], dispatched(IN_PLACE[func], args, kwargs), name, placed)
    if writes_by_name(name) and func not in TABLE:
        return written(func, args, kwargs)
    call = func, args, kwargs
    if any(one.fixed for one in given):
        args, kwargs = settled((args, kwargs))
    rule = plainly if all(one.fixed for one in given) else TABLE.get(func, fallen_back)
    return note_views(rule(func, args, kwargs), given, call)


def written(func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A function that writes and has no twin that answers anew: of what a model has made itself, it is done as it is.

    Raises:
        RefusalError: It writes into, or reads, what depends on the sample.
    """
    name = getattr(func, "__name__", str(func))
    if not all(one.fixed for one in parts_among((args, kwargs))) or not isinstance(args[0], Parts):
        raise RefusalError(
            f"{name_of(func)} writes in place by a rule that is not known, which can't be decomposed; "
            "make a new tensor of functions of torch"
        )
    settled_args, settled_kwargs = settled((args[1:], kwargs))
    return write(args[0], func(args[0].total.clone(), *settled_args, **settled_kwargs), name, placed)


def placed(x: Any, index: Any, value: Any) -> Any:
    """A copy of a tensor with a value at an index, whichever of the two are parts."""
    return dispatched(put, (x, index, value), {})


def plainly(func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What a function answers of ordinary tensors."""
    return func(*args, **kwargs)


def settled(values: Any) -> Any:
    """The same nested arguments with tensors that the model made itself as what they are."""
    return exchanged(values, lambda parts: parts.total if parts.fixed else parts)
