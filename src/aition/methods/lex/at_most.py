"""The distribution over subsets that are selected as the steps come: at most so many groups."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from aition.core.numbers import check_whole
from aition.methods.lex.candidates import Candidates
from aition.methods.lex.selection import Bernoulli, settled


@dataclass(frozen=True)
class AtMostK:
    """At most ``k`` groups, each settled as its step comes, by itself, until ``k`` are selected.

    A group is selected with the probability of its logit while there is something left of the ``k``, and none after
    that. So what is selected of a step hangs on no later logits, as it does where the ``k`` largest are taken. A group
    of several steps is settled at its last. Within a step groups are settled in the order of their numbers.

    Args:
        k: Groups selected at most.
        among: Groups that a series has, about: a logit of 0 stands for the chance ``k / among``, so that a selector
            that has learned nothing spends the ``k`` over the whole series.

    References:
        The law is ours: Bernoulli trials that are stopped at the k-th success.

    >>> group = torch.tensor([[[0], [1], [2]]])
    >>> candidates = Candidates(group, group >= 0, torch.ones(1, 3).bool())
    >>> AtMostK(1, among=2).inclusion(torch.zeros(1, 3), candidates)
    tensor([[0.5000, 0.2500, 0.1250]])
    """

    k: int
    among: int

    def __post_init__(self) -> None:
        check_whole(self, ("k",))
        check_whole(self, ("among",), least=self.k + 1)

    @property
    def continuous(self) -> bool:
        return True

    @property
    def causal(self) -> bool:
        return True

    @property
    def bounded(self) -> bool:
        return True

    def perturbed(self, logits: Tensor, candidates: Candidates, noise: Tensor) -> Tensor:
        return Bernoulli().perturbed(self.odds(logits), candidates, noise)

    def turns(self, scores: Tensor, candidates: Candidates) -> Tensor:
        wanted = (scores > 0) & candidates.there[:, None]
        return (wanted & (earlier(wanted.long(), candidates) < self.k)).long()

    def softened(self, scores: Tensor, candidates: Candidates, temperature: float) -> Tensor:
        soft = Bernoulli().softened(scores, candidates, temperature)
        left = self.k - 0.5 - earlier(soft, candidates)
        return soft * torch.sigmoid(left / temperature)

    def again(self, logits: Tensor, candidates: Candidates, turns: Tensor, noise: Tensor) -> Tensor:
        odds = self.odds(logits)
        given = Bernoulli().again(odds, candidates, turns, noise)
        anew = Bernoulli().perturbed(odds, candidates, noise)
        return torch.where(earlier((turns > 0).long(), candidates) < self.k, given, anew)

    def log_prob(self, logits: Tensor, candidates: Candidates, turns: Tensor) -> Tensor:
        chosen = turns > 0
        asked = (earlier(chosen.long(), candidates) < self.k) & candidates.there[:, None]
        return settled(self.odds(logits), chosen, asked)

    def inclusion(self, logits: Tensor, candidates: Candidates) -> Tensor:
        order = order_of(candidates)
        chance = (torch.sigmoid(self.odds(logits)) * candidates.there).gather(1, order)
        so_many = torch.cat([torch.ones_like(chance[:, :1]), chance.new_zeros(len(chance), self.k - 1)], dim=1)
        found = []
        for one in chance.unbind(dim=1):
            found.append(one * so_many.sum(dim=1))
            more = torch.cat([torch.zeros_like(so_many[:, :1]), so_many[:, :-1]], dim=1)
            so_many = so_many + one[:, None] * (more - so_many)
        return torch.zeros_like(chance).scatter(1, order, torch.stack(found, dim=1))

    def mode(self, logits: Tensor, candidates: Candidates) -> Tensor:
        """The first ``k`` groups whose chance is above one half."""
        return self.turns(self.odds(logits)[:, None], candidates)[:, 0] > 0

    def outcomes(self, candidates: Candidates) -> Tensor:
        every = Bernoulli().outcomes(candidates)
        return every[every.sum(dim=1) <= self.k]

    def odds(self, logits: Tensor) -> Tensor:
        """The log-odds that a group is selected while something is left of the ``k``."""
        return logits + math.log(self.k / (self.among - self.k))


def order_of(candidates: Candidates) -> Tensor:
    """Groups in the order in which they are settled: by their last steps, then their numbers, ``[sample, group]``."""
    n_sample, n_time, _ = candidates.group.shape
    n_group, place = candidates.n_group, (candidates.group + 1).flatten(1)
    step = torch.arange(n_time, device=place.device)[None, :, None].expand(candidates.group.shape).flatten(1)
    last = torch.zeros(n_sample, n_group + 1, dtype=torch.int64, device=place.device)
    last = last.scatter_reduce(1, place, step, "amax")[:, 1:]
    return (last * n_group + torch.arange(n_group, device=place.device)).argsort(dim=1)


def earlier(count: Tensor, candidates: Candidates) -> Tensor:
    """The sum over the groups that were settled before, ``[sample, draw, group]`` of the same."""
    order = order_of(candidates)[:, None].expand(count.shape)
    ahead = count.gather(2, order)
    return torch.zeros_like(count).scatter(2, order, ahead.cumsum(dim=2) - ahead)
