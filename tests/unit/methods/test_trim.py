"""TRIM asks an explainer about components: it adds up, finds planted bands, and is the explainer itself for steps."""

import json
from dataclasses import dataclass

import numpy as np
import pytest
import torch

from aition import FunctionModel, Target, TorchModel, explain, from_series, from_tensors, registry
from aition.core.errors import InputError, RefusalError
from aition.impute.groups import EachStep
from aition.methods import (
    Captum,
    FeatureAblation,
    InputXGradient,
    IntegratedGradients,
    Occlusion,
    Saliency,
    ShapleyInteractions,
    Trim,
)
from aition.testing import cases
from aition.transform import (
    Components,
    FieldBands,
    Fourier,
    FourierBands,
    Grouped,
    Principal,
    ShortTime,
    Wavelets,
    parts,
)

SCALAR = Target.scalar()


@dataclass(frozen=True)
class Steps:
    """The transform that leaves series as they are."""

    def forward(self, x):
        return x

    def inverse(self, coefficients, *, n_time):
        return coefficients

    def components(self, n_time, n_feature):
        return Components(torch.arange(n_time), tuple(map(str, range(n_time))))


def network(n_time=12, n_feature=2, seed=0):
    torch.manual_seed(seed)
    layers = torch.nn.Sequential(
        torch.nn.Flatten(), torch.nn.Linear(n_time * n_feature, 16), torch.nn.Tanh(), torch.nn.Linear(16, 1)
    )
    return TorchModel(layers)


def series(n_time=12, n_feature=2, n_sample=4):
    x = torch.randn(n_sample, n_time, n_feature, generator=torch.Generator().manual_seed(1))
    return from_tensors(x, layout="sample time feature")


@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize("inner", [IntegratedGradients(steps=4), Occlusion(), InputXGradient(), FeatureAblation()])
def test_with_steps_as_components_it_is_the_explainer_itself(inner, together):
    plain = explain(inner, network(), series(), SCALAR)
    trimmed = explain(Trim(inner, Steps(), together=together), network(), series(), SCALAR)
    np.testing.assert_allclose(trimmed.attribution_component.values, plain.attribution.values, atol=1e-6)
    np.testing.assert_allclose(trimmed.attribution.values, plain.attribution.values, atol=1e-6)


@pytest.mark.parametrize("transform", [Fourier(), ShortTime(4, (0.25,)), Wavelets("db2", 2), FieldBands()])
@pytest.mark.parametrize("together", [False, True])
def test_integrated_gradients_add_up_to_the_change_from_nothing(transform, together):
    model, batch = network(), series()
    answer = explain(Trim(IntegratedGradients(steps=32), transform, together=together), model, batch, SCALAR)
    with torch.no_grad():
        change = model(batch) - model(batch.with_x(torch.zeros_like(batch.x)))
    sums = answer.attribution_component.values.reshape(4, -1).sum(axis=1)
    np.testing.assert_allclose(sums, change[:, 0].numpy(), atol=1e-5)
    np.testing.assert_allclose(answer.attribution.values.sum(axis=(1, 2)), sums, atol=1e-5)


def test_a_linear_model_is_split_as_the_series_is():
    torch.manual_seed(0)
    weight = torch.randn(12, 2)
    model = TorchModel(torch.nn.Identity(), lambda _module, batch: (batch.x * weight).sum(dim=(1, 2)))
    batch = series()
    answer = explain(Trim(InputXGradient(), FourierBands((0.2,))), model, batch, SCALAR)
    literal = (parts(FourierBands((0.2,)), batch.x).value * weight).sum(dim=2).movedim(0, 1)
    np.testing.assert_allclose(answer.attribution_component.values, literal.numpy(), atol=1e-5)


def test_together_a_component_counts_by_the_fall_without_it():
    model, batch, bands = network(), series(), FourierBands((0.2,))
    answer = explain(Trim(Occlusion(), bands, together=True), model, batch, SCALAR)
    split = parts(bands, batch.x).value
    for component in range(2):
        for feature in range(2):
            without = batch.x.clone()
            without[:, :, feature] -= split[component, :, :, feature]
            with torch.no_grad():
                fall = model(batch) - model(batch.with_x(without))
            found = answer.attribution_component.values[:, component, feature]
            np.testing.assert_allclose(found, fall[:, 0].numpy(), atol=1e-5)


