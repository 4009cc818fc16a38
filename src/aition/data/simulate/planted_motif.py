"""PlantedMotif: noise, in half of the series of which a motif stands at a chance place."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from aition.core.assemble import from_tensors
from aition.core.batch import Batch, Field
from aition.core.errors import InputError
from aition.core.model import TorchModel
from aition.core.target import Target
from aition.data.simulate.drawing import Reals, check_counts, check_positive, named, signs, single, streams
from aition.data.simulate.law import check_share, noise
from aition.data.simulate.matched import balanced, filters, pushes, responses, windows
from aition.data.simulate.simulated import Simulated


@dataclass(frozen=True)
class PlantedMotif:
    """One feature of autoregressive noise; class 1 has a motif added to it, whole, at a place drawn by chance.

    The motif is two and a half waves, each shorter than the one before, under a bell: neither upside down nor backwards
    is it like itself. The law's logits are .5 for class 0, and for class 1 the response of a filter of the
    motif where it stands: 1 in the mean, and 0 where there is none.

    Args:
        n_sample: Series.
        n_time: Steps.
        length: Steps of the motif, from 8 to ``n_time``.
        height: Of the motif, its root mean square, in deviations of the noise.
        memory: Correlation of a value of the noise with the one before, in [0, 1).

    Returns:
        Label: the class. Fields: ``place``, ``[sample]``, the step where the motif begins (-1: there is none), and
        ``filter``, ``[sample, filter, time, feature]``. Truth: the steps of the motif where its values are not 0; none
        in class 0, whose scores are NaN. Sign: whether a cell's value raises the logit of class 1, compared with 0.

    >>> drawn = PlantedMotif(n_sample=4)(seed=1)
    >>> drawn.truth.sum(dim=(1, 2)).tolist(), (drawn.batch["place"] >= 0).tolist()
    ([0, 30, 0, 30], [False, True, False, True])
    """

    n_sample: int = 1000
    n_time: int = 200
    length: int = 32
    height: float = 1.5
    memory: float = 0.6

    def __post_init__(self) -> None:
        check_counts(n_sample=self.n_sample)
        check_counts(length=self.length, least=8)
        check_positive(height=self.height)
        check_share(memory=self.memory)
        if self.length > self.n_time:
            raise InputError(f"length must be at most n_time, {self.n_time}, but is {self.length}")

    @property
    def motif(self) -> Reals:
        """What is added to the noise, ``[step]``."""
        along = np.linspace(0, 1, self.length)
        wave = np.sin(2 * np.pi * (along / 2 + 2 * along**2)) * np.sin(np.pi * along)
        return np.asarray(self.height * wave / np.sqrt(np.mean(wave**2)))

    def __call__(self, *, seed: int) -> Simulated:
        """The series of a seed."""
        inner, chance = streams(seed, 2)
        label = balanced(self.n_sample, 2)
        place = np.floor(chance.random(self.n_sample) * (self.n_time - self.length + 1)).astype(np.int64)
        there = windows(place, np.full(self.n_sample, self.length), self.n_time) & (label[:, None] == 1)
        into = np.clip(np.arange(self.n_time) - place[:, None], 0, self.length - 1)
        planted = np.where(there, self.motif[into], 0.0)
        planted[np.abs(planted) < 1e-9 * self.height] = 0.0
        weight = planted / np.sum(self.motif**2)
        x = noise(inner, (self.n_sample, self.n_time, 1), memory=self.memory) + planted[:, :, None]
        batch = from_tensors(
            single(x),
            layout="sample time feature",
            label=label,
            ids=named("planted-motif", seed=seed, n_sample=self.n_sample),
            fields={
                **filters(np.stack([np.zeros_like(weight), weight], axis=1)[:, :, :, None]),
                "place": Field(torch.from_numpy(np.where(label == 1, place, -1)), "context", ("sample",)),
            },
        )
        cells = torch.from_numpy(planted[:, :, None] != 0)
        return Simulated(
            batch=batch,
            truth=cells,
            sign=signs(pushes(batch), cells),
            target=Target.of_class(1),
            white_box=TorchModel(nn.Identity(), reading, axes=("class",), head="none"),
        )


def reading(module: nn.Module, batch: Batch) -> Tensor:
    """Logits ``[sample, class]``."""
    found = responses(module, batch)
    return torch.stack([torch.full_like(found[:, 0], 0.5), found[:, 1]], dim=1)
