"""Randomisation: maps of honest explainers change when the model forgets; maps that ignore the model are found out."""

import copy
from dataclasses import dataclass

import numpy as np
import pytest
import torch
import xarray as xr

from aition import FunctionModel, Target, TorchModel, from_tensors
from aition.bench.blind import Magnitude
from aition.checks import (
    Likeness,
    against_truth,
    bound_of,
    like_model,
    like_unlearned,
    randomised_labels,
    randomised_weights,
)
from aition.checks.asking import Asking, settled
from aition.checks.likeness import likeness_of
from aition.core.errors import InputError, RefusalError, TargetError
from aition.methods import IntegratedGradients, Saliency
from aition.metrics.interval import Bootstrap
from stand_ins.explainers import CELLS, Chance, Edges

ASKED = {"target": Target.predicted(), "progress": "off"}


def likeness(own, among, values=0.0):
    own = np.asarray(own, float)
    return Likeness("fresh weights", own, np.asarray(among, float), np.full(own.shape, values))


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("explainer", [Saliency(), IntegratedGradients(steps=8)], ids=["saliency", "gradients"])
def test_an_honest_explainer_changes_with_the_weights(trained, explainer, seed):
    model, _, test = trained(seed)
    found = like_unlearned(randomised_weights(explainer, model, test.batch, n_model=3, **ASKED))
    assert found.finding == "passed", found.words


@pytest.mark.parametrize("explainer", [Magnitude(), Edges(), Chance()], ids=["sizes", "edges", "chance"])
def test_an_explainer_that_ignores_the_model_raises_the_alarm(trained, explainer):
    model, _, test = trained(0)
    found = like_unlearned(randomised_weights(explainer, model, test.batch, n_model=2, **ASKED))
    assert (found.finding, found.figure.mean, found.bound) == ("alarm", pytest.approx(1.0), 0.9)
    assert "much the same for models that learned nothing" in found.words


@dataclass(frozen=True)
class Mostly:
    """The sizes of the values, and a little of the model."""

    def __call__(self, model, batch, question):
        slope = Saliency()(model, batch, question)["attribution"][1]
        return {"attribution": (CELLS, batch.x.abs() + 1e-3 * slope)}


def test_a_little_of_the_model_does_not_save_a_map(trained):
    model, _, test = trained(0)
    assert like_unlearned(randomised_weights(Mostly(), model, test.batch, n_model=2, **ASKED)).finding == "alarm"


def test_cells_that_were_never_measured_are_not_ranked(trained):
    model, _, test = trained(0)
    x = test.batch.x.clone()
    x[:, 2:36] = torch.nan
    sparse = from_tensors(x)

    @dataclass(frozen=True)
    class Known:
        """Slopes where something was measured, and 0 elsewhere."""

        def __call__(self, model, batch, question):
            slope = Saliency()(model, batch, question)["attribution"][1]
            return {"attribution": (CELLS, torch.where(batch.observed, slope, 0.0))}

    found = randomised_weights(Known(), model, sparse, n_model=2, **ASKED)
    assert np.nanmean(found.own) < 0.5


def test_a_sample_is_judged_alike_wherever_it_stands(trained):
    model, _, test = trained(0)
    few, turned = test.batch.take(range(6)), test.batch.take(list(range(5, -1, -1)))
    given = {"n_model": 2, **ASKED}
    one, other = (randomised_weights(Saliency(), model, part, **given) for part in (few, turned))
    np.testing.assert_allclose(one.own, other.own[:, ::-1], atol=1e-3)
    np.testing.assert_allclose(one.values, other.values[:, ::-1], atol=1e-3)
    small = TorchModel(model.module, model.forward, rows=2)
    np.testing.assert_allclose(randomised_weights(Saliency(), small, few, **given).own, one.own, atol=1e-3)


def test_of_the_cascade_the_last_is_all_forgotten_and_the_first_of_both_is_the_output_layer(trained):
    model, _, test = trained(0)
    before = copy.deepcopy(model.module.state_dict())
    found = randomised_weights(Saliency(), model, test.batch.take(range(8)), n_model=2, layers=True, **ASKED)
    assert found.layers[0] == "head"
    assert found.cascade.shape == found.alone.shape == (len(found.layers), 8)
    np.testing.assert_array_equal(found.cascade[0], found.alone[0])
    assert np.nanmean(found.cascade[-1]) < 0.5
    assert all(torch.equal(before[name], now) for name, now in model.module.state_dict().items())


def test_the_output_that_was_settled_is_asked_of_every_model(trained):
    model, _, test = trained(0)
    asking = Asking(Saliency(), test.batch, Target.predicted(), test.batch)
    first = asking.explained(model)
    groups = settled(Target.predicted(), first)
    assert sorted(row for _, rows in groups for row in rows) == list(range(len(test)))
    assert {dict(one.at)["class"] for one, _ in groups} == set(first.target_class.values.tolist())
    np.testing.assert_allclose(asking.again(model, first), first["attribution"], atol=1e-6)