def test_a_residual_is_held_fixed_so_the_model_sees_the_series():
    batch = series(n_sample=6)
    fitted = Principal.fit(batch, 2)
    seen = []
    inner = network()
    model = TorchModel(inner.module, lambda module, given: seen.append(given.x.detach().clone()) or module(given.x))
    answer = explain(Trim(IntegratedGradients(steps=16), fitted), model, batch, SCALAR)
    assert any(x.shape == batch.x.shape and torch.allclose(x, batch.x, atol=1e-5) for x in seen)
    split = parts(fitted, batch.x)
    with torch.no_grad():
        change = inner(batch) - inner(batch.with_x(split.rest))
    np.testing.assert_allclose(answer.attribution_component.values.sum(axis=1), change[:, 0].numpy(), atol=1e-5)
    assert answer.attribution_component.dims == ("sample", "component")


def test_value_times_basis_is_the_part_of_a_component():
    batch = series()
    answer = explain(Trim(InputXGradient(), Fourier(), n_time=12), network(), batch, SCALAR)
    made = np.einsum("nkf,kt->kntf", answer.value_component.values, answer.basis.values).real
    np.testing.assert_allclose(made, parts(Fourier(), batch.x).value.numpy(), atol=1e-5)


def test_frequencies_are_labels_and_bands_have_their_borders():
    answer = explain(Trim(Saliency(), Fourier()), network(), series(), SCALAR)
    np.testing.assert_allclose(answer["component"].values, np.arange(7) / 12)
    answer = explain(Trim(Saliency(), FourierBands((0.2,))), network(), series(), SCALAR)
    assert answer["component"].values.tolist() == ["0 to 0.2", "0.2 to 0.5"]
    assert answer.component_high.values.tolist() == [0.2, 0.5]
    assert answer.attrs["component_name"] == "frequency"


def test_frames_say_in_which_steps_they_lie():
    answer = explain(Trim(Saliency(), ShortTime(4, (0.25,))), network(), series(), SCALAR)
    assert answer.component_first.values[:4].tolist() == [0, 0, 0, 0]
    assert answer.component_last.values[:4].tolist() == [2, 2, 4, 4]


def test_a_component_without_a_coefficient_has_no_answer():
    case = cases()["gru"]
    batch = from_series([torch.ones(2, 2), torch.rand(6, 2)])
    edges = Trim(InputXGradient(), FourierBands((0.1, 0.2)))
    answer = explain(edges, case.model, batch, Target.of_class(0))
    missing = np.isnan(answer.attribution_component.values).any(axis=2)
    assert missing.tolist() == [[False, True, False], [False, False, False]]


def test_series_of_unequal_lengths_are_each_explained_as_alone():
    case = cases()["gru"]
    draw = torch.Generator().manual_seed(2)
    pieces = [torch.randn(length, 2, generator=draw) for length in (3, 6, 6, 4)]
    method = Trim(IntegratedGradients(steps=8), FourierBands((0.2,)))
    whole = explain(method, case.model, from_series(pieces, side="left"), Target.of_class(1))
    for row, piece in enumerate(pieces):
        alone = explain(method, case.model, from_series([piece]), Target.of_class(1))
        found = whole.attribution_component.values[row]
        np.testing.assert_allclose(found, alone.attribution_component.values[0], atol=1e-6)


def test_frequencies_of_unequal_lengths_are_refused_before_anything_is_done():
    case = cases()["gru"]
    batch = from_series([torch.ones(5, 2), torch.ones(6, 2)])
    with pytest.raises(InputError, match="take bands"):
        explain(Trim(Saliency(), Fourier()), case.model, batch, Target.of_class(0))


def test_another_length_than_said_is_refused():
    with pytest.raises(InputError, match="must have n_time=9 steps"):
        explain(Trim(Saliency(), Fourier(), n_time=9), network(), series(), SCALAR)


def test_events_are_refused():
    case = cases()["events"]
    with pytest.raises(RefusalError, match="list of events"):
        explain(Trim(Saliency()), case.model, case.batch, case.target)


def test_values_that_were_not_measured_are_refused():
    x = series().x.clone()
    x[1, 3, 0] = torch.nan
    batch = from_tensors(x, layout="sample time feature", feature_names=("pulse", "lactate"))
    with pytest.raises(RefusalError, match="1 of 96 were not measured, of 'pulse'"):
        explain(Trim(Saliency()), network(), batch, SCALAR)


@pytest.mark.parametrize("transform", [Fourier(), ShortTime(4, (0.25,)), FieldBands()])
def test_a_model_in_half_precision_is_nearly_the_same(transform):
    single, half = network(), TorchModel(network().module.bfloat16())
    method = Trim(InputXGradient(), transform, n_time=12)
    one, other = (explain(method, model, series(), SCALAR) for model in (single, half))
    np.testing.assert_allclose(other.attribution_component.values, one.attribution_component.values, atol=0.02)


