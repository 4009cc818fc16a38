"""Rare: autoregressive noise in which few features, or few steps, matter."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from aition.core.assemble import from_tensors
from aition.core.batch import Batch, Field
from aition.core.errors import InputError
from aition.core.model import TorchModel
from aition.core.target import Target
from aition.data.simulate.drawing import Reals, check_counts, named, signs, single, streams
from aition.data.simulate.simulated import Simulated


@dataclass(frozen=True)
class Rare:
    """Rare-Feature and Rare-Time: independent ARMA noise, of which the answer reads a box of cells.

    The answer at a step is the sum of squares of the box's values there. With ``groups`` the first half of the series
    is answered by the square of their sum instead, over a box of its own.

    The boxes, with Python's halving: ``axis="feature"`` has ``n_rare`` features by chance, from a quarter to three
    quarters of the steps (half of them from the first on for the first group); ``axis="time"`` has ``n_rare``
    successive steps by chance, and the likewise middle (or first) half of the features.

    Args:
        n_sample: Series; 10 of 1000 are explained in Enguehard's tables, 100 in ContraLSP's.
        n_time: Steps.
        n_feature: Features.
        axis: Along which few matter: "feature", which ContraLSP calls Rare-Observation, or "time".
        shared: Whether all series (of a group) have one box, as published, or each series its own.
        groups: Whether the halves of the series have answers of their own, which ContraLSP calls diffgroups.
        n_rare: Features, or steps, of the box.
        ar: Polynomial of the autoregression, from lag 0: ``ar[0] x_t + ar[1] x_{t-1} + … = ma[0] e_t + …``.
        ma: Polynomial of the moving average of the noise e, which is standard normal.

    Returns:
        Series from rest (0 before the first step). Label: the answer at each step. Fields: ``box``, ``[sample, time,
        feature]``, and ``group``, ``[sample]``: 0 where the sum is squared, 1 where the squares are summed. Sign:
        whether the answer of the cell's own step is higher with its value than with 0 in its place, all other cells
        being as they are; so 1 everywhere in group 1.

    References:
        Crabbé, van der Schaar (2021), Explaining time series predictions with dynamic masks, section 4.1. Enguehard
        (2023), time-interpret, its data set Arma. Liu et al. (2024), Explaining time series via contrastive and locally
        sparse perturbations, section 5.1 and its appendix.

    >>> drawn = Rare(n_sample=2, n_time=8, n_feature=6, n_rare=2)(seed=0)
    >>> drawn.truth.sum(dim=2)[0].tolist()
    [0, 0, 2, 2, 2, 2, 0, 0]
    >>> bool((drawn.white_box(drawn.batch) == drawn.batch.label).all())
    True
    """

    n_sample: int = 100
    n_time: int = 50
    n_feature: int = 50
    axis: Literal["feature", "time"] = "feature"
    shared: bool = True
    groups: bool = False
    n_rare: int = 5
    ar: tuple[float, ...] = (2.0, 0.5, 0.2, 0.1)
    ma: tuple[float, ...] = (2.0,)

    def __post_init__(self) -> None:
        check_counts(n_sample=self.n_sample, n_rare=self.n_rare)
        check_counts(n_time=self.n_time, n_feature=self.n_feature, least=2)
        if self.axis not in ("feature", "time"):
            raise InputError(f"axis must be 'feature' or 'time', but is {self.axis!r}")
        size = self.n_feature if self.axis == "feature" else self.n_time
        if self.n_rare > size:
            raise InputError(f"n_rare must be at most n_{self.axis}={size}, but is {self.n_rare}")
        if not self.ar or not self.ma or self.ar[0] == 0:
            raise InputError(f"ar and ma must not be empty and ar[0] not 0, but are {self.ar} and {self.ma}")

    def __call__(self, *, seed: int) -> Simulated:
        """The series of a seed."""
        noise, chance = streams(seed, 2)
        x = arma(noise.standard_normal((self.n_sample, self.n_time, self.n_feature)), ar=self.ar, ma=self.ma)
        first = self.n_sample // 2 if self.groups else 0
        group = (torch.arange(self.n_sample) >= first).long()
        truth = torch.from_numpy(self.boxes(chance, first=first))
        batch = from_tensors(
            single(x),
            layout="sample time feature",
            ids=named(f"rare-{self.axis}", seed=seed, n_sample=self.n_sample),
            fields={
                "box": Field(truth, "context", ("sample", "time", "feature")),
                "group": Field(group, "context", ("sample",)),
            },
        )
        model = TorchModel(nn.Identity(), answers, axes=("time",), head="none")
        return Simulated(
            batch=replace(batch, label=model(batch)),
            truth=truth,
            sign=signs(pushes(batch), truth),
            target=Target.whole("time"),
            white_box=model,
        )

    def boxes(self, chance: np.random.Generator, *, first: int) -> NDArray[np.bool_]:
        """Boxes of all series, ``[sample, time, feature]``, the first ``first`` of them those of group 0."""
        by_feature = self.axis == "feature"
        n_few, n_wide = (self.n_feature, self.n_time) if by_feature else (self.n_time, self.n_feature)
        later = np.arange(self.n_sample) >= first
        drawn = chance.random((max(2, self.n_sample), n_few if by_feature else 1))
        drawn = drawn[later.astype(np.int64)] if self.shared else drawn[: self.n_sample]
        if by_feature:
            few = drawn.argsort(axis=1, kind="stable").argsort(axis=1) < self.n_rare
        else:
            begin = np.floor(drawn * (n_few - self.n_rare + 1))
            few = (np.arange(n_few) >= begin) & (np.arange(n_few) < begin + self.n_rare)
        wide = np.arange(n_wide) < n_wide // 2
        middle = (np.arange(n_wide) >= n_wide // 4) & (np.arange(n_wide) < 3 * n_wide // 4)
        box = few[:, None, :] & np.where(later[:, None], middle, wide)[:, :, None]
        return box if by_feature else np.ascontiguousarray(box.transpose(0, 2, 1))


def arma(noise: Reals, *, ar: Sequence[float], ma: Sequence[float]) -> Reals:
    """Filter noise along its second axis, from rest, by the recursion of an ARMA process.

    Args:
        noise: ``[sample, time, …]``.
        ar: Polynomial from lag 0, its first coefficient not 0.
        ma: Likewise, of the noise.

    Returns:
        ``x``, in the shape of the noise.

    >>> arma(np.array([[1.0, 0.0, 0.0]]), ar=(2.0, -1.0), ma=(2.0,)).tolist()
    [[1.0, 0.5, 0.25]]
    """
    x = np.zeros_like(noise)
    for step in range(noise.shape[1]):
        for lag, weight in enumerate(ma[: step + 1]):
            x[:, step] += weight * noise[:, step - lag]
        for lag, weight in enumerate(ar[1 : step + 1], start=1):
            x[:, step] -= weight * x[:, step - lag]
        x[:, step] /= ar[0]
    return x


def answers(module: nn.Module, batch: Batch) -> Tensor:
    """The law: what the box of each series adds up to at each step, ``[sample, time]``."""
    inside = module(batch.x) * batch["box"]
    squares = (inside**2).sum(dim=2)
    return torch.where(batch["group"][:, None] == 0, inside.sum(dim=2) ** 2, squares)


def pushes(batch: Batch) -> Tensor:
    """How much higher a step's answer is with a cell of its box than with 0 there, ``[sample, time, feature]``."""
    inside = batch.x * batch["box"]
    of_sum = inside * (2 * inside.sum(dim=2, keepdim=True) - inside)
    return torch.where(batch["group"][:, None, None] == 0, of_sum, inside**2)
