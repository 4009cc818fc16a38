"""Infidelity: attributions of values that go together add up to what their going costs."""

import numpy as np
import pytest
import torch
import xarray as xr
from torch import nn

from aition import Target, TorchModel, explain, from_series, from_tensors
from aition.checks import Sums, adds_up, summed, untold
from aition.checks.infidelity import dealt_out, infidelity
from aition.core.errors import InputError
from aition.impute import ConstantBaseline
from aition.methods import InputXGradient
from stand_ins.explainers import CELLS, Chance

GIVEN = {"baseline": ConstantBaseline(), "n_set": 6, "progress": "off"}


def linear():
    network = nn.Linear(20, 2)
    with torch.no_grad():
        network.weight.copy_(torch.randn(2, 20, generator=torch.Generator().manual_seed(0)))
    return TorchModel(network, lambda module, batch: module(batch.x.flatten(1)))


def series(n=30):
    return from_tensors(torch.randn(n, 10, 2, generator=torch.Generator().manual_seed(1)))


def test_of_a_linear_model_exact_attributions_tell_all():
    model, batch = linear(), series()
    said = explain(InputXGradient(), model, batch, Target.of_class(1), progress="off")["attribution"]
    found = summed(model, batch, Target.of_class(1), said, **GIVEN)
    np.testing.assert_allclose(found.said, found.cost, atol=1e-5)
    assert untold(found.said, found.cost).max() < 1e-6
    assert infidelity(found.said, found.cost).max() < 1e-9
    assert adds_up(found).finding == "passed"
    assert "100 % of the change" in adds_up(found).words


def test_padding_costs_nothing_and_is_said_to_bring_nothing():
    batch = from_series([*series(6).x, torch.randn(4, 2)])
    model = TorchModel(linear().module, lambda module, given: module((given.x * given.exists[:, :, None]).flatten(1)))
    said = explain(InputXGradient(), model, batch, Target.of_class(1), progress="off")["attribution"]
    assert np.isnan(said).any()
    found = summed(model, batch, Target.of_class(1), said, **GIVEN)
    np.testing.assert_allclose(found.said, found.cost, atol=1e-5)


@pytest.mark.parametrize("seed", [0, 1])
def test_an_honest_explainer_of_a_network_passes_and_chance_does_not(trained, seed):
    model, _, test = trained(seed)
    for explainer, passes in ((InputXGradient(), True), (Chance(), False)):
        said = explain(explainer, model, test.batch, Target.predicted(), progress="off")["attribution"]
        found = adds_up(summed(model, test.batch, Target.predicted(), said, n_set=12, progress="off"))
        assert (found.finding == "passed") is passes, found.words


def test_dealing_out_anew_keeps_the_values_and_leaves_what_is_not_there():
    values = np.arange(1.0, 13).reshape(1, 6, 2)
    there = np.ones((1, 6, 2), bool)
    there[0, 4:] = False
    order = np.full((1, 6, 2), -1)
    order[there] = np.random.default_rng(0).permutation(8)
    dealt = dealt_out(values, there, order)
    assert sorted(dealt[there]) == sorted(values[there])
    assert not dealt[~there].any()
    assert (dealt != np.where(there, values, 0)).any()


def test_the_unit_of_an_attribution_does_not_matter_and_no_change_is_no_answer():
    generator = np.random.default_rng(0)
    said, cost = generator.normal(size=(5, 40)), generator.normal(size=(5, 40))
    np.testing.assert_allclose(untold(said, cost), untold(7 * said, cost))
    best = ((said * cost).sum(axis=0) / (said**2).sum(axis=0)).clip(0)
    assert 0 < (best == 0).sum() < 40
    np.testing.assert_allclose(untold(said, cost), infidelity(best * said, cost) / (cost**2).mean(axis=0))
    assert np.isnan(untold(said, cost * 0)).all()
    nothing = Sums(said, cost * 0, said)
    assert adds_up(nothing).finding == "not measured"


def test_an_explanation_with_its_sign_turned_tells_nothing_and_raises_the_alarm():
    generator = np.random.default_rng(0)
    cost, chance = generator.normal(size=(5, 40)), generator.normal(size=(5, 40))
    assert (untold(-cost, cost) == 1).all()
    assert adds_up(Sums(-cost, cost, chance)).finding == "alarm"


def test_the_same_attributions_gain_nothing_over_themselves():
    said = np.random.default_rng(0).normal(size=(5, 20))
    assert adds_up(Sums(said, said * 2, said)).finding == "not decided"


def test_what_can_not_be_summed_is_refused():
    model, batch = linear(), series(3)
    said = xr.DataArray(np.zeros((3, 10, 2)), dims=CELLS, coords={"sample": batch.ids})
    with pytest.raises(InputError, match="fraction must lie"):
        summed(model, batch, Target.of_class(1), said, fraction=0.0)
    with pytest.raises(InputError, match="two random sets or more"):
        Sums(np.zeros((1, 3)), np.zeros((1, 3)), np.zeros((1, 3)))


@pytest.mark.peers
def test_the_mean_square_is_captums_infidelity():
    metrics = pytest.importorskip("captum.metrics")
    model, batch = linear(), series(4)
    said = explain(InputXGradient(), model, batch, Target.of_class(1), progress="off")["attribution"]
    wrong = said + 0.1 * np.random.default_rng(0).normal(size=said.shape)
    found = summed(model, batch, Target.of_class(1), wrong, **GIVEN)
    masks = []

    def watched(module, given):
        masks.append(given.x == 0)
        return module(given.x.flatten(1))

    summed(TorchModel(model.module, watched), batch, Target.of_class(1), wrong, **GIVEN)
    removed = iter(mask for mask in masks if bool(mask.any()))

    def remove(x):
        mask = next(removed)
        return mask.to(x.dtype), torch.where(mask, 0.0, x)

    def score(x):
        return model.module(x.flatten(1))[:, 1].detach()

    attributions = torch.from_numpy(wrong.values).to(batch.x.dtype)
    peer = [metrics.infidelity(score, remove, batch.x, attributions, n_perturb_samples=1) for _ in range(6)]
    np.testing.assert_allclose(infidelity(found.said, found.cost), torch.stack(peer).mean(dim=0), rtol=1e-4, atol=1e-6)
