"""The distribution over subsets that come in runs: along time each feature, or each step, is a Markov chain."""

import math
from dataclasses import dataclass
from itertools import product

import torch
from torch import Tensor
from torch.nn import functional

from aition.core.errors import InputError
from aition.methods.lex.candidates import Candidates
from aition.methods.lex.chains import Chains
from aition.methods.lex.selection import check_count


@dataclass(frozen=True)
class Contiguous:
    """Groups in runs along time: a chain that stays as it is with a probability, tilted by the logits.

    ``p(z | x)`` is in proportion to ``exp(Σ logit_i z_i)`` times the law of a chain that begins evenly and goes from
    one group to the next with the probability ``stay`` of not changing. With ``stay=.5`` it is ``Bernoulli``; a run has
    ``1 / (1 - stay)`` groups in the mean where the logits are 0. Each feature has a chain of its own, or all have one
    where groups hold them together, as ``EachStep`` does. What was not observed is passed over, so that a gap does not
    end a run.

    Log-probabilities and inclusion are exact, by messages along the chain. Subsets are drawn from the last group to the
    first, each given what was drawn behind it. Softened masks are the sigmoids of the scores of this draw, each given
    the *hard* state behind it: what a change of that state does is left out, as in the Gumbel-CRF of Fu et al., and the
    scores jump where it flips. So ``StraightThrough`` takes it, with one more bias, and ``Pathwise``, ``Rebar`` and
    ``Relax``, which need scores that move smoothly, refuse it.

    What is selected at a step hangs on the logits of all steps, so it does not go with a selector that is causal.

    Args:
        stay: The probability, before the logits, that a group is as the one before it, in [0.5, 0.9999].

    References:
        Lafferty, McCallum and Pereira, "Conditional random fields", ICML 2001. Scott, "Bayesian methods for hidden
        Markov models", JASA 2002: forward filtering, backward sampling. Fu et al., "Latent template induction with
        Gumbel-CRFs", NeurIPS 2020: its relaxation.

    >>> group = torch.tensor([[[0], [1], [2]]])
    >>> candidates = Candidates(group, group >= 0, torch.ones(1, 3).bool())
    >>> law = Contiguous(0.75)
    >>> law.log_prob(torch.zeros(1, 3), candidates, torch.tensor([[[1, 1, 0]]])).exp()  # .5 · .75 · .25
    tensor([[0.0938]])
    """

    stay: float = 0.8

    def __post_init__(self) -> None:
        if not 0.5 <= self.stay <= 0.9999:
            raise InputError(f"stay must be a probability of 0.5 to 0.9999, but is {self.stay}")

    @property
    def continuous(self) -> bool:
        return False

    @property
    def causal(self) -> bool:
        return False

    @property
    def bounded(self) -> bool:
        return False

    @property
    def pull(self) -> float:
        """What a neighbour that is selected adds to a group's log-odds, and one that is not takes off, in nats."""
        return math.log(self.stay) - math.log1p(-self.stay)

    def perturbed(self, logits: Tensor, candidates: Candidates, noise: Tensor) -> Tensor:
        """Scores ``[sample, draw, group]``, each given the state that was drawn behind it; above 0 is selected."""
        chains = Chains.of(candidates)
        ahead = self.filtered(logits, chains)[:, None]
        random = chains.laid((noise.log() - (-noise).log1p()).to(logits.dtype))
        return self.returned(ahead + random, chains)

    def turns(self, scores: Tensor, candidates: Candidates) -> Tensor:
        return ((scores > 0) & candidates.there[:, None]).long()

    def softened(self, scores: Tensor, candidates: Candidates, temperature: float) -> Tensor:
        return torch.sigmoid(scores / temperature) * candidates.there[:, None]

    def again(self, logits: Tensor, candidates: Candidates, turns: Tensor, noise: Tensor) -> Tensor:
        """Refuse: scores that jump serve no control variate.

        Raises:
            InputError: Always.
        """
        raise InputError("scores of Contiguous are not drawn given the subset; take LeaveOneOut()")

    def log_prob(self, logits: Tensor, candidates: Candidates, turns: Tensor) -> Tensor:
        chains = Chains.of(candidates)
        state = chains.laid((turns > 0).to(logits.dtype))
        odds = self.filtered(logits, chains)[:, None] + self.from_behind(state, chains)
        each = torch.where(state > 0, functional.logsigmoid(odds), functional.logsigmoid(-odds))
        total = (each * chains.there[:, None]).sum(dim=(2, 3))
        return total.masked_fill(((turns > 0) & ~candidates.there[:, None]).any(dim=2), -torch.inf)

    def inclusion(self, logits: Tensor, candidates: Candidates) -> Tensor:
        chains = Chains.of(candidates)
        own, linked = chains.laid(logits), chains.linked
        behind = [torch.zeros_like(own[:, 0])]
        for place in range(own.shape[1] - 2, -1, -1):
            told = self.message(own[:, place + 1] + behind[-1])
            behind.append(torch.where(linked[:, place], told, 0.0))
        odds = self.filtered(logits, chains) + torch.stack(behind[::-1], dim=1)
        return chains.back(torch.sigmoid(odds) * chains.there)

    def mode(self, logits: Tensor, candidates: Candidates) -> Tensor:
        """The most probable subset, by the algorithm of Viterbi."""
        chains = Chains.of(candidates)
        best = [(own := chains.laid(logits))[:, 0]]
        for one in own.unbind(dim=1)[1:]:
            best.append(one + best[-1].clamp(-self.pull, self.pull))
        scores = self.returned(torch.stack(best, dim=1)[:, None], chains)
        return (scores[:, 0] > 0) & candidates.there

    def outcomes(self, candidates: Candidates) -> Tensor:
        check_count(2.0**candidates.n_group)
        every = list(product((0, 1), repeat=candidates.n_group))
        return torch.tensor(every, device=candidates.there.device)

    def message(self, odds: Tensor) -> Tensor:
        """What log-odds of a group add to those of its neighbour, in nats; between ``-pull`` and ``pull``."""
        return 2 * torch.atanh((2 * self.stay - 1) * torch.tanh(odds / 2))

    def filtered(self, logits: Tensor, chains: Chains) -> Tensor:
        """The log-odds of each group given the logits up to its own, ``[sample, place, row]``."""
        own = chains.laid(logits)
        found = [own[:, 0]]
        for one in own.unbind(dim=1)[1:]:
            found.append(one + self.message(found[-1]))
        return torch.stack(found, dim=1)

    def from_behind(self, state: Tensor, chains: Chains) -> Tensor:
        """What the state behind each group adds to its log-odds, ``[sample, draw, place, row]``."""
        later = torch.cat([state[:, :, 1:], torch.zeros_like(state[:, :, :1])], dim=2)
        return self.pull * (2 * later - 1) * chains.linked[:, None]

    def returned(self, ahead: Tensor, chains: Chains) -> Tensor:
        """Scores from the last group to the first, each with what the state behind it adds, ``[sample, draw, group]``.

        Args:
            ahead: What is known without it, ``[sample, draw, place, row]``.
            chains: What is behind what.
        """
        pull = self.pull * chains.linked[:, None].to(ahead.dtype)
        scores = [ahead[:, :, -1]]
        for place in range(ahead.shape[2] - 2, -1, -1):
            behind = (scores[-1].detach() > 0).to(ahead.dtype)
            scores.append(ahead[:, :, place] + pull[:, :, place] * (2 * behind - 1))
        return chains.back(torch.stack(scores[::-1], dim=2))
