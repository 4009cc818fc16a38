"""The quality of imputers: true draws cover and can't be told apart; others show."""

import numpy as np
import pytest
import torch

from aition import from_tensors
from aition.core.errors import InputError
from aition.impute.constant import ConstantImputer
from aition.impute.gaussian import GaussianImputer
from aition.impute.quality import quality
from aition.impute.rows import MarginalRows
from aition.metrics.imputation import energy, told_apart

STEPS, COEFFICIENT = 12, 0.9
COVARIANCE = COEFFICIENT ** (torch.arange(STEPS)[:, None] - torch.arange(STEPS)).abs().double()


def walks(n_sample: int, seed: int) -> torch.Tensor:
    numbers = torch.Generator().manual_seed(seed)
    return (torch.randn(n_sample, STEPS, generator=numbers, dtype=torch.float64) @ torch.linalg.cholesky(COVARIANCE).T)[
        ..., None
    ]


BATCH = from_tensors(walks(300, 0))
TRUE = GaussianImputer(torch.zeros(STEPS, 1), COVARIANCE)


def test_draws_of_the_true_law_cover_at_every_level():
    found = quality(TRUE, BATCH)
    assert np.all(np.abs(found.coverage - found.level) < 2 * found.coverage_half)
    assert 0.88 < found.covered(0.9) < 0.92


def test_draws_of_the_true_law_are_as_far_from_each_other_as_from_the_truth():
    found = quality(TRUE, BATCH)
    assert found.error == pytest.approx(found.spread, rel=0.05)


def test_draws_of_the_true_law_can_not_be_told_apart():
    assert abs(quality(TRUE, BATCH).discriminability - 0.5) < 0.06


def test_rows_of_others_cover_but_are_farther_and_can_be_told_apart():
    found, best = quality(MarginalRows.fit(from_tensors(walks(300, 1))), BATCH), quality(TRUE, BATCH)
    assert 0.86 < found.covered(0.9) < 0.94
    assert found.energy > 1.5 * best.energy
    assert found.discriminability > 0.9


def test_constants_cover_nothing_and_have_no_spread():
    found = quality(ConstantImputer(), BATCH)
    assert found.covered(0.9) < 0.02
    assert found.spread < 1e-9


def test_conditional_means_are_as_near_but_cover_nothing():
    found = quality(GaussianImputer(torch.zeros(STEPS, 1), COVARIANCE, mean=True), BATCH)
    assert found.error <= quality(TRUE, BATCH).error
    assert found.covered(0.9) < 0.02


def test_the_energy_score_is_that_of_a_plain_loop():
    numbers = np.random.default_rng(0)
    draws, true = numbers.normal(size=(6, 3)), numbers.normal(size=3)
    near = np.mean([np.linalg.norm(one - true) for one in draws])
    apart = np.mean([np.linalg.norm(draws[i] - draws[j]) for i in range(6) for j in range(6) if i != j])
    assert energy(draws, true) == pytest.approx((near - apart / 2) / 3**0.5)


def test_what_is_alike_is_told_apart_by_chance_alone():
    numbers = np.random.default_rng(0)
    assert abs(told_apart(numbers.normal(size=(400, 4)), numbers.normal(size=(400, 4))) - 0.5) < 0.06
    assert told_apart(numbers.normal(size=(400, 4)), numbers.normal(loc=2, size=(400, 4))) > 0.95


@pytest.mark.parametrize(("hidden", "n_draw"), [(0.0, 9), (1.0, 9), (0.5, 1)])
def test_shares_and_draws_out_of_range_are_refused(hidden, n_draw):
    with pytest.raises(InputError, match="hidden must be in"):
        quality(TRUE, BATCH, hidden=hidden, n_draw=n_draw)
