"""The copula imputer: each cell keeps its own law, and the cells their ranks' correlations."""

import numpy as np
import torch
from scipy.stats import norm, rankdata, spearmanr

from aition.core.assemble import from_tensors
from aition.impute.copula import CopulaImputer, Ranks
from aition.impute.imputer import first_draws, imputed


def skewed(n_series: int = 500) -> torch.Tensor:
    """Two steps of a variable of lognormal law, and a step of counts that hang on them."""
    numbers = torch.Generator().manual_seed(0)
    first = torch.randn(n_series, generator=numbers, dtype=torch.float64)
    second = 0.8 * first + 0.6 * torch.randn(n_series, generator=numbers, dtype=torch.float64)
    return torch.stack([first.exp(), second.exp(), (second.exp() * 2).floor()], dim=1)[:, :, None]


def test_scores_are_normal_scores_of_ranks_over_one_more_than_there_are():
    value = torch.tensor([3.0, 1.0, 3.0, 7.0, 2.0])
    ordered = value.sort().values.reshape(1, 1, 5)
    expected = norm.ppf(rankdata(value.numpy()) / 6)
    assert np.allclose(Ranks.of(ordered).scores(value[:, None])[:, 0].numpy(), expected, atol=1e-12)


def test_a_value_that_was_never_seen_has_the_rank_between_its_neighbours():
    ordered = torch.tensor([1.0, 2.0, 3.0, 3.0, torch.inf, torch.inf]).reshape(1, 1, 6)
    new = torch.tensor([0.5, 2.5, 9.0])
    expected = norm.ppf((np.array([0.0, 2.0, 4.0]) + 0.5) / 5)
    assert np.allclose(Ranks.of(ordered).scores(new[:, None])[:, 0].numpy(), expected, atol=1e-12)


def test_without_anything_kept_each_cell_has_its_own_law():
    x = skewed()
    batch = from_tensors(torch.zeros(1, 3, 1, dtype=torch.float64))
    drawn = imputed(CopulaImputer.fit(from_tensors(x)), batch, ~batch.cells, first_draws(batch, 4000))[0, :, :, 0]
    for level in (0.1, 0.5, 0.9):
        reached = (drawn <= x[:, :, 0].quantile(level, dim=0)).double().mean(dim=0)
        assert bool(((reached[:2] - level).abs() < 4 * (level * (1 - level) / 4000) ** 0.5 + 2 / len(x)).all())


def test_only_values_that_the_background_has_at_the_step_are_put_in():
    x = skewed()
    batch = from_tensors(x[:20])
    kept = torch.tensor([True, False, False])[:, None].expand(batch.x.shape)
    drawn = imputed(CopulaImputer.fit(from_tensors(x)), batch, kept, first_draws(batch, 5))
    assert all(bool(torch.isin(drawn[:, :, step], x[:, step]).all()) for step in (1, 2))


def test_ranks_correlate_as_those_of_the_background():
    x = skewed(1500)
    batch = from_tensors(torch.zeros(1, 3, 1, dtype=torch.float64))
    drawn = imputed(CopulaImputer.fit(from_tensors(x)), batch, ~batch.cells, first_draws(batch, 4000))[0, :, :, 0]
    expected = spearmanr(x[:, :, 0].numpy()).statistic
    assert np.allclose(spearmanr(drawn.numpy()).statistic, expected, atol=0.06)


def test_a_rising_change_of_units_changes_draws_by_that_alone():
    x = skewed(60)
    batch, other = from_tensors(x), from_tensors(x.square())
    kept = torch.tensor([True, False, True])[:, None].expand(batch.x.shape)
    drawn, turned = (imputed(CopulaImputer.fit(one), one, kept, first_draws(one, 3)) for one in (batch, other))
    assert torch.allclose(drawn.square(), turned)
