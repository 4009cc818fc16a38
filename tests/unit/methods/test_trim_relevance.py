"""Contextual decomposition of bands: exact where its rules are, of the parts of a series, through any network."""

import numpy as np
import pytest
import torch

from aition import Target, TorchModel, explain, from_tensors
from aition.methods import ContextualDecomposition, Trim
from aition.methods.cd import SETS, decompose
from aition.transform import (
    FieldBands,
    Fourier,
    FourierBands,
    Grouped,
    LearnedWavelets,
    Principal,
    SeasonalTrend,
    ShortTime,
    Wavelets,
    parts,
)
from aition.transform.lattice import lattice_filter

SCALAR = Target.scalar()


def series(n_feature=1):
    x = torch.randn(3, 12, n_feature, generator=torch.Generator().manual_seed(1))
    return from_tensors(x, layout="sample time feature")


class Recurrent(torch.nn.Module):
    def __init__(self, n_feature):
        super().__init__()
        self.layer = torch.nn.LSTM(n_feature, 5, batch_first=True)
        self.head = torch.nn.Linear(5, 1)

    def forward(self, x):
        return self.head(self.layer(x)[0][:, -1])


def network(kind, n_feature=1):
    torch.manual_seed(0)
    if kind == "lstm":
        return TorchModel(Recurrent(n_feature))
    layers = [torch.nn.Flatten(), torch.nn.Linear(12 * n_feature, 16), torch.nn.Tanh(), torch.nn.Linear(16, 1)]
    return TorchModel(torch.nn.Sequential(*(layer for layer in layers if kind == "mlp" or layer != layers[2])))


def of_bands(transform, rules, model, batch):
    inner = ContextualDecomposition(rules=rules, strict=True)
    return explain(Trim(inner, transform, together=True), model, batch, SCALAR, progress="off")


def said(model, batch):
    with torch.no_grad():
        return model(batch)[:, 0].numpy()


@pytest.mark.parametrize("kind", ["mlp", "lstm"])
@pytest.mark.parametrize("rules", SETS)
def test_all_bands_as_one_group_and_the_constants_are_the_output(rules, kind):
    model, batch = network(kind), series()
    answer = of_bands(Grouped(FourierBands((0.1, 0.2)), {"all": (0, 1, 2)}), rules, model, batch)
    sums = answer.attribution_component.values[:, 0, 0] + answer.constants.values
    np.testing.assert_allclose(sums, said(model, batch), atol=1e-5)


@pytest.mark.parametrize("kind", ["mlp", "lstm"])
def test_two_bands_pushed_forward_apart_and_the_constants_are_the_output_by_shapley_rules(kind):
    model, batch = network(kind), series()
    answer = of_bands(FourierBands((0.2,)), "shapley", model, batch)
    sums = answer.attribution_component.values.sum(axis=(1, 2)) + answer.constants.values
    np.testing.assert_allclose(sums, said(model, batch), atol=1e-5)


@pytest.mark.parametrize("rules", ["gcd", "murdoch", "shapley"])
def test_any_bands_and_the_constants_are_the_output_of_a_linear_network(rules):
    model, batch = network("linear", 2), series(2)
    answer = of_bands(Fourier(), rules, model, batch)
    sums = answer.attribution_component.values.sum(axis=(1, 2)) + answer.constants.values
    np.testing.assert_allclose(sums, said(model, batch), atol=1e-5)


TRANSFORMS = {
    "fourier": Fourier(),
    "frames": ShortTime(4, (0.25,)),
    "wavelets": Wavelets("db2", 2),
    "learned": LearnedWavelets(lattice_filter(torch.tensor([0.3, -0.7])), 2),
    "trend": SeasonalTrend(4),
    "field": FieldBands((0.25,)),
    "principal": Principal.fit(series(2), 2),
}


@pytest.mark.parametrize("rules", ["acd", "shapley"])
@pytest.mark.parametrize("name", TRANSFORMS)
def test_a_band_counts_for_what_its_part_of_the_series_does(name, rules):
    model, batch = network("mlp", 2), series(2)
    split = parts(TRANSFORMS[name], batch.x)
    answer = of_bands(TRANSFORMS[name], rules, model, batch)
    found = answer.attribution_component.values.reshape(3, len(split.components), -1)
    columns = [[0], [1]] if split.components.by_feature else [[0, 1]]
    for component in range(len(split.components)):
        for place, features in enumerate(columns):
            part = torch.zeros_like(batch.x)
            part[:, :, features] = split.value[component][:, :, features]
            others = split.value.sum(dim=0) - part
            literal = of_one_part(model, part, others, split.rest, rules)
            np.testing.assert_allclose(found[:, component, place], literal, atol=1e-5)


def of_one_part(model, part, others, rest, rules):
    """The part, the others and the rest as steps one after another, which a network adds up before it looks."""
    summing = TorchModel(model.module, lambda module, given: module(given.x.unflatten(1, (3, 12)).sum(dim=1)))
    three = from_tensors(torch.cat([part, others, rest], dim=1), layout="sample time feature")
    fixed = three.x.clone()
    fixed[:, :24] = 0
    member = (torch.arange(36) < 12)[None, :, None].expand(1, 36, 2)
    found = decompose(summing, three, member, rules=rules, baseline=lambda given: given.with_x(fixed), strict=True)
    return found.relevant[0, :, 0].detach().numpy()
