"""What stands in: a baseline or an imputer's draws, in ablation, occlusion, games and removal alike."""

import numpy as np
import pytest
import torch

from aition import Batch, FunctionModel, Target, explain, from_events, from_tensors
from aition.checks.removing import removal
from aition.core.errors import InputError, RefusalError
from aition.impute.baseline import ConstantBaseline
from aition.impute.filling import Filling
from aition.impute.gaussian import GaussianImputer
from aition.impute.groups import EachCell, EachFeature
from aition.impute.imputer import first_draws, imputed
from aition.methods import FeatureAblation, Occlusion, RemovalPairs, ShapleyInteractions

WEIGHT = torch.tensor([[1.0, -2.0], [0.5, 0.0], [3.0, 1.0]], dtype=torch.float64)
SERIES = torch.randn(40, 3, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64).cumsum(dim=1)


def linear(batch: Batch) -> torch.Tensor:
    return (batch.x * WEIGHT.to(batch.x)).sum(dim=(1, 2))


def squared(batch: Batch) -> torch.Tensor:
    return linear(batch).square()


def gaussian(*, mean: bool = False) -> GaussianImputer:
    return GaussianImputer.fit(from_tensors(SERIES), mean=mean)


def expected_without(batch: Batch, removed: torch.Tensor) -> torch.Tensor:
    """The conditional mean of the linear model's answer without some cells, by dense algebra."""
    imputer = gaussian()
    centre, covariance = imputer.centre.flatten(), imputer.covariance
    lost = removed.flatten()
    gain = torch.linalg.solve(covariance[~lost][:, ~lost], covariance[~lost][:, lost]).T
    whole = batch.x.flatten(1).clone()
    whole[:, lost] = centre[lost] + (whole[:, ~lost] - centre[~lost]) @ gain.T
    return whole @ WEIGHT.flatten()


def test_the_fall_of_a_cell_is_that_to_its_conditional_mean():
    batch = from_tensors(SERIES[:4])
    found = explain(FeatureAblation(baseline=gaussian(mean=True)), FunctionModel(linear), batch, Target.scalar())
    for cell in range(6):
        removed = torch.zeros(6, dtype=torch.bool)
        removed[cell] = True
        fall = linear(batch) - expected_without(batch, removed.reshape(3, 2))
        assert np.allclose(found["attribution"].values.reshape(4, 6)[:, cell], fall.numpy(), atol=1e-4)


def test_an_answer_is_the_mean_over_draws():
    batch = from_tensors(SERIES[:4])
    explainer = FeatureAblation(EachFeature(), baseline=gaussian(), n_draw=5)
    found = explain(explainer, FunctionModel(squared), batch, Target.scalar())["attribution"].values[:, 0]
    for feature in range(2):
        kept = (torch.arange(2) != feature).expand(batch.x.shape)
        drawn = imputed(gaussian(), batch, kept, first_draws(batch, 5))
        after = torch.stack([squared(batch.with_x(drawn[:, draw])) for draw in range(5)]).mean(dim=0)
        assert np.allclose(found[:, feature], (squared(batch) - after).numpy(), rtol=1e-5)


def test_a_window_of_one_cell_is_the_ablation_of_a_cell():
    batch, imputer = from_tensors(SERIES[:4]), gaussian()
    answers = [
        explain(one, FunctionModel(squared), batch, Target.scalar())["attribution"].values
        for one in (Occlusion(baseline=imputer, n_draw=3), FeatureAblation(EachCell(), baseline=imputer, n_draw=3))
    ]
    assert np.allclose(*answers, rtol=1e-5)


@pytest.mark.parametrize("rows", [1, 2, 1000])
def test_rows_in_a_pass_change_nothing(rows):
    batch = from_tensors(SERIES[:3])
    answers = [
        explain(explainer, FunctionModel(squared, rows=many), batch, Target.scalar())["attribution"].values
        for explainer in (FeatureAblation(baseline=gaussian(), n_draw=3),)
        for many in (rows, 64)
    ]
    assert np.allclose(*answers, rtol=1e-5)


