"""Linear Gaussian systems: Kalman's filter and the fixed-interval smoother, for many series with gaps of their own."""

from dataclasses import dataclass

import torch
from torch import Tensor

from aition.core.errors import InputError

FLOOR = 1e-8
"""Variance that every observed value has at least beyond its state's, so that equal features are no fault."""


@dataclass(frozen=True, eq=False)
class System:
    """States that follow each other linearly, and what is seen of them; in deviations of the features.

    Args:
        transition: From a state to the next, ``[state, state]``.
        reading: From a state to the features, ``[feature, state]``.
        innovation: Covariance of what is new in each state, ``[state, state]``.
        error: Variance of what is seen beyond the state, ``[feature]``.
        first: Mean of the first state, ``[state]``.
        spread: Covariance of the first state, ``[state, state]``.
    """

    transition: Tensor
    reading: Tensor
    innovation: Tensor
    error: Tensor
    first: Tensor
    spread: Tensor

    def __post_init__(self) -> None:
        n_feature, n_state = self.reading.shape
        square = (n_state, n_state)
        for name, value, shape in (
            ("transition", self.transition, square),
            ("innovation", self.innovation, square),
            ("spread", self.spread, square),
            ("error", self.error, (n_feature,)),
            ("first", self.first, (n_state,)),
        ):
            if value.shape != shape or not bool(torch.isfinite(value).all()):
                raise InputError(f"{name} must be finite and {list(shape)}, but is {list(value.shape)}")

    def to(self, device: torch.device) -> "System":
        """The same in double precision, on a device."""
        return System(
            *(
                part.double().to(device)
                for part in (self.transition, self.reading, self.innovation, self.error, self.first, self.spread)
            )
        )


@dataclass(frozen=True, eq=False)
class Gains:
    """What a filter does at each step, for each series; it hangs on what is kept alone.

    Args:
        predicted: Covariance of the state given all before, ``[series, state, state]`` a step.
        weighed: From what a value differs to the precision-weighed state, C'ZS⁻¹Z, ``[series, state, feature]`` a step.
        reading: ``[feature, state]``.
        transition: ``[state, state]``.
    """

    predicted: tuple[Tensor, ...]
    weighed: tuple[Tensor, ...]
    reading: Tensor
    transition: Tensor

    @classmethod
    def of(cls, system: System, kept: Tensor) -> "Gains":
        """Of a system, for what is kept of each series, ``[series, step, feature]``."""
        predicted, weighed = [], []
        reading, transition = system.reading, system.transition
        covariance = system.spread.expand(len(kept), *system.spread.shape)
        error = torch.diag(system.error + FLOOR)
        for step in range(kept.shape[1]):
            here = kept[:, step].to(reading)
            seen = reading @ covariance @ reading.T + error
            both = here[:, :, None] * here[:, None, :]
            seen = seen * both + torch.diag_embed(1 - here)
            weigh = reading.T @ (torch.cholesky_inverse(torch.linalg.cholesky(seen)) * both)
            predicted.append(covariance)
            weighed.append(weigh)
            after = covariance - covariance @ weigh @ reading @ covariance
            covariance = transition @ after @ transition.T + system.innovation
            covariance = (covariance + covariance.mT) / 2
        return cls(tuple(predicted), tuple(weighed), reading, transition)

    def told(self, gap: Tensor, *, causal: bool) -> Tensor:
        """What values of the kept cells say of the states: their expectation, ``[series, draw, step, state]``.

        Args:
            gap: The values, ``[series, draw, step, feature]``, of mean 0; finite where they are not kept.
            causal: Whether of each state by what is kept up to its own step alone.

        References:
            Durbin and Koopman, "Time series analysis by state space methods", 2nd edition, 2012, sections 4.3 and 4.4.
        """
        before, news, after = self.filtered(gap)
        if causal:
            return torch.stack(after, dim=2)
        later = torch.zeros_like(before[0])
        whole: list[Tensor] = []
        for step in reversed(range(gap.shape[2])):
            onward = later @ self.transition
            later = news[step] + onward - onward @ self.predicted[step] @ self.weighed[step] @ self.reading
            whole.append(before[step] + later @ self.predicted[step])
        return torch.stack(whole[::-1], dim=2)

    def filtered(self, gap: Tensor) -> tuple[list[Tensor], list[Tensor], list[Tensor]]:
        """Of each step the state that is expected before it, what the step tells, and the state that is expected then.

        Args:
            gap: As :meth:`told` takes it.

        Returns:
            ``[series, draw, state]`` a step, three times; what a step tells is weighed by precision.
        """
        state = gap.new_zeros(*gap.shape[:2], self.reading.shape[1])
        before, news, after = [], [], []
        for step in range(gap.shape[2]):
            new = (gap[:, :, step] - state @ self.reading.T) @ self.weighed[step].mT
            before.append(state)
            news.append(new)
            after.append(state + new @ self.predicted[step])
            state = after[-1] @ self.transition.T
        return before, news, after

    def left(self) -> tuple[Tensor, Tensor]:
        """What the kept cells leave open: covariances of the states given all of them, and of each with the next.

        Returns:
            ``[series, step, state, state]``, and ``[series, step - 1, state, state]`` of (state, next state).
        """
        one = torch.eye(self.transition.shape[0], dtype=self.transition.dtype, device=self.transition.device)
        later = torch.zeros_like(self.predicted[0])
        alone: list[Tensor] = []
        following: list[Tensor] = []
        for step in reversed(range(len(self.predicted))):
            covariance = self.predicted[step]
            onward = self.transition @ (one - covariance @ self.weighed[step] @ self.reading)
            if step + 1 < len(self.predicted):
                following.append(covariance @ onward.mT @ (one - later @ self.predicted[step + 1]))
            later = self.weighed[step] @ self.reading + onward.mT @ later @ onward
            alone.append(covariance - covariance @ later @ covariance)
        pairs = torch.stack(following[::-1], dim=1) if following else one.new_zeros(len(later), 0, *one.shape)
        return torch.stack(alone[::-1], dim=1), pairs
