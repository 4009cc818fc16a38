"""A mask is its series' own: chunks, order, company and padding change nothing beyond rounding."""

from dataclasses import replace
from functools import cache

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from aition import from_series
from aition.core.batch import Batch
from aition.core.model import TorchModel
from aition.core.target import Target
from aition.impute import GaussianImputer
from aition.methods.masks import (
    Blur,
    ContrastiveMask,
    DonorStep,
    Drawn,
    Dynamask,
    ExtremalMask,
    Fixed,
    GradientRank,
    Learned,
    LocalTrend,
    SeriesMean,
    Widen,
)

LENGTHS = (4, 7, 1, 6, 3)
TARGET = Target.whole("time", "class")


class Steps(nn.Module):
    """Outputs at every step of a GRU, which reads existing steps only."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.layer, self.read = nn.GRU(2, 4, batch_first=True), nn.Linear(4, 2)

    def forward(self, x: Tensor, start: Tensor) -> Tensor:
        place = (torch.arange(x.shape[1])[None] + start[:, None]) % x.shape[1]
        turned = x.gather(1, place[:, :, None].expand(x.shape))
        back = (torch.arange(x.shape[1])[None] - start[:, None]) % x.shape[1]
        states = self.layer(turned)[0]
        outputs: Tensor = 3 * self.read(states.gather(1, back[:, :, None].expand(states.shape)))
        return outputs


MODEL = TorchModel(Steps().requires_grad_(False), lambda module, batch: module(batch.x, batch.start), head="none")


def series(side: str = "right", length: int = 0) -> Batch:
    random = torch.Generator().manual_seed(2)
    values = [torch.randn(size, 2, generator=random) for size in LENGTHS]
    values[1][2, 0] = float("nan")
    return from_series(values, side=side, length=length)  # type: ignore[arg-type]


@cache
def kinds() -> dict[str, ContrastiveMask | ExtremalMask | Dynamask]:
    learned = ExtremalMask(replacement=Learned(), steps=8)
    gates = ContrastiveMask(trend=LocalTrend(), steps=8, epochs=2)
    return {
        "fidelity": ExtremalMask(steps=8, target_fidelity=0.3, replacement=Fixed()),
        "signed": ExtremalMask(steps=8, signed=True),
        "dynamask": Dynamask(steps=8, keep=(0.2, 0.4)),
        "dynamask, blur": Dynamask(steps=8, keep=(0.2, 0.4), perturbation=Widen(1.0)),
        "dynamask, deletion": Dynamask(steps=8, keep=(0.2, 0.4), game="deletion"),
        "default": ExtremalMask(steps=8),
        "donors": ExtremalMask(steps=8, replacement=DonorStep.of(series())),
        "drawn": ExtremalMask(steps=8, replacement=Drawn(GaussianImputer.fit(series()))),
        "deletion": ExtremalMask(steps=8, game="deletion"),
        "rank, blur": ExtremalMask(steps=8, start=GradientRank(), replacement=Blur(1.0)),
        "early stop": ExtremalMask(steps=30, replacement=SeriesMean(), tolerance=0.2),
        "cross-entropy": ExtremalMask(steps=8, loss="cross-entropy", replacement=Fixed()),
        "contrastive": gates.fit(MODEL, series(), TARGET, batch_size=4),
        "fitted": learned.fit(MODEL, series(), TARGET, batch_size=2),
    }


def masks(kind: str, batch: Batch, rows: int = 100) -> Tensor:
    model = replace(MODEL, rows=rows)
    return kinds()[kind](model, batch, TARGET.resolve(model(batch), batch))["attribution"][1]


@cache
def plain(kind: str) -> Tensor:
    """Masks of all series in one chunk, padded on the right."""
    return masks(kind, series())


NAMES = (
    "fidelity",
    "signed",
    "dynamask",
    "dynamask, blur",
    "dynamask, deletion",
    "default",
    "donors",
    "drawn",
    "deletion",
    "rank, blur",
    "early stop",
    "cross-entropy",
    "contrastive",
    "fitted",
)
"""Of :func:`kinds`, which are fitted only when a test runs."""
ROUNDING = (1e-5, 1e-3)
"""What company and padding may change: in a mask of ExtremalMask, and in one of Dynamask, which hangs on an order."""


@given(st.sampled_from(NAMES), st.permutations(range(5)), st.integers(1, 5), st.integers(1, 5))
def test_chunks_order_and_company_change_nothing(kind: str, order: list[int], count: int, rows: int) -> None:
    batch, some = series(), order[:count]
    gap = (masks(kind, batch.take(some), rows) - plain(kind)[some]).abs().max()
    assert float(gap) <= ROUNDING[kind.startswith("dynamask")]


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("kind", NAMES)
def test_longer_padding_on_either_side_changes_nothing(kind: str, side: str) -> None:
    short, long = series(), series(side, 10)
    gap = (plain(kind)[short.cells] - masks(kind, long)[long.cells]).abs().max()
    assert float(gap) <= ROUNDING[kind.startswith("dynamask")]


@pytest.mark.parametrize("kind", NAMES)
def test_padding_and_missing_values_have_exactly_no_mask(kind: str) -> None:
    batch, mask = series(), plain(kind)
    assert bool((mask[~batch.observed] == 0).all())
    assert bool((mask[batch.observed] != 0).any())
