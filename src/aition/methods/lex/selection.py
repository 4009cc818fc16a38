"""Distributions over which groups are selected: each group by itself, or exactly so many."""

import math
from dataclasses import dataclass
from itertools import permutations, product
from typing import Literal, Protocol

import torch
from torch import Tensor
from torch.nn import functional

from aition.core.errors import InputError
from aition.core.numbers import check_whole
from aition.methods.lex.candidates import Candidates
from aition.methods.lex.plackett_luce import LOW, log_probability, relaxed_subset, reordered, top_k_inclusion

Relaxation = Literal["subset", "threshold"]


class Selection(Protocol):
    """A distribution over subsets of groups, whose logits a selector says.

    A subset is written as turns, int64 ``[sample, draw, group]``: 0 where a group is not selected, else from 1 in which
    turn it was (always 1 where the order does not matter). It comes from scores that are perturbed by noise, so that
    scores can also be softened, or drawn anew given the subset.
    """

    @property
    def continuous(self) -> bool:
        """Whether scores are a smooth function of the logits for given noise."""

    @property
    def causal(self) -> bool:
        """Whether what is selected of a step hangs on the logits up to that step alone."""

    @property
    def bounded(self) -> bool:
        """Whether there is a limit to what is selected where selecting costs nothing."""

    def perturbed(self, logits: Tensor, candidates: Candidates, noise: Tensor) -> Tensor:
        """Scores ``[sample, draw, group]`` from logits ``[sample, group]`` and uniform noise."""

    def turns(self, scores: Tensor, candidates: Candidates) -> Tensor:
        """The subset that scores stand for."""

    def softened(self, scores: Tensor, candidates: Candidates, temperature: float) -> Tensor:
        """A mask in [0, 1] that tends to the subset as the temperature falls."""

    def again(self, logits: Tensor, candidates: Candidates, turns: Tensor, noise: Tensor) -> Tensor:
        """Scores drawn from their law given the subset."""

    def log_prob(self, logits: Tensor, candidates: Candidates, turns: Tensor) -> Tensor:
        """``[sample, draw]``, in nats."""

    def inclusion(self, logits: Tensor, candidates: Candidates) -> Tensor:
        """The probability that a group is selected, ``[sample, group]``."""

    def mode(self, logits: Tensor, candidates: Candidates) -> Tensor:
        """The subset that is shown, bool ``[sample, group]``."""

    def outcomes(self, candidates: Candidates) -> Tensor:
        """Every subset there is, as turns ``[outcome, group]``."""


@dataclass(frozen=True)
class Bernoulli:
    """Each group by itself, with the probability ``sigmoid(logit)``.

    >>> candidates = Candidates(torch.zeros(1, 1, 1).long(), torch.ones(1, 1, 1).bool(), torch.ones(1, 2).bool())
    >>> Bernoulli().inclusion(torch.zeros(1, 2), candidates)
    tensor([[0.5000, 0.5000]])
    """

    @property
    def continuous(self) -> bool:
        return True

    @property
    def causal(self) -> bool:
        return True

    @property
    def bounded(self) -> bool:
        return False

    def perturbed(self, logits: Tensor, candidates: Candidates, noise: Tensor) -> Tensor:
        return logits[:, None] + (noise.log() - (-noise).log1p()).to(logits.dtype)

    def turns(self, scores: Tensor, candidates: Candidates) -> Tensor:
        return ((scores > 0) & candidates.there[:, None]).long()

    def softened(self, scores: Tensor, candidates: Candidates, temperature: float) -> Tensor:
        return torch.sigmoid(scores / temperature) * candidates.there[:, None]

    def again(self, logits: Tensor, candidates: Candidates, turns: Tensor, noise: Tensor) -> Tensor:
        # Tucker et al. (2017), REBAR, appendix: the logistic variable given on which side of 0 it fell.
        odds, wide = (noise.log() - (-noise).log1p()).to(logits.dtype), logits[:, None]
        inside = functional.softplus(odds + functional.softplus(wide))
        outside = -functional.softplus(odds + functional.softplus(-wide))
        return torch.where(turns > 0, inside, outside)

    def log_prob(self, logits: Tensor, candidates: Candidates, turns: Tensor) -> Tensor:
        return settled(logits, turns > 0, candidates.there[:, None])

    def inclusion(self, logits: Tensor, candidates: Candidates) -> Tensor:
        return torch.sigmoid(logits) * candidates.there

    def mode(self, logits: Tensor, candidates: Candidates) -> Tensor:
        return (logits > 0) & candidates.there

    def outcomes(self, candidates: Candidates) -> Tensor:
        check_count(2.0**candidates.n_group)
        every = list(product((0, 1), repeat=candidates.n_group))
        return torch.tensor(every, device=candidates.there.device)


