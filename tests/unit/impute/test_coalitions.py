"""Coalitions that are drawn: never nobody, and never all."""

import pytest
import torch

from aition.impute.coalitions import drawn, kernel_coalitions


@pytest.mark.parametrize("n_group", [2, 12, 27])
def test_the_largest_number_there_is_draws_no_coalition_of_all(n_group):
    noise = torch.rand(2, 1, 1 + n_group, generator=torch.Generator().manual_seed(0))
    noise[:, :, 0] = 1 - 2**-24
    there = torch.ones(2, n_group, dtype=torch.bool)
    there[1, n_group // 2 + 1 :] = False
    for row, own in zip(kernel_coalitions(there, noise), there, strict=True):
        present = row[:, own].sum(dim=1)
        assert (present > 0).all()
        assert (present < own.sum()).all()


def test_where_no_coalition_can_be_paid_none_is_drawn():
    for budget in (-1, 0):
        coalitions, weights = drawn(5, budget, seed=-3)
        assert coalitions.shape == (0, 5)
        assert weights.shape == (0,)
