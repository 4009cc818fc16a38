"""Dreams of every kind of network: whatever its layers, its inputs, its padding and its outputs are."""

from types import ModuleType

import numpy as np
import pytest
import torch
from torch import nn

from aition import Target, TorchModel, from_tensors
from aition.core.errors import ModelError
from aition.core.model import weights
from aition.dream import Level, Margin, Output, Recipe, Time, Value, dream, preset
from aition.models import create
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


NETWORKS = {
    "gru-classifier": {"n_hidden": 6},
    "conv-classifier": {"channels": (6,)},
    "transformer-classifier": {"n_hidden": 8, "n_head": 2},
}


def unequal(*, padding: float = 0.0):
    """Series of three lengths, two features and two classes, with anything in the padding."""
    random = torch.Generator().manual_seed(0)
    lengths = torch.tensor([9, 5, 7] * 10)
    x = torch.randn(30, 9, 2, generator=random)
    x = torch.where((torch.arange(9) < lengths[:, None])[:, :, None], x, padding)
    return from_tensors(x, lengths=lengths, label=torch.arange(30) % 2)


@pytest.mark.parametrize("name", NETWORKS)
def test_dreams_of_unequal_lengths_do_not_hang_on_what_stands_in_the_padding(name):
    model = create(name, n_feature=2, n_class=2, **NETWORKS[name])
    for recipe in (preset("calibrated", steps=5), preset("delta", steps=5)):
        plain, dirty = (
            dream(model, unequal(padding=value), Margin(1), recipe=recipe, draws=3, judges=()) for value in (0.0, 50.0)
        )
        assert set(plain.exists.values.sum(axis=1).tolist()) <= {5, 7, 9}
        assert np.allclose(plain.value.values, dirty.value.values, atol=1e-4, equal_nan=True)
        assert np.allclose(plain.margin.values, dirty.margin.values, atol=1e-4)


def forecaster() -> TorchModel:
    """Three quantiles of the next two steps, linear in the last four."""
    network = nn.Sequential(nn.Flatten(), nn.Linear(8, 6), nn.Unflatten(1, (2, 3)))
    weight = torch.randn(6, 8, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        network[1].weight.copy_(weight)
        network[1].bias.zero_()
    return TorchModel(network, lambda module, batch: module(batch.x[:, -4:]), axes=("horizon", "quantile"))


def test_a_quantile_of_a_step_of_a_forecast_is_driven_up_and_down_to_what_real_histories_reach():
    real = from_tensors(torch.randn(60, 9, 2, generator=torch.Generator().manual_seed(0)))
    step = Target.output(horizon=1, quantile=2)
    recipe = Recipe(Time(), Level(0.9), variations=(), steps=100)
    found = dream(forecaster(), real, [Output(step), Output(step, downward=True)], recipe=recipe, draws=2, judges=())
    said = forecaster()(real)[:, 1, 2].detach().numpy()
    wanted = np.quantile(said, [0.9, 0.1])
    assert found.prediction.values[:, 1, 2] == pytest.approx(np.repeat(wanted, 2), rel=0.05)
    assert np.abs(found.value.values[:, :5]).max() < 1  # the network reads the last four steps alone


class Tagger(nn.Module):
    """A class at each step, by what stood before."""

    def __init__(self) -> None:
        super().__init__()
        self.gru, self.head = nn.GRU(2, 4, batch_first=True), nn.Linear(4, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.gru(x)[0])


def test_a_class_at_a_step_of_a_causal_network_asks_for_nothing_behind_it():
    torch.manual_seed(0)
    model = TorchModel(Tagger())
    real = from_tensors(torch.randn(40, 9, 2, generator=torch.Generator().manual_seed(0)))
    recipe = Recipe(Time(), Level(0.8), variations=(), steps=100)
    places = [Margin(1, at=(("time", 3),)), Margin(1, at=(("time", 6),))]
    found = dream(model, real, places, recipe=recipe, draws=2, judges=())
    assert [str(one) for one in found.wish.values] == ["class 1 time 3", "class 1 time 6"]
    assert found.margin.values == pytest.approx(found.wanted.values, abs=0.02)
    moved = dream(model, real, places, recipe=Recipe(Time(), Level(0.8), variations=(), steps=1), draws=2, judges=())
    still = np.isclose(found.value.values, moved.value.values, atol=1e-6).all(axis=2)
    assert still.tolist() == [[False] * 4 + [True] * 5] * 2 + [[False] * 7 + [True] * 2] * 2


def test_static_columns_are_those_of_the_series_that_a_dream_stands_beside():
    torch.manual_seed(0)
    network = nn.Linear(3, 2)
    model = TorchModel(network, lambda module, batch: module(torch.cat([batch.x.mean(dim=1), batch.static], dim=1)))
    random = torch.Generator().manual_seed(0)
    real = from_tensors(torch.randn(30, 9, 2, generator=random), static=torch.randn(30, 1, generator=random))
    found = dream(
        model, real, Margin(1), recipe=Recipe(Time(), Value(0.3), variations=()), places=real.take([2, 5]), judges=()
    )
    assert found.margin.values == pytest.approx(0.3, abs=0.01)
    given = torch.cat([torch.as_tensor(found.value.values).float().mean(dim=1), real.static[[2, 5]]], dim=1)
    assert np.allclose(network(given).detach().numpy(), found.prediction.values, atol=1e-4)


def test_token_ids_are_exchanged_for_real_ones_alone():
    torch.manual_seed(0)
    module = text.CASE.module().eval()
    case, given = text.CASE, {"ids": torch.randint(0, 30, (24, 6)), "mask": torch.ones(24, 6, dtype=torch.bool)}
    recipe = preset("words", steps=30, aim=Level(1.0, share=0.0))
    found = dream(case.wrapped(module), case.batch(given), Margin(1), recipe=recipe, draws=3, judges=())
    spelled = {"ids": torch.as_tensor(found.word.values), "mask": given["mask"][:3]}
    assert np.allclose(case.direct(module, spelled).detach().numpy(), found.prediction.values, atol=1e-4)
    assert set(np.unique(found.word.values)) <= set(given["ids"].flatten().tolist())
    assert (found.margin.values > found.objective.values[:, 0]).all()
