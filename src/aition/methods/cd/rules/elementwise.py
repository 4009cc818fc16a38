"""Functions of each value: activations, with kinks and smooth, and those without a value at every part."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from aition.core.errors import RefusalError
from aition.methods.cd.parts import Lanes, Parts, constant_lanes, faced, made, parts_among
from aition.methods.cd.rules.fallback import fallen_back
from aition.methods.cd.rules.table import Function, named, rule_for
from aition.methods.cd.rules.whole import combination, terms
from aition.methods.cd.sets import Order

KINKED = "relu relu6 leaky_relu rrelu hardtanh threshold abs absolute __abs__"
CLAMPS = "clamp clip clamp_min clamp_max"
SMOOTH = (
    "tanh gelu silu mish elu selu celu softplus softsign logsigmoid hardswish tanhshrink softshrink "
    "hardshrink erf erfc exp exp2 expm1 sin cos tan sinh cosh atan arctan asinh arcsinh square sign sgn floor ceil "
    "round trunc frac deg2rad rad2deg sinc nan_to_num"
)
GATES = "sigmoid expit hardsigmoid"
PARTLY = "log log2 log10 log1p sqrt rsqrt reciprocal acos asin atanh acosh lgamma digamma erfinv logit"


def evaluated(function: Callable[[Tensor], Tensor], parts: Parts, order: Order, *, gate: bool = False) -> Parts:
    """A function of each value by itself, split in an order; see :class:`RuleSet`."""
    total = function(parts.total)
    if order == "three" and len(parts.constant):
        return of_three(function, parts, total, gate=gate)
    order = "even" if order == "three" else order
    n_constant = len(parts.constant) or int(bool((function(parts.total.new_zeros(())) != 0).any()))
    if not n_constant:
        return made(total, without_constants(function, parts, total, order), parts.constant, parts.course, gate=gate)
    kappa = constant_lanes(parts, n_constant)
    values = function(torch.cat(terms(parts, kappa, order)))
    relevant, constant = combination(total, values, parts.course.n_group, n_constant, order)
    return made(total, relevant, constant, parts.course, gate=gate)


def without_constants(function: Callable[[Tensor], Tensor], parts: Parts, total: Tensor, order: Order) -> Lanes:
    """Relevant parts where there are no constants and the function of 0 is 0."""
    if order == "alone":
        return function(parts.relevant)
    whole = faced(parts)
    after = (function(whole) if len(parts.course.within) else total) - function(whole - parts.relevant)
    return after if order == "last" else (function(parts.relevant) + after) / 2


def of_three(function: Callable[[Tensor], Tensor], parts: Parts, total: Tensor, *, gate: bool) -> Parts:
    """A split between three players; an even one in cells whose constants are not finite, such as masks of −inf."""
    finite = parts.constant.isfinite().all(dim=0)
    if bool(finite.all()):
        relevant, constant = three_players(function, parts, total)
        return made(total, relevant, constant, parts.course, gate=gate)
    zero = total.new_zeros(())
    known = made(
        torch.where(finite, parts.total, zero),
        torch.where(finite, parts.relevant, zero),
        torch.where(finite, parts.constant, zero),
        parts.course,
    )
    relevant, constant = three_players(function, known, function(known.total))
    even = evaluated(function, parts, "even")
    lanes = torch.where(finite, relevant, even.relevant), torch.where(finite, constant, even.constant)
    return made(total, *lanes, parts.course, gate=gate)


def three_players(function: Callable[[Tensor], Tensor], parts: Parts, total: Tensor) -> tuple[Lanes, Lanes]:
    """Shapley's values of the group and of the constants among three players; f(0) goes to the constants."""
    n_group = parts.course.n_group
    beta, kappa = parts.relevant, constant_lanes(parts, n_group)
    whole = faced(parts)
    gamma = whole - beta - kappa
    own, constant, others = function(beta), function(kappa), function(gamma)
    without_own, without_constant = function(whole - beta), function(whole - kappa)
    without_others = function(beta + kappa)
    nothing = function(torch.zeros_like(parts.total))
    total = function(whole) if len(parts.course.within) else total
    relevant = (own - nothing + total - without_own) / 3 + (without_constant - others + without_others - constant) / 6
    kept = (constant - nothing + total - without_constant) / 3 + (without_own - others + without_others - own) / 6
    return relevant, kept + nothing


