"""Alone: what a model says of series given some of their cells, the rest being drawn, and rivals for these cells."""

from dataclasses import dataclass

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.draws import uniform
from aition.core.model import TorchModel
from aition.impute.imputer import Imputer, imputed
from aition.methods.lex.likelihood import classes_of

FIRST = 2**41
"""Number of the first draw, of which no training has seen any."""


def observed_cells(batch: Batch) -> Tensor:
    """Which cells can be selected, ``[sample, time, feature]``."""
    return batch.observed & batch.cells


def highest(score: Tensor, batch: Batch, count: Tensor) -> Tensor:
    """The cells of the highest scores, so many of each series, ``[sample, time, feature]``."""
    flat = score.masked_fill(~observed_cells(batch), -torch.inf).flatten(1)
    rank = flat.argsort(dim=1, descending=True, stable=True).argsort(dim=1)
    return (rank < count[:, None]).view(score.shape) & observed_cells(batch)


def by_chance(batch: Batch, count: Tensor, *, seed: int) -> Tensor:
    """So many cells of each series, each as likely."""
    step, column = torch.arange(batch.n_time)[:, None], torch.arange(batch.n_feature)
    return highest(uniform(batch.keys[:, None, None], seed, step, column), batch, count)


def last_cells(batch: Batch, count: Tensor) -> Tensor:
    """The last so many cells of each series: whole steps, and of the step before them the last features."""
    place = torch.arange(batch.n_time * batch.n_feature).view(1, batch.n_time, batch.n_feature)
    return highest(place.double().expand(batch.x.shape), batch, count)


@dataclass(frozen=True)
class Said:
    """What a model says.

    Args:
        mean: The mean answer over draws: chances of classes, or values, ``[sample, output]``.
        classes: Whether it is chances.
    """

    mean: Tensor
    classes: bool

    def loss(self, wanted: Tensor) -> Tensor:
        """Of each series: nats by which what is wanted is missed, or the squared error, the mean over outputs.

        Args:
            wanted: Classes ``[sample]``, their chances ``[sample, class]``, or values ``[sample, output]``.
        """
        if not self.classes:
            return (self.mean - wanted).square().mean(dim=1)
        log = self.mean.clamp(min=1e-9).log()
        if wanted.ndim == 1:
            return -log.gather(1, wanted[:, None])[:, 0]
        return (wanted * (wanted.clamp(min=1e-9).log() - log)).sum(dim=1)

    def met(self, label: Tensor) -> float:
        """The share of classes that are met."""
        return float((self.mean.argmax(dim=1) == label).double().mean())


def whole(model: TorchModel, batch: Batch, *, classes: bool) -> Said:
    """What it says of whole series."""
    with torch.no_grad():
        outputs = torch.cat([model(batch.take(rows)) for rows in torch.arange(len(batch)).split(1024)])
    return Said((classes_of(outputs).exp() if classes else outputs).double(), classes)


def alone(model: TorchModel, batch: Batch, kept: Tensor, imputer: Imputer, *, classes: bool, n_draw: int = 16) -> Said:
    """What it says where some cells are kept and the others drawn, the mean over draws."""
    found = []
    for rows in torch.arange(len(batch)).split(64):
        some = batch.take(rows)
        numbers = torch.arange(FIRST, FIRST + n_draw).expand(len(rows), n_draw)
        drawn = imputed(imputer, some, kept[rows], numbers).flatten(0, 1)
        several = some.take(torch.arange(len(rows)).repeat_interleave(n_draw)).with_x(drawn)
        found.append(whole(model, several, classes=classes).mean.unflatten(0, (len(rows), n_draw)).mean(dim=1))
    return Said(torch.cat(found), classes)
