"""Gates open by their chance, whatever the company, and trends keep features apart."""

import math

import pytest
import torch
from torch import Tensor

from aition import Batch, from_series, from_tensors
from aition.core.errors import InputError, RefusalError
from aition.methods.masks import Flat, LocalTrend
from aition.methods.masks.gate import Gates


def blank(n_sample: int = 2000) -> Batch:
    return from_tensors(torch.zeros(n_sample, 1, 1))


def gates(batch: Batch, tau: float = 0.0) -> Gates:
    return Gates(batch, torch.full_like(batch.x, tau), noise=0.5, seed=0)


@pytest.mark.parametrize("mask", [-0.3, 0.0, 0.4, 1.0])
@pytest.mark.parametrize("tau", [0.0, 2.0])
def test_the_chance_is_the_share_of_gates_that_are_open(mask: float, tau: float) -> None:
    batch = blank()
    law, value = gates(batch, tau), torch.full((2000, 1, 1), mask)
    share = float((law.drawn(value, 0) > 0).float().mean())
    chance = float(law.chance(value)[0])
    assert share == pytest.approx(chance, abs=4 * math.sqrt(chance * (1 - chance) / 2000))


def test_a_gate_without_trend_is_its_mask() -> None:
    mask = torch.rand(5, 1, 1)
    assert torch.allclose(gates(blank(5)).still(mask), mask)


def test_a_trend_makes_gates_steeper() -> None:
    mask = torch.full((1, 1, 1), 0.5)
    steep, flat = (gates(blank(1), tau).still(mask).item() for tau in (1.5, -1.5))
    assert steep > 0.5 > flat


def test_gates_are_within_0_and_1_and_some_are_at_the_ends() -> None:
    drawn = gates(blank()).drawn(torch.full((2000, 1, 1), 0.5), 3)
    assert drawn.min() == 0
    assert drawn.max() == 1
    assert 0.5 < float(((drawn > 0) & (drawn < 1)).float().mean()) < 0.8


def trended(batch: Batch) -> Tensor:
    return LocalTrend(3, 2).fresh(batch, seed=1)(batch)


def series(side: str = "right") -> Batch:
    random = torch.Generator().manual_seed(0)
    values = [torch.randn(size, 3, generator=random) for size in (6, 3, 1)]
    values[0][2, 1] = torch.nan
    return from_series(values, side=side, length=8)  # type: ignore[arg-type]


def test_a_trend_knows_its_own_feature_and_the_steps_around_it() -> None:
    batch = series()
    x = batch.x.clone()
    other = x.clone()
    other[0, 0, 0], other[0, 1, 0] = x[0, 1, 0], x[0, 0, 0]  # its mean and deviation stay
    gap = (trended(batch.with_x(other)) - trended(batch)).abs()
    assert gap[0, :4, 0].min() > 0
    assert not gap[0, 4:, 0].any()
    assert not gap[0, :, 1:].any()
    assert not gap[1:].any()


def test_padding_and_the_unit_of_a_feature_change_no_trend() -> None:
    right, left = series(), series("left")
    assert torch.allclose(trended(left)[left.exists], trended(right)[right.exists], atol=1e-6)
    scaled = right.with_x(torch.where(right.observed, 40 * right.x - 7, right.x))
    assert torch.allclose(trended(scaled)[right.exists], trended(right)[right.exists], atol=1e-4)


def test_making_a_trend_leaves_the_global_random_state() -> None:
    before = torch.get_rng_state()
    LocalTrend().fresh(series(), seed=5)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_trend_that_is_not_learned_is_refused() -> None:
    with pytest.raises(RefusalError, match=r"call fit\(model, background, target\)"):
        LocalTrend()(series())
    assert not Flat()(series()).any()


def test_an_even_kernel_is_refused() -> None:
    with pytest.raises(InputError, match="kernel must be odd, so that it sees as far back as ahead, but is 4"):
        LocalTrend(4)
