"""Suppressor: a feature that tells nothing of the class alone, but cleans another one."""

from dataclasses import dataclass

import numpy as np

from aition.data.simulate.drawing import check_counts, check_least, check_positive, named, streams
from aition.data.simulate.law import check_share, noise, spread, tossed, weighted, weighted_sum
from aition.data.simulate.simulated import Simulated


@dataclass(frozen=True)
class Suppressor:
    """One feature is signal and disturbance, the suppressor is the disturbance alone; their difference decides.

    The suppressor is independent of the class, yet every model that does well must read it, to take the disturbance
    away; so it is true for the MODEL, and an explanation that finds it is right of the model, though whoever reads it
    as a finding of the world is wrong. The log-odds are a sum over a window: the signal's feature raises them by its
    value, the suppressor lowers them by its own. The other features are inert.

    Args:
        n_sample: Series.
        n_time: Steps.
        n_feature: Features: the disturbed signal, the suppressor, and inert ones.
        first: The first step that is read.
        window: Steps that are read.
        disturbance: Standard deviation of the disturbance, in units of the signal's.
        strength: Standard deviation of the log-odds.
        memory: Correlation of signal, disturbance and inert features with the value before, in [0, 1).

    Returns:
        Series with the fields ``effect`` (the weight of each cell in the log-odds) and ``suppressor`` (which of the
        true cells are the suppressor's), both ``[sample, time, feature]``.

    Raises:
        InputError: A setting is out of range.

    References:
        Haufe et al., "On the interpretation of weight vectors of linear models in multivariate neuroimaging",
        NeuroImage 87, 2014, section "Suppressor variables" (the example x1 = signal + noise, x2 = noise).
        Wilming et al., "Scrutinizing XAI using linear ground-truth data with suppressor variables", Machine Learning
        111, 2022.

    >>> drawn = Suppressor(n_sample=1)(seed=0)
    >>> drawn.batch["effect"][0, 15, :3].sign().tolist()
    [1.0, -1.0, 0.0]
    """

    n_sample: int = 1000
    n_time: int = 40
    n_feature: int = 4
    first: int = 15
    window: int = 10
    disturbance: float = 1.0
    strength: float = 5.0
    memory: float = 0.7

    def __post_init__(self) -> None:
        check_counts(n_sample=self.n_sample, window=self.window)
        check_counts(n_feature=self.n_feature, least=2)
        check_positive(disturbance=self.disturbance, strength=self.strength)
        check_least(first=(self.first, 0), n_time=(self.n_time, self.first + self.window))
        check_share(memory=self.memory)

    def __call__(self, *, seed: int) -> Simulated:
        values, chance = streams(seed, 2)
        x = noise(values, (self.n_sample, self.n_time, self.n_feature), memory=self.memory)
        x[:, :, 1] *= self.disturbance
        x[:, :, 0] += x[:, :, 1]
        effect = np.zeros_like(x)
        read = slice(self.first, self.first + self.window)
        effect[:, read, 0] = self.strength / spread(np.ones(self.window), memory=self.memory)
        effect[:, read, 1] = -effect[:, read, 0]
        return weighted(
            x,
            effect=effect,
            label=tossed(chance, weighted_sum(effect, x)),
            ids=named("suppressor", seed=seed, n_sample=self.n_sample),
            feature_names=("disturbed", "suppressor", *(f"inert{i}" for i in range(2, self.n_feature))),
            further={"suppressor": effect < 0},
        )
