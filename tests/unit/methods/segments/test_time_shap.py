"""TimeShap: what is pruned counts for no more than the tolerance, and three games add up to one change."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from aition import Batch, FunctionModel, Target, explain, from_series, from_tensors
from aition.methods import TimeShap
from aition.models import EventRecurrent, events_model
from aition.testing.events import events


def fading(batch: Batch) -> Tensor:
    """A state that forgets, as recurrent networks do."""
    state = batch.x.new_zeros(len(batch))
    for step in range(batch.n_time):
        new = (0.5 * state + batch.x[:, step, 0] - 0.7 * batch.x[:, step, 1] * batch.x[:, step, 0]).tanh()
        state = torch.where(batch.exists[:, step], new, state)
    return state


def asked(explainer: TimeShap, batch: Batch, function: object = fading) -> object:
    return explain(explainer, FunctionModel(function, dtype=torch.float64), batch, Target.scalar(), progress="off")


def noise(*sizes: int, seed: int = 0, side: str = "right") -> Batch:
    generator = torch.Generator().manual_seed(seed)
    return from_series([torch.randn(size, 3, generator=generator, dtype=torch.float64) for size in sizes], side=side)


@settings(max_examples=15)
@given(
    seed=st.integers(0, 2**31),
    tolerance=st.floats(0, 0.5),
    recent=st.booleans(),
    side=st.sampled_from(["left", "right"]),
)
def test_what_is_pruned_is_within_the_tolerance_and_all_games_add_up(seed, tolerance, recent, side):
    batch = noise(12, 5, 1, seed=seed, side=side)
    answer = asked(TimeShap(tolerance, recent, n_step=3, n_feature=2), batch)
    change = (fading(batch) - fading(batch.with_x(batch.x * 0))).numpy()
    assert (np.abs(answer.pruned_value.values) <= tolerance).all()
    assert (answer.pruned.values < batch.lengths.numpy()).all()
    np.testing.assert_allclose(answer.step_value.sum("time"), change, atol=1e-9)
    np.testing.assert_allclose(answer.attribution.sum(("time", "feature")), change, atol=1e-9)
    np.testing.assert_allclose(answer.completeness, 0, atol=1e-9)


def test_a_forgotten_past_is_pruned_and_a_longer_one_costs_no_more_coalitions():
    calls: list[int] = []

    def counting(batch: Batch) -> Tensor:
        calls.append(len(batch))
        return fading(batch)

    asked_of = []
    for length in (20, 60):
        calls.clear()
        batch = from_tensors(torch.randn(1, length, 3, generator=torch.Generator().manual_seed(1)).double().flip(1))
        answer = asked(TimeShap(0.01), batch, counting)
        left = length - int(answer.pruned[0])
        assert left < 15
        asked_of.append((left, sum(calls) - 2 * length))
    assert asked_of[1][1] <= asked_of[0][1] * 1.5


def test_the_steps_that_are_left_count_as_players_not_those_that_are_pruned():
    batch = from_tensors(torch.ones(1, 2100, 1, dtype=torch.float64))
    answer = asked(TimeShap(0.0, n_step=2), batch, lambda one: one.x[:, 2097, 0] + 2 * one.x[:, 2099, 0])
    assert answer.pruned.values.tolist() == [2097]
    np.testing.assert_allclose(answer.step_value.values[0, 2096:], [0, 1, 0, 2], atol=1e-9)


def test_the_steps_that_matter_are_told_from_those_that_do_not():
    batch = noise(16, 16)
    answer = asked(TimeShap(0.0, n_step=2, n_feature=1), batch, lambda one: 3 * one.x[:, 9, 1] + one.x[:, 4, 1])
    for row in range(2):
        x = batch.x[row]
        expected = torch.zeros_like(x)
        expected[9, 1], expected[4, 1] = 3 * x[9, 1], x[4, 1]
        np.testing.assert_allclose(answer.attribution.values[row], expected, atol=1e-9)
        np.testing.assert_allclose(answer.feature_value.values[row], expected.sum(dim=0), atol=1e-9)
    assert answer.pruned.values.tolist() == [4, 4]


def test_of_events_it_tells_events_and_their_codes():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        model = events_model(EventRecurrent("gru", 5, 3, n_hidden=6))
    batch = events()
    answer = explain(TimeShap(0.0), model, batch, Target.of_class(1), progress="off")
    score = model(batch)[:, 1] - model(batch.with_x(batch.x * 0))[:, 1]
    for row in range(len(batch)):
        own = answer["row_sample"].values == row
        change = float(score[row].detach())
        assert answer["attribution"].values[own].sum() == pytest.approx(change, abs=1e-5)
        codes = answer["row_feature"].values[own]
        values = answer["feature_value"].values[own]
        each = dict(zip(codes.tolist(), values.tolist(), strict=True))
        assert sum(each.values()) == pytest.approx(change, abs=1e-5)
    np.testing.assert_allclose(answer["attribution"], answer["step_value"], atol=1e-12)
