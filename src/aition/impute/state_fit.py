"""Vector autoregressions fitted to series with gaps, by EM."""

import torch
from torch import Tensor

from aition.impute.kalman import Gains, System

STEPS = 40
"""Rounds of EM at most."""
CLOSE = 1e-3
"""Largest change of a coefficient at which EM ends."""
COSTLY = 2e8
"""Operations of a round; of so many features that it would take more, only some of the series are looked at."""
FEWEST = 100
"""Series that are looked at, if there are so many."""
RIDGE = 1e-6
"""Share of the mean square that is added to each state's, so that equal features are no fault."""


def fitted_system(value: Tensor, seen: Tensor, there: Tensor, *, lag: int, error: bool) -> System:
    """The system of a vector autoregression, its states the last ``lag`` steps of all features.

    Where not all series are looked at, those that are lie evenly among them, for data are often sorted by class.

    Args:
        value: In deviations, ``[series, step, feature]``.
        seen: What was observed, ``[series, step, feature]``.
        there: Steps of each series, from the first on, ``[series, step]``.
        lag: Steps back that a step hangs on.
        error: Whether what is seen has noise of its own.

    References:
        Shumway and Stoffer, "An approach to time series smoothing and forecasting using the EM algorithm", Journal of
        Time Series Analysis 3, 1982, section 2.
    """
    most = max(FEWEST, int(COSTLY / (value.shape[1] * (lag * value.shape[2]) ** 3)))
    if most < len(value):
        some = torch.arange(most, device=value.device) * len(value) // most
        value, seen, there = value[some], seen[some], there[some]
    system = begun(value.shape[2], lag, error=error, like=value)
    for _ in range(STEPS):
        after = improved(system, value, seen, there, error=error)
        change = max(
            float((getattr(after, name) - getattr(system, name)).abs().max())
            for name in ("transition", "innovation", "error", "spread")
        )
        system = after
        if change < CLOSE:
            break
    return system


def begun(n_feature: int, lag: int, *, error: bool, like: Tensor) -> System:
    """Where EM begins: each feature by itself, half of it from the step before."""
    n_state = n_feature * lag
    transition = torch.diag(like.new_ones(n_state - n_feature), -n_feature)
    transition[:n_feature, :n_feature] = 0.5 * torch.eye(n_feature).to(like)
    innovation = like.new_zeros(n_state, n_state)
    innovation[:n_feature, :n_feature] = 0.75 * torch.eye(n_feature).to(like)
    noise = like.new_full((n_feature,), 0.1 if error else 0.0)
    return System(
        transition,
        torch.eye(n_feature, n_state).to(like),
        innovation,
        noise,
        like.new_zeros(n_state),
        torch.eye(n_state).to(like),
    )


def improved(system: System, value: Tensor, seen: Tensor, there: Tensor, *, error: bool) -> System:
    """One round: what the states are expected to be, and the system that these ask for."""
    n_feature = value.shape[2]
    patterns, which = seen.flatten(1).unique(dim=0, return_inverse=True)
    gains = Gains.of(system, patterns.reshape(-1, *seen.shape[1:]))
    alone, following = (part[which] for part in gains.left())
    own = Gains(
        tuple(part[which] for part in gains.predicted),
        tuple(part[which] for part in gains.weighed),
        system.reading,
        system.transition,
    )
    drift = drifted(system, value.shape[1])
    states = drift + own.told((value - drift @ system.reading.T)[:, None], causal=False)[:, 0]
    square = states[:, :, :, None] * states[:, :, None, :] + alone
    cross = states[:, :-1, :, None] * states[:, 1:, None, :] + following
    later = there[:, 1:].to(value)[:, :, None, None]
    before, now = (square[:, :-1] * later).sum(dim=(0, 1)), (square[:, 1:] * later).sum(dim=(0, 1))
    onward = (cross * later).sum(dim=(0, 1))
    n_pair = later.sum()
    ridge = RIDGE * before.diagonal().mean() * torch.eye(len(before)).to(value)
    top = torch.linalg.solve(before + ridge, onward[:, :n_feature]).T
    transition, innovation = system.transition.clone(), torch.zeros_like(system.innovation)
    transition[:n_feature] = top
    left = (now[:n_feature, :n_feature] - top @ onward[:, :n_feature]) / n_pair
    innovation[:n_feature, :n_feature] = (left + left.T) / 2
    first = states[:, 0].mean(dim=0)
    spread = square[:, 0].mean(dim=0) - first[:, None] * first
    noise = system.error
    if error:
        gap = (value - states @ system.reading.T).square() + (system.reading @ alone @ system.reading.T).diagonal(
            dim1=2, dim2=3
        )
        count = seen.sum(dim=(0, 1))
        noise = torch.where(count > 0, (gap * seen).sum(dim=(0, 1)) / count.clamp(min=1), system.error)
    return System(transition, system.reading, innovation, noise, first, (spread + spread.T) / 2)


def drifted(system: System, n_step: int) -> Tensor:
    """Means of the states, ``[step, state]``."""
    states = [system.first]
    for _ in range(1, n_step):
        states.append(system.transition @ states[-1])
    return torch.stack(states)
