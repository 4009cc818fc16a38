"""SwitchingBlocks: eleven numbers, the last of which says which block of the others decides (S_1, S_2 and S_3)."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal, get_args

import numpy as np
import torch
from torch import Tensor, nn

from aition.core.assemble import from_tensors
from aition.core.batch import Batch
from aition.core.draws import normal
from aition.core.errors import InputError
from aition.core.model import TorchModel
from aition.core.target import Target
from aition.data.simulate.drawing import check_counts, check_positive, named, signs, single, streams
from aition.data.simulate.given import chances, check_kept, drawn_given
from aition.data.simulate.law import check_share, tossed, two_classes
from aition.data.simulate.simulated import Simulated

Block = Literal["a", "b", "c"]
SWITCH, ROWS = 10, 256


def product(x: Tensor) -> Tensor:
    """Block a: ``x1 x2``."""
    return x[..., 0] * x[..., 1]


def squares(x: Tensor) -> Tensor:
    """Block b: the sum of the squares of x3 to x6, less 4."""
    return (x[..., 2:6] ** 2).sum(dim=-1) - 4


def mixture(x: Tensor) -> Tensor:
    """Block c: ``-10 sin(.2 x7) + |x8| + x9 + exp(-x10) - 2.4``."""
    return -10 * torch.sin(0.2 * x[..., 6]) + x[..., 7].abs() + x[..., 8] + torch.exp(-x[..., 9]) - 2.4


BLOCKS: dict[str, tuple[Callable[[Tensor], Tensor], slice]] = {
    "a": (product, slice(0, 2)),
    "b": (squares, slice(2, 6)),
    "c": (mixture, slice(6, 10)),
}


@dataclass(frozen=True)
class SwitchingBlocks:
    """Two classes that hang on one of two blocks of ten numbers; the eleventh says on which.

    ``P(y = 1) = 1 / (1 + exp(f))``, where f is the block ``below`` where x11 is below 0, else the block ``above``. The
    published sets are S_1 (a and b), S_2 (a and c) and S_3 (b and c). True are x11 and the block that it calls for: 3
    or 5 of 11 cells in S_1 and S_2, and 5 in S_3. A series is one step of eleven features.

    Args:
        n_sample: Series.
        below: The block where x11 is below 0: a is ``x1 x2``, b the sum of the squares of x3 to x6 less 4, c is
            ``-10 sin(.2 x7) + |x8| + x9 + exp(-x10) - 2.4``.
        above: The block elsewhere, another one.
        mean: Of all numbers, to the law itself; above about 2, x11 hardly ever calls for ``below``.
        shift: Added to what is shown when all is drawn, so the law takes it off: nothing but the units change.
        scale: What is shown is multiplied by this before ``shift`` is added, likewise.
        correlation: Of two neighbours, in [0, 1); of others the power of their distance (a Toeplitz matrix).

    Returns:
        Series without hidden fields: the white box reads the switch from x11. ``sign`` compares a number of the block
        with 0 in its place, in the units of the law; x11 has no direction.

    Raises:
        InputError: A setting is out of range.

    References:
        Chen et al., "Learning to explain: an information-theoretic perspective on model interpretation", ICML 2018.
        Yoon, Jordon and van der Schaar, "INVASE: Instance-wise variable selection using neural networks", ICLR 2019.

    >>> drawn = SwitchingBlocks(n_sample=200)(seed=0)
    >>> drawn.truth.sum(dim=(1, 2)).unique().tolist(), bool(drawn.truth[:, 0, 10].all())
    ([5], True)
    """

    n_sample: int = 20_000
    below: Block = "b"
    above: Block = "c"
    mean: float = 0.0
    shift: float = 0.0
    scale: float = 1.0
    correlation: float = 0.0

    def __post_init__(self) -> None:
        check_counts(n_sample=self.n_sample)
        check_positive(scale=self.scale)
        check_share(correlation=self.correlation)
        if self.below not in get_args(Block) or self.above not in get_args(Block) or self.below == self.above:
            raise InputError(f"below and above must be two of a, b, c, but are {self.below!r} and {self.above!r}")
        if not (math.isfinite(self.mean) and math.isfinite(self.shift)):
            raise InputError(f"mean and shift must be finite, but are {self.mean} and {self.shift}")

    @property
    def covariance(self) -> Tensor:
        """Of the eleven numbers, to the law."""
        place = torch.arange(SWITCH + 1, dtype=torch.float64)
        return self.correlation ** (place[:, None] - place).abs()

    def __call__(self, *, seed: int) -> Simulated:
        values, chance = streams(seed, 2)
        root = np.linalg.cholesky(self.covariance.numpy())
        x = self.mean + values.standard_normal((self.n_sample, SWITCH + 1)) @ root.T
        shown = single(self.scale * x + self.shift)[:, None]
        there = self.of_law(shown.double())
        batch = from_tensors(
            shown,
            layout="sample time feature",
            label=tossed(chance, self.log_odds(there).numpy()),
            ids=named(f"switching-{self.below}{self.above}", seed=seed, n_sample=self.n_sample),
            feature_names=tuple(f"x{place}" for place in range(1, SWITCH + 2)),
        )
        truth = self.truth(there)
        return Simulated(
            batch=batch,
            truth=truth[:, None],
            sign=signs(self.pushes(there), truth & (torch.arange(SWITCH + 1) < SWITCH))[:, None],
            target=Target.whole("class"),
            white_box=TorchModel(nn.Identity(), partial(forward, law=self), head="none"),
        )

    def of_law(self, shown: Tensor) -> Tensor:
        """The numbers in the units of the law, ``[sample, number]``, from what is shown, ``[sample, 1, feature]``."""
        return (shown[:, 0] - self.shift) / self.scale

    def log_odds(self, x: Tensor) -> Tensor:
        """Of class 1, from numbers in the units of the law, ``[…, number]``."""
        below, above = (BLOCKS[block][0](x) for block in (self.below, self.above))
        return -torch.where(x[..., SWITCH] < 0, below, above)

    def truth(self, x: Tensor) -> Tensor:
        """x11 and the block that it calls for, ``[sample, number]``."""
        called = torch.zeros(len(x), SWITCH + 1, dtype=torch.bool)
        called[:, SWITCH] = True
        called[:, BLOCKS[self.below][1]] = (x[:, SWITCH] < 0)[:, None]
        called[:, BLOCKS[self.above][1]] = (x[:, SWITCH] >= 0)[:, None]
        return called

    def pushes(self, x: Tensor) -> Tensor:
        """What each number adds to the log-odds, compared with 0 in its place, ``[sample, number]``."""
        without = x[:, None] * (1 - torch.eye(SWITCH + 1, dtype=x.dtype))
        return self.log_odds(x)[:, None] - self.log_odds(without)

    def given(self, batch: Batch, kept: Tensor, *, n_draw: int = 512, seed: int = 0) -> Tensor:
        """``p(class | kept cells)``, ``[sample, class]``, the mean over exact conditional draws of the other cells.

        Args:
            batch: Series of this law.
            kept: The cells that are known, ``[sample, 1, feature]``, bool.
            n_draw: Draws a series: the chance is right to ``.5 / sqrt(n_draw)`` at most.
            seed: Of the draws.
        """
        known = check_kept(batch, kept)
        check_counts(n_draw=n_draw)
        x, mean = self.of_law(batch.x.double()), torch.full((SWITCH + 1,), self.mean, dtype=torch.float64)
        draw, place = torch.arange(n_draw)[:, None], torch.arange(SWITCH + 1)
        found = []
        for first in range(0, len(batch), ROWS):
            rows = slice(first, first + ROWS)
            noise = normal(batch.keys[rows, None, None], seed, draw, place)
            drawn = drawn_given(mean, self.covariance, x[rows], known[rows], noise)
            found.append(self.log_odds(drawn).sigmoid().mean(dim=1))
        return chances(torch.cat(found))


def forward(module: nn.Module, batch: Batch, *, law: SwitchingBlocks) -> Tensor:
    """Logits of the law, ``[sample, class]``."""
    return two_classes(law.log_odds(law.of_law(module(batch.x))))
