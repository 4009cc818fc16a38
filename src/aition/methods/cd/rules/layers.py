"""Sums of parts and constants, and linear maps with weights and a bias."""

from typing import Any

import torch
from torch import Tensor

from aition.core.errors import RefusalError
from aition.methods.cd.parts import Parts, lanes_of, made
from aition.methods.cd.rules.bias import with_bias
from aition.methods.cd.rules.linear import tensor_like
from aition.methods.cd.rules.products import product
from aition.methods.cd.rules.table import Function, named, rule_for
from aition.methods.cd.rules.whole import split_linear


@rule_for(named("add", "__add__", "__radd__"))
def add(_func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A sum of parts, or of parts and a constant, which the rule set's bias rule takes in."""
    first, second = args[0], args[1] if len(args) > 1 else kwargs["other"]
    return summed(first, second, kwargs.get("alpha", 1))


@rule_for(named("sub", "subtract", "__sub__"))
def subtract(_func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A difference: the sum with the second tensor's opposite."""
    first, second = args[0], args[1] if len(args) > 1 else kwargs["other"]
    return summed(first, second, -kwargs.get("alpha", 1))


@rule_for([Tensor.__rsub__, torch.rsub])
def subtract_from(_func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """``other - alpha · x``."""
    return summed(args[1], args[0], -kwargs.get("alpha", 1))


def summed(first: Any, second: Any, scale: Any) -> Any:
    """``first + scale · second``."""
    if isinstance(first, Parts) and isinstance(second, Parts):
        return split_linear(torch.add, (first, second), {"alpha": scale})
    if isinstance(first, Parts):
        return with_bias(first, scale * tensor_like(second, first) if isinstance(second, Tensor) else scale * second)
    scaled = second if scale == 1 else split_linear(torch.mul, (second, scale), {})
    return with_bias(scaled, first)


@rule_for(named("linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d"))
def layer(func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A linear map with weights and a bias: the lanes go through side by side, then the bias is taken in."""
    named_args = dict(zip(("input", "weight", "bias"), args, strict=False)) | kwargs
    x, weight, bias = named_args["input"], named_args["weight"], named_args.get("bias")
    rest = {name: value for name, value in kwargs.items() if name not in ("input", "weight", "bias")}
    if isinstance(bias, Parts):
        return func(x, weight, None, *args[3:], **rest) + shaped(func, weight, bias)
    if not isinstance(x, Parts) or isinstance(weight, Parts):
        return general_layer(func, x, weight, bias, args[3:], rest)
    n_constant = len(x.constant)
    stack = torch.cat([x.total.unsqueeze(0), lanes_of(x, n_constant)])
    n_space = weight.ndim - 1
    if func is torch.nn.functional.linear or x.total.ndim == n_space:
        mapped = func(stack, weight, None, *args[3:], **rest)
    else:
        mapped = func(stack.flatten(0, 1), weight, None, *args[3:], **rest).unflatten(0, stack.shape[:2])
    n_group = x.course.n_group
    parts = made(mapped[0], mapped[1 : 1 + n_group], mapped[1 + n_group :], x.course)
    if bias is None:
        return parts
    return with_bias(parts, shaped(func, weight, bias))


def shaped(func: Function, weight: Any, bias: Any) -> Any:
    """A bias in a shape that broadcasts over what a layer answers."""
    return bias if func is torch.nn.functional.linear else bias.reshape(-1, *(1,) * (weight.ndim - 2))


def general_layer(func: Function, x: Any, weight: Any, bias: Any, args: tuple[Any, ...], rest: dict[str, Any]) -> Any:
    """A linear map whose weights are parts."""
    mapped = product(lambda one, other: func(one, other, None, *args, **rest), x, weight)
    return mapped if bias is None else mapped + shaped(func, weight, bias)


@rule_for([torch.nn.functional.bilinear])
def bilinear(_func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A product of two inputs by weights, and a bias."""
    named_args = dict(zip(("input1", "input2", "weight", "bias"), args, strict=False)) | kwargs
    weight, bias = named_args["weight"], named_args.get("bias")
    mapped = product(
        lambda one, other: torch.einsum("...i,oij,...j->...o", one, weight, other),
        named_args["input1"],
        named_args["input2"],
    )
    return mapped if bias is None else mapped + bias


@rule_for([torch.nn.functional.embedding_bag])
def embedding_bag(func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Bags of ids whose weights are parts: sums are linear in these.

    Raises:
        RefusalError: Bags are not summed, or what is looked up is of parts.
    """
    given = dict(zip(("input", "weight", "offsets"), args, strict=False)) | kwargs
    if given.get("mode", "mean") != "sum" or not isinstance(given.get("per_sample_weights"), Parts):
        raise RefusalError("embedding_bag can be decomposed with mode='sum' and per_sample_weights that are explained")
    ids, weight, share = given["input"], given["weight"], given["per_sample_weights"]
    if isinstance(ids, Parts) or isinstance(weight, Parts):
        raise RefusalError("embedding_bag of parts as ids or as weights can't be decomposed")
    if given.get("padding_idx") is not None:
        share = share.masked_fill(ids == given["padding_idx"], 0.0)
    rows = torch.nn.functional.embedding(ids, weight)
    if ids.ndim == 2:
        return torch.einsum("bl,bld->bd", share, rows)
    offsets = given["offsets"][:-1] if given.get("include_last_offset") else given["offsets"]
    bag = torch.bucketize(torch.arange(len(ids), device=ids.device), offsets, right=True) - 1
    found = share.new_zeros(len(offsets), weight.shape[1])
    return torch.index_add(found, 0, bag, share.unsqueeze(-1) * rows)
