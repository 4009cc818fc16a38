"""The Gaussian imputer: its draws have the conditional law, and its fit finds the law that was."""

import numpy as np
import pytest
import torch
from sklearn.covariance import ledoit_wolf

from aition.core.assemble import from_tensors
from aition.core.errors import InputError
from aition.impute.covariance import pairwise, shrunk
from aition.impute.gaussian import GaussianImputer
from aition.impute.imputer import first_draws, imputed


def law(n_cell: int = 8, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    numbers = torch.Generator().manual_seed(seed)
    root = torch.randn(n_cell, n_cell, generator=numbers, dtype=torch.float64)
    return torch.randn(n_cell, generator=numbers, dtype=torch.float64), root @ root.T + torch.eye(n_cell)


@pytest.mark.parametrize("kept", [[0], [1, 4, 6], [0, 1, 2, 4, 5, 7], []])
def test_draws_have_the_conditional_moments(kept):
    centre, covariance = law()
    value = torch.linspace(-2, 2, 8, dtype=torch.float64)
    lost = [cell for cell in range(8) if cell not in kept]
    gain = covariance[lost][:, kept] @ torch.linalg.inv(covariance[kept][:, kept])
    mean = centre[lost] + gain @ (value - centre)[kept]
    spread = covariance[lost][:, lost] - gain @ covariance[kept][:, lost]
    batch = from_tensors(value.reshape(1, 4, 2))
    mask = torch.zeros(8, dtype=torch.bool)
    mask[kept] = True
    drawn = imputed(
        GaussianImputer(centre.reshape(4, 2), covariance), batch, mask.reshape(1, 4, 2), first_draws(batch, 20000)
    )[0].flatten(1)[:, lost]
    error = (spread.diagonal() / len(drawn)).sqrt()
    variances = spread.diagonal()[:, None] * spread.diagonal()
    error_of_products = ((variances + spread.square()) / len(drawn)).sqrt()
    assert bool(((drawn.mean(dim=0) - mean).abs() < 4 * error).all())
    assert bool(((torch.cov(drawn.T) - spread).abs() < 4 * error_of_products).all())


def test_the_mean_is_the_conditional_mean():
    centre, covariance = law()
    value = torch.linspace(-2, 2, 8, dtype=torch.float64)
    kept = torch.tensor([1, 1, 0, 1, 0, 0, 1, 1], dtype=torch.bool)
    expected = centre + covariance[:, kept] @ torch.linalg.solve(covariance[kept][:, kept], (value - centre)[kept])
    batch = from_tensors(value.reshape(1, 4, 2))
    imputer = GaussianImputer(centre.reshape(4, 2), covariance, mean=True)
    found = imputed(imputer, batch, kept.reshape(1, 4, 2), first_draws(batch, 1)).flatten()
    assert torch.allclose(found, expected, atol=1e-5)


def test_two_masks_share_their_noise():
    imputer = GaussianImputer(torch.zeros(2, 2), torch.eye(4))
    batch = from_tensors(torch.ones(1, 2, 2), layout="sample time feature")
    numbers = first_draws(batch, 3)
    one, other = (torch.tensor([[[False, kept], [False, True]]]) for kept in (True, False))
    drawn = [imputed(imputer, batch, mask, numbers)[..., 0] for mask in (one, other)]
    assert torch.allclose(*drawn, atol=1e-6)


def test_two_features_that_are_one_tell_each_other():
    steps = torch.randn(50, 3, 1, generator=torch.Generator().manual_seed(0))
    imputer = GaussianImputer(torch.zeros(1, 2), torch.ones(2, 2))
    batch = from_tensors(torch.cat([steps, steps], dim=2)[:, :1])
    kept = torch.tensor([True, False]).expand(50, 1, 2)
    assert torch.allclose(imputed(imputer, batch, kept, first_draws(batch, 1))[:, 0], batch.x, atol=1e-2)


def test_shrinkage_is_that_of_scikit_learn():
    value = torch.randn(30, 12, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    value = value @ torch.randn(12, 12, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    expected, _ = ledoit_wolf(value.numpy(), assume_centered=True)
    assert np.allclose(shrunk(value).numpy(), expected)


def test_pairs_without_gaps_are_shrunk_as_all_at_once():
    value = torch.randn(30, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    assert torch.allclose(pairwise(value, torch.ones_like(value, dtype=torch.bool)), shrunk(value))


def test_pairs_with_many_gaps_are_made_a_covariance():
    numbers = torch.Generator().manual_seed(0)
    value = torch.randn(12, 1, generator=numbers, dtype=torch.float64) + torch.zeros(12, 8)
    seen = torch.rand(12, 8, generator=numbers) < 0.5
    assert float(torch.linalg.eigvalsh(pairwise(value * seen, seen))[0]) > 0


def test_the_fit_finds_the_law_though_values_are_missing():
    centre, covariance = law(6)
    numbers = torch.Generator().manual_seed(5)
    x = centre + torch.randn(3000, 6, generator=numbers, dtype=torch.float64) @ torch.linalg.cholesky(covariance).T
    x = x.masked_fill(torch.rand(x.shape, generator=numbers) < 0.3, torch.nan).reshape(3000, 3, 2)
    imputer = GaussianImputer.fit(from_tensors(x))
    scale = covariance.diagonal().sqrt()
    assert float(((imputer.covariance - covariance) / scale / scale[:, None]).abs().max()) < 0.1
    assert float(((imputer.centre.flatten() - centre) / scale).abs().max()) < 0.06


def test_another_unit_of_a_feature_changes_draws_by_that_alone():
    x = torch.randn(40, 4, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64).cumsum(dim=1)
    turned = x * torch.tensor([100.0, 0.01]) + torch.tensor([5.0, -3.0])
    kept = torch.rand(x.shape, generator=torch.Generator().manual_seed(1)) < 0.5
    drawn, other = (
        imputed(GaussianImputer.fit(batch), batch, kept, first_draws(batch, 2))
        for batch in (from_tensors(x), from_tensors(turned))
    )
    assert torch.allclose(drawn * torch.tensor([100.0, 0.01]) + torch.tensor([5.0, -3.0]), other, atol=1e-6, rtol=1e-4)


def test_longer_series_than_it_was_fitted_on_are_refused():
    imputer = GaussianImputer(torch.zeros(2, 1), torch.eye(2))
    batch = from_tensors(torch.zeros(1, 3, 1))
    with pytest.raises(InputError, match="up to 2 steps"):
        imputed(imputer, batch, batch.cells, first_draws(batch, 1))


def test_a_covariance_that_is_none_is_refused():
    with pytest.raises(InputError, match="symmetric"):
        GaussianImputer(torch.zeros(2, 1), torch.tensor([[1.0, 0.5], [0.0, 1.0]]))
