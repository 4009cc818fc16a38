"""Estimators: how the gradient of the bound reaches the logits of a selector."""

from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol

import torch
from torch import Tensor, nn

from aition.core.draws import uniform
from aition.core.errors import InputError
from aition.core.numbers import check_above_zero, check_whole
from aition.methods.lex.bound import log_mean, log_mean_of_others
from aition.methods.lex.candidates import Candidates
from aition.methods.lex.selection import Selection


class Score(Protocol):
    """How a mask is judged."""

    def __call__(self, mask: Tensor, subset: Tensor, *, lost: bool = True) -> Tensor:
        """Log-probabilities of the answers, ``[sample, draw, outcome]``.

        Args:
            mask: ``[sample, draw, group]`` in [0, 1].
            subset: What imputations are drawn for, bool, likewise.
            lost: Whether it is asked what would be lost of the subset; if not, the mask is 1 there, without a gradient.
        """


@dataclass(frozen=True, eq=False)
class Trial:
    """What an estimator is asked about: samples, what their selector says, and how a mask is judged.

    Args:
        selection: The distribution over subsets.
        logits: What the selector says, ``[sample, group]``; the surrogate's gradient goes here.
        candidates: What can be selected.
        score: How a mask is judged; the same subset gets the same imputations.
        weight: Of each answer in the bound, ``[sample, outcome]``, summing to 1.
        keys: Of the samples.
        seed: Of the noise.
        first: Number of the first draw.
    """

    selection: Selection
    logits: Tensor
    candidates: Candidates
    score: Score
    weight: Tensor
    keys: Tensor
    seed: int = 0
    first: int = 0

    def noise(self, n_draw: int, *, stream: int = 0) -> Tensor:
        """Uniform numbers ``[sample, draw, group]`` that hang on the sample, the draw and the group."""
        device = self.logits.device
        draw = torch.arange(self.first, self.first + n_draw, device=device)[None, :, None]
        group = torch.arange(self.candidates.n_group, device=device)[None, None]
        return uniform(self.keys[:, None, None], self.seed + 7919 * stream, draw, group)

    def bound(self, log_prob: Tensor) -> Tensor:
        """The bound of each sample, from ``[sample, draw, outcome]``."""
        return (log_mean(log_prob, dim=1) * self.weight).sum(dim=1)

    def drawn(self, n_draw: int) -> tuple[Tensor, Tensor]:
        """Scores and the subsets that they stand for, as turns."""
        scores = self.selection.perturbed(self.logits, self.candidates, self.noise(n_draw))
        return scores, self.selection.turns(scores.detach(), self.candidates)


@dataclass(frozen=True, eq=False)
class Estimate:
    """What an estimator found.

    Args:
        bound: The value of the bound, ``[sample]``, in nats.
        surrogate: What is to be differentiated, ``[sample]``: its gradient, by the logits and by the weights of a
            predictor, is the estimate.
        spread: What an estimator's own weights are to lower, one number.
    """

    bound: Tensor
    surrogate: Tensor
    spread: Tensor


class Estimator(Protocol):
    """A way to a gradient, with its settings."""

    @property
    def looks_inside(self) -> bool:
        """Whether it needs gradients of the predictor, which a black box has not."""

    @property
    def unbiased(self) -> bool:
        """Whether the mean of its gradients is that of the bound."""

    def weights(self, n_group: int) -> nn.Module:
        """What it learns beside; a module without parameters where it learns nothing."""

    def __call__(self, trial: Trial, learned: nn.Module) -> Estimate:
        """One estimate for each sample."""


@dataclass(frozen=True)
class Reinforce:
    """The score function: the bound times the gradient of the log-probability of its masks.

    Args:
        draws: Masks in the bound.
        baseline: What is taken from the bound in front of that gradient: "everything" is the log-probability of the
            answer with nothing taken away, "nothing" is 0.

    References:
        Williams, "Simple statistical gradient-following algorithms", Machine Learning 1992.
    """

    looks_inside: ClassVar[bool] = False
    unbiased: ClassVar[bool] = True

    draws: int = 1
    baseline: Literal["everything", "nothing"] = "everything"

    def __post_init__(self) -> None:
        check_whole(self, ("draws",))
        if self.baseline not in ("everything", "nothing"):
            raise InputError(f"baseline must be 'everything' or 'nothing', but is {self.baseline!r}")

    def weights(self, n_group: int) -> nn.Module:
        return nn.Module()

    def __call__(self, trial: Trial, learned: nn.Module) -> Estimate:
        _, turns = trial.drawn(self.draws)
        bound = trial.bound(scored(trial, turns))
        level = torch.zeros_like(bound)
        if self.baseline == "everything":
            with torch.no_grad():
                whole = torch.ones_like(turns[:, :1], dtype=torch.bool)
                level = trial.bound(trial.score(whole.to(trial.logits.dtype), whole))
        log_prob = trial.selection.log_prob(trial.logits, trial.candidates, turns).sum(dim=1)
        return found(bound, bound + (bound - level).detach() * log_prob)


