"""The mixture imputer: what is kept says which component, and the component how the rest hangs on it."""

import pytest
import torch
from scipy.stats import multivariate_normal

from aition.core.assemble import from_tensors
from aition.core.errors import InputError
from aition.impute.conditioning import Law, log_density
from aition.impute.imputer import first_draws, imputed
from aition.impute.mixture import MixtureImputer

COVARIANCES = torch.tensor(
    [[[1.0, 0.9, 0.3], [0.9, 1.0, 0.2], [0.3, 0.2, 1.0]], [[2.0, -1.2, 0.0], [-1.2, 1.0, 0.1], [0.0, 0.1, 0.5]]],
    dtype=torch.float64,
)
CENTRES = torch.tensor([[[0.0], [1.0], [-1.0]], [[1.5], [-2.0], [0.5]]], dtype=torch.float64)
WEIGHT = torch.tensor([0.3, 0.7], dtype=torch.float64)


@pytest.mark.parametrize("kept", [[], [0], [0, 2], [0, 1, 2]])
def test_the_density_of_what_is_kept_is_that_of_scipy(kept):
    covariance = COVARIANCES[0]
    value = torch.tensor([0.5, -1.0, 2.0], dtype=torch.float64)
    mask = torch.zeros(1, 3, dtype=torch.bool)
    mask[0, kept] = True
    found = float(log_density(Law.of(covariance), value[None], mask))
    law = multivariate_normal(cov=covariance[kept][:, kept].numpy()) if kept else None
    assert found == pytest.approx(float(law.logpdf(value[kept].numpy())) if law else 0.0, abs=1e-5)


def test_draws_have_the_moments_of_the_conditional_mixture():
    value, kept, lost = torch.tensor([0.7, 0.0, 0.0], dtype=torch.float64), [0], [1, 2]
    likely, means, seconds = [], [], []
    for weight, centre, covariance in zip(WEIGHT, CENTRES.flatten(1), COVARIANCES, strict=True):
        law = multivariate_normal(centre[kept].numpy(), covariance[kept][:, kept].numpy())
        likely.append(float(weight) * float(law.pdf(value[kept].numpy())))
        gain = covariance[lost][:, kept] / covariance[0, 0]
        means.append(centre[lost] + gain[:, 0] * (value[0] - centre[0]))
        spread = covariance[lost][:, lost] - gain @ covariance[kept][:, lost]
        seconds.append(spread + means[-1][:, None] * means[-1])
    share = torch.tensor(likely, dtype=torch.float64) / sum(likely)
    mean = share @ torch.stack(means)
    second = torch.einsum("c,cij->ij", share, torch.stack(seconds))
    batch, n_draw = from_tensors(value.reshape(1, 3, 1)), 40000
    mask = torch.tensor([True, False, False]).reshape(1, 3, 1)
    drawn = imputed(MixtureImputer(WEIGHT, CENTRES, COVARIANCES), batch, mask, first_draws(batch, n_draw))[0, :, 1:, 0]
    spread = second.diagonal() - mean.square()
    assert bool(((drawn.mean(dim=0) - mean).abs() < 4 * (spread / n_draw).sqrt()).all())
    products = drawn[:, :, None] * drawn[:, None, :]
    assert bool(((products.mean(dim=0) - second).abs() < 4 * products.std(dim=0) / n_draw**0.5).all())


def test_the_fit_finds_two_kinds_of_series():
    numbers = torch.Generator().manual_seed(0)
    kind = torch.rand(800, generator=numbers) < 0.3
    waves = torch.linspace(0, 6, 8, dtype=torch.float64).sin()
    x = torch.where(kind[:, None], 3 * waves, -3 * waves) + torch.randn(800, 8, generator=numbers, dtype=torch.float64)
    x = x.masked_fill(torch.rand(x.shape, generator=numbers) < 0.1, torch.nan)
    imputer = MixtureImputer.fit(from_tensors(x[:, :, None]), n_component=2)
    small = int(imputer.weight.argmin())
    assert float(imputer.weight[small]) == pytest.approx(0.3, abs=0.05)
    assert float((imputer.centre[small, :, 0] - 3 * waves).abs().max()) < 0.4


def test_more_components_than_half_of_the_series_are_refused():
    with pytest.raises(InputError, match="n_component must be 1 to 2"):
        MixtureImputer.fit(from_tensors(torch.rand(5, 3, 1)), n_component=3)


def test_weights_that_are_no_shares_are_refused():
    with pytest.raises(InputError, match="sum 1"):
        MixtureImputer(torch.tensor([0.5, 0.6]), CENTRES, COVARIANCES)
