"""Beginnings: where dreams start, and that they go no further than they must."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from aition import Target
from aition.core.errors import InputError
from aition.dream import (
    Border,
    Change,
    Joint,
    Level,
    Margin,
    Most,
    Neuron,
    Output,
    PrincipalComponents,
    Recipe,
    Value,
    dream,
)
from aition.dream.beginnings import among_which, likely, made_of, weights_of
from aition.dream.distances import nearest_of
from aition.dream.frame import Frame
from aition.dream.real import chosen
from aition.dream.seen import Seen
from aition.dream.wishes import check_classes
from stand_ins.dreams import PATTERN, matched, waves


def test_series_are_weighed_by_how_often_draws_from_them_reach_the_level():
    told, chance = torch.tensor([-1.4, -0.2, 0.1, 1.5], dtype=torch.float64), 0.6
    mean, spread = told.mean(), told.std(correction=0)
    random = torch.Generator().manual_seed(0)
    noise = torch.randn(4, 400_000, generator=random, dtype=torch.float64)
    reached = mean + (1 - chance**2) ** 0.5 * (told - mean)[:, None] + chance * spread * noise
    near = ((reached - 1.0).abs() < 0.05).double().mean(dim=1)
    found = likely(told[:, None], torch.tensor([1.0]), chance).exp()
    assert torch.allclose((found / found.sum()).double(), near / near.sum(), atol=0.01)


def test_rows_are_chosen_in_proportion_to_their_weights():
    at = (torch.arange(1000) + 0.5) / 1000
    found = chosen(torch.tensor([4, 2, 9]), torch.tensor([1.0, 0.0, 3.0]), at)
    assert [(found == one).sum().item() for one in (4, 2, 9)] == [250, 0, 750]


def test_all_series_are_alike_where_nothing_is_aimed_at_or_chance_is_all():
    batch, real = waves(20), torch.randn(20, 1)
    seen = Seen(torch.zeros(20, 2), ("class",), batch)
    for level, chance in ((torch.nan, 0.5), (1.0, 1.0)):
        some = weights_of(
            [Margin(0)],
            torch.tensor([level]),
            real,
            seen,
            series=batch.x,
            among=[torch.arange(20)],
            how=PrincipalComponents(chance=chance),
        )
        assert torch.equal(some, torch.zeros(20, 1))


def test_a_border_begins_at_series_between_its_classes():
    batch = waves(60)
    outputs = matched().module(batch.x)
    weights = weights_of(
        [Border((0, 1))],
        torch.tensor([torch.nan]),
        torch.zeros(60, 1),
        Seen(outputs.detach(), ("class",), batch),
        series=batch.x,
        among=[torch.arange(60)],
        how=PrincipalComponents(chance=0.3),
    )[:, 0]
    gap = (outputs[:, 1] - outputs[:, 0]).detach()
    off = (gap.mean() + (1 - 0.09) ** 0.5 * (gap - gap.mean())).abs()
    assert torch.equal(
        weights.argsort(descending=True, stable=True)[:10].sort().values, off.argsort()[:10].sort().values
    )


def test_of_a_linear_model_a_dream_is_the_series_nearest_to_its_beginning_that_reaches_the_level():
    # In whitened numbers the shortest way to a plane is along its normal; 1e-9 is a rate that goes nowhere.
    batch, places, target = waves(), waves(6, seed=1), Output(Target.of_class(1))
    parameterisation = PrincipalComponents(1.0, chance=0.5, most=1.0)
    still = Recipe(parameterisation, Most(), own=False, variations=(), steps=1, rate=1e-9)
    begun = dream(matched(), batch, target, recipe=still, places=places, judges=())
    moved = Recipe(parameterisation, Value(1.2), own=False, variations=(), steps=100)
    found = dream(matched(), batch, target, recipe=moved, places=places, judges=())
    assert found.margin.values == pytest.approx(1.2, abs=5e-3)
    frame = Frame.of(batch, places)
    canvas = parameterisation.fit(frame, 0)
    first, last = (canvas.scores(frame.units(torch.tensor(one.value.values))) for one in (begun, found))
    normal = canvas.basis.flatten(1).double() @ PATTERN.double()
    way = (last - first).double()
    along = (way @ normal) / (way.norm(dim=1) * normal.norm())
    assert float(along.abs().min()) > 0.98


def test_dreams_of_a_level_differ_as_real_series_of_that_level_do():
    batch = waves(400)
    found = dream(
        matched(),
        batch,
        Margin(1),
        recipe=Recipe(aim=Level(0.9, share=0.0), variations=(), steps=40),
        draws=60,
        judges=(),
    )
    own = batch.label == 1
    real = batch.x[own, :, 0].numpy()
    reached = found.real_reached.values[own.numpy(), 0]
    near = real[np.abs(reached - found.wanted.values[0]) < 0.2]
    made = found.value.values[:, :, 0]
    assert made.std(axis=0).mean() / near.std(axis=0).mean() == pytest.approx(1.0, abs=0.15)


def test_dreams_begin_at_series_that_the_model_puts_into_the_class_at_all_or_at_those_of_other_classes():
    batch = waves(60)
    seen = Seen(matched().module(batch.x).detach(), ("class",), batch)
    put = seen.outputs.argmax(dim=1)
    for recipe, wanted in (
        (Recipe(), put == 1),
        (Recipe(own=False), put >= 0),
        (Recipe(Change()), batch.label == 0),
    ):
        like = made_of([Margin(1)], seen, recipe)
        (rows,) = among_which([Margin(1)], batch, recipe, like=like)
        assert torch.equal(rows, wanted.nonzero()[:, 0])


def test_labels_lend_a_model_nothing_that_it_does_not_know():
    # Neither labels that are the wrong way about nor their absence change a dream's material; a model that puts no
    # series into the class, such as an untrained one, is given all of them.
    batch, every = waves(60), torch.arange(60)
    outputs = matched().module(batch.x).detach()
    for label in (1 - batch.label, torch.full_like(batch.label, -1)):
        (rows,) = made_of([Margin(1)], Seen(outputs, ("class",), replace(batch, label=label)), Recipe())
        assert torch.equal(rows, (outputs.argmax(dim=1) == 1).nonzero()[:, 0])
    knows_nothing = Seen(torch.tensor([[1.0, 0.0]]).expand(60, 2), ("class",), batch)
    assert torch.equal(made_of([Margin(1)], knows_nothing, Recipe())[0], every)
    assert torch.equal(made_of([Neuron("x", 0)], knows_nothing, Recipe())[0], every)


def test_an_output_and_a_sum_of_objectives_say_at_which_step_they_ask_for_a_class():
    batch = waves(4)
    outputs = torch.zeros(4, 2, 2)
    outputs[1:3, 1, 1] = 1.0
    seen = Seen(outputs, ("horizon", "class"), batch)
    one = Output(Target((("horizon", 1), ("class", 1))))
    for objective in (one, Joint((one, one))):
        assert made_of([objective], seen, Recipe())[0].tolist() == [1, 2]


def test_a_draw_is_as_far_from_its_series_as_three_in_four_series_are_from_their_nearest():
    batch = waves(80)
    frame = Frame.of(batch, batch)
    canvas = PrincipalComponents(1.0, most=1.0).fit(frame, 0)
    drawn = (canvas.series(canvas.first) - frame.real).square().mean().sqrt()
    wanted = nearest_of(frame.real, frame.real, other=True)[0].quantile(0.75)
    assert float(drawn) == pytest.approx(float(wanted), rel=0.05)


def test_series_that_are_there_twice_leave_a_little_chance_and_series_far_apart_leave_nothing_else():
    twice = torch.randn(10, 6, 1).repeat(2, 1, 1)
    assert PrincipalComponents().chance_among(twice) == 0.05
    assert PrincipalComponents().chance_among(torch.eye(6)[:, :, None]) == 1.0
    assert PrincipalComponents(chance=0.3).chance_among(twice) == 0.3


def test_all_classes_of_a_border_of_three_lend_it_series():
    batch, border = replace(waves(30), label=torch.arange(30) % 5), Border((0, 1, 2))
    seen = Seen(torch.eye(5)[batch.label], ("class",), batch)
    assert set(batch.label[made_of([border], seen, Recipe())[0]].tolist()) == {0, 1, 2}
    (begin,) = among_which([border], batch, Recipe(Change()), like=[])
    assert set(batch.label[begin].tolist()) == {3, 4}
    with pytest.raises(InputError, match="series of class 2"):
        check_classes([border], replace(batch, label=torch.arange(30) % 2))
