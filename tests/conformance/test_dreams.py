"""Dreams of every kind of network: whatever its layers, its inputs, its padding and its outputs are."""

from types import ModuleType

import numpy as np
import pytest
import torch

from aition import Target, TorchModel, from_tensors
from aition.core.errors import ModelError
from aition.core.model import weights
from aition.dream import Level, Margin, Output, Recipe, Time, Value, dream
from stand_ins import channel_first, darts, hugging_face, neuralforecast, plain, pypots, pytorch_forecasting, text
from stand_ins.zoo import N_FEATURE, N_TIME, ZOO, network

SHAPES = (channel_first, darts, hugging_face, neuralforecast, plain, pypots, pytorch_forecasting, text)


NO_SLOPE = {"embedded": "no gradient flows", "residual": "modified by an inplace operation"}
"""Networks that have no gradient by their values, dream or not."""


@pytest.mark.parametrize("name", NO_SLOPE)
def test_a_network_without_a_gradient_is_blamed_for_it(name):
    real = from_tensors(torch.randn(30, N_TIME, N_FEATURE, generator=torch.Generator().manual_seed(0)))
    with pytest.raises(ModelError, match=NO_SLOPE[name]):
        dream(TorchModel(network(name)), real, Margin(1), recipe=Recipe(Time(), steps=2), draws=1, judges=())


@pytest.mark.parametrize("name", [name for name in ZOO if name not in NO_SLOPE])
def test_a_network_of_any_kind_reaches_a_level_and_is_left_as_it_was(name):
    module = network(name)
    model, before = TorchModel(module), [value.clone() for value in weights(module)]
    real = from_tensors(torch.randn(30, N_TIME, N_FEATURE, generator=torch.Generator().manual_seed(0)))
    said = model(real).detach()
    lead = said[:, 1] - said[:, 0]
    wanted = float(lead.quantile(0.8))
    recipe = Recipe(Time(), Value(wanted), variations=(), steps=100)
    found = dream(model, real, Margin(1), recipe=recipe, draws=2, judges=())
    far = np.abs(found.margin.values - wanted) / float(lead.std())
    assert far.max() < 0.1
    assert all(torch.equal(*pair) for pair in zip(before, weights(module), strict=True))
    assert not any(part._forward_hooks for part in module.modules())


@pytest.mark.parametrize("kind", SHAPES, ids=lambda kind: kind.__name__.removeprefix("stand_ins."))
def test_a_model_of_another_library_dreams(kind: ModuleType):
    torch.manual_seed(0)
    case = kind.CASE
    module = case.module().eval()
    batch = case.batch(case.inputs())
    model = case.wrapped(module)
    at = tuple((axis, 0 if choice == "predicted" else choice) for axis, choice in case.target.at)
    recipe = Recipe(Time(), Level(1.0), variations=(), steps=30)
    found = dream(model, batch, Output(Target(at)), recipe=recipe, draws=2, judges=())
    assert bool(np.isfinite(found.margin.values).all())
    first, last = (np.abs(found.objective.values[:, place] - found.wanted.values) for place in (0, -1))
    assert last.sum() < first.sum()