def test_a_runner_up_is_found_again_and_a_second_prediction_is_refused():
    said = np.array([[0.1, 0.9, 0.5], [0.7, 0.2, 0.6]])
    asked = xr.Dataset({"prediction": (("sample", "class"), said), "target_class": (("sample",), [1, 0])})
    groups = settled(Target.predicted().against(**{"class": "runner-up"}), asked)
    assert [(dict(one.at), dict(one.versus), rows) for one, rows in groups] == [
        ({"class": 0}, {"class": 2}, [1]),
        ({"class": 1}, {"class": 2}, [0]),
    ]
    with pytest.raises(TargetError, match="name the class"):
        settled(Target.of_class(0).against(**{"class": "predicted"}), asked)


def test_the_bound_is_what_two_unlearned_models_share_but_never_above_the_ceiling():
    assert bound_of(likeness(np.zeros((3, 4)), [[0.1] * 4, [0.3, 0.5, np.nan, 0.4], [0.2] * 4])) == pytest.approx(0.55)
    assert bound_of(likeness(np.ones((2, 4)), np.ones((1, 4)))) == 0.9
    assert bound_of(likeness(np.ones((2, 4)), np.full((1, 4), np.nan), np.nan)) == 0.9


def test_what_the_sizes_of_the_values_explain_is_allowed():
    assert bound_of(likeness(np.zeros((2, 4)), np.zeros((1, 4)), 0.5)) == pytest.approx(0.65)
    among, own = np.full((1, 30), 0.3), np.full((2, 30), 0.6)
    assert like_unlearned(likeness(own, among)).finding == "alarm"
    assert like_unlearned(likeness(own, among, 0.5)).finding == "passed"


def test_two_maps_that_have_the_sizes_alone_in_common_are_alike_by_the_product():
    generator = np.random.default_rng(0)
    ids = {"sample": [f"s{place}" for place in range(5)]}
    sizes, one, other = (xr.DataArray(generator.normal(size=(5, 2000, 1)), dims=CELLS, coords=ids) for _ in range(3))
    sizes = abs(sizes)
    first, second = sizes * np.exp(one), sizes * np.exp(other)
    given = {"ceiling": 0.9, "room": 0.1, "bootstrap": Bootstrap()}
    found = likeness_of("fresh weights", first, [second, second * 2], sizes, **given)
    np.testing.assert_allclose(found.own, found.values, atol=0.06)
    assert found.own.min() > 0.2


def test_maps_that_rank_nothing_are_not_measured_and_four_samples_are_too_few():
    nothing = like_unlearned(likeness(np.full((2, 3), np.nan), np.full((1, 3), np.nan)))
    assert nothing.finding == "not measured"
    few, enough = (like_unlearned(likeness(np.zeros((2, count)), np.zeros((1, count)))) for count in (4, 5))
    assert (few.finding, enough.finding) == ("too few samples", "passed")


def test_permuted_labels_give_other_maps_and_the_same_map_raises_the_alarm(trained):
    model, train, test = trained(0)
    how = like_model(model, epochs=3, lr=1e-2)
    honest, blind = (
        randomised_labels(one, model, train.batch, test.batch, Target.predicted(), how=how, progress="off")
        for one in (Saliency(), Magnitude())
    )
    assert like_unlearned(honest).figure.mean < 0.5
    assert "permuted labels" in like_unlearned(honest).words
    assert like_unlearned(blind).finding == "alarm"


def test_a_sample_that_was_trained_on_is_not_explained(trained):
    model, train, _ = trained(0)
    how = like_model(model, epochs=1)
    with pytest.raises(InputError, match="share 160"):
        randomised_labels(Saliency(), model, train.batch, train.batch, Target.predicted(), how=how)


def test_a_map_that_finds_the_truth_without_the_model_raises_the_alarm(trained):
    _, _, test = trained(0)
    ids = {"sample": test.batch.ids}
    told = xr.DataArray(test.truth.double().numpy(), dims=CELLS, coords=ids)
    sizes = xr.DataArray((test.batch.x - test.batch.x.mean()).double().numpy(), dims=CELLS, coords=ids)
    truth = test.truth.numpy()
    assert against_truth(told, test.batch, truth).finding == "alarm"
    assert against_truth(sizes, test.batch, truth).finding == "passed"
    assert against_truth(sizes, test.batch, truth & False).finding == "not measured"


def test_black_boxes_single_models_and_other_answers_are_refused(trained):
    model, _, test = trained(0)

    @dataclass(frozen=True)
    class Whole:
        def __call__(self, model, batch, question):
            return {"importance": (("sample",), batch.x.sum(dim=(1, 2)))}

    with pytest.raises(RefusalError, match="black box"):
        randomised_weights(Magnitude(), FunctionModel(model), test.batch, **ASKED)
    with pytest.raises(InputError, match="n_model must be 2"):
        randomised_weights(Magnitude(), model, test.batch, n_model=1, **ASKED)
    with pytest.raises(RefusalError, match="whole answers importance"):
        randomised_weights(Whole(), model, test.batch, **ASKED)
    with pytest.raises(TargetError, match="one number a sample"):
        randomised_weights(Magnitude(), model, test.batch, Target.whole("class"), progress="off")
    bare = TorchModel(torch.nn.Identity(), lambda module, batch: module(batch.x)[:, :2, 0])
    with pytest.raises(RefusalError, match="reset_parameters"):
        randomised_weights(Magnitude(), bare, from_tensors(torch.randn(3, 4, 1)), **ASKED)
