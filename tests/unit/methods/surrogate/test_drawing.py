"""Masks are drawn by their chances, each series by itself, and cost what their formulas say."""

import math

import pytest
import torch
from torch import Tensor

from aition import Batch, from_series, from_tensors
from aition.methods.surrogate.drawing import change_cost, drawn_mask, noise_like, size_cost


def series(side: str = "right", length: int = 0) -> Batch:
    random = torch.Generator().manual_seed(0)
    return from_series([torch.randn(n, 2, generator=random) for n in (5, 3, 1)], side=side, length=length)  # type: ignore[arg-type]


def mask_of(batch: Batch, logits: Tensor) -> Tensor:
    return drawn_mask(logits, batch, warmth=0.7, seed=3, draw=2)


@pytest.mark.parametrize("logit", [-1.5, 0.0, 2.0])
def test_cells_are_shown_as_often_as_their_chance_says(logit: float) -> None:
    batch = from_tensors(torch.zeros(4000, 1, 1))
    share = float(mask_of(batch, torch.full((4000, 1, 1), logit)).mean())
    chance = 1 / (1 + math.exp(-logit))
    assert share == pytest.approx(chance, abs=4 * math.sqrt(chance * (1 - chance) / 4000))


def test_a_mask_is_0_or_1_and_its_gradient_is_that_of_the_soft_draw() -> None:
    batch = from_tensors(torch.zeros(50, 4, 2))
    logits = torch.randn(50, 4, 2, generator=torch.Generator().manual_seed(0), requires_grad=True)
    mask = mask_of(batch, logits)
    assert bool(((mask.detach() < 1e-6) | ((mask.detach() - 1).abs() < 1e-6)).all())
    (gradient,) = torch.autograd.grad(mask.sum(), logits)
    assert float(gradient.min()) > 0
    assert float(gradient.max()) <= 1 / (4 * 0.7) + 1e-6


def test_company_order_and_padding_change_no_draw() -> None:
    right, left = series(), series("left", 8)
    for drawn in (
        lambda batch: mask_of(batch, torch.zeros_like(batch.x)),
        lambda batch: noise_like(batch, torch.zeros(2), torch.ones(2), seed=3, draw=1),
    ):
        assert torch.equal(drawn(left)[left.cells], drawn(right)[right.cells])
        assert torch.equal(drawn(right.take(torch.tensor([2, 0]))), drawn(right)[[2, 0]])


def test_noise_has_the_mean_and_deviation_of_its_feature() -> None:
    batch = from_tensors(torch.zeros(2000, 1, 2))
    noise = noise_like(batch, torch.tensor([5.0, -1.0]), torch.tensor([2.0, 0.1]), seed=0, draw=0)[:, 0]
    assert noise.mean(dim=0).tolist() == pytest.approx([5, -1], abs=0.2)
    assert noise.std(dim=0).tolist() == pytest.approx([2, 0.1], rel=0.1)
    assert not torch.equal(noise, noise_like(batch, torch.tensor([5.0, -1.0]), torch.ones(2), seed=0, draw=1)[:, 0])


def test_the_size_costs_nothing_at_the_prior_and_more_elsewhere() -> None:
    cells = torch.ones(1, 3, 1)
    at = size_cost(torch.full((1, 3, 1), math.log(0.2 / 0.8)), cells, 0.2)
    assert float(at) == pytest.approx(0, abs=1e-6)
    expected = 0.6 * math.log(0.6 / 0.2) + 0.4 * math.log(0.4 / 0.8)
    assert float(size_cost(torch.full((1, 3, 1), math.log(1.5)), cells, 0.2)) == pytest.approx(expected, abs=1e-6)


def test_only_neighbours_that_are_both_there_count_as_change() -> None:
    logits = torch.tensor([0.0, 100.0, 0.0, 0.0])[None, :, None]
    cells = torch.tensor([1.0, 1.0, 1.0, 0.0])[None, :, None]
    assert float(change_cost(logits, cells)) == pytest.approx(0.5)
    assert float(change_cost(logits, torch.zeros_like(cells))) == 0
