"""The state-space imputer: series of any length by a linear Gaussian system, smoothed, or filtered for causal use."""

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.draws import normal
from aition.core.errors import InputError
from aition.impute.background import Background, standardised
from aition.impute.kalman import Gains, System
from aition.impute.laid import kept_steps, laid, put_back
from aition.impute.state_fit import fitted_system


@dataclass(frozen=True, eq=False)
class StateSpaceImputer:
    """Draws of a linear Gaussian system given the cells that are kept, in a time that grows with the steps alone.

    A draw is a simulated series, moved by what the kept cells say of its error (the simulation smoother). Where it is
    causal it is moved at each step by the cells kept up to that step: a model that runs online must not be shown the
    future by what stands in for the past.

    Args:
        system: In deviations of the features from their means.
        mean: Of the features, ``[feature]``, in units of ``x``.
        deviation: Of the features, ``[feature]``; 0: the feature never varies, holds its mean and tells nothing.
        causal: Whether no draw hangs on what comes later than its own step.
        seed: Of the draws.

    References:
        Durbin and Koopman, "A simple and efficient simulation smoother for state space time series analysis",
        Biometrika 89, 2002, section 2; Doucet, "A note on efficient conditional simulation of Gaussian distributions",
        2010.

    >>> from aition.core.assemble import from_tensors
    >>> from aition.impute.imputer import first_draws, imputed
    >>> steps = from_tensors(torch.randn(20, 7, 1, generator=torch.Generator().manual_seed(0)).cumsum(dim=1))
    >>> imputer = StateSpaceImputer.fit(steps, causal=True)
    >>> kept, numbers = torch.arange(7)[:, None].expand(20, 7, 1) != 3, first_draws(steps, 1)
    >>> other = steps.with_x(torch.where(torch.arange(7)[:, None] > 3, 9.0, steps.x))
    >>> drawn = [imputed(imputer, one, kept, numbers)[:, 0, 3] for one in (steps, other)]
    >>> torch.equal(*drawn)
    True
    """

    system: System
    mean: Tensor
    deviation: Tensor
    causal: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        n_feature = len(self.system.reading)
        if self.mean.shape != (n_feature,) or self.deviation.shape != (n_feature,):
            raise InputError(
                f"mean and deviation must be [feature={n_feature}], but are {list(self.mean.shape)} and "
                f"{list(self.deviation.shape)}"
            )

    @classmethod
    def fit(
        cls, background: Batch, *, lag: int = 1, error: bool = False, causal: bool = False, seed: int = 0
    ) -> "StateSpaceImputer":
        """A vector autoregression of a background, by EM where values are missing.

        Args:
            background: The series; of any lengths.
            lag: Steps back that a step hangs on.
            error: Whether what is seen has noise of its own beyond the autoregression.
            causal: As in the class.
            seed: Of the draws.

        Raises:
            InputError: The background has fewer than two series, never observed a feature, or no series of more than
                ``lag`` steps.
        """
        rows = Background.of(background)
        if rows.value.shape[1] < 2:
            raise InputError(
                "a state space is fitted on series of two steps or more, but the background has one; take MarginalRows"
            )
        if not 1 <= lag < rows.value.shape[1]:
            raise InputError(f"lag must be 1 to {rows.value.shape[1] - 1}, less than the steps there are, but is {lag}")
        mean, deviation = rows.feature_moments()
        value = standardised(rows.value, mean, deviation)
        lengths = background.lengths.to(value.device)
        there = torch.arange(value.shape[1], device=value.device) < lengths[:, None]
        system = fitted_system(value, rows.seen & (deviation > 0), there, lag=lag, error=error)
        return cls(system, mean, deviation, causal, seed)

    @cached_property
    def roots(self) -> tuple[Tensor, Tensor]:
        """From standard normal numbers to first states and to what is new in later ones, ``[state, state]`` each."""
        return root_of(self.system.spread), root_of(self.system.innovation)

    def draw(self, batch: Batch, kept: Tensor, numbers: Tensor) -> Tensor:
        """Values given the kept cells, ``[sample, draw, time, feature]``."""
        gains, joint, gap = self.begun(batch, kept, numbers)
        return self.in_units(joint + gains.told(gap, causal=self.causal) @ gains.reading.T, batch)

    def begun(self, batch: Batch, kept: Tensor, numbers: Tensor) -> tuple[Gains, Tensor, Tensor]:
        """What a filter does, simulated series, and how far the kept cells are from these.

        Args:
            batch: The samples.
            kept: What is known of them, ``[sample, time, feature]``.
            numbers: The numbers of the draws, ``[sample, draw]``.

        Returns:
            The gains, then ``[sample, draw, step, feature]`` twice, in deviations.
        """
        if batch.n_feature != len(self.mean):
            raise InputError(
                f"the imputer was fitted on {len(self.mean)} features, but the batch has {batch.n_feature}"
            )
        n_step = max(1, int(batch.lengths.max())) if len(batch) else 1
        device = batch.x.device
        system = self.system.to(device)
        mean, deviation = self.mean.double().to(device), self.deviation.double().to(device)
        known = kept_steps(kept, batch, n_step) & (deviation > 0)
        value = standardised(laid(batch.x, batch, n_step).double(), mean, deviation).masked_fill(~known, 0.0)
        joint = self.simulated(system, batch, numbers, n_step)
        return Gains.of(system, known), joint, value[:, None] - joint

    def in_units(self, drawn: Tensor, batch: Batch) -> Tensor:
        """Deviations, ``[sample, draw, step, feature]``, as values of ``x``, ``[sample, draw, time, feature]``."""
        device = batch.x.device
        value = drawn * self.deviation.double().to(device) + self.mean.double().to(device)
        return put_back(value, batch).to(batch.x)

    def simulated(self, system: System, batch: Batch, numbers: Tensor, n_step: int) -> Tensor:
        """Series of the system that know nothing of the samples, ``[sample, draw, step, feature]``."""
        n_feature, n_state = system.reading.shape
        device = batch.x.device
        white = normal(
            batch.keys[:, None, None, None],
            self.seed,
            numbers[:, :, None, None],
            torch.arange(n_step, device=device)[:, None],
            torch.arange(n_state + n_feature, device=device),
        ).to(system.reading)
        first, later = (root.to(device) for root in self.roots)
        state = system.first + white[:, :, 0, :n_state] @ first.T
        states = [state]
        for step in range(1, n_step):
            state = state @ system.transition.T + white[:, :, step, :n_state] @ later.T
            states.append(state)
        return torch.stack(states, dim=2) @ system.reading.T + white[..., n_state:] * system.error.sqrt()


def root_of(covariance: Tensor) -> Tensor:
    """A matrix whose product with its transpose is a covariance, which may be singular."""
    values, vectors = torch.linalg.eigh(covariance.double())
    root: Tensor = vectors * values.clamp(min=0).sqrt()
    return root