@dataclass(frozen=True)
class ExactK:
    """Exactly ``k`` groups, drawn one after the other without replacement, each in proportion to ``exp(logit)``.

    They are the ``k`` largest of logits with independent Gumbel noise. A sample with fewer groups has all of them
    selected.

    Args:
        k: Groups selected.
        relaxation: How masks are softened: "subset" adds up ``k`` softmaxes, each without what those before it took
            (Xie and Ermon 2019); "threshold" takes sigmoids of the distance from the middle between the k-th and the
            next score, at a cost that does not grow with ``k``.

    References:
        Kool, van Hoof and Welling, "Stochastic beams and where to find them", ICML 2019. Xie and Ermon,
        "Reparameterizable subset sampling via continuous relaxations", IJCAI 2019.
    """

    k: int
    relaxation: Relaxation = "subset"

    def __post_init__(self) -> None:
        check_whole(self, ("k",))
        if self.relaxation not in ("subset", "threshold"):
            raise InputError(f"relaxation must be 'subset' or 'threshold', but is {self.relaxation!r}")

    @property
    def continuous(self) -> bool:
        return True

    @property
    def causal(self) -> bool:
        return False

    @property
    def bounded(self) -> bool:
        return True

    def perturbed(self, logits: Tensor, candidates: Candidates, noise: Tensor) -> Tensor:
        scores = logits[:, None] - (-noise.log()).log().to(logits.dtype)
        return scores.masked_fill(~candidates.there[:, None], LOW)

    def turns(self, scores: Tensor, candidates: Candidates) -> Tensor:
        chosen = scores.topk(min(self.k, scores.shape[2]), dim=2).indices
        turn = torch.arange(1, chosen.shape[2] + 1, device=scores.device).expand(chosen.shape)
        found = torch.zeros(scores.shape, dtype=torch.int64, device=scores.device).scatter(2, chosen, turn)
        return found * candidates.there[:, None]

    def softened(self, scores: Tensor, candidates: Candidates, temperature: float) -> Tensor:
        there = candidates.there[:, None]
        few = there.sum(dim=2, keepdim=True) <= self.k
        if self.relaxation == "subset":
            soft = relaxed_subset(scores / temperature, min(self.k, scores.shape[2]))
        else:
            last = scores.topk(min(self.k + 1, scores.shape[2]), dim=2).values[:, :, -2:].mean(dim=2, keepdim=True)
            soft = torch.sigmoid((scores - last) / temperature)
        return torch.where(few, 1.0, soft) * there

    def again(self, logits: Tensor, candidates: Candidates, turns: Tensor, noise: Tensor) -> Tensor:
        return reordered(self.masked(logits, candidates), turns, noise)

    def log_prob(self, logits: Tensor, candidates: Candidates, turns: Tensor) -> Tensor:
        wanted = candidates.there.sum(dim=1).clamp(max=self.k)[:, None]
        possible = ((turns > 0).sum(dim=2) == wanted) & ~((turns > 0) & ~candidates.there[:, None]).any(dim=2)
        return log_probability(self.masked(logits, candidates), turns).masked_fill(~possible, -torch.inf)

    def inclusion(self, logits: Tensor, candidates: Candidates) -> Tensor:
        return top_k_inclusion(logits, candidates.there, self.k)

    def mode(self, logits: Tensor, candidates: Candidates) -> Tensor:
        return self.turns(self.masked(logits, candidates)[:, None], candidates)[:, 0] > 0

    def outcomes(self, candidates: Candidates) -> Tensor:
        n_group = candidates.n_group
        sizes = sorted(set(candidates.there.sum(dim=1).clamp(max=self.k).tolist()))
        check_count(sum(math.perm(n_group, size) for size in sizes))
        every = [
            [order.index(group) + 1 if group in order else 0 for group in range(n_group)]
            for size in sizes
            for order in permutations(range(n_group), size)
        ]
        return torch.tensor(every, device=candidates.there.device)

    def masked(self, logits: Tensor, candidates: Candidates) -> Tensor:
        """Logits that never win where a group can't be selected."""
        return logits.masked_fill(~candidates.there, LOW)


def settled(logits: Tensor, chosen: Tensor, asked: Tensor) -> Tensor:
    """The log-probability of subsets whose groups are settled one by one, ``[sample, draw]``.

    Args:
        logits: Of each group, ``[sample, group]``.
        chosen: Whether it is selected, ``[sample, draw, group]``.
        asked: Whether it can be, likewise; what is selected all the same has no probability.
    """
    wide = logits[:, None].expand(chosen.shape)
    each = torch.where(chosen, functional.logsigmoid(wide), functional.logsigmoid(-wide))
    return (each * asked).sum(dim=2).masked_fill((chosen & ~asked).any(dim=2), -torch.inf)


def check_count(count: float) -> None:
    """Raise where there are too many subsets to go through all of them."""
    if count > 20_000:
        raise InputError(f"at most 20000 subsets can be gone through one by one, but there are {count:.3g}; draw some")
