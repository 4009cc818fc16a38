"""Forecasts: what a state space draws of any steps given those before, by one pass over the series for all of them."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.impute.kalman import Gains
from aition.impute.state_space import StateSpaceImputer


@dataclass(frozen=True, eq=False)
class Forecast:
    """What the steps before each step say of it, of some samples and draws.

    Args:
        imputer: What draws.
        gains: Of its filter.
        joint: Series that know nothing of the samples, ``[sample, draw, step, feature]``, in deviations.
        before: What all steps before a step say of its state, ``[sample, draw, step, state]``.
    """

    imputer: StateSpaceImputer
    gains: Gains
    joint: Tensor
    before: Tensor

    @classmethod
    def of(cls, imputer: StateSpaceImputer, batch: Batch, numbers: Tensor) -> "Forecast":
        """Of samples all of which is told that was observed; numbers of the draws are ``[sample, draw]``."""
        gains, joint, gap = imputer.begun(batch, batch.observed, numbers)
        return cls(imputer, gains, joint, torch.stack(gains.filtered(gap)[0], dim=2))

    def __call__(self, rows: Tensor, series: Batch, first: int, count: int) -> "Foreseen":
        """What the imputer draws of some steps when it is told those before alone.

        Args:
            rows: Places of the samples, ``[row]``.
            series: These samples; steps behind those that are drawn need not exist.
            first: The first of the steps, from the first that exists.
            count: How many.
        """
        joint = self.joint[rows, :, first : first + count]
        state = self.before[rows, :, first]
        states = [state]
        for _ in range(1, joint.shape[2]):
            states.append(states[-1] @ self.gains.transition.T)
        drawn = joint + torch.stack(states, dim=2) @ self.gains.reading.T
        known = drawn.new_zeros(*drawn.shape[:2], first, drawn.shape[3])
        return Foreseen(self.imputer.in_units(torch.cat([known, drawn], dim=2), series))


@dataclass(frozen=True, eq=False)
class Foreseen:
    """An imputer that has drawn before it is asked.

    Args:
        value: ``[sample, draw, time, feature]``, in units of ``x``.
    """

    causal: ClassVar[bool] = True
    value: Tensor

    def draw(self, batch: Batch, kept: Tensor, numbers: Tensor) -> Tensor:
        """What was drawn."""
        return self.value
