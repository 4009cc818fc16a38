"""The distribution over subsets of L2X: so many draws with replacement, of which some may be the same."""

import math
from dataclasses import dataclass
from itertools import product

import torch
from torch import Tensor

from aition.core.draws import uniform
from aition.core.errors import InputError
from aition.core.numbers import check_whole
from aition.methods.lex.candidates import Candidates
from aition.methods.lex.plackett_luce import LOW
from aition.methods.lex.selection import ExactK, check_count


@dataclass(frozen=True)
class WithReplacement:
    """At most ``k`` groups: all those that ``k`` draws name, each draw by itself, in proportion to ``exp(logit)``.

    Where one group has most of the weight, draws are wasted on it; ``ExactK`` wastes none. The subset that is shown has
    the ``k`` groups with the largest logits.

    Args:
        k: Draws.

    References:
        Chen, Song, Wainwright and Jordan, "Learning to explain: an information-theoretic perspective on model
        interpretation", ICML 2018, section 3.3: masks are the greatest of ``k`` softmaxes.

    >>> candidates = Candidates(torch.zeros(1, 1, 1).long(), torch.ones(1, 1, 1).bool(), torch.ones(1, 2).bool())
    >>> WithReplacement(2).inclusion(torch.zeros(1, 2), candidates)
    tensor([[0.7500, 0.7500]])
    """

    k: int

    def __post_init__(self) -> None:
        check_whole(self, ("k",))

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
        """Scores of every draw with replacement, ``[sample, draw, k, group]``, with noise that the given one seeds."""
        seeds, which = (noise * 2.0**32).long()[:, :, None], torch.arange(self.k, device=noise.device)[:, None]
        scores = logits[:, None, None] - (-uniform(seeds, 0, which).log()).log().to(logits.dtype)
        return scores.masked_fill(~candidates.there[:, None, None], LOW)

    def turns(self, scores: Tensor, candidates: Candidates) -> Tensor:
        best = scores.argmax(dim=3)
        found = torch.zeros(scores[:, :, 0].shape, dtype=torch.int64, device=scores.device)
        return found.scatter(2, best, 1) * candidates.there[:, None]

    def softened(self, scores: Tensor, candidates: Candidates, temperature: float) -> Tensor:
        return torch.softmax(scores / temperature, dim=3).amax(dim=2) * candidates.there[:, None]

    def again(self, logits: Tensor, candidates: Candidates, turns: Tensor, noise: Tensor) -> Tensor:
        """Refuse: which draw named which group is not known.

        Raises:
            InputError: Always.
        """
        raise InputError("scores of WithReplacement can't be drawn given the subset; take ExactK, or LeaveOneOut()")

    def log_prob(self, logits: Tensor, candidates: Candidates, turns: Tensor) -> Tensor:
        """``[sample, draw]``, in nats.

        ``k`` draws name exactly the set ``S`` with the probability ``k! [t^k] Π_{i in S} (exp(p_i t) - 1)``; each
        factor is ``p_i t`` times a series that begins with 1, so no terms cancel.
        """
        chosen = turns > 0
        size = chosen.sum(dim=2)
        least = candidates.there.any(dim=1).long()[:, None]
        possible = (size >= least) & (size <= self.k) & ~(chosen & ~candidates.there[:, None]).any(dim=2)
        log_p = torch.log_softmax(ExactK(self.k).masked(logits, candidates), dim=1)[:, None].expand(turns.shape)
        log_p = log_p.masked_fill(~chosen, 0.0)
        top = chosen.to(logits.dtype).topk(min(self.k, turns.shape[2]), dim=2)
        p = log_p.gather(2, top.indices).exp() * top.values
        series = [torch.ones_like(p[:, :, 0])] + [torch.zeros_like(p[:, :, 0])] * (self.k - 1)
        for one in p.unbind(dim=2):
            factor = [one**power / math.factorial(power + 1) for power in range(self.k)]
            series = [
                sum((series[low] * factor[high - low] for low in range(high + 1)), torch.zeros_like(one))
                for high in range(self.k)
            ]
        left = torch.stack(series, dim=2).gather(2, (self.k - size).clamp(0, self.k - 1)[:, :, None])[:, :, 0]
        left = torch.where(size > 0, left, 1.0 / math.factorial(self.k))
        total = log_p.sum(dim=2) + left.clamp(min=torch.finfo(left.dtype).tiny).log() + math.lgamma(self.k + 1)
        return total.masked_fill(~possible, -torch.inf)

    def inclusion(self, logits: Tensor, candidates: Candidates) -> Tensor:
        chance = torch.softmax(ExactK(self.k).masked(logits, candidates), dim=1)
        most = 1 - torch.finfo(chance.dtype).eps
        return -torch.expm1(self.k * (-chance.clamp(max=most)).log1p()) * candidates.there

    def mode(self, logits: Tensor, candidates: Candidates) -> Tensor:
        return ExactK(self.k).mode(logits, candidates)

    def outcomes(self, candidates: Candidates) -> Tensor:
        check_count(2.0**candidates.n_group)
        every = torch.tensor(list(product((0, 1), repeat=candidates.n_group)), device=candidates.there.device)
        return every[every.sum(dim=1) <= self.k]
