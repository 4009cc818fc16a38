"""CoatedPits: the brightness of a coat that grows, stays and goes; a burst of one shape in it is the answer."""

from dataclasses import dataclass

import numpy as np
from torch import Tensor, nn

from aition.core.assemble import from_tensors
from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.model import TorchModel
from aition.core.target import Target
from aition.data.simulate.drawing import (
    Reals,
    Whole,
    check_counts,
    check_least,
    check_positive,
    named,
    signs,
    single,
    streams,
)
from aition.data.simulate.law import check_share, known, summed_cells
from aition.data.simulate.simulated import Simulated

ONSET = (0.03, 0.15)
"""When the coat appears, as shares of the series."""
LEAVING = (0.75, 0.9)
"""When it goes."""
GROWTH = (0.06, 0.15)
"""Time in which it grows to 63 %."""
DECAY = (0.02, 0.06)
"""Time in which it falls to 37 %."""
HEIGHTS = 0.3
"""Standard deviation of the logarithm of its height."""


@dataclass(frozen=True)
class CoatedPits:
    """Traces of a coat's brightness, as of clathrin at one spot of a membrane; what is asked is a second protein's.

    Every assumption is ours, in the form that traces of coated pits have. A coat appears, grows as a saturating
    exponential to a height of its own (log-normal about ``height``), stays, and goes exponentially. While it stays, a
    burst of some size builds up over ``build`` steps in a straight line and drops within one; the second protein, which
    takes coats apart, comes as much as the burst is large, so its amount is the label. The same coat has a *decoy* of
    another size, a burst turned round in time: a neighbour that comes into sight at once and fades. Sizes are uniform
    between 0 and ``burst``. Noise grows with the root of the brightness, as that of photons does.

    Args:
        n_sample: Traces.
        n_time: Steps.
        build: Steps in which a burst builds up.
        height: Of a coat in the middle of its distribution.
        burst: The largest size of a burst, and of a decoy.
        decoy: Share of the traces that have a decoy.
        noise: Standard deviation of the noise at a brightness of 1.
        error: Standard deviation of what the label has beside the burst, as a share of that of the bursts.

    Returns:
        Label: the size of the burst and the error, a value. Fields: ``effect``, the weights with which the law reads
        the burst, ``[sample, time, feature]``; ``burst``, ``decoy`` (sizes; 0 where there is none) and ``drop`` (the
        step after the burst), ``[sample]``. True are the steps of the burst and as many after it. The law reads the
        burst where it is: its projection on the shape, less the mean, so that a steady coat counts as nothing.

    Raises:
        InputError: A setting is out of range, or a burst is too long for the coat.

    References:
        Ha, Singh, Lanusse, Upadhyayula and Yu, "Adaptive wavelet distillation from neural networks through
        interpretations", NeurIPS 2021, who predict auxilin from measured traces of clathrin and find that a build-up
        followed by a drop tells of it; their traces are not published with the code.

    >>> drawn = CoatedPits(n_sample=500)(seed=0)
    >>> said = drawn.white_box(drawn.batch)[:, 0]
    >>> bool(np.corrcoef(said, drawn.batch["burst"])[0, 1] > 0.8)
    True
    """

    n_sample: int = 1000
    n_time: int = 48
    build: int = 4
    height: float = 3.0
    burst: float = 2.0
    decoy: float = 0.8
    noise: float = 0.1
    error: float = 0.5

    def __post_init__(self) -> None:
        check_counts(n_sample=self.n_sample)
        check_counts(build=self.build, least=2)
        check_positive(height=self.height, burst=self.burst, noise=self.noise)
        check_least(error=(self.error, 0))
        check_share(decoy=self.decoy)
        if 12 * self.build > self.n_time:
            raise InputError(f"n_time must be 12 times build or more, {12 * self.build}, but is {self.n_time}")

    @property
    def shape(self) -> Reals:
        """A burst of size 1 and as many steps after it, ``[2 build]``."""
        return np.concatenate([np.arange(1, self.build + 1) / self.build, np.zeros(self.build)])

    def __call__(self, *, seed: int) -> Simulated:
        """The traces of a seed."""
        lives, tall, sizes, places, chance, camera = streams(seed, 6)
        coat, stays, goes = self.coats(lives, tall)
        drawn = sizes.uniform(size=(self.n_sample, 3))
        burst, decoy = self.burst * drawn[:, 0], self.burst * drawn[:, 1] * (drawn[:, 2] < self.decoy)
        long, room = 2 * self.build, goes - stays - 4 * self.build
        first, split = places.uniform(size=(self.n_sample, 2)).T
        early = stays + np.floor(np.minimum(first, split) * (room + 1)).astype(np.int64)
        late = stays + long + np.floor(np.maximum(first, split) * (room + 1)).astype(np.int64)
        at, other = np.where(first < split, early, late), np.where(first < split, late, early)
        row, along = np.arange(self.n_sample)[:, None], np.arange(long)
        clean, effect = coat.copy(), np.zeros((self.n_sample, self.n_time, 1))
        clean[row, at[:, None] + along] += burst[:, None] * self.shape
        clean[row, other[:, None] + along] += decoy[:, None] * self.shape[::-1]
        centred = self.shape - self.shape.mean()
        effect[row, at[:, None] + along, 0] = centred / (centred @ centred)
        x = clean + self.noise * np.sqrt(0.2 + clean) * camera.standard_normal(clean.shape)
        error = self.error * self.burst / np.sqrt(12) * chance.standard_normal(self.n_sample)
        batch = from_tensors(
            single(x[:, :, None]),
            layout="sample time feature",
            label=single(burst + error),
            ids=named("coated-pits", seed=seed, n_sample=self.n_sample),
            feature_names=("clathrin",),
            fields={
                "effect": known(effect),
                "burst": known(burst),
                "decoy": known(decoy),
                "drop": known(at + self.build),
            },
        )
        truth = batch["effect"] != 0
        return Simulated(
            batch=batch,
            truth=truth,
            sign=signs(batch["effect"] * batch.x, truth),
            target=Target.scalar(),
            white_box=TorchModel(nn.Identity(), forward_burst, head="none"),
        )

    def coats(self, lives: np.random.Generator, tall: np.random.Generator) -> tuple[Reals, Whole, Whole]:
        """The brightness of coats, ``[sample, time]``, and the steps between which they stay, ``[sample]``."""
        share = lives.uniform(size=(self.n_sample, 4)).T[:, :, None]
        onset, leaving, growth, decay = (
            self.n_time * (low + (high - low) * one)
            for (low, high), one in zip((ONSET, LEAVING, GROWTH, DECAY), share, strict=True)
        )
        height = self.height * np.exp(HEIGHTS * tall.standard_normal((self.n_sample, 1)))
        since, after = np.arange(self.n_time) - onset, np.arange(self.n_time) - leaving
        coat = height * -np.expm1(-since.clip(min=0) / growth) * np.exp(-after.clip(min=0) / decay)
        stays, goes = np.ceil(onset + growth)[:, 0], np.floor(leaving)[:, 0]
        return coat, stays.astype(np.int64), goes.astype(np.int64)


def forward_burst(module: nn.Module, batch: Batch) -> Tensor:
    """The size of the burst, ``[sample, 1]``."""
    return summed_cells(module, batch)[:, None]
