"""FreqShapes: spikes in noise, whose direction and distance are the class."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from aition.core.assemble import from_tensors
from aition.core.batch import Field
from aition.core.model import TorchModel
from aition.core.target import Target
from aition.data.simulate.drawing import check_counts, check_positive, named, signs, single, streams
from aition.data.simulate.matched import balanced, filters, pushes, responses
from aition.data.simulate.simulated import Simulated

SPIKE = np.array([0.5, 1.0, 0.5])
"""A spike upwards; one downwards is its mirror image."""
PERIODS = (10, 17)


@dataclass(frozen=True)
class FreqShapes:
    """FreqShapes: one feature with spikes of three steps, down or up, 10 or 17 steps apart.

    The first spike begins at any of the first 10 or 17 steps, each as likely, and spikes follow as long as three steps
    are left. They stand on normal noise. Classes: 0 down and 10 apart, 1 up and 10, 2 down and 17, 3 up and 17.
    The form of the spikes, (.5, 1, .5), is ours; the paper gives their length.

    The law has a filter for each class, with spikes of its direction and period, the first of them where the hidden
    phase says, scaled to length 1; it reads the cells of the spikes that are there.

    Args:
        n_sample: Series; TimeX trains on 5000 and explains 1000.
        n_time: Steps, 31 or more, so that 10 and 17 differ.
        noise: Deviation of the noise.

    Returns:
        Label: the class. Fields: ``phase``, ``[sample]``, the step where the first spike begins, and ``filter``,
        ``[sample, filter, time, feature]``. Truth: the steps of the spikes. Sign: whether a cell's value raises the
        logit of the label's class, compared with 0; -1 where noise has turned a shoulder of a spike over.

    References:
        Queen et al. (2023), Encoding time-series explanations through self-supervised model behavior consistency,
        appendix on data sets.

    >>> drawn = FreqShapes(n_sample=4)(seed=1)
    >>> (drawn.truth.sum(dim=(1, 2)) // 3).tolist(), drawn.batch.label.tolist()
    ([5, 5, 3, 3], [0, 1, 2, 3])
    """

    n_sample: int = 1000
    n_time: int = 50
    noise: float = 0.25

    def __post_init__(self) -> None:
        check_counts(n_sample=self.n_sample)
        check_counts(n_time=self.n_time, least=31)
        check_positive(noise=self.noise)

    def __call__(self, *, seed: int) -> Simulated:
        """The series of a seed."""
        noise, chance = streams(seed, 2)
        label = balanced(self.n_sample, 4)
        phase = np.floor(chance.random(self.n_sample) * np.take(PERIODS, label // 2)).astype(np.int64)
        up = np.array([-1.0, 1.0, -1.0, 1.0])
        trains = np.stack([spikes(phase, period, self.n_time) for period in PERIODS for _ in (-1, 1)], axis=1)
        there = up[label, None] * trains[np.arange(self.n_sample), label]
        truth = there != 0
        weight = up[:, None] * trains / np.linalg.norm(trains, axis=2, keepdims=True) * truth[:, None]
        values = there + self.noise * noise.standard_normal((self.n_sample, self.n_time))
        batch = from_tensors(
            single(values),
            layout="sample time",
            label=label,
            ids=named("freq-shapes", seed=seed, n_sample=self.n_sample),
            fields={**filters(weight[:, :, :, None]), "phase": Field(torch.from_numpy(phase), "context", ("sample",))},
        )
        cells = torch.from_numpy(truth[:, :, None])
        return Simulated(
            batch=batch,
            truth=cells,
            sign=signs(pushes(batch), cells),
            target=Target.predicted(),
            white_box=TorchModel(nn.Identity(), responses, axes=("class",), head="none"),
        )


def spikes(
    phase: np.ndarray[tuple[int], np.dtype[np.int64]], period: int, n_time: int
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Spikes upwards that begin at ``phase`` and every ``period`` steps later, ``[sample, time]``."""
    since = np.arange(n_time) - phase[:, None]
    into = since % period
    whole = (since >= 0) & (into < len(SPIKE)) & (since - into + phase[:, None] + len(SPIKE) <= n_time)
    return np.where(whole, SPIKE[np.minimum(into, len(SPIKE) - 1)], 0.0)