@pytest.mark.parametrize("explainer", [FeatureAblation, Occlusion])
def test_of_signals_that_an_imputer_does_not_know_nothing_is_said(explainer):
    batch = from_tensors(SERIES[:3], static=torch.ones(3, 2, dtype=torch.float64))

    def model(given: Batch) -> torch.Tensor:
        return linear(given) + given.static.sum(dim=1)

    found = explain(explainer(baseline=gaussian()), FunctionModel(model), batch, Target.scalar())
    assert "attribution_static" not in found
    assert "attribution_static" in explain(explainer(), FunctionModel(model), batch, Target.scalar())


def test_shapley_values_of_a_linear_model_are_those_of_conditional_means():
    batch = from_tensors(SERIES[:2])
    explainer = ShapleyInteractions(EachFeature(), index="k-sii", baseline=gaussian(mean=True))
    found = explain(explainer, FunctionModel(linear), batch, Target.scalar())["attribution_group"].values
    first = torch.tensor([[True, False]]).expand(3, 2)
    nobody = expected_without(batch, torch.ones(3, 2, dtype=torch.bool))
    without_first, without_second = expected_without(batch, first), expected_without(batch, ~first)
    value = ((without_second - nobody) + (linear(batch) - without_first)) / 2
    assert np.allclose(found[:, 0], value.numpy(), atol=1e-4)


@pytest.mark.parametrize("explainer", [ShapleyInteractions, RemovalPairs])
def test_attributions_add_up_to_the_change_from_the_mean_over_draws_of_nobody(explainer):
    batch, imputer = from_tensors(SERIES[:3]), gaussian()
    found = explain(
        explainer(EachFeature(), baseline=imputer, n_draw=4), FunctionModel(squared), batch, Target.scalar()
    )
    drawn = imputed(imputer, batch, ~batch.cells, first_draws(batch, 4))
    nobody = torch.stack([squared(batch.with_x(drawn[:, draw])) for draw in range(4)]).mean(dim=0)
    total = found["attribution_group"].values.sum(axis=1)
    assert np.allclose(total, (squared(batch) - nobody).numpy(), rtol=1e-4)


def test_a_removal_curve_is_the_mean_over_draws():
    batch, imputer = from_tensors(SERIES[:5]), gaussian()
    attribution = explain(FeatureAblation(), FunctionModel(linear), batch, Target.scalar())["attribution"]
    seen: list[torch.Tensor] = []

    def watched(given: Batch) -> torch.Tensor:
        seen.append(given.x)
        return squared(given)

    curve = removal(
        FunctionModel(watched), batch, Target.scalar(), attribution, fractions=(1.0,), baseline=imputer, n_draw=3
    )
    drawn = imputed(imputer, batch, ~batch.cells, first_draws(batch, 3))
    whole = torch.stack([squared(batch.with_x(drawn[:, draw])) for draw in range(3)]).mean(dim=0)
    assert np.allclose(curve.most[:, 1], whole.numpy(), rtol=1e-5)
    assert curve.baseline == "gaussian imputer (mean False, seed 0, draws 3)"


def test_events_are_refused():
    batch = from_events([0, 0, 1], [0.1, 0.9, 0.5], ["a", "b", "a"])
    with pytest.raises(RefusalError, match="events"):
        Filling.of(batch, gaussian(), n_draw=2)


@pytest.mark.parametrize("explainer", [FeatureAblation, Occlusion, ShapleyInteractions])
def test_an_imputer_that_is_not_fitted_is_refused(explainer):
    with pytest.raises(InputError, match=r"GaussianImputer.fit\(background\)"):
        explainer(baseline=GaussianImputer)


def test_no_draws_are_refused():
    with pytest.raises(InputError, match="n_draw must be 1 or more"):
        FeatureAblation(baseline=gaussian(), n_draw=0)


def test_a_baseline_is_asked_once_and_filled_once():
    batch = from_tensors(SERIES[:2])
    filling = Filling.of(batch, ConstantBaseline(7.0), n_draw=8)
    assert len(filling(torch.tensor([0, 1]), {"x": batch.cells})) == 2
