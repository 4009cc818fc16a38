"""Filters, penalties and variations, held against literal versions."""

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter1d, uniform_filter1d

from aition.core.errors import InputError
from aition.dream.regularisers import (
    Amounts,
    Clamping,
    ExponentialSmoothing,
    GaussianSmoothing,
    MovingAverage,
    Squares,
    TotalVariation,
)
from aition.dream.variations import Jitter, Noise, Scaling, Warp

SERIES = torch.randn(3, 40, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
KEYS = torch.arange(3)


def test_exponential_smoothing_is_the_recursion():
    found = ExponentialSmoothing(0.3)(SERIES, SERIES)
    said = SERIES[:, 0]
    for step in range(1, 40):
        said = 0.3 * SERIES[:, step] + 0.7 * said
        assert torch.allclose(found[:, step], said)


def test_gaussian_smoothing_is_that_of_scipy():
    wanted = gaussian_filter1d(SERIES.numpy(), 1.5, axis=1, mode="nearest", radius=5)
    assert np.allclose(GaussianSmoothing(1.5)(SERIES, SERIES).numpy(), wanted)


def test_the_moving_average_is_that_of_scipy():
    assert np.allclose(
        MovingAverage(5)(SERIES, SERIES).numpy(), uniform_filter1d(SERIES.numpy(), 5, axis=1, mode="nearest")
    )


def test_clamping_keeps_to_the_real_range_and_lets_gradients_lead_back():
    real = SERIES.clamp(-1, 1)
    series = torch.tensor([[[3.0, 0.0]], [[3.0, 0.0]]], dtype=torch.float64, requires_grad=True)
    made = Clamping()(series, real)
    assert made[:, 0, 0].tolist() == [1.0, 1.0]
    (slope,) = torch.autograd.grad((made * torch.tensor([1.0, -1.0]).reshape(2, 1, 1)).sum(), series)
    assert slope[:, 0].tolist() == [[1.0, 1.0], [0.0, -1.0]]


def test_penalties_are_means():
    assert torch.allclose(Squares(2.0)(SERIES), 2 * (SERIES**2).mean(dim=(1, 2)))
    assert torch.allclose(Amounts(2.0)(SERIES), 2 * SERIES.abs().mean(dim=(1, 2)))
    assert torch.allclose(TotalVariation(2.0)(SERIES), 2 * (SERIES[:, 1:] - SERIES[:, :-1]).abs().mean(dim=(1, 2)))
    assert TotalVariation()(SERIES[:, :1]).tolist() == [0.0] * 3


@pytest.mark.parametrize("change", [Jitter(), Warp(), Scaling(), Noise()])
def test_a_variation_hangs_on_the_draw_alone(change):
    whole = change(SERIES, KEYS, 5)
    assert torch.equal(change(SERIES[1:], KEYS[1:], 5), whole[1:])
    assert not torch.equal(change(SERIES, KEYS, 6), whole)
    assert not torch.equal(whole, SERIES)


def test_jitter_moves_a_series_and_reflects_it_at_the_ends():
    line = torch.arange(20.0)[None, :, None].repeat(50, 1, 1)
    made = Jitter(0.2)(line, torch.arange(50), 0)[:, :, 0]
    shift = made[:, 10] - 10
    assert {-4, 4} <= set(shift.int().tolist()) <= set(range(-4, 5))
    assert made.min() >= 0
    assert made.max() <= 19
    assert bool((made.diff(dim=1).abs() == 1).all() | (shift == 0).any())


def test_warping_holds_the_ends_and_the_order_of_time():
    line = torch.arange(40.0)[None, :, None].repeat(20, 1, 1)
    made = Warp(0.1, waves=2)(line, torch.arange(20), 0)[:, :, 0]
    assert torch.allclose(made[:, 0], torch.zeros(20), atol=1e-4)
    assert torch.allclose(made[:, -1], torch.full((20,), 39.0), atol=1e-4)


@pytest.mark.parametrize(
    ("make", "value"),
    [
        (ExponentialSmoothing, 0.0),
        (GaussianSmoothing, 0.0),
        (MovingAverage, 4),
        (Squares, -1.0),
        (Jitter, 1.0),
        (Warp, 0.6),
        (Noise, float("inf")),
    ],
)
def test_settings_that_make_no_sense_are_refused(make, value):
    with pytest.raises(InputError):
        make(value)
