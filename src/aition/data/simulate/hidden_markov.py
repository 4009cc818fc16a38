"""State: a hidden Markov model whose state chooses which feature decides the label."""

from dataclasses import dataclass

import numpy as np

from aition.data.simulate.chosen_feature import chosen_feature
from aition.data.simulate.drawing import Reals, Whole, check_counts, named, streams
from aition.data.simulate.simulated import Simulated

MEAN = np.array([[0.1, 1.6, 0.5], [-0.1, -0.4, -1.5]])
"""Of each state's features."""
VARIANCE, COVARIANCE = 0.801, 0.01
"""Of each feature, and of the state's deciding feature with feature 0."""


@dataclass(frozen=True)
class State:
    """State: two hidden states; in state s feature ``1 + s`` decides the label of the step.

    A series begins in either state with probability .5. State 0 is left with probability .05 a step, state 1 with .05
    and .002 more for each step that it has lasted. The three features are normal; their means hang on the state:
    (.1, 1.6, .5) and (-.1, -.4, -1.5). Their variances are .801, and the covariance of feature 0 and the deciding one
    is .01. The label of a step is 1 with probability ``sigmoid(2 x[1 + s])``.

    Args:
        n_sample: Series; 800 are trained on and 200 explained in the published tables.
        n_time: Steps.

    Returns:
        Label: 0 or 1 at each step. Field: ``state``, ``[sample, time]``. Truth: the deciding cell of each step, a third
        of all cells. The target is the whole output, so sign means: 1 where the cell's value raises the logit of class
        1 above that of class 0 at its step, compared with 0 in its place; -1 where it lowers it.

    References:
        Tonekaboni et al. (2020), What went wrong and when?, section 4.1. Crabbé, van der Schaar (2021), Explaining time
        series predictions with dynamic masks, section 4.2. Enguehard (2023), Learning perturbations to explain time
        series predictions, section 4.1, with the constants of its code.

    >>> drawn = State(n_sample=3, n_time=5)(seed=0)
    >>> drawn.truth.sum(dim=2).unique().tolist(), bool((drawn.truth[..., 2] == (drawn.batch["state"] == 1)).all())
    ([1], True)
    """

    n_sample: int = 1000
    n_time: int = 200

    def __post_init__(self) -> None:
        check_counts(n_sample=self.n_sample, n_time=self.n_time)

    def __call__(self, *, seed: int) -> Simulated:
        """The series of a seed."""
        begins, moves, noise, chance = streams(seed, 4)
        state = states(begins.random(self.n_sample) < 0.5, moves.random((self.n_sample, self.n_time)))
        return chosen_feature(
            features(state, noise.standard_normal((self.n_sample, self.n_time, 3))),
            state,
            ids=named("state", seed=seed, n_sample=self.n_sample),
            first=1,
            slope=2.0,
            chance=chance,
        )


def states(before: np.ndarray[tuple[int], np.dtype[np.bool_]], moves: Reals) -> Whole:
    """The chain of states, ``[sample, time]``, which moves already at its first step.

    Args:
        before: Whether the state before the first step is 1, ``[sample]``.
        moves: Uniform in [0, 1), ``[sample, time]``.
    """
    state = np.empty(moves.shape, dtype=np.int64)
    now, lasted = before.astype(np.int64), np.zeros(len(before), dtype=np.int64)
    for step in range(moves.shape[1]):
        one = np.where(now == 1, np.maximum(0.95 - lasted / 500, 0), 0.05)
        after = (moves[:, step] < one).astype(np.int64)
        lasted = np.where(after == now, lasted + 1, 0)
        now = state[:, step] = after
    return state


def features(state: Whole, noise: Reals) -> Reals:
    """Normal features with the mean and covariance of their state, ``[sample, time, feature]``.

    Args:
        state: ``[sample, time]``.
        noise: Standard normal, ``[sample, time, feature]``.
    """
    covariance = np.tile(np.eye(3) * VARIANCE, (2, 1, 1))
    for one in (0, 1):
        covariance[one, 0, 1 + one] = covariance[one, 1 + one, 0] = COVARIANCE
    root = np.linalg.cholesky(covariance)
    spread = np.stack([noise @ half.T for half in root])
    return np.asarray(MEAN[state] + np.where(state[:, :, None] == 0, spread[0], spread[1]))
