"""Products of two parts: element by element, of matrices, by letters; quotients and powers."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from aition.methods.cd.parts import Lanes, Parts, constant_lanes, faced, made, totals
from aition.methods.cd.rules.elementwise import at_faced, evaluated, onto, proportional
from aition.methods.cd.rules.fallback import fallen_back
from aition.methods.cd.rules.table import Function, named, rule_for
from aition.methods.cd.rules.whole import split_linear, split_whole

Bilinear = Callable[[Any, Any], Tensor]
BY_ELEMENT = named("mul multiply __mul__ __rmul__")
TWO = "matmul __matmul__ bmm mm mv dot outer inner ger kron vdot cross"
QUOTIENT = "div divide true_divide __truediv__ __div__"


def product(op: Bilinear, first: Any, second: Any, *, scales: bool = False) -> Any:
    """A function that is linear in each of two arguments, one or both of which are parts.

    ``scales``: a gate times a constant is a gate; it is element by element. The product of two gates always is one.

    With β, γ, κ of each factor and its total T, by the rule set's ``product``:

    - "alone": β' = (β₁ + κ₁)(β₂ + κ₂) − κ₁κ₂, so products with the others' parts are irrelevant; κ' = κ₁κ₂;
    - "last": β' = T₁T₂ − (T₁ − β₁)(T₂ − β₂), so that they are relevant; κ' = κ₁κ₂;
    - "even": β' = ½ [β₁(T₂ + κ₂) + (T₁ + κ₁)β₂]; κ' = κ₁κ₂;
    - "gated": where one factor is a gate, T_gate · β and T_gate · κ of the other; else β' = ½ (β₁T₂ + T₁β₂), κ' alike;
    - "gated-even": where one factor is a gate, the same; else "even".
    """
    if not (isinstance(first, Parts) and isinstance(second, Parts)):
        return split_linear(op, (first, second), {}, scales=scales)
    found = of_parts(op, first, second)
    both = first.gate and second.gate
    return made(found.total, found.relevant, found.constant, found.course, gate=True) if both else found


def of_parts(op: Bilinear, first: Parts, second: Parts) -> Any:
    """The product of two parts by the rule set."""
    rule = first.course.rules.product
    if rule in ("gated", "gated-even") and first.gate != second.gate:
        return split_linear(op, (first.total, second) if first.gate else (first, second.total), {})
    total = op(first.total, second.total)
    if rule == "gated":
        return halved(op, first, second, total)
    constant = constant_product(op, first, second, total)
    if rule == "alone":
        before = each(op, *(one.relevant + constant_lanes(one, 1) for one in (first, second)))
        return made(total, before - constant if len(constant) else before, constant, first.course)
    if rule == "last":
        whole = total if not len(first.course.within) else each(op, faced(first), faced(second))
        after = each(op, *(faced(one) - one.relevant for one in (first, second)))
        return made(total, whole - after, constant, first.course)
    sums = [with_constant(one) for one in (first, second)]
    relevant = (each(op, first.relevant, sums[1]) + each(op, sums[0], second.relevant)) / 2
    return made(total, relevant, constant, first.course)


def halved(op: Bilinear, first: Parts, second: Parts, total: Tensor) -> Parts:
    """Half a product to the parts of each factor, at the other's total."""
    faces = [faced(one) for one in (first, second)]
    relevant = (each(op, first.relevant, faces[1]) + each(op, faces[0], second.relevant)) / 2
    wholes = [one.total.unsqueeze(0) for one in (first, second)]
    lanes = max(len(first.constant), len(second.constant))
    if not lanes:
        return made(total, relevant, total.new_zeros((0, *total.shape)), first.course)
    constants = [constant_lanes(one, lanes) for one in (first, second)]
    constant = (each(op, constants[0], wholes[1]) + each(op, wholes[0], constants[1])) / 2
    return made(total, relevant, constant, first.course)


def with_constant(parts: Parts) -> Lanes:
    """The total and what is due to constants once more, ``[1 or group, …]``."""
    whole = faced(parts)
    return whole + parts.constant if len(parts.constant) else whole


def constant_product(op: Bilinear, first: Parts, second: Parts, total: Tensor) -> Lanes:
    """The product of the constants of two factors; no lane where one of them has none."""
    if not (len(first.constant) and len(second.constant)):
        return total.new_zeros((0, *total.shape))
    lanes = max(len(first.constant), len(second.constant))
    return each(op, constant_lanes(first, lanes), constant_lanes(second, lanes))


def each(op: Bilinear, first: Lanes, second: Lanes) -> Lanes:
    """The product lane by lane; a single lane meets all of the other's."""
    if len(first) == len(second):
        return torch.vmap(op)(first, second)
    if len(first) == 1:
        return torch.vmap(op, in_dims=(None, 0))(first[0], second)
    return torch.vmap(op, in_dims=(0, None))(first, second[0])


