"""The landing: what can be reached is reached, whatever the prices are, and sparse dreams stay sparse."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from aition import TorchModel
from aition.core.assemble import from_tensors
from aition.dream import Border, Change, Level, Margin, Most, Phases, PrincipalComponents, Recipe, Squares, Time, dream
from aition.dream.landing import TOLERANCE, landed
from stand_ins.dreams import matched, waves


def bent(n_class: int, seed: int) -> TorchModel:
    """A network with bends, by chance."""
    torch.manual_seed(seed)
    layers = nn.Sequential(nn.Conv1d(1, 8, 5, padding=2), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 24, n_class))
    return TorchModel(layers, lambda module, batch: module(batch.x.transpose(1, 2)))


@pytest.mark.parametrize("price", [1e-3, 1.0, 1e4])
@pytest.mark.parametrize("seed", [0, 1])
def test_a_border_is_reached_whatever_a_change_costs(price, seed):
    recipe = Recipe(Change(price), Level(share=0.0), variations=(), steps=10)
    found = dream(bent(3, seed), waves(), Border((0, 1), slack=0.1), recipe=recipe, draws=6, judges=())
    logits = found.prediction.values
    assert np.abs(logits[:, 0] - logits[:, 1]).max() < 2e-3
    assert (logits[:, :2].min(axis=1) - logits[:, 2]).min() > 0.1 - 2e-3


@pytest.mark.parametrize(
    "canvas", [Time(), Phases(), PrincipalComponents(most=1.0)], ids=lambda one: type(one).__name__
)
def test_a_level_is_reached_whatever_is_charged_and_however_few_the_steps(canvas):
    recipe = Recipe(canvas, Level(0.6), penalties=(Squares(100.0),), variations=(), steps=3)
    found = dream(bent(2, 0), waves(), [Margin(0), Margin(1)], recipe=recipe, draws=4, judges=())
    assert np.abs(found.margin.values - found.wanted.values).max() < 2e-3


def test_where_not_all_can_be_had_classes_of_a_border_are_equal_all_the_same():
    # The third logit is above both others where these are equal, and falls with their difference.
    def forward(_module, batch):
        one = batch.x[:, :6, 0].sum(dim=1), batch.x[:, 6:, 0].sum(dim=1)
        return torch.stack([*one, (one[0] + one[1]) / 2 + 1 - 2 * (one[0] - one[1])], dim=1)

    model = TorchModel(nn.Identity(), forward)
    for recipe in (Recipe(Change(), variations=(), steps=10), Recipe(Time(), variations=(), steps=10)):
        found = dream(model, waves(), Border((0, 1), slack=0.5), recipe=recipe, draws=4, judges=())
        assert found.gap.values.max() < 2e-2


def test_the_nearest_point_of_a_plane_and_a_half_space_is_found_in_one_correction():
    # x + y = 2 and x >= 1.5, from (0, 0): both are amiss, and (1.5, .5) is the only point where neither is.
    def amiss(some):
        return [torch.stack([some[0].sum(dim=1) - 2, torch.relu(1.5 - some[0][:, 0])], dim=1)]

    (found,) = landed([torch.full((1, 2), 1e-9)], amiss, lambda some: some)
    assert torch.allclose(found, torch.tensor([[1.5, 0.5]]), atol=1e-5)


def test_what_is_0_stays_0_as_long_as_others_are_enough():
    (found,) = landed(
        [torch.tensor([[0.0, 1.0], [0.0, 0.0]])], lambda some: [some[0].sum(dim=1, keepdim=True) - 3], lambda some: some
    )
    assert torch.allclose(found, torch.tensor([[0.0, 3.0], [1.5, 1.5]]))


def test_what_can_not_be_reached_is_no_worse_than_before():
    def amiss(some):
        return [(some[0].square().sum(dim=1, keepdim=True) + 1)]

    before = torch.tensor([[1e-3, 2.0]])
    (found,) = landed([before], amiss, lambda some: [one.clamp(-1, 1) for one in some])
    assert float(amiss([found])[0]) <= float(amiss([before])[0])
    (left,) = landed([before], lambda some: [torch.zeros(1, 1) * some[0][:, :1] + TOLERANCE / 2], lambda some: some)
    assert torch.equal(left, before)


def test_dreams_of_as_much_as_can_be_are_left_alone():
    recipe = Recipe(Time(), Most(), variations=(), steps=3)
    asked = []

    def forward(module, batch):
        asked.append(len(batch))
        return module(batch.x)

    model = TorchModel(matched().module, forward)
    dream(model, waves(), Margin(1), recipe=recipe, draws=1, judges=())
    few = len(asked)
    dream(model, waves(), Margin(1), recipe=replace(recipe, steps=4), draws=1, judges=())
    assert len(asked) - few == few + 1


def test_shorter_series_land_too():
    batch = waves(30)
    short = from_tensors(batch.x, layout="sample time feature", label=batch.label, lengths=[24, 15, 19] * 10)
    mean = TorchModel(
        nn.Linear(1, 2), lambda module, some: module((some.x * some.exists[:, :, None]).sum(dim=1) / 10 + some.x[:, 0])
    )
    recipe = Recipe(Change(10.0), Level(share=0.0), variations=(), steps=5)
    found = dream(mean, short, Margin(1), recipe=recipe, draws=5, judges=())
    assert np.abs(found.margin.values - found.wanted.values).max() < 2e-3


def test_how_far_a_dream_is_corrected_does_not_hang_on_others_beside_it():
    def amiss(parameters):
        return [one.square() for one in parameters]  # a correction halves them: the rounds are too few

    def held(parameters):
        return parameters

    alone = landed([torch.tensor([[1000.0]])], amiss, held)[0]
    beside = landed([torch.tensor([[1000.0], [0.0]])], amiss, held)[0]
    assert float(alone.square()) > TOLERANCE
    assert torch.equal(beside[:1], alone)
