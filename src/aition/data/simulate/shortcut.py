"""Shortcut: a pattern makes the class, and a marker in a corner gives it away."""

from dataclasses import dataclass

import numpy as np

from aition.core.errors import InputError
from aition.data.simulate.drawing import check_counts, check_least, check_positive, named, streams
from aition.data.simulate.law import check_share, either_way, noise, tossed, weighted, weighted_sum
from aition.data.simulate.simulated import Simulated


@dataclass(frozen=True)
class Shortcut:
    """One wave at a step that differs between series decides the class; a marker stands where the class is 1, mostly.

    The wave is one period of a sine in feature 0 times a height: rising first, it speaks for class 1, falling first,
    for class 0. The marker is an offset in the last feature's first steps. The truth is that of the LAW, which reads
    the wave alone; how far a trained network leans on the marker is what the field ``shortcut`` is for.

    The same seed with another ``leak`` draws the same series, of which only the markers differ, so what a network owes
    to the marker shows by drawing the series to test on with ``leak=0``, or with less than nothing.

    Args:
        n_sample: Series.
        n_time: Steps.
        n_feature: Features, of which the first has the wave and the last the marker; at least 2.
        leak: From 0, the marker is tossed by a coin, to 1, it stands exactly where the class is 1, or to -1, exactly
            where the class is 0, and misleads who trusts it: the chance of a marker is ``(1 + leak) / 2`` for class 1
            and ``(1 - leak) / 2`` for class 0.
        marker: Steps of the marker.
        offset: What the marker adds to the last feature, in units of the noise.
        window: Steps of the wave; even.
        height: Of a wave in the mean, in units of the noise; heights are uniform from half of it to one and a half,
            rising or falling first.
        strength: Log-odds for a wave of height 1.
        memory: Correlation of the noise with the value before, in [0, 1).

    Returns:
        Series with the fields ``effect`` (the weight of each cell in the log-odds), ``shortcut`` (the cells where the
        marker may stand), both ``[sample, time, feature]``, and ``marked`` (whether it does), ``[sample]``.

    Raises:
        InputError: A setting is out of range.

    References:
        Geirhos et al., "Shortcut learning in deep neural networks", Nature Machine Intelligence 2, 2020.

    >>> drawn = Shortcut(n_sample=50, leak=1.0)(seed=0)
    >>> bool((drawn.batch["marked"] == (drawn.batch.label == 1)).all())
    True
    >>> bool((drawn.truth & drawn.batch["shortcut"]).any())
    False
    """

    n_sample: int = 1000
    n_time: int = 50
    n_feature: int = 3
    leak: float = 0.9
    marker: int = 4
    offset: float = 3.0
    window: int = 12
    height: float = 3.0
    strength: float = 1.0
    memory: float = 0.5

    def __post_init__(self) -> None:
        check_counts(n_sample=self.n_sample, marker=self.marker)
        check_counts(n_feature=self.n_feature, least=2)
        check_positive(height=self.height, strength=self.strength)
        check_least(n_time=(self.n_time, max(self.window, self.marker)))
        check_share(memory=self.memory)
        if not -1 <= self.leak <= 1:
            raise InputError(f"leak must be -1 to 1, but is {self.leak}")
        if self.window < 2 or self.window % 2:
            raise InputError(f"window must be even and 2 or more, but is {self.window}")

    def __call__(self, *, seed: int) -> Simulated:
        values, places, heights, chance, markers = streams(seed, 5)
        x = noise(values, (self.n_sample, self.n_time, self.n_feature), memory=self.memory)
        first = places.integers(self.n_time - self.window + 1, size=(self.n_sample, 1))
        height = self.height * either_way(heights, (self.n_sample, 1))
        place = np.arange(self.n_time) - first
        wave = np.where((place >= 0) & (place < self.window), np.sin(2 * np.pi * (place + 0.5) / self.window), 0.0)
        x[:, :, 0] += height * wave
        effect = np.zeros_like(x)
        effect[:, :, 0] = wave * self.strength / (wave**2).sum(axis=1, keepdims=True)
        label = tossed(chance, weighted_sum(effect, x))
        marked = markers.random(self.n_sample) < np.where(label == 1, 1 + self.leak, 1 - self.leak) / 2
        corner = np.zeros(x.shape, dtype=np.bool_)
        corner[:, : self.marker, -1] = True
        x += self.offset * marked[:, None, None] * corner
        return weighted(
            x,
            effect=effect,
            label=label,
            ids=named("shortcut", seed=seed, n_sample=self.n_sample),
            feature_names=("wave", *(f"inert{i}" for i in range(1, self.n_feature - 1)), "marker"),
            further={"shortcut": corner, "marked": marked},
        )
