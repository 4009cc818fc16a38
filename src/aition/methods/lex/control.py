"""Estimators with a softened control variate: REBAR, and RELAX, which learns what its own leaves over."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from aition.core.numbers import check_above_zero, check_whole
from aition.methods.lex.estimators import Estimate, Trial, check_continuous, scored


@dataclass(frozen=True)
class Rebar:
    """The score function less that of the bound of softened masks, whose gradient is put back along the path.

    The softened masks that are taken off are drawn given the subset, in which the published implementation of LEX
    differs; without that the estimate is biased.

    Args:
        draws: Masks in the bound.
        temperature: Of the softening.
        strength: How much of the control variate is used; any number leaves the mean where it is.

    References:
        Tucker et al., "REBAR: low-variance, unbiased gradient estimates for discrete latent variable models", NeurIPS
        2017, equation 7.
    """

    looks_inside: ClassVar[bool] = True
    unbiased: ClassVar[bool] = True

    draws: int = 5
    temperature: float = 0.5
    strength: float = 1.0

    def __post_init__(self) -> None:
        check_whole(self, ("draws",))
        check_above_zero(self, ("temperature",))

    def weights(self, n_group: int) -> nn.Module:
        return nn.Module()

    def __call__(self, trial: Trial, learned: nn.Module) -> Estimate:
        turns, bound, free, tied = compared(trial, self.draws, self.temperature)
        log_prob = trial.selection.log_prob(trial.logits, trial.candidates, turns).sum(dim=1)
        before, after = (trial.bound(trial.score(soft, turns > 0)) for soft in (free, tied))
        credit = (bound - self.strength * after).detach()
        surrogate = bound + credit * log_prob + self.strength * (before - after)
        return Estimate(bound.detach(), surrogate, bound.new_zeros(()))


@dataclass(frozen=True)
class Relax:
    """REBAR whose control variate has a small network beside, which learns to lower the spread of the gradient.

    Args:
        draws: Masks in the bound.
        temperature: Of the softening.
        hidden: Units of the network.

    References:
        Grathwohl et al., "Backpropagation through the void", ICLR 2018, algorithm 1.
    """

    looks_inside: ClassVar[bool] = True
    unbiased: ClassVar[bool] = True

    draws: int = 5
    temperature: float = 0.5
    hidden: int = 32

    def __post_init__(self) -> None:
        check_whole(self, ("draws", "hidden"))
        check_above_zero(self, ("temperature",))

    def weights(self, n_group: int) -> nn.Module:
        last = nn.Linear(self.hidden, 1)
        nn.init.zeros_(last.weight)
        return nn.Sequential(nn.Linear(n_group, self.hidden), nn.Tanh(), last)

    def __call__(self, trial: Trial, learned: nn.Module) -> Estimate:
        turns, bound, free, tied = compared(trial, self.draws, self.temperature)
        log_prob = trial.selection.log_prob(trial.logits, trial.candidates, turns).sum(dim=1)
        before, after = (trial.bound(trial.score(soft, turns > 0)) for soft in (free, tied))
        more, less = (learned(soft).mean(dim=1)[:, 0] for soft in (free, tied))
        known = (bound - after).detach() * log_prob + before - after
        ours = -less.detach() * log_prob + more - less
        (fixed,) = torch.autograd.grad(known.sum(), trial.logits, retain_graph=True)
        # By the logits, ``less`` is a number in front of the log-probability; by the network's weights it is not.
        (along,) = torch.autograd.grad((more - less).sum(), trial.logits, create_graph=True)
        (slope,) = torch.autograd.grad(log_prob.sum(), trial.logits, retain_graph=True)
        spread = (fixed + along - less[:, None] * slope).square().sum(dim=1).mean()
        return Estimate(bound.detach(), bound + known + ours, spread)


def compared(trial: Trial, draws: int, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Subsets, their bound, and two softened masks: from the scores of the subsets, and from scores drawn anew."""
    check_continuous(trial, "a softened control variate")
    scores, turns = trial.drawn(draws)
    bound = trial.bound(scored(trial, turns))
    again = trial.selection.again(trial.logits, trial.candidates, turns, trial.noise(draws, stream=1))
    free, tied = (trial.selection.softened(one, trial.candidates, temperature) for one in (scores, again))
    return turns, bound, free, tied
