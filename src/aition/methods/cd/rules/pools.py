"""Choices of the largest: pools, maxima, sorting; every part is taken where the total is largest.

A group that lies in another is taken where what it faces is largest.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from aition.methods.cd.parts import Parts, faced, made, parts_among, totals
from aition.methods.cd.rules.table import Function, named, rule_for
from aition.methods.cd.rules.whole import over_lanes, split_linear

F = torch.nn.functional
POOLS = {f"{kind}{n}d": n for n in (1, 2, 3) for kind in ("max_pool", "adaptive_max_pool", "fractional_max_pool")}


def picked_at(parts: Parts, dim: int, pick: Callable[[Tensor], Tensor]) -> Any:
    """The parts at the places along an axis that are picked from the values."""
    found = split_linear(torch.gather, (parts, dim, pick(parts.total)), {})
    if not len(parts.course.within):
        return found
    places = over_lanes(pick, ((parts,), {}), [faced(parts)])
    own = parts.relevant.gather(dim % parts.total.ndim + 1, places)
    return made(found.total, own, found.constant, parts.course, gate=parts.gate)


def pool_functions() -> dict[Function, tuple[Function, int, bool]]:
    """Pools by function, each with the one that answers indices too, its spatial axes, and whether both are asked."""
    found: dict[Function, tuple[Function, int, bool]] = {}
    for name, n_space in POOLS.items():
        indexed = getattr(F, f"{name}_with_indices", None)
        if indexed is None:
            continue
        found[indexed] = (indexed, n_space, True)
        for space in (F, torch):
            for each in (name, f"_{name}"):
                if callable(getattr(space, each, None)):
                    found[getattr(space, each)] = (indexed, n_space, False)
    return found


POOL_FUNCTIONS = pool_functions()


@rule_for(POOL_FUNCTIONS)
def max_pool(func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Each window's largest total, with the parts of that cell."""
    indexed, n_space, asked = POOL_FUNCTIONS[func]
    rest = {name: value for name, value in kwargs.items() if name != "input"}
    both = bool(rest.pop("return_indices", False)) or asked
    x = args[0] if args else kwargs["input"]
    space = x.total.shape[x.total.ndim - n_space :]
    _, index = indexed(x.total, *args[1:], **rest)
    flat = split_linear(torch.flatten, (x, x.total.ndim - n_space), {})

    def pick(values: Tensor) -> Tensor:
        places: Tensor = indexed(values.unflatten(-1, space), *args[1:], **rest)[1]
        return places.flatten(-n_space)

    found = picked_at(flat, flat.total.ndim - 1, pick).reshape(index.shape)
    return (found, index) if both else found


@rule_for(named("max", "min"))
def largest(func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The largest (or smallest) of all, along an axis, or of two tensors."""
    x, *rest = args
    if (rest and isinstance(rest[0], Tensor)) or "other" in kwargs:
        other = rest[0] if rest else kwargs["other"]
        return larger(torch.maximum if func.__name__ == "max" else torch.minimum, (x, other), {})
    return of_all_or_along(func, args, kwargs)


@rule_for(named("median", "nanmedian"))
def of_all_or_along(func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What is picked of all values, or along an axis."""
    if len(args) > 1 or "dim" in kwargs:
        return along(func, args, kwargs)
    flat = args[0].reshape(-1)
    return picked_at(flat, 0, lambda values: func(values, dim=0, keepdim=True).indices).reshape(())


@rule_for(named("topk", "sort", "kthvalue", "mode", "cummax", "cummin"))
def along(func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What is picked along an axis by the total, with the indices, as the function answers."""
    x, *rest = args
    picked = func(x.total, *rest, **kwargs)
    default = -1
    offset = 1 if func.__name__ in ("topk", "kthvalue") else 0
    dim = kwargs.get("dim", rest[offset] if len(rest) > offset and not isinstance(rest[offset], bool) else default)
    index = picked.indices
    lost = index.ndim < x.total.ndim

    def pick(values: Tensor) -> Tensor:
        places: Tensor = func(values, *rest, **kwargs).indices
        return places.unsqueeze(dim) if lost else places

    found = picked_at(x, dim, pick)
    return type(picked)((found.squeeze(dim) if lost else found, index))


@rule_for(named("amax", "amin"))
def extreme(func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The largest or smallest over one or more axes."""
    x, *rest = args
    given = kwargs.get("dim", rest[0] if rest else ())
    keepdim = kwargs.get("keepdim", rest[1] if len(rest) > 1 else False)
    ndim = x.total.ndim
    dims = sorted({axis % ndim for axis in ((given,) if isinstance(given, int) else given)}) or list(range(ndim))
    flat = x.movedim(dims, list(range(-len(dims), 0))).flatten(ndim - len(dims))
    pick = torch.argmax if func.__name__ == "amax" else torch.argmin
    found = picked_at(flat, flat.total.ndim - 1, lambda values: pick(values, dim=-1, keepdim=True)).squeeze(-1)
    for axis in dims if keepdim else ():
        found = found.unsqueeze(axis)
    return found


@rule_for(named("maximum", "minimum", "fmax", "fmin"))
def larger(func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The larger or smaller of two tensors, value by value, with the parts of the one that is taken."""
    first, second = args[0], args[1] if len(args) > 1 else kwargs["other"]
    given = parts_among((first, second))[0]
    one, other = (torch.as_tensor(side, device=given.total.device) for side in totals((first, second)))
    over: Any = torch.ge if func.__name__ in ("maximum", "fmax") else torch.le
    found: Any = torch.where(over(one, other), first, second)
    if not len(given.course.within):
        return found
    faces = [faced(side) if isinstance(side, Parts) else side for side in (first, second)]
    owns = [side.relevant if isinstance(side, Parts) else given.total.new_zeros(()) for side in (first, second)]
    relevant = torch.where(over(*faces), owns[0], owns[1])
    return made(found.total, relevant, found.constant, given.course)
