"""Laws in which cells switch the way to the window that decides, over autoregressive series: exact given any cells."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from aition.core.assemble import from_tensors
from aition.core.batch import Batch
from aition.core.model import TorchModel
from aition.core.target import Target
from aition.data.simulate.drawing import named, signs, single
from aition.data.simulate.given import above, chances, check_kept, expected_sigmoid, sums_given
from aition.data.simulate.law import noise, spread, tossed, two_classes
from aition.data.simulate.simulated import Simulated

Cell = tuple[int, int]
"""A step and a feature."""


@dataclass(frozen=True)
class Route:
    """A way to a window.

    Args:
        switches: The cells that call for it, each with whether it must be at its mean or above (else below), all in
            features of their own, none of them that of the window.
        first: The first step of the window.
        feature: Of the window.
    """

    switches: tuple[tuple[Cell, bool], ...]
    first: int
    feature: int


@dataclass(frozen=True)
class Routes:
    """Autoregressive features, independent of one another, and ways through them of which each series takes one.

    Args:
        shape: Steps and features.
        routes: The ways; exactly one fits any series.
        window: Steps of every window.
        memory: Correlation of a value with the one before.
        mean: Of every cell.
        strength: Standard deviation of the log-odds, the sum over a window.
    """

    shape: tuple[int, int]
    routes: tuple[Route, ...]
    window: int
    memory: float
    mean: float
    strength: float

    @property
    def slope(self) -> float:
        """What a unit of a cell of the window adds to the log-odds."""
        return self.strength / spread(np.ones(self.window), memory=self.memory)

    @property
    def switches(self) -> tuple[Cell, ...]:
        """Every cell that switches, once."""
        return tuple(dict.fromkeys(cell for route in self.routes for cell, _ in route.switches))

    def sums(self) -> Tensor:
        """Weights of the cells in what decides: a row a switch, then one a window, ``[sum, time, feature]``."""
        weight = torch.zeros(len(self.switches) + len(self.routes), *self.shape, dtype=torch.float64)
        for row, cell in enumerate(self.switches):
            weight[row][cell] = 1.0
        for row, route in enumerate(self.routes, start=len(self.switches)):
            weight[row, route.first : route.first + self.window, route.feature] = self.slope
        return weight

    def taken(self, x: Tensor) -> Tensor:
        """Which route each series takes, ``[sample, route]``, bool."""
        fits = torch.ones(len(x), len(self.routes), dtype=torch.bool, device=x.device)
        for column, route in enumerate(self.routes):
            for (step, feature), up in route.switches:
                fits[:, column] &= (x[:, step, feature] >= self.mean) == up
        return fits

    def log_odds(self, x: Tensor) -> Tensor:
        """Of class 1, ``[sample]``: what the window of the route adds up to."""
        off = (x - self.mean).flatten(1)
        windows = off @ self.sums()[len(self.switches) :].flatten(1).to(x).mT
        return (windows * self.taken(x)).sum(dim=1)

    def truth(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The window of the route and its switches, each ``[sample, time, feature]``, bool."""
        read, told = torch.zeros(2, len(self.routes), *self.shape, dtype=torch.bool)
        for row, route in enumerate(self.routes):
            read[row, route.first : route.first + self.window, route.feature] = True
            for cell, _ in route.switches:
                told[row][cell] = True
        which = self.taken(x).int().argmax(dim=1)
        return read[which], told[which]

    def drawn(self, rngs: Sequence[Any], *, name: str, seed: int, n_sample: int, names: tuple[str, ...]) -> Simulated:
        """Series of the law.

        Args:
            rngs: What values and labels are drawn by.
            name: Of the law, for ids.
            seed: Likewise.
            n_sample: Series.
            names: One a feature.
        """
        x = single(self.mean + noise(rngs[0], (n_sample, *self.shape), memory=self.memory))
        batch = from_tensors(
            x,
            layout="sample time feature",
            label=tossed(rngs[1], self.log_odds(x.double()).numpy()),
            ids=named(name, seed=seed, n_sample=n_sample),
            feature_names=names,
        )
        window, switch = self.truth(x)
        return Simulated(
            batch=batch,
            truth=window | switch,
            sign=signs(x - self.mean, window),
            target=Target.whole("class"),
            white_box=TorchModel(nn.Identity(), partial(forward, law=self), head="none"),
        )

    def given(self, batch: Batch, kept: Tensor) -> Tensor:
        """``p(class | kept cells)``, ``[sample, class]``, exact.

        Switches and window of a route lie in features that are independent of one another, known cells or not, so the
        chance of class 1 is the sum over routes of the chances of their switches times the expected chance in their
        window.
        """
        check_kept(batch, kept)
        weight, step = self.sums(), torch.arange(self.shape[0], dtype=torch.float64)
        own = self.memory ** (step[:, None] - step).abs()
        centre, variance = torch.zeros(2, len(batch), len(weight), dtype=torch.float64)
        for feature in (weight != 0).any(dim=0).any(dim=0).nonzero().flatten().tolist():
            rows = weight[:, :, feature].any(dim=1)
            off = batch.x[:, :, feature].double() - self.mean
            centre[:, rows], variance[:, rows] = sums_given(weight[rows, :, feature], own, off, kept[:, :, feature])
        n_switch = len(self.switches)
        up = above(centre[:, :n_switch], variance[:, :n_switch])
        one = expected_sigmoid(centre[:, n_switch:], variance[:, n_switch:])
        for column, route in enumerate(self.routes):
            for cell, wanted in route.switches:
                chance = up[:, self.switches.index(cell)]
                one[:, column] *= chance if wanted else 1 - chance
        return chances(one.sum(dim=1))


def forward(module: nn.Module, batch: Batch, *, law: Routes) -> Tensor:
    """Logits of the law, ``[sample, class]``."""
    return two_classes(law.log_odds(module(batch.x)))
