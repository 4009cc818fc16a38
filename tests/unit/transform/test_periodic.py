"""Periodic wavelet transforms: rotations, equal to PyWavelets', one filter or many."""

import numpy as np
import pytest
import pywt
import torch

from aition.core.errors import InputError
from aition.transform.lattice import lattice_filter
from aition.transform.periodic import analysed, analysed_fields, most_levels, synthesised, synthesised_fields

DRAWN = torch.Generator().manual_seed(7)
ANGLES = 6 * torch.rand(5, 4, generator=DRAWN)


def rec_lo(name: str) -> torch.Tensor:
    return torch.tensor([pywt.Wavelet(name).rec_lo], dtype=torch.float64)


@pytest.mark.parametrize("name", ["haar", "db5", "sym4", "coif2"])
def test_coefficients_of_series_are_those_of_pywavelets(name):
    x = torch.randn(1, 3, 96, dtype=torch.float64, generator=DRAWN)
    wanted = pywt.wavedec(x[0].numpy(), name, mode="periodization", level=3)
    found = analysed(x, rec_lo(name), levels=3)
    assert all(np.allclose(one[0], other) for one, other in zip(found, wanted, strict=True))


@pytest.mark.parametrize("name", ["haar", "db3", "coif2"])
def test_coefficients_of_fields_are_those_of_pywavelets(name):
    x = torch.randn(1, 2, 64, 48, dtype=torch.float64, generator=DRAWN)
    approximation, *details = pywt.wavedec2(x[0].numpy(), name, mode="periodization", level=2)
    found = analysed_fields(x, rec_lo(name), levels=2)
    assert np.allclose(found[0][0, :, 0], approximation)
    for one, (horizontal, vertical, diagonal) in zip(found[1:], details, strict=True):
        assert np.allclose(one[0], np.stack([vertical, horizontal, diagonal], axis=1))


def test_series_come_back_for_any_angles():
    x = torch.randn(1, 6, 64, generator=DRAWN)
    filters = lattice_filter(ANGLES)
    assert float((synthesised(analysed(x, filters, levels=5), filters) - x).abs().max()) < 1e-5


def test_fields_come_back_for_any_angles():
    x = torch.randn(1, 3, 16, 32, generator=DRAWN)
    filters = lattice_filter(ANGLES)
    assert float((synthesised_fields(analysed_fields(x, filters, levels=3), filters) - x).abs().max()) < 1e-5


def test_energy_is_kept_for_any_angles():
    x = torch.randn(1, 6, 64, dtype=torch.float64, generator=DRAWN)
    parts = analysed(x, lattice_filter(ANGLES.double()), levels=5)
    energy = sum(part.square().sum(dim=-1) for part in parts)
    assert torch.allclose(energy, x.square().sum(dim=-1).expand(5, 6))


def test_the_inverse_is_the_transpose():
    filters = lattice_filter(ANGLES.double())
    x = torch.randn(5, 2, 32, dtype=torch.float64, generator=DRAWN, requires_grad=True)
    weights = [torch.randn(5, 2, size, dtype=torch.float64, generator=DRAWN) for size in (4, 4, 8, 16)]
    total = sum((part * weight).sum() for part, weight in zip(analysed(x, filters, levels=3), weights, strict=True))
    (slope,) = torch.autograd.grad(total, x)
    assert torch.allclose(slope, synthesised(weights, filters))


def test_a_filter_longer_than_the_series_goes_round():
    x = torch.randn(1, 2, 4, dtype=torch.float64, generator=DRAWN)
    assert torch.allclose(synthesised(analysed(x, rec_lo("db5"), levels=2), rec_lo("db5")), x)


def test_a_length_that_can_not_be_halved_says_what_can():
    with pytest.raises(InputError, match="fill it up to 48"):
        analysed(torch.zeros(1, 1, 42), rec_lo("haar").float(), levels=4)


def test_levels_are_those_at_which_the_filter_fits():
    assert [most_levels(64, length) for length in (2, 8, 10)] == [6, 4, 3]