def test_a_black_box_is_explained_too():
    model, batch = network(), series()
    black = FunctionModel(lambda given: model(given).detach())
    method = Trim(Occlusion(), FourierBands((0.2,)), together=True)
    one, other = explain(method, model, batch, SCALAR), explain(method, black, batch, SCALAR)
    np.testing.assert_allclose(one.attribution_component.values, other.attribution_component.values, atol=1e-6)


@pytest.mark.parametrize("method", ["DeepLift", "KernelShap"])
def test_methods_of_captum_answer_in_components(method):
    inner = Captum(method, settings={"segments": 0, "n_samples": 40} if method == "KernelShap" else {})
    answer = explain(Trim(inner, FourierBands((0.2,)), together=True), network(), series(), SCALAR)
    change = answer.attribution_component.values.sum(axis=(1, 2)) - answer.completeness.values
    plain = explain(IntegratedGradients(steps=32), network(), series(), SCALAR)
    np.testing.assert_allclose(change, plain.attribution.values.sum(axis=(1, 2)), atol=1e-4)


def test_bands_that_a_model_multiplies_interact_by_their_product():
    bands, batch = FourierBands((0.1, 0.2, 0.3)), series(n_feature=1)
    of = bands.components(12, 1).of

    def product(_module, given):
        energy = [bands.forward(given.x)[:, of == band].square().sum(dim=(1, 2)) for band in range(4)]
        return energy[0] * energy[2] + energy[1]

    method = Trim(ShapleyInteractions(groups=EachStep()), bands, together=True)
    answer = explain(method, TorchModel(torch.nn.Identity(), product), batch, SCALAR)
    energy = np.square(answer.value_component.values[:, :, 0])
    expected = np.zeros((4, 4, 4))
    expected[:, 0, 2] = expected[:, 2, 0] = energy[:, 0] * energy[:, 2]
    np.testing.assert_allclose(np.nan_to_num(answer.interaction.values), expected, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(answer.attribution_component.values[:, 1, 0], energy[:, 1], rtol=1e-3)
    assert answer.membership.dims == ("sample", "group", "component", "feature")


def test_static_values_are_explained_as_by_the_explainer_inside():
    torch.manual_seed(0)
    head = torch.nn.Linear(3, 1)
    model = TorchModel(head, lambda module, batch: module(torch.cat([batch.x.mean(dim=1), batch.static], dim=1)).tanh())
    batch = from_tensors(torch.rand(2, 5, 2), layout="sample time feature", static=torch.rand(2, 1))
    answer = explain(Trim(IntegratedGradients(steps=32), Fourier()), model, batch, SCALAR)
    with torch.no_grad():
        nothing = batch.with_x(torch.zeros_like(batch.x)).with_static(torch.zeros_like(batch.static))
        change = (model(batch) - model(nothing))[:, 0].numpy()
    sums = answer.attribution_component.values.sum(axis=(1, 2)) + answer.attribution_static.values.sum(axis=1)
    np.testing.assert_allclose(sums, change, atol=1e-5)
    np.testing.assert_allclose(answer.completeness.values, 0, atol=1e-5)


def test_components_of_no_group_are_not_explained():
    one = explain(Trim(InputXGradient(), FourierBands((0.2,))), network(), series(), SCALAR)
    low = Trim(InputXGradient(), Grouped(FourierBands((0.2,)), {"low": (0,)}))
    other = explain(low, network(), series(), SCALAR)
    assert other.sizes["component"] == 1
    np.testing.assert_allclose(
        other.attribution_component.values[:, 0], one.attribution_component.values[:, 0], atol=1e-6
    )


def test_it_is_made_from_words():
    settings = {"explainer": "integrated-gradients", "transform": '{"name": "fourier-bands", "edges": [0.1]}'}
    assert registry.explainer("trim", settings) == Trim(IntegratedGradients(), FourierBands((0.1,)))


def test_its_settings_are_its_provenance():
    answer = explain(Trim(Occlusion(), ShortTime(4, (0.25,))), network(), series(), SCALAR)
    settings = json.loads(answer.attrs["settings"])
    assert settings["explainer"]["name"] == "occlusion"
    assert settings["transform"] == {"name": "short-time", "window": 4, "edges": [0.25]}


def test_no_setting_of_a_transform_hides_its_name():
    answer = explain(Trim(Saliency(), Wavelets("haar", 2)), network(), series(), SCALAR)
    transform = json.loads(answer.attrs["settings"])["transform"]
    assert transform == {"name": "wavelets", "family": "haar", "levels": 2, "each": False}


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Trim(Saliency), "must be an explainer with its settings"),
        (lambda: Trim(Saliency(), "fourier"), "must be one of aition.transform"),
        (lambda: Trim(Saliency(), n_time=-1), "n_time must be steps"),
    ],
)
def test_settings_that_do_not_fit_are_refused(make, words):
    with pytest.raises(InputError, match=words):
        make()
