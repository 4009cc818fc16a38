"""Choosing one after the other without replacement: probabilities of orders and of being among the first k."""

from functools import cache

import torch
from torch import Tensor

LOW = -1e9
"""A logit that never wins, and yet is finite."""
NODES = 64
"""Of the quadrature over the time of the race."""
STATES = 4_000_000
"""Numbers that the counts of one pass may hold."""


def log_probability(logits: Tensor, turns: Tensor) -> Tensor:
    """The log-probability of the first choices in their order, ``[sample, draw]``.

    Args:
        logits: ``[sample, group]``.
        turns: From 1 in which turn a group was chosen, 0: not, ``[sample, draw, group]``.

    References:
        Plackett, "The analysis of permutations", Applied Statistics 1975.

    >>> float(log_probability(torch.tensor([[0.5, 0.3, 0.2]]).log(), torch.tensor([[[2, 1, 0]]])).exp())  # .3 · .5/.7
    0.214...
    """
    ordered, rest, chosen = in_turn(logits, turns)
    return ((ordered - rest) * chosen).sum(dim=2)


def in_turn(logits: Tensor, turns: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Logits in the order of their turns, the logsumexp of each and all behind it, and which were chosen."""
    last = turns.shape[2] + 1
    order = torch.where(turns > 0, turns, last).argsort(dim=2, stable=True)
    ordered = logits[:, None].expand(turns.shape).gather(2, order)
    rest = ordered.flip(2).logcumsumexp(dim=2).flip(2)
    return ordered, rest, turns.gather(2, order) > 0


def reordered(logits: Tensor, turns: Tensor, noise: Tensor) -> Tensor:
    """Scores with Gumbel noise, drawn given which came first in which order, ``[sample, draw, group]``.

    The score of a group is minus the logarithm of its arrival in a race of exponential clocks with rates
    ``exp(logit)``; the time from one arrival to the next is exponential with the sum of the rates of those still
    running, and from the last that counts, each clock that is left runs on by itself.

    Args:
        logits: ``[sample, group]``.
        turns: As in :func:`log_probability`.
        noise: Uniform in (0, 1), ``[sample, draw, group]``.

    References:
        Gadetsky et al., "Low-variance black-box gradient estimates for the Plackett-Luce distribution", AAAI 2020.
    """
    highest = logits.max(dim=1, keepdim=True).values
    ordered, rest, chosen = in_turn(logits - highest, turns)
    waits = -noise.log().to(logits.dtype)
    between = torch.where(chosen, waits * torch.exp(-rest.clamp(min=-60)), 0.0)
    arrival = between.cumsum(dim=2)
    alone = waits * torch.exp(-ordered.clamp(min=-60))
    arrival = arrival + torch.where(chosen, 0.0, alone)
    place = torch.where(turns > 0, turns, turns.shape[2] + 1).argsort(dim=2, stable=True)
    scores = torch.zeros_like(arrival).scatter(2, place, -arrival.log() + highest[:, None])
    return torch.where((logits > LOW / 2)[:, None], scores, LOW)


def relaxed_subset(scores: Tensor, k: int) -> Tensor:
    """The sum of ``k`` softmaxes, each over what those before it left, ``[sample, draw, group]`` in [0, 1].

    References:
        Xie and Ermon, "Reparameterizable subset sampling via continuous relaxations", IJCAI 2019, section 3.
    """
    most = 1 - torch.finfo(scores.dtype).eps
    total, share = torch.zeros_like(scores), torch.zeros_like(scores)
    for _ in range(k):
        left = (-share.clamp(max=most)).log1p()
        scores = scores + torch.where(share < most, left, LOW)
        share = torch.softmax(scores, dim=2)
        total = total + share
    return total.clamp(max=1)


def top_k_inclusion(logits: Tensor, there: Tensor, k: int) -> Tensor:
    """The probability of each group to be among the first ``k``, ``[sample, group]``, by quadrature; no gradient.

    In a race of exponential clocks, a group that arrives at ``t`` is among the first ``k`` if fewer than ``k`` others
    arrived before. The number of arrivals is a sum of independent indicators; its law is put together by halves, and
    taken apart again likewise, which gives it without each group in turn.

    Args:
        logits: ``[sample, group]``.
        there: Which groups run, likewise.
        k: How many are taken.

    >>> weights = torch.tensor([[0.5, 0.3, 0.2]])
    >>> top_k_inclusion(weights.log(), weights > 0, 1)
    tensor([[0.5000, 0.3000, 0.2000]])
    """
    size = max(1, STATES // (NODES * k * max(1, logits.shape[1])))
    pieces = zip(logits.split(size), there.split(size), strict=True)
    whole = torch.cat([raced(one.detach(), some, k) for one, some in pieces])
    return torch.where(there.sum(dim=1, keepdim=True) <= k, 1.0, whole).to(logits.dtype) * there


def raced(logits: Tensor, there: Tensor, k: int) -> Tensor:
    """:func:`top_k_inclusion` of few samples."""
    kind = torch.float32 if logits.device.type == "mps" else torch.float64
    log_rate = logits.to(kind).masked_fill(~there, -torch.inf)
    log_rate = log_rate - log_rate.max(dim=1, keepdim=True).values.clamp(min=-1e30)
    rate = log_rate.exp()
    slowest = log_rate.topk(min(k, logits.shape[1]), dim=1).values[:, -1].clamp(min=-40)
    low, high = -torch.log(rate.sum(dim=1).clamp(min=1e-9)) - 9.2, 3.7 - slowest
    node, weight = legendre(kind, logits.device)
    stamp = low[:, None] + (high - low)[:, None] * node
    hazard = rate[:, None] * stamp.exp()[:, :, None]
    came = -torch.expm1(-hazard)
    fewer, fall = fewer_than(came, k)
    density = hazard * torch.exp(-hazard) * (fewer[:, :, None] - came * fall)
    width = weight * (high - low)[:, None]
    found = (density * width[:, :, None]).sum(dim=1) - torch.expm1(-rate * low.exp()[:, None])
    count = there.sum(dim=1, keepdim=True).clamp(max=k)
    return (found * count / found.sum(dim=1, keepdim=True).clamp(min=1e-9)).clamp(0, 1)


def fewer_than(came: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """The probability that fewer than ``k`` of independent events come, and its derivative by that of each event.

    Args:
        came: The probability of each event, along the last axis.
        k: How many are too many.

    >>> fewer_than(torch.tensor([0.5, 0.2]), 1)
    (tensor(0.4000), tensor([-0.8000, -0.5000]))
    """
    chance = came.movedim(-1, 0)
    level = torch.stack([1 - chance, chance])[:k]
    levels = []
    while level.shape[1] > 1:
        if level.shape[1] % 2:
            sure = torch.zeros_like(level[:, :1])
            sure[0] = 1
            level = torch.cat([level, sure], dim=1)
        levels.append(level)
        level = both(level[:, ::2], level[:, 1::2], k)
    weight = torch.ones_like(level)
    for below in reversed(levels):
        siblings = below.unflatten(1, (-1, 2)).flip(2)
        weight = without(weight[:, : siblings.shape[1], None], siblings).flatten(1, 2)
    return level.sum(dim=(0, 1)), (weight[1] - weight[0] if k > 1 else -weight[0])[: len(chance)].movedim(0, -1)


def both(one: Tensor, other: Tensor, k: int) -> Tensor:
    """The law of the sum of two independent counts, as far as below ``k``, along the first axis."""
    size = min(2 * len(one) - 1, k)
    total = one.new_zeros(size, *one.shape[1:])
    for count, chance in enumerate(one):
        some = other[: size - count]
        total[count : count + len(some)].addcmul_(chance, some)
    return total


def without(weight: Tensor, other: Tensor) -> Tensor:
    """What is left to weigh each count of one part by, given how sums are weighed and the law of the other part."""
    left = torch.zeros_like(other)
    for count, chance in enumerate(other):
        held = weight[count : count + len(other)]
        left[: len(held)].addcmul_(held, chance)
    return left


@cache
def legendre(kind: torch.dtype, device: torch.device) -> tuple[Tensor, Tensor]:
    """Nodes and weights of Gauss and Legendre in [0, 1]."""
    off = torch.arange(1, NODES, dtype=torch.float64)
    off = off / torch.sqrt(4 * off**2 - 1)
    node, vector = torch.linalg.eigh(torch.diag(off, 1) + torch.diag(off, -1))
    return ((node + 1) / 2).to(device, kind), (vector[0] ** 2).to(device, kind)
