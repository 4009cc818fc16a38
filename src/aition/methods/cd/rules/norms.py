"""Normalisation: means part by part, scales at the total, biases as the rule set has it."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from aition.core.errors import RefusalError
from aition.methods.cd.parts import Parts, totals
from aition.methods.cd.rules.elementwise import proportional
from aition.methods.cd.rules.table import Function, named, rule_for
from aition.methods.cd.rules.whole import split_linear, split_whole


def standardised(x: Any, dims: Sequence[int], eps: float) -> Any:
    """Each part less its mean, by the deviation of the total (Hsu et al. 2024, section 3)."""
    variance = totals(x).var(dim=tuple(dims), unbiased=False, keepdim=True)
    return scaled(x - x.mean(dim=tuple(dims), keepdim=True), (variance + eps).rsqrt())


def scaled(x: Any, scale: Tensor) -> Any:
    """A value times a scale, of which one or both are parts; what is normed is no gate any more."""
    if isinstance(scale, Parts) or not isinstance(x, Parts):
        return x * scale
    return split_linear(torch.mul, (x, scale), {}, scales=False)


def affine(x: Any, weight: Tensor | None, bias: Tensor | None, shape: Sequence[int]) -> Any:
    """Parts times weights plus a bias, both in a shape that broadcasts."""
    found = x if weight is None else scaled(x, weight.reshape(*shape))
    return found if bias is None else found + bias.reshape(*shape)


def arguments(names: Sequence[str], args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """Arguments by name; those that were not given are None."""
    return dict.fromkeys(names) | dict(zip(names, args, strict=False)) | kwargs


@rule_for(named("layer_norm"))
def layer_norm(_func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """LayerNorm."""
    given = arguments(("input", "normalized_shape", "weight", "bias", "eps"), args, kwargs)
    shape = tuple(given["normalized_shape"])
    eps = 1e-5 if given["eps"] is None else given["eps"]
    found = standardised(given["input"], range(-len(shape), 0), eps)
    return affine(found, given["weight"], given["bias"], shape)


@rule_for(named("rms_norm"))
def rms_norm(_func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """RMSNorm: the root mean square of the total scales."""
    given = arguments(("input", "normalized_shape", "weight", "eps"), args, kwargs)
    x, shape = given["input"], tuple(given["normalized_shape"])
    eps = torch.finfo(x.dtype).eps if given["eps"] is None else given["eps"]
    square = totals(x).square().mean(dim=tuple(range(-len(shape), 0)), keepdim=True)
    return affine(scaled(x, (square + eps).rsqrt()), given["weight"], None, shape)


@rule_for(named("group_norm"))
def group_norm(func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """GroupNorm: each group of channels with all of its places."""
    given = arguments(("input", "num_groups", "weight", "bias", "eps"), args, kwargs)
    x, n_group = given["input"], given["num_groups"]
    eps = 1e-5 if given["eps"] is None else given["eps"]
    grouped = x.reshape(x.shape[0], n_group, -1)
    found = standardised(grouped, (-1,), eps).reshape(x.shape)
    return affine(found, given["weight"], given["bias"], (-1, *(1,) * (x.ndim - 2)))


@rule_for([torch.nn.functional.instance_norm])
def instance_norm(_func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """InstanceNorm: each channel over its places, or by the statistics that were kept."""
    names = ("input", "running_mean", "running_var", "weight", "bias", "use_input_stats", "momentum", "eps")
    given = arguments(names, args, kwargs)
    x = given["input"]
    eps = 1e-5 if given["eps"] is None else given["eps"]
    shape = (-1, *(1,) * (x.ndim - 2))
    if given["use_input_stats"] is False:
        return by_statistics(x, given, shape, eps)
    return affine(standardised(x, range(2, x.ndim), eps), given["weight"], given["bias"], shape)


@rule_for([torch.nn.functional.batch_norm])
def batch_norm(_func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """BatchNorm by the statistics that were kept: one linear map with one bias."""
    names = ("input", "running_mean", "running_var", "weight", "bias", "training", "momentum", "eps")
    given = arguments(names, args, kwargs)
    if given["training"]:
        raise RefusalError(
            "the model normalises by the statistics of its batch in evaluation mode, so samples depend on one another "
            "and can't be decomposed; let BatchNorm track running statistics"
        )
    x = given["input"]
    shape = (-1, *(1,) * (x.ndim - 2))
    return by_statistics(x, given, shape, 1e-5 if given["eps"] is None else given["eps"])


def by_statistics(x: Any, given: dict[str, Any], shape: Sequence[int], eps: float) -> Any:
    """``(x - mean) / sqrt(var + eps) · weight + bias`` as one scale and one bias."""
    rate = (given["running_var"] + eps).rsqrt()
    rate = rate if given["weight"] is None else rate * given["weight"]
    bias = -given["running_mean"] * rate
    bias = bias if given["bias"] is None else bias + given["bias"]
    return scaled(x, rate.reshape(*shape)) + bias.reshape(*shape)


@rule_for(named("normalize"))
def normalize(_func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Vectors divided by their norm, which scales at the total."""
    given = arguments(("input", "p", "dim", "eps"), args, kwargs)
    p, dim, eps = (
        given[name] if given[name] is not None else default
        for name, default in (("p", 2.0), ("dim", 1), ("eps", 1e-12))
    )
    x = given["input"]
    return scaled(x, 1 / totals(x).norm(p, dim, keepdim=True).clamp_min(eps))


@rule_for(named("var"))
def variance(func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A variance as a whole, in the order of smooth functions."""
    order = args[0].course.rules.smooth
    return split_whole(func, (args[0], *totals(args[1:])), kwargs, order="even" if order == "three" else order)


@rule_for(named("std"))
def deviation(_func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A standard deviation: the root of the variance, divided in proportion."""
    return proportional(torch.sqrt, variance(torch.var, args, kwargs))
