"""From the attention weights of all layers to one weight a token."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor

Flow = Literal["shift", "gradient", "rollout", "weights"]


@dataclass(frozen=True, eq=False)
class Layer:
    """Attention weights of one layer, in the order in which a network calls them.

    Args:
        weight: ``[sample, head, query, token]``; 0 for queries that are padding.
        slope: What a small change of each weight does to the asked output, likewise; all 0 where nothing was asked.
        pools: Whether its queries are no tokens: it reads the tokens off, and none of them attends behind it.
    """

    weight: Tensor
    slope: Tensor
    pools: bool


def mean_weights(layers: Sequence[Layer], read: Tensor) -> Tensor:
    """What each token receives, ``[sample, token]``: the mean over heads and queries, then over layers.

    Args:
        layers: At least one; where some pool the tokens, these alone count.
        read: Share of each token among the queries, ``[sample, query]``.

    Returns:
        From 0 to 1, with sum 1 where every query's weights sum to 1.
    """
    pools = [layer.weight.mean(dim=(1, 2)) for layer in layers if layer.pools]
    received = [torch.einsum("sq,shqk->sk", read, layer.weight) / layer.weight.shape[1] for layer in layers]
    return torch.stack(pools or received).mean(dim=0)


def rollout(layers: Sequence[Layer], read: Tensor) -> Tensor:
    """How much of each token reaches what is read off, half of a state coming from itself at each layer.

    R = A R with A = ½ W + ½ I, where W is the mean over the heads; a layer that pools reads W R off.

    Args:
        layers: At least one.
        read: Share of each token in what is read off, ``[sample, token]``; not used where a layer pools.

    Returns:
        ``[sample, token]``, from 0 to 1, with sum 1 where every query's weights sum to 1.

    References:
        Abnar and Zuidema, "Quantifying attention flow in transformers", ACL 2020, section 3, equation 1.
    """
    flows, pooled = identity(layers[0].weight), []
    for layer in layers:
        mean = layer.weight.mean(dim=1)
        if layer.pools:
            pooled.append((mean @ flows).mean(dim=1))
        else:
            flows = (mean @ flows + flows) / 2
    return torch.stack(pooled).mean(dim=0) if pooled else read_off(read, flows)


def relevance(layers: Sequence[Layer], read: Tensor) -> Tensor:
    """How much each token speaks for the asked output by way of attention, as published.

    R = R + A R from R = I, where A is the mean over the heads of the positive part of weight times slope; a layer that
    pools reads A R off. Where none does, I is taken away again, which has the same for every token.

    Args:
        layers: At least one, with slopes.
        read: As in :func:`rollout`.

    Returns:
        ``[sample, token]``, from 0, in units of the asked output where there is one layer.

    References:
        Chefer, Gur and Wolf, "Generic attention-model explainability for interpreting bi-modal and encoder-decoder
        transformers", ICCV 2021, equations 5 and 6.
    """
    start = flows = identity(layers[0].weight)
    pooled = []
    for layer in layers:
        mean = (layer.weight * layer.slope).clamp(min=0).mean(dim=1)
        if layer.pools:
            pooled.append((mean @ flows).mean(dim=1))
        else:
            flows = flows + mean @ flows
    return torch.stack(pooled).mean(dim=0) if pooled else read_off(read, flows - start)


def shift(layers: Sequence[Layer], read: Tensor) -> Tensor:
    """What the asked output gains when attention shifts to a token, ``[sample, token]``; see :func:`relevance`.

    The weights of a query sum to 1, so what all their slopes have in common moves nothing: each is taken less their
    mean by weight. Weight times that difference is the slope of what went into the softmax.
    """
    means = [(layer.weight * layer.slope).sum(dim=3, keepdim=True) for layer in layers]
    return relevance(
        [replace(layer, slope=layer.slope - mean) for layer, mean in zip(layers, means, strict=True)], read
    )


def identity(weight: Tensor) -> Tensor:
    """What reaches what before any layer, ``[1, token, token]``."""
    return torch.eye(weight.shape[-1], dtype=weight.dtype, device=weight.device)[None]


def read_off(read: Tensor, flows: Tensor) -> Tensor:
    """The mean over tokens of what reaches them, ``[sample, token]``."""
    return (read[:, None] @ flows)[:, 0]


FLOWS: dict[Flow, Callable[[Sequence[Layer], Tensor], Tensor]] = {
    "shift": shift,
    "gradient": relevance,
    "rollout": rollout,
    "weights": mean_weights,
}
