"""Lattices: every set of angles is a wavelet, and every orthogonal wavelet has angles."""

import math

import numpy as np
import pytest
import pywt
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from aition.core.errors import InputError
from aition.transform.lattice import filter_distance, highpass, lattice_angles, lattice_filter

KNOWN = ["haar", "db2", "db5", "db8", "sym5", "sym8", "coif1", "coif2"]
ANGLES = st.lists(st.floats(-10, 10), min_size=0, max_size=7)


def rec_lo(name: str) -> torch.Tensor:
    return torch.tensor(pywt.Wavelet(name).rec_lo, dtype=torch.float64)


@given(ANGLES)
@settings(max_examples=50, deadline=None)
def test_any_angles_make_a_filter_that_is_orthonormal_to_its_even_shifts(angles):
    filter = lattice_filter(torch.tensor(angles, dtype=torch.float64)).numpy()
    full = np.correlate(filter, filter, mode="full")[len(filter) - 1 :: 2]
    assert np.abs(full - np.eye(1, len(full))[0]).max() < 1e-12


@given(ANGLES)
@settings(max_examples=50, deadline=None)
def test_any_angles_make_a_low_pass_filter_that_adds_up_to_the_root_of_two(angles):
    filter = lattice_filter(torch.tensor(angles, dtype=torch.float64))
    assert abs(float(filter.sum()) - math.sqrt(2)) < 1e-12
    assert abs(float(highpass(filter).sum())) < 1e-12


@pytest.mark.parametrize("name", KNOWN)
def test_known_wavelets_have_angles(name):
    filter = rec_lo(name)
    assert float((lattice_filter(lattice_angles(filter)) - filter).abs().max()) < 1e-7


def test_the_high_pass_filter_is_that_of_pywavelets():
    assert np.allclose(highpass(rec_lo("db5")), pywt.Wavelet("db5").rec_hi)


def test_many_filters_at_once_are_each_of_them_alone():
    angles = torch.randn(3, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    together = lattice_filter(angles)
    assert all(torch.equal(together[place], lattice_filter(angles[place])) for place in range(3))


def test_gradients_flow_to_every_angle():
    angles = torch.tensor([0.3, -1.0, 2.0], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lattice_filter, angles)


def test_a_biorthogonal_filter_is_refused():
    with pytest.raises(InputError, match="orthonormal to its even shifts"):
        lattice_angles(torch.tensor(pywt.Wavelet("bior2.2").rec_lo, dtype=torch.float64))


def test_a_filter_of_odd_length_is_refused():
    with pytest.raises(InputError, match="even length"):
        lattice_angles(torch.ones(3))


def test_a_high_pass_filter_is_refused():
    with pytest.raises(InputError, match="add up to the root of 2"):
        lattice_angles(highpass(rec_lo("db2")))


def test_distance_does_not_see_shift_sign_and_direction():
    filter = rec_lo("db5")
    moved = torch.cat([torch.zeros(3, dtype=torch.float64), -filter.flip(0)])
    assert filter_distance(filter, moved) < 1e-7


def test_distance_tells_wavelets_apart_as_a_loop_does():
    one, other = rec_lo("db5").numpy(), rec_lo("sym5").numpy()
    gaps = []
    for second in (other, other[::-1]):
        for shift in range(-12, 13):
            a, b = np.zeros(40), np.zeros(40)
            a[15:25], b[15 + shift : 25 + shift] = one, second
            gaps += [np.linalg.norm(a - b), np.linalg.norm(a + b)]
    assert abs(filter_distance(torch.tensor(one), torch.tensor(other)) - min(gaps)) < 1e-9
