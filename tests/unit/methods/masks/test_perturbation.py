"""How values are taken away: by fading, and by a blur that widens."""

import math

import pytest
import torch

from aition import from_series, from_tensors
from aition.core.errors import InputError
from aition.methods.masks import Blur, Fade, Fixed, SeriesMean, Widen
from aition.methods.masks.perturbation import GaussianMean


def test_fading_is_a_straight_line_to_the_replacement() -> None:
    batch, other = from_tensors(torch.randn(2, 5, 3), layout="sample time feature"), torch.randn(2, 5, 3)
    kept = torch.rand(2, 5, 3)
    assert torch.allclose(Fade(Fixed())(batch, kept, other), other + kept * (batch.x - other), atol=1e-6)


def test_values_fade_into_the_mean_of_their_series() -> None:
    assert Fade().absence == SeriesMean()


def test_what_is_kept_is_not_blurred() -> None:
    batch = from_tensors(torch.randn(2, 9, 3), layout="sample time feature")
    assert torch.equal(Widen(2.0)(batch, torch.ones(2, 9, 3), batch.x), batch.x)


def test_what_is_not_kept_is_blurred_as_widely_as_can_be() -> None:
    batch = from_tensors(torch.randn(2, 30, 3), layout="sample time feature")
    widened = Widen(1.5)(batch, torch.zeros(2, 30, 3), batch.x)
    assert torch.allclose(widened, Blur(1.5)(batch, seed=0)(0), atol=1e-3)
    assert Widen(1.5).absence == Blur(1.5)


def test_a_widening_blur_is_its_sum_over_all_observed_steps() -> None:
    batch = from_series([torch.tensor([[1.0], [float("nan")], [4.0], [2.0]]), torch.tensor([[3.0], [5.0]])])
    kept = torch.rand(2, 4, 1)
    found = Widen(1.3)(batch, kept, batch.x)
    for i in range(2):
        for t in range(4):
            if not batch.observed[i, t, 0]:
                continue
            width = 1.3 * (1 - float(kept[i, t, 0]))
            seen = [s for s in range(4) if batch.observed[i, s, 0]]
            weights = [math.exp(-((t - s) ** 2) / (2 * width**2)) for s in seen]
            mean = sum(w * float(batch.x[i, s, 0]) for w, s in zip(weights, seen, strict=True)) / sum(weights)
            assert float(found[i, t, 0]) == pytest.approx(mean, abs=1e-5)


def test_a_widening_blur_has_a_finite_gradient_everywhere() -> None:
    batch = from_tensors(torch.randn(1, 6, 2), layout="sample time feature")
    kept = torch.linspace(0, 1, 12).reshape(1, 6, 2).requires_grad_()
    (gradient,) = torch.autograd.grad(Widen(2.0)(batch, kept, batch.x).sum(), kept)
    assert bool(gradient.isfinite().all())


def test_the_gradient_of_a_widening_blur_is_that_of_its_formula() -> None:
    x = torch.randn(2, 5, 2, dtype=torch.float64)
    seen = torch.rand(2, 5, 2) > 0.3
    width = (torch.rand(2, 5, 2, dtype=torch.float64) + 0.3).requires_grad_()
    assert torch.autograd.gradcheck(lambda width: GaussianMean.apply(x, seen, width, 4)[seen], width)


def test_a_width_must_be_above_0() -> None:
    with pytest.raises(InputError, match=r"^width must be above 0 steps, but is 0"):
        Widen(0.0)