@dataclass(frozen=True)
class LeaveOneOut:
    """The score function, each mask credited with what the bound has over the bound of the other masks.

    Args:
        draws: Masks in the bound, 2 or more.

    References:
        Mnih and Rezende, "Variational inference for Monte Carlo objectives", ICML 2016, with the arithmetic mean.
    """

    looks_inside: ClassVar[bool] = False
    unbiased: ClassVar[bool] = True

    draws: int = 5

    def __post_init__(self) -> None:
        check_whole(self, ("draws",), least=2)

    def weights(self, n_group: int) -> nn.Module:
        return nn.Module()

    def __call__(self, trial: Trial, learned: nn.Module) -> Estimate:
        _, turns = trial.drawn(self.draws)
        said = scored(trial, turns)
        bound = trial.bound(said)
        others = (log_mean_of_others(said.detach()) * trial.weight[:, None]).sum(dim=2)
        credit = bound.detach()[:, None] - others
        log_prob = trial.selection.log_prob(trial.logits, trial.candidates, turns)
        return found(bound, bound + (credit * log_prob).sum(dim=1))


@dataclass(frozen=True)
class StraightThrough:
    """Masks of 0 and 1 on the way there, softened ones on the way back: a first-order term, so biased.

    What acts by its square, or evenly about 0, has no first-order term, and is missed.

    Args:
        draws: Masks in the bound.
        temperature: Of the softening.
        through: Which groups the gradient goes through. "taken" asks, of groups that are not selected, what their own
            values would add to those drawn in their place; groups that are selected give way by the softening alone.
            "all" also asks what would be lost of those that are, with draws in their place that know nothing of the
            series; so it overrates them where imputers draw given the neighbours.

    References:
        Bengio, Léonard and Courville, "Estimating or propagating gradients through stochastic neurons", 2013.
    """

    looks_inside: ClassVar[bool] = True
    unbiased: ClassVar[bool] = False

    draws: int = 5
    temperature: float = 0.5
    through: Literal["taken", "all"] = "taken"

    def __post_init__(self) -> None:
        check_whole(self, ("draws",))
        check_above_zero(self, ("temperature",))
        if self.through not in ("taken", "all"):
            raise InputError(f"through must be 'taken' or 'all', but is {self.through!r}")

    def weights(self, n_group: int) -> nn.Module:
        return nn.Module()

    def __call__(self, trial: Trial, learned: nn.Module) -> Estimate:
        scores, turns = trial.drawn(self.draws)
        soft = trial.selection.softened(scores, trial.candidates, self.temperature)
        chosen = turns > 0
        slope = soft - soft.detach()
        if self.through == "taken":
            slope = torch.where(chosen, 0.0, slope)
        bound = trial.bound(trial.score(chosen.to(soft.dtype) + slope, chosen, lost=self.through == "all"))
        return found(bound, bound)


@dataclass(frozen=True)
class Pathwise:
    """Softened masks both ways: the gradient of a relaxed bound, which is not the bound of masks of 0 and 1.

    Args:
        draws: Masks in the bound.
        temperature: Of the softening.

    References:
        Maddison, Mnih and Teh, "The Concrete distribution", ICLR 2017. Jang, Gu and Poole, "Categorical
        reparameterization with Gumbel-softmax", ICLR 2017.
    """

    looks_inside: ClassVar[bool] = True
    unbiased: ClassVar[bool] = False

    draws: int = 5
    temperature: float = 0.5

    def __post_init__(self) -> None:
        check_whole(self, ("draws",))
        check_above_zero(self, ("temperature",))

    def weights(self, n_group: int) -> nn.Module:
        return nn.Module()

    def __call__(self, trial: Trial, learned: nn.Module) -> Estimate:
        scores, turns = trial.drawn(self.draws)
        check_continuous(trial, "Pathwise")
        soft = trial.selection.softened(scores, trial.candidates, self.temperature)
        bound = trial.bound(trial.score(soft, turns > 0))
        return found(bound, bound)


@dataclass(frozen=True)
class Enumeration:
    """The log-likelihood itself, over every subset there is: exact, for few groups only."""

    looks_inside: ClassVar[bool] = False
    unbiased: ClassVar[bool] = True

    def weights(self, n_group: int) -> nn.Module:
        return nn.Module()

    def __call__(self, trial: Trial, learned: nn.Module) -> Estimate:
        every = trial.selection.outcomes(trial.candidates)
        turns = every.expand(len(trial.logits), *every.shape)
        log_prob = trial.selection.log_prob(trial.logits, trial.candidates, turns)
        exact = torch.logsumexp(log_prob[:, :, None] + scored(trial, turns), dim=1)
        value = (exact * trial.weight).sum(dim=1)
        return found(value, value)


def scored(trial: Trial, turns: Tensor) -> Tensor:
    """What is said with these subsets, ``[sample, draw, outcome]``."""
    return trial.score((turns > 0).to(trial.logits.dtype), turns > 0)


def found(bound: Tensor, surrogate: Tensor) -> Estimate:
    """An estimate of an estimator that learns nothing."""
    return Estimate(bound.detach(), surrogate, bound.new_zeros(()))


def check_continuous(trial: Trial, estimator: str) -> None:
    """Raise where scores jump as logits move, so that no gradient goes through them."""
    if not trial.selection.continuous:
        raise InputError(
            f"{estimator} needs a selection whose scores move smoothly with the logits, but that of "
            f"{type(trial.selection).__name__} jumps; take LeaveOneOut() or StraightThrough()"
        )