@rule_for([*BY_ELEMENT, *named(TWO)])
def two_factors(func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Products of two tensors."""
    first, second, *rest = (*args, *(kwargs[name] for name in ("other", "mat2", "vec2", "vec") if name in kwargs))
    further = {name: value for name, value in kwargs.items() if name not in ("other", "mat2", "vec2", "vec")}
    return product(lambda one, other: func(one, other, *rest, **further), first, second, scales=func in BY_ELEMENT)


@rule_for([Tensor.__rmatmul__])
def flipped_matmul(_func: Function, args: tuple[Any, ...], _kwargs: dict[str, Any]) -> Any:
    """``other @ x``."""
    return product(torch.matmul, args[1], args[0])


@rule_for(named("einsum"))
def einsum(_func: Function, args: tuple[Any, ...], _kwargs: dict[str, Any]) -> Any:
    """Sums of products by letters; of three and more parts in the order of products, where the rule set has one."""
    equation, *operands = args
    if len(operands) == 1 and isinstance(operands[0], list | tuple):
        operands = list(operands[0])
    places = [place for place, one in enumerate(operands) if isinstance(one, Parts)]
    if len(places) > 2:
        order = operands[places[0]].course.rules.product
        if order not in ("alone", "last", "even"):
            return fallen_back(torch.einsum, (equation, *operands), {})
        return split_whole(torch.einsum, (equation, *operands), {}, order=order)

    def at(*live: Tensor) -> Tensor:
        filled = list(operands)
        for place, one in zip(places, live, strict=True):
            filled[place] = one
        return torch.einsum(equation, *filled)

    live = [operands[place] for place in places]
    return product(at, *live) if len(live) == 2 else split_linear(at, tuple(live), {}, scales=len(operands) == 1)


@rule_for(named(QUOTIENT))
def quotient(_func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A quotient by parts: the divisor scales at its total; a constant by parts is divided in proportion to these.

    To a group within another the divisor is what that faces, unless this is 0.
    """
    first, second = args[0], args[1] if len(args) > 1 else kwargs["other"]
    if kwargs.get("rounding_mode"):
        return fallen_back(torch.div, (first, second), {"rounding_mode": kwargs["rounding_mode"]})
    if isinstance(first, Parts):
        found = split_linear(torch.div, (first, totals(second)), {})
        if not (isinstance(second, Parts) and len(first.course.within)):
            return found
        scale = at_faced(torch.reciprocal, second, second.total.reciprocal())
        return made(found.total, each(torch.mul, first.relevant, scale), found.constant, first.course)
    return split_linear(torch.mul, (proportional(torch.reciprocal, second), first), {})


@rule_for([Tensor.__rtruediv__, Tensor.__rdiv__])
def divided_by(_func: Function, args: tuple[Any, ...], _kwargs: dict[str, Any]) -> Any:
    """``other / x``."""
    return quotient(torch.div, (args[1], args[0]), {})


@rule_for(named("pow", "__pow__", "float_power"))
def power(func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A power: whole positive ones as smooth functions, others in proportion, for they have no value at every part.

    A positive constant to the power of parts is a smooth function of these; parts to the power of parts have no rule.
    """
    base, exponent = args[0], args[1] if len(args) > 1 else kwargs["exponent"]
    if isinstance(exponent, Parts):
        if isinstance(base, Parts) or not bool((torch.as_tensor(base) > 0).all()):
            return fallen_back(func, (base, exponent), {})
        raised = onto(exponent, base)
        return evaluated(lambda x: torch.pow(base, x), raised, raised.course.rules.smooth)
    if isinstance(exponent, Tensor) and exponent.ndim == 0 and not exponent.requires_grad:
        exponent = exponent.item()
    if isinstance(exponent, int | float) and float(exponent).is_integer() and exponent >= 0:
        return evaluated(lambda x: torch.pow(x, exponent), base, base.course.rules.smooth, gate=base.gate)
    return proportional(lambda x: torch.pow(x, exponent), onto(base, exponent))


@rule_for([Tensor.__rpow__])
def power_of(_func: Function, args: tuple[Any, ...], _kwargs: dict[str, Any]) -> Any:
    """``other ** x``."""
    return power(torch.pow, (args[1], args[0]), {})


@rule_for([*named("addmm", "addmv", "addbmm", "baddbmm"), torch.addcmul, Tensor.addcmul])
def added_product(func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A product added to a tensor."""
    added, first, second = args[:3]
    name = func.__name__
    op = torch.mul if name == "addcmul" else torch.matmul
    live = isinstance(first, Parts) or isinstance(second, Parts)
    found = product(op, first, second, scales=name == "addcmul") if live else op(first, second)
    if name == "addbmm":
        found = found.sum(dim=0)
    scale = kwargs.get("value", kwargs.get("alpha", 1))
    return (found if scale == 1 else found * scale) + (added if kwargs.get("beta", 1) == 1 else added * kwargs["beta"])


@rule_for(named("lerp"))
def between(_func: Function, args: tuple[Any, ...], _kwargs: dict[str, Any]) -> Any:
    """``start + weight · (end − start)``."""
    start, end, weight = args
    return start + weight * (end - start)
