"""Functions that are others put together, each of which has a rule."""

from typing import Any

import torch

from aition.methods.cd.parts import Parts, lifted, parts_among, totals
from aition.methods.cd.rules.linear import chosen, linear, tensor_like
from aition.methods.cd.rules.norms import deviation, variance
from aition.methods.cd.rules.pools import extreme
from aition.methods.cd.rules.products import product
from aition.methods.cd.rules.table import Function, named, properties, rule_for
from aition.methods.cd.rules.whole import split_linear


@rule_for(named("cpu", "cuda"))
def moved(func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Another device."""
    return linear(func, args, kwargs)


@rule_for(properties("data"))
def data(_func: Function, args: tuple[Any, ...], _kwargs: dict[str, Any]) -> Any:
    """The values without torch's graph."""
    return linear(torch.detach, args[:1], {})


@rule_for(named("tensordot"))
def tensordot(_func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Sums of products along given axes."""
    first, second, *rest = args
    dims = kwargs.get("dims", rest[0] if rest else 2)
    return product(lambda one, other: torch.tensordot(one, other, dims=dims), first, second)


@rule_for(named("var_mean", "std_mean"))
def spread_and_mean(func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A variance or deviation, and the mean."""
    given = dict(zip(("dim", "unbiased", "keepdim"), args[1:], strict=False)) | kwargs
    if isinstance(given.get("dim"), bool):
        given["unbiased"] = given.pop("dim")
    spread = variance if func.__name__ == "var_mean" else deviation
    where = {name: given[name] for name in ("dim", "keepdim") if given.get(name) is not None}
    return spread(torch.var, args[:1], given), linear(torch.mean, args[:1], where if "dim" in where else {})


@rule_for(named("aminmax"))
def smallest_and_largest(_func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The smallest and the largest value."""
    return torch.return_types.aminmax((extreme(torch.amin, args, kwargs), extreme(torch.amax, args, kwargs)))


@rule_for(named("index_fill"))
def index_fill(_func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """One value at places along an axis; a number is a constant."""
    given = dict(zip(("input", "dim", "index", "value"), args, strict=False)) | kwargs
    x, value = given["input"], given["value"]
    live = parts_among((x, value))[0]
    side = x if isinstance(x, Parts) else lifted(x, live.course)
    there = torch.zeros(side.total.shape, dtype=torch.bool, device=side.total.device)
    return chosen(there.index_fill(given["dim"], totals(given["index"]), value=True), value, side)


@rule_for(named("addcdiv"))
def added_quotient(_func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A quotient added to a tensor."""
    added, first, second = args
    return added + kwargs.get("value", 1) * (first / second)


@rule_for(named("complex"))
def complex_of(_func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Complex numbers from their real and imaginary parts."""
    given = dict(zip(("real", "imag"), args, strict=False)) | kwargs
    live = parts_among(given)[0]
    sides = [
        one if isinstance(one, Parts) else lifted(tensor_like(one, live), live.course)
        for one in (given["real"], given["imag"])
    ]
    return split_linear(torch.complex, (*sides,), {})
