"""Innovations: independent standard normal numbers in place of what a Gaussian law says of lost cells."""

import pytest
import torch

from aition.impute.conditioning import Law, told
from aition.impute.hiding import hidden_cells
from aition.impute.whitening import innovated, restored

LOST = torch.tensor([[True, False, True, True, False, True], [False] * 6, [True] * 6])


def law() -> Law:
    root = torch.randn(6, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    covariance = root @ root.T + torch.eye(6)
    scale = covariance.diagonal().sqrt()
    return Law.of(covariance / scale / scale[:, None])


def test_innovations_of_the_gaussian_law_are_white():
    of, lost = law(), LOST[0]
    kept = ~lost
    gain = torch.linalg.solve(of.covariance[kept][:, kept], of.covariance[kept][:, lost]).T
    conditional = of.covariance[lost][:, lost] - gain @ of.covariance[kept][:, lost]
    turned = innovated(of, torch.eye(6, dtype=torch.float64)[lost][None], LOST[:1])[0][:, lost]
    assert torch.allclose(turned.T @ conditional @ turned, torch.eye(4, dtype=torch.float64), atol=1e-6)


@pytest.mark.parametrize("row", range(3))
def test_what_has_the_innovations_comes_back(row):
    value = torch.randn(1, 2, 6, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    lost = LOST[row : row + 1]
    gap = (value - told(law(), value, ~lost)).masked_fill(~lost[:, None], 0.0)
    innovation = innovated(law(), gap, lost)
    assert bool((innovation[:, :, ~lost[0]] == 0).all())
    assert torch.allclose(restored(law(), innovation, lost), gap)


def test_another_number_hides_other_cells():
    keys = torch.arange(50)
    assert not torch.equal(*(hidden_cells(keys, (5, 2), seed=0, number=number) for number in range(2)))


def test_what_is_hidden_hangs_on_the_series_alone():
    keys = torch.arange(50)
    whole = hidden_cells(keys, (5, 2), seed=0, number=0)
    assert torch.equal(hidden_cells(keys[30:], (5, 2), seed=0, number=0), whole[30:])


def test_cells_steps_and_stretches_of_a_feature_are_hidden():
    hidden = hidden_cells(torch.arange(2000), (20, 3), seed=0, number=0)
    whole_steps = (hidden.all(dim=2) == hidden.any(dim=2)).all(dim=1)
    runs = (hidden[:, 1:] != hidden[:, :-1]).sum(dim=1).amax(dim=1)
    some = hidden.any(dim=(1, 2)) & ~hidden.all(dim=(1, 2))
    assert 0.15 < float((whole_steps & some).double().mean()) < 0.4
    assert 0.1 < float((~whole_steps & (runs <= 7)).double().mean()) < 0.45
    assert float((runs > 7).double().mean()) > 0.15
