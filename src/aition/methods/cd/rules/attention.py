"""Softmax and attention: scores and values are products of parts, weights as the rule set has them."""

import math
from typing import Any

import torch
from torch import Tensor

from aition.core.errors import RefusalError
from aition.methods.cd.parts import Parts, made, parts_among, totals
from aition.methods.cd.rules.norms import arguments
from aition.methods.cd.rules.table import Function, named, rule_for
from aition.methods.cd.rules.whole import split_whole

F = torch.nn.functional
HEADS = (
    "query key value embed_dim num_heads in_proj_weight in_proj_bias bias_k bias_v add_zero_attn dropout_p "
    "out_proj_weight out_proj_bias training key_padding_mask need_weights attn_mask use_separate_proj_weight "
    "q_proj_weight k_proj_weight v_proj_weight static_k static_v average_attn_weights is_causal"
)
"""Arguments of multi-head attention in their order."""


@rule_for(named("softmax"))
def softmax(func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A softmax in the order of the rule set; its output is a gate.

    "frozen": the weights belong to no cell, and scale at their total what they are multiplied with.
    """
    x = args[0] if args else kwargs["input"]
    order = x.course.rules.softmax
    if order == "frozen":
        total = func(*totals(args), **totals(kwargs))
        none = torch.zeros_like(total).expand(x.course.n_group, *total.shape)
        return made(total, none, total.unsqueeze(0), x.course, gate=True)
    found = split_whole(func, args, kwargs, order=order)
    return made(found.total, found.relevant, found.constant, x.course, gate=True)


@rule_for(named("softmin"))
def softmin(_func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The softmax of the opposite."""
    given = arguments(("input", "dim", "_stacklevel", "dtype"), args, kwargs)
    return torch.softmax(-given["input"], given["dim"], dtype=given["dtype"])


@rule_for(named("log_softmax", "logsumexp", "prod", "cumprod", "norm", "vector_norm", "cosine_similarity"))
def of_many(func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Functions of many values at once, split as a whole in the order of smooth functions."""
    order = parts_among((args, kwargs))[0].course.rules.smooth
    return split_whole(func, args, kwargs, order="even" if order == "three" else order)


@rule_for(named("scaled_dot_product_attention"))
def dot_product_attention(_func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """softmax(Q Kᵀ · scale + mask) V, step by step, so that it is split as attention written by hand is.

    A mask of numbers is a summand of the scores, and keeps its parts where it has any.
    """
    names = ("query", "key", "value", "attn_mask", "dropout_p", "is_causal", "scale", "enable_gqa")
    given = arguments(names, args, kwargs)
    query, key, value, mask = given["query"], given["key"], given["value"], given["attn_mask"]
    if given["dropout_p"]:
        raise RefusalError(
            "the model drops attention weights in evaluation mode, which can't be decomposed; "
            "give dropout_p=self.dropout if self.training else 0.0"
        )
    if given["enable_gqa"]:
        times = query.shape[-3] // key.shape[-3]
        key, value = (one.repeat_interleave(times, dim=-3) for one in (key, value))
    if given["is_causal"]:
        mask = torch.ones(query.shape[-2], key.shape[-2], dtype=torch.bool, device=query.device).tril()
    scale = given["scale"] or 1 / math.sqrt(query.shape[-1])
    return weighted(attention_weights(query, key, scale, mask), value)


def attention_weights(query: Any, key: Any, scale: float, mask: Any) -> Any:
    """Weights of attention; a mask of truth values says who may be seen."""
    scores = torch.matmul(query, key.transpose(-2, -1)) * scale
    if mask is None:
        return torch.softmax(scores, dim=-1)
    if mask.dtype == torch.bool:
        return torch.softmax(scores.masked_fill(~mask, -math.inf), dim=-1)
    return torch.softmax(scores + mask, dim=-1)


def weighted(weights: Any, value: Any) -> Any:
    """Values averaged by weights."""
    return torch.matmul(weights, value)


@rule_for([F.multi_head_attention_forward])
def multi_head_attention(_func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Multi-head attention: projections, heads, attention, projection.

    Raises:
        RefusalError: Keys or values are extended (``bias_k``, ``add_zero_attn``, static ones), weights are dropped, or
            a mask depends on the sample.
    """
    given = arguments(HEADS.split(), args, kwargs)
    refused = [name for name in ("bias_k", "bias_v", "static_k", "static_v") if given[name] is not None]
    refused += ["add_zero_attn"] if given["add_zero_attn"] else []
    refused += ["dropout"] if given["training"] and given["dropout_p"] else []
    masks = (name for name in ("attn_mask", "key_padding_mask") if isinstance(given[name], Parts))
    refused += [f"{name} made of numbers that depend on the sample" for name in masks]
    if refused:
        raise RefusalError(f"multi-head attention with {', '.join(refused)} can't be decomposed")
    query, key, value = given["query"], given["key"], given["value"]
    single = query.ndim == 2
    if single:
        query, key, value = (one.unsqueeze(1) for one in (query, key, value))
    projected = [
        F.linear(one, weight, bias) for one, weight, bias in zip((query, key, value), *projections(given), strict=True)
    ]
    n_head, n_batch, width = given["num_heads"], query.shape[1], query.shape[2]
    heads = [one.reshape(one.shape[0], n_batch, n_head, -1).permute(1, 2, 0, 3) for one in projected]
    mask = joint_mask(given["attn_mask"], given["key_padding_mask"], n_batch, n_head, query)
    weights = attention_weights(heads[0], heads[1], 1 / math.sqrt(width // n_head), mask)
    mixed = weighted(weights, heads[2]).permute(2, 0, 1, 3).flatten(2)
    output = F.linear(mixed, given["out_proj_weight"], given["out_proj_bias"])
    shown = weights.mean(dim=1) if given["average_attn_weights"] is not False else weights
    if single:
        output, shown = output.squeeze(1), shown.squeeze(0)
    return output, shown if given["need_weights"] is not False else None


def projections(given: dict[str, Any]) -> tuple[list[Tensor], list[Any]]:
    """Weights and biases of the projections of query, key and value."""
    if given["use_separate_proj_weight"]:
        weights = [given[f"{name}_proj_weight"] for name in "qkv"]
    else:
        weights = list(given["in_proj_weight"].chunk(3))
    bias = given["in_proj_bias"]
    return weights, [None] * 3 if bias is None else list(bias.chunk(3))


def joint_mask(mask: Tensor | None, padding: Tensor | None, n_batch: int, n_head: int, like: Any) -> Tensor | None:
    """What may not be seen (True or −inf) as one mask of truth values or of numbers, ``[sample, head, query, key]``.

    Truth values come out the other way round, as :func:`attention_weights` has them.
    """
    found = None
    for one, at in ((mask, False), (padding, True)):
        if one is None:
            continue
        if at:
            one = one.reshape(n_batch, 1, 1, -1)
        elif one.ndim == 3:
            one = one.reshape(n_batch, n_head, *one.shape[1:])
        number = torch.zeros_like(one, dtype=like.dtype).masked_fill(one, -math.inf) if one.dtype == torch.bool else one
        found = number if found is None else found + number
    return found
