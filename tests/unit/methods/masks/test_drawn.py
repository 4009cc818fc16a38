"""Drawn: whole series of an imputer in place of what a mask takes away."""

from collections.abc import Callable

import pytest
import torch

from aition import Target, TorchModel, explain, from_tensors
from aition.core.errors import InputError
from aition.impute.gaussian import GaussianImputer
from aition.impute.rows import MarginalRows
from aition.methods import ExtremalMask
from aition.methods.masks import Drawn, Fixed, InTurn
from stand_ins.imputers import fitted, series


def test_a_draw_knows_nothing_of_the_series_itself():
    batch = series(4, seed=2)
    other = batch.with_x(torch.where(batch.observed, batch.x + 9, batch.x))
    one, two = (Drawn(fitted("gaussian"))(given, seed=0)(0) for given in (batch, other))
    assert torch.equal(one[batch.observed], two[batch.observed])


def test_draws_are_of_the_law_of_the_imputer():
    covariance = torch.tensor([[1.0, 0.8], [0.8, 2.0]])
    law = GaussianImputer(torch.tensor([[1.0], [2.0]]), covariance)
    batch = from_tensors(torch.zeros(500, 2, 1))
    draws = Drawn(law)(batch, seed=0)
    value = torch.cat([draws(draw)[..., 0] for draw in range(-2, 2)])
    assert torch.allclose(value.mean(dim=0), torch.tensor([1.0, 2.0]), atol=0.15)
    assert torch.allclose(torch.cov(value.T), covariance, atol=0.25)


def test_another_seed_and_another_draw_are_other_values():
    batch, drawn = series(3), Drawn(fitted("gaussian"))
    one = drawn(batch, seed=0)(0)[batch.observed]
    assert not torch.equal(one, drawn(batch, seed=1)(0)[batch.observed])
    assert not torch.equal(one, drawn(batch, seed=0)(-1)[batch.observed])


def test_a_mask_finds_what_counts_where_draws_stand_in():
    numbers = torch.Generator().manual_seed(0)
    background = from_tensors(torch.randn(30, 5, 2, generator=numbers))
    model = TorchModel(torch.nn.Identity(), lambda _, batch: 3 * batch.x[:, 2, 0])
    gaussian = Drawn(GaussianImputer.fit(background))
    for replacement in (Drawn(MarginalRows.fit(background)), InTurn((Fixed(), gaussian))):
        explainer = ExtremalMask(replacement=replacement, steps=30)
        found = explain(explainer, model, background.take(range(6)), Target.scalar(), progress="off")["attribution"]
        assert bool((found.values.reshape(6, -1).argmax(axis=1) == 4).all())


@pytest.mark.parametrize("imputer", [GaussianImputer, Fixed()])
def test_what_is_no_fitted_imputer_is_refused(imputer: Callable[..., object]) -> None:
    with pytest.raises(InputError, match=r"GaussianImputer.fit\(background\)"):
        Drawn(imputer)  # type: ignore[arg-type]