def proportional(function: Callable[[Tensor], Tensor], parts: Parts) -> Parts:
    """A function that need not have a value at every part: f(T) is divided as β : γ : κ, as if it were linear.

    Where the total is 0, f(0) goes to the constants. A group within another gets β f(T′) / T′ of the total T′ that it
    faces, or as of T where f has no value there.
    """
    total = function(parts.total)
    good = (parts.total != 0) & total.isfinite()
    slope = torch.where(good, total, total.new_zeros(())) / torch.where(good, parts.total, torch.ones_like(parts.total))
    constant = parts.constant * slope
    if not bool(good.all()):
        rest = torch.where(good, total.new_zeros(()), total)
        constant = (constant if len(constant) else torch.zeros_like(total).unsqueeze(0)) + rest
    own = at_faced(lambda whole: function(whole) / whole, parts, slope)
    return made(total, parts.relevant * own, constant, parts.course)


def at_faced(scale: Callable[[Tensor], Tensor], parts: Parts, otherwise: Tensor) -> Tensor:
    """A scale at what each group faces; at the total where groups lie in no other, or it has no value there."""
    if not len(parts.course.within):
        return otherwise
    found = scale(faced(parts))
    return torch.where(found.isfinite(), found, otherwise)


def activation(func: Function, args: tuple[Any, ...], kwargs: dict[str, Any], *, order: Order, gate: bool) -> Any:
    """An activation with its settings, which no cell has a part in."""
    named_args = dict(kwargs)
    x = args[0] if args else named_args.pop("input")
    if parts_among((args[1:], named_args)):
        return fallen_back(func, args, kwargs)
    return evaluated(lambda lanes: func(lanes, *args[1:], **named_args), x, order, gate=gate)


@rule_for(named(KINKED))
def kinked(func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Activations of straight pieces."""
    rules = parts_among((args, kwargs))[0].course.rules
    return activation(func, args, kwargs, order=rules.kinked, gate=False)


@rule_for(named(SMOOTH))
def smooth(func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """All other activations that have a value everywhere."""
    rules = parts_among((args, kwargs))[0].course.rules
    return activation(func, args, kwargs, order=rules.smooth, gate=False)


@rule_for(named(GATES))
def sigmoid(func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The sigmoid, whose output is a gate."""
    rules = parts_among((args, kwargs))[0].course.rules
    return activation(func, args, kwargs, order=rules.smooth, gate=True)


@rule_for(named(CLAMPS))
def clamp(func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A value between bounds: numbers and tensors make it an activation, bounds that are parts a choice by totals."""
    names = {"clamp_min": ("input", "min"), "clamp_max": ("input", "max")}
    given = dict(zip(names.get(func.__name__, ("input", "min", "max")), args, strict=False)) | kwargs
    x, least, most = given["input"], given.get("min"), given.get("max")
    if not parts_among((least, most)):
        wide = onto(x, *(bound for bound in (least, most) if bound is not None))
        order = wide.course.rules.kinked
        return evaluated(lambda lanes: torch.clamp(lanes, min=least, max=most), wide, order, gate=wide.gate)
    for bound, choice in ((least, torch.maximum), (most, torch.minimum)):
        x = x if bound is None else choice(x, bound)
    return x


def onto(x: Parts, *others: Any) -> Parts:
    """Parts in the shape that tensors, or numbers, broadcast them to."""
    shape = torch.broadcast_shapes(x.total.shape, *(other.shape for other in others if isinstance(other, Tensor)))
    return x if shape == x.total.shape else x.expand(shape)  # type: ignore[return-value]


@rule_for(named(PARTLY))
def partly_defined(func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Functions without a value at every number."""
    return proportional(lambda x: func(x, *args[1:], **kwargs), args[0])


@rule_for(named("prelu"))
def prelu(func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A leaky ReLU whose slopes go by channel."""
    x, weight = args[0], args[1] if len(args) > 1 else kwargs["weight"]
    if isinstance(weight, Parts):
        return fallen_back(func, args, kwargs)
    slopes = weight.reshape(-1, *(1,) * (x.total.ndim - 2)) if x.total.ndim > 2 else weight
    return evaluated(lambda lanes: torch.where(lanes > 0, lanes, slopes * lanes), x, x.course.rules.kinked)


@rule_for(named("glu"))
def glu(_func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """One half times the sigmoid of the other."""
    dim = args[1] if len(args) > 1 else kwargs.get("dim", -1)
    first, second = args[0].chunk(2, dim=dim)
    return first * torch.sigmoid(second)


@rule_for(named("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout"))
def dropout(func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Dropout in evaluation mode, which changes nothing; elsewhere its chance would differ from part to part."""
    training = kwargs.get("training", kwargs.get("train", args[2] if len(args) > 2 else True))
    if training and kwargs.get("p", args[1] if len(args) > 1 else 0.5):
        raise RefusalError(
            "the model drops values at random in evaluation mode, which can't be decomposed; "
            f"give {func.__name__} training=self.training"
        )
    return args[0] if args else kwargs["input"]
