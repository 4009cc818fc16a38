"""NestedGroups: cells that act together in small groups, and these in larger ones."""

from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn

from aition.core.assemble import from_tensors
from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.model import TorchModel
from aition.data.simulate.drawing import Reals, Whole, check_counts, check_least, check_positive, named, single, streams
from aition.data.simulate.law import LOG_ODDS, check_share, known, tossed, two_classes
from aition.data.simulate.simulated import Simulated


@dataclass(frozen=True)
class NestedGroups:
    """Log-odds that add products of pairs of cells: large within a box, smaller between two boxes that touch, else 0.

    A box has ``steps`` successive steps of ``features`` successive features; two boxes, one after the other in time,
    are a pair. Pairs raise and lower the log-odds in turn; they lie at the same places in all series of a seed. No
    other cell is read. Values are uniform from -1.5 to 1.5; in series that are aligned, those of a pair have one sign,
    drawn anew in each series, and sizes from 0.5 to 1.5, so that no products cancel.

    Args:
        n_sample: Series.
        n_time: Steps.
        n_feature: Features.
        n_pair: Pairs of boxes.
        steps: Of a box.
        features: Of a box.
        between: Weight of products of cells in two boxes of a pair, where products within a box have 1; in [0, 1).
        aligned: Share of the series that are aligned, in [0, 1]; of others a hierarchy is not known, for where products
            cancel, cells do not act together, but networks learn single products from them.
        strength: Log-odds for a product of 1 within a box.

    Returns:
        Series with the fields ``box`` and ``pair``, ``[sample, time, feature]``: the number from 1 of the box and of
        the pair that a cell is in; 0 where it is not read.

    Raises:
        InputError: A setting is out of range, or the pairs do not fit.

    >>> drawn = NestedGroups(n_sample=1, n_time=4, n_feature=2, n_pair=1)(seed=0)
    >>> drawn.batch["box"][0, :, 0].tolist(), drawn.batch["pair"][0, :, 0].tolist()
    ([1, 1, 2, 2], [1, 1, 1, 1])
    """

    n_sample: int = 1000
    n_time: int = 8
    n_feature: int = 4
    n_pair: int = 2
    steps: int = 2
    features: int = 2
    between: float = 0.4
    aligned: float = 1.0
    strength: float = 0.5

    def __post_init__(self) -> None:
        check_counts(n_sample=self.n_sample, n_pair=self.n_pair, steps=self.steps, features=self.features)
        check_least(n_time=(self.n_time, 2 * self.steps), n_feature=(self.n_feature, self.features))
        check_share(between=self.between)
        check_positive(strength=self.strength)
        if not 0 <= self.aligned <= 1:
            raise InputError(f"aligned must be from 0 to 1, but is {self.aligned}")
        if self.n_pair > (self.n_time // (2 * self.steps)) * (self.n_feature // self.features):
            raise InputError(
                f"n_pair must be pairs of boxes of {self.steps} steps and {self.features} features that fit in "
                f"{self.n_time} steps and {self.n_feature} features, but is {self.n_pair}"
            )

    def __call__(self, *, seed: int) -> Simulated:
        places, values, turns, shares, chance = streams(seed, 5)
        shape = (self.n_sample, self.n_time, self.n_feature)
        box, pair = self.placed(places)
        x = values.uniform(-1.5, 1.5, shape)
        turn = turns.choice([-1, 1], (self.n_sample, self.n_pair + 1))[:, pair]
        aligned = (shares.random(self.n_sample) < self.aligned)[:, None, None] & (pair > 0)
        x = np.where(aligned, turn * (0.5 + np.abs(x) / 1.5), x)
        weight = self.weights(box.ravel(), pair.ravel())
        label = tossed(chance, products(x.reshape(self.n_sample, -1), weight))
        return self.with_truth(x, box=box, pair=pair, label=label, weight=weight, seed=seed)

    def placed(self, rng: np.random.Generator) -> tuple[Whole, Whole]:
        """The number of the box and of the pair of each cell, ``[time, feature]`` each."""
        n_slot = self.n_time // (2 * self.steps), self.n_feature // self.features
        box, pair = np.zeros((2, self.n_time, self.n_feature), dtype=np.int64)
        for number, slot in enumerate(rng.permutation(n_slot[0] * n_slot[1])[: self.n_pair]):
            first = (slot % n_slot[0]) * 2 * self.steps
            column = slice((slot // n_slot[0]) * self.features, (slot // n_slot[0] + 1) * self.features)
            for half in (0, 1):
                step = slice(first + half * self.steps, first + (half + 1) * self.steps)
                box[step, column], pair[step, column] = 2 * number + half + 1, number + 1
        return box, pair

    def weights(self, box: Whole, pair: Whole) -> Reals:
        """Half of what the product of each two cells has in the log-odds, ``[cell, cell]``; 0 on the diagonal."""
        same_box = (box[:, None] == box) & (box > 0)
        same_pair = (pair[:, None] == pair) & (pair > 0)
        size = np.where(same_box, 1.0, np.where(same_pair, self.between, 0.0)) * np.where(pair % 2 == 1, 0.5, -0.5)
        np.fill_diagonal(size, 0.0)
        return np.asarray(self.strength * size)

    def with_truth(self, x: Reals, *, box: Whole, pair: Whole, label: Whole, weight: Reals, seed: int) -> Simulated:
        """The series with what is known of them."""
        batch = from_tensors(
            single(x),
            layout="sample time feature",
            label=label,
            ids=named("nested", seed=seed, n_sample=self.n_sample),
            fields={
                "box": known(np.tile(box, (self.n_sample, 1, 1))),
                "pair": known(np.tile(pair, (self.n_sample, 1, 1))),
            },
        )
        matrix = single(weight)
        truth = batch["box"] > 0
        push = batch.x.flatten(1) * (batch.x.flatten(1) @ matrix)
        sign = torch.where(truth, push.reshape(batch.x.shape).sign(), 0).to(torch.int8)

        return Simulated(
            batch=batch,
            truth=truth,
            sign=sign,
            target=LOG_ODDS,
            white_box=TorchModel(nn.Identity(), partial(products_read, weight=matrix), head="none"),
        )


def products_read(_: nn.Module, batch: Batch, *, weight: Tensor) -> Tensor:
    """The log-odds of the law, as two classes."""
    flat = batch.x.flatten(1)
    return two_classes(((flat @ weight.to(flat)) * flat).sum(dim=1))


def products(flat: Reals, weight: Reals) -> Reals:
    """Sum of the products of each two cells, each times its weight, ``[sample]``."""
    return np.asarray(((flat @ weight) * flat).sum(axis=1))
