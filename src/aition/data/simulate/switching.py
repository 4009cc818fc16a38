"""Switch-Feature: a hidden Markov chain whose state chooses which Gaussian process decides the label."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aition.data.simulate.chosen_feature import chosen_feature
from aition.data.simulate.drawing import Reals, Whole, check_counts, check_positive, named, streams
from aition.data.simulate.simulated import Simulated

MEAN = np.array([[0.8, -0.5, -0.2], [0.0, -1.0, 0.0], [-0.2, -0.2, 0.8]])
"""Of each state's features."""
MOVE = np.array([[0.95, 0.02, 0.03], [0.02, 0.95, 0.03], [0.03, 0.02, 0.95]])
"""Probability of the next state, ``[state, next]``."""
JITTER = 1e-6
"""Share of the variance that is added to the diagonal, without which a smooth kernel has no Cholesky factor."""


@dataclass(frozen=True)
class SwitchFeature:
    """Switch-Feature: three hidden states; in state s feature s decides the label of the step.

    A series begins in each state with probability 1/3, stays with probability .95 a step, and else goes to state
    0, 1 or 2 with the published .02 or .03. As long as a state lasts, each feature is a Gaussian process with the
    state's mean, (.8, -.5, -.2), (0, -1, 0) or (-.2, -.2, .8), and a squared-exponential kernel; with every change of
    state the processes begin anew. The label of a step is 1 with probability ``sigmoid(3 x[s])``.

    The published processes are sampled at whole times with a length scale of .2, so that successive values are nearly
    independent (correlation 4e-6). A smaller ``time_step`` makes smooth ones.

    Args:
        n_sample: Series; 800 are trained on and 200 explained in the published tables.
        n_time: Steps.
        length_scale: Of the kernel, in units of time.
        variance: Of each feature within a state.
        time_step: Time from one step to the next.

    Returns:
        Label: 0 or 1 at each step. Field: ``state``, ``[sample, time]``. Truth: the deciding cell of each step, a third
        of all cells. The target is the whole output, so sign means: 1 where the cell's value raises the logit of class
        1 above that of class 0 at its step, compared with 0 in its place; -1 where it lowers it.

    References:
        Tonekaboni et al. (2020), What went wrong and when?, appendix. Liu et al. (2024), Explaining time series via
        contrastive and locally sparse perturbations, section 5.2 and its appendix.

    >>> drawn = SwitchFeature(n_sample=3, n_time=5)(seed=0)
    >>> bool((drawn.truth.long().argmax(dim=2) == drawn.batch["state"]).all())
    True
    """

    n_sample: int = 1000
    n_time: int = 100
    length_scale: float = 0.2
    variance: float = 0.1
    time_step: float = 1.0

    def __post_init__(self) -> None:
        check_counts(n_sample=self.n_sample, n_time=self.n_time)
        check_positive(length_scale=self.length_scale, variance=self.variance, time_step=self.time_step)

    def __call__(self, *, seed: int) -> Simulated:
        """The series of a seed."""
        moves, noise, chance = streams(seed, 3)
        state = states(moves.random((self.n_sample, self.n_time)))
        kernel = squared_exponential(np.arange(self.n_time) * self.time_step / self.length_scale)
        root = np.asarray(np.linalg.cholesky(self.variance * (kernel + JITTER * np.eye(self.n_time))), dtype=np.float64)
        return chosen_feature(
            MEAN[state] + processes(state, noise.standard_normal((self.n_sample, self.n_time, 3)), root=root),
            state,
            ids=named("switch-feature", seed=seed, n_sample=self.n_sample),
            first=0,
            slope=3.0,
            chance=chance,
        )


def states(moves: Reals) -> Whole:
    """The chain of states, ``[sample, time]``, from uniform draws of that shape."""
    state = np.empty(moves.shape, dtype=np.int64)
    chances = np.full((len(moves), 3), 1 / 3)
    for step in range(moves.shape[1]):
        below = chances.cumsum(axis=1)[:, :2]
        state[:, step] = (moves[:, step, None] >= below).sum(axis=1)
        chances = MOVE[state[:, step]]
    return state


def squared_exponential(times: NDArray[np.floating[Any]]) -> Reals:
    """The kernel with length scale and variance 1 between all times, ``[time, time]``."""
    return np.asarray(np.exp(-0.5 * (times[:, None] - times[None, :]) ** 2))


def processes(state: Whole, noise: Reals, *, root: Reals) -> Reals:
    """Gaussian processes that begin anew with every change of state, ``[sample, time, feature]``.

    A stationary kernel's factor for a short run is the upper left corner of that for a long one, so one factor serves
    all runs: the value k steps into a run that began at step b is ``sum_j root[k, j] noise[b + j]``.

    Args:
        state: ``[sample, time]``.
        noise: Standard normal, ``[sample, time, feature]``.
        root: Cholesky factor of the kernel over all steps, ``[time, time]``.
    """
    n_time = state.shape[1]
    step = np.arange(n_time)
    fresh = np.ones(state.shape, dtype=np.bool_)
    fresh[:, 1:] = state[:, 1:] != state[:, :-1]
    into = step - np.maximum.accumulate(np.where(fresh, step, 0), axis=1)
    x = np.zeros_like(noise)
    for back in range(int(into.max()) + 1):
        reached = into[:, back:]
        weight = np.where(reached >= back, root[reached, np.maximum(reached - back, 0)], 0)
        x[:, back:] += weight[:, :, None] * noise[:, : n_time - back]
    return x
