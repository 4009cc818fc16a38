"""SignFlip: a feature whose effect turns round at a known step."""

from dataclasses import dataclass

import numpy as np

from aition.core.errors import InputError
from aition.data.simulate.drawing import check_counts, check_positive, named, streams
from aition.data.simulate.law import check_share, noise, spread, tossed, weighted, weighted_sum
from aition.data.simulate.simulated import Simulated


@dataclass(frozen=True)
class SignFlip:
    """One feature raises the log-odds before a step and lowers them from that step on; the others are inert.

    All features are autoregressive and correlated, so the inert ones tell of the class without being read. The true
    cells are those of feature 0 in a window around the flip, and a map of magnitudes alone says nothing of the flip:
    it shows in the signs.

    Args:
        n_sample: Series.
        n_time: Steps.
        n_feature: Features, the first of which is read.
        flip: The first step at which the feature lowers the log-odds.
        window: Steps that are read, half of them before the flip; even.
        strength: Standard deviation of the log-odds.
        memory: Correlation of a value with the one before, in [0, 1).
        correlation: Of two features at the same step, in [0, 1).

    Returns:
        Series with the field ``effect``, the weight of each cell in the log-odds, ``[sample, time, feature]``.

    Raises:
        InputError: A setting is out of range, or the window does not fit into the series.

    >>> drawn = SignFlip(n_sample=1, flip=20, window=4)(seed=0)
    >>> drawn.truth[0].nonzero().tolist()
    [[18, 0], [19, 0], [20, 0], [21, 0]]
    >>> drawn.batch["effect"][0, 18:22, 0].sign().tolist()
    [1.0, 1.0, -1.0, -1.0]
    """

    n_sample: int = 1000
    n_time: int = 40
    n_feature: int = 4
    flip: int = 20
    window: int = 20
    strength: float = 5.0
    memory: float = 0.7
    correlation: float = 0.5

    def __post_init__(self) -> None:
        check_counts(n_sample=self.n_sample, n_feature=self.n_feature, window=self.window)
        check_positive(strength=self.strength)
        check_share(memory=self.memory, correlation=self.correlation)
        half = self.window // 2
        if self.window % 2 or not half <= self.flip <= self.n_time - half:
            raise InputError(
                f"window must be even and lie around flip within the {self.n_time} steps, but is {self.window} around "
                f"step {self.flip}"
            )

    def __call__(self, *, seed: int) -> Simulated:
        values, chance = streams(seed, 2)
        shape = (self.n_sample, self.n_time, self.n_feature)
        x = noise(values, shape, memory=self.memory, correlation=self.correlation)
        half = self.window // 2
        turn = np.repeat([1.0, -1.0], half)
        effect = np.zeros_like(x)
        effect[:, self.flip - half : self.flip + half, 0] = self.strength * turn / spread(turn, memory=self.memory)
        return weighted(
            x,
            effect=effect,
            label=tossed(chance, weighted_sum(effect, x)),
            ids=named("sign-flip", seed=seed, n_sample=self.n_sample),
            feature_names=("turning", *(f"inert{i}" for i in range(1, self.n_feature))),
            further={},
        )
