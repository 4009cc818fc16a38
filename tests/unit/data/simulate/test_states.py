"""State and Switch-Feature: their chains, their series and their labels."""

import math

import numpy as np
import pytest
import torch

from aition.data.simulate import State, SwitchFeature
from aition.data.simulate.hidden_markov import features
from aition.data.simulate.switching import processes, squared_exponential
from aition.models import accuracy_of


@pytest.fixture(scope="module")
def state():
    return State()(seed=1000)


@pytest.fixture(scope="module")
def switch():
    return SwitchFeature()(seed=1000)


def near(share: float, chance: float, n_draw: int) -> bool:
    """Whether a share of so many draws lies within 5 standard errors of its chance."""
    return abs(share - chance) < 5 * math.sqrt(chance * (1 - chance) / n_draw)


@pytest.mark.parametrize("name", ["state", "switch"])
def test_labels_are_one_as_often_as_the_white_box_says(name, request):
    drawn = request.getfixturevalue(name)
    chance = drawn.white_box(drawn.batch).double().softmax(dim=2)[:, :, 1]
    label = drawn.batch.label.double()
    for low in torch.linspace(0, 0.9, 10).tolist():
        there = (chance >= low) & (chance < low + 0.1)
        spread = (chance * (1 - chance))[there].sum().sqrt()
        assert float((label - chance)[there].sum().abs()) < 4 * float(spread)


@pytest.mark.parametrize(("name", "first", "slope"), [("state", 1, 2.0), ("switch", 0, 3.0)])
def test_the_white_box_gives_the_log_odds_of_the_law(name, first, slope, request):
    drawn = request.getfixturevalue(name).take(range(5))
    logits = drawn.white_box(drawn.batch)
    for sample in range(5):
        for step in range(drawn.batch.n_time):
            value = drawn.batch.x[sample, step, first + int(drawn.batch["state"][sample, step])]
            odds = float(logits[sample, step, 1] - logits[sample, step, 0])
            assert odds == pytest.approx(slope * float(value), abs=1e-6)


@pytest.mark.parametrize("name", ["state", "switch"])
def test_the_white_box_meets_labels_as_often_as_bayes(name, request):
    drawn = request.getfixturevalue(name)
    logits = drawn.white_box(drawn.batch)
    best = float(logits.double().softmax(dim=2).amax(dim=2).mean())
    assert near(accuracy_of(logits, drawn.batch), best, drawn.batch.label.numel())


@pytest.mark.parametrize("name", ["state", "switch"])
def test_the_truth_is_one_cell_a_step(name, request):
    drawn = request.getfixturevalue(name)
    assert bool((drawn.truth.sum(dim=2) == 1).all())


def test_state_features_have_the_mean_and_covariance_of_their_state(state):
    x, hidden = state.batch.x.double(), state.batch["state"]
    for one, mean in ((0, [0.1, 1.6, 0.5]), (1, [-0.1, -0.4, -1.5])):
        values = x[hidden == one]
        error = math.sqrt(0.801 / len(values))
        assert torch.allclose(values.mean(dim=0), torch.tensor(mean, dtype=torch.float64), atol=5 * error)
        law = torch.eye(3, dtype=torch.float64) * 0.801
        law[0, 1 + one] = law[1 + one, 0] = 0.01
        assert torch.allclose(values.T.cov(), law, atol=5 * error * 1.3)


def test_state_features_have_exactly_the_published_covariance():
    for one in (0, 1):
        unit = np.eye(3)[None]
        root = features(np.full((1, 3), one), unit)[0] - features(np.full((1, 3), one), 0 * unit)[0]
        law = 0.801 * np.eye(3)
        law[0, 1 + one] = law[1 + one, 0] = 0.01
        assert np.allclose(root.T @ root, law)


def test_state_0_is_left_with_constant_chance(state):
    hidden = state.batch["state"]
    before, after = hidden[:, :-1] == 0, hidden[:, 1:] == 1
    assert near(float(after[before].double().mean()), 0.05, int(before.sum()))


@pytest.mark.parametrize("lasted", [0, 5, 10, 20])
def test_state_1_is_left_the_sooner_the_longer_it_has_lasted(state, lasted):
    hidden = state.batch["state"].numpy()
    left = []
    for series in hidden:
        age = None
        for step in range(1, len(series)):
            if series[step - 1] == 1 and age == lasted:
                left.append(series[step] == 0)
            entered = series[step - 1] == 0 and series[step] == 1
            age = 0 if entered else age + 1 if age is not None and series[step] == 1 else None
    assert len(left) > 500
    assert near(float(np.mean(left)), 0.05 + lasted / 500, len(left))


def test_both_states_are_as_likely_at_first():
    first = State(n_sample=4000, n_time=1)(seed=1001).batch["state"].double()
    assert near(float(first.mean()), 0.5, 4000)


def test_switch_moves_as_published(switch):
    hidden = switch.batch["state"]
    law = [[0.95, 0.02, 0.03], [0.02, 0.95, 0.03], [0.03, 0.02, 0.95]]
    for one in range(3):
        after = hidden[:, 1:][hidden[:, :-1] == one]
        for other in range(3):
            assert near(float((after == other).double().mean()), law[one][other], len(after))


def test_switch_begins_in_every_state_alike():
    first = SwitchFeature(n_sample=4000, n_time=1)(seed=1001).batch["state"]
    for one in range(3):
        assert near(float((first == one).double().mean()), 1 / 3, 4000)


def test_switch_features_have_the_mean_and_variance_of_their_state(switch):
    x, hidden = switch.batch.x.double(), switch.batch["state"]
    for one, mean in enumerate([[0.8, -0.5, -0.2], [0, -1, 0], [-0.2, -0.2, 0.8]]):
        values = x[hidden == one]
        error = math.sqrt(0.1 / len(values))
        assert torch.allclose(values.mean(dim=0), torch.tensor(mean, dtype=torch.float64), atol=5 * error)
        assert torch.allclose(values.var(dim=0), torch.full((3,), 0.1, dtype=torch.float64), rtol=0.03)


def test_smooth_processes_keep_their_kernel_within_a_state():
    drawn = SwitchFeature(n_sample=3000, n_time=8, length_scale=2.0)(seed=1002)
    whole = (drawn.batch["state"] == drawn.batch["state"][:, :1]).all(dim=1)
    mean = torch.tensor([[0.8, -0.5, -0.2], [0, -1, 0], [-0.2, -0.2, 0.8]])[drawn.batch["state"]]
    values = (drawn.batch.x - mean)[whole].double().transpose(1, 2).flatten(0, 1)
    law = 0.1 * torch.exp(-((torch.arange(8)[:, None] - torch.arange(8)) ** 2) / (2 * 2.0**2)).double()
    assert torch.allclose(values.T.cov(), law, atol=5 * 0.1 * math.sqrt(2 / len(values)))


def test_processes_begin_anew_with_every_state():
    rng = np.random.default_rng(1003)
    state = np.array([[0, 0, 0, 1, 1, 0, 2, 2, 2, 2], [1] * 10, [0, 1] * 5])
    noise = rng.standard_normal((3, 10, 2))
    kernel = squared_exponential(np.arange(10) / 1.5) + 1e-6 * np.eye(10)
    x = processes(state, noise, root=np.linalg.cholesky(kernel))
    for series in range(3):
        begin = 0
        for step in range(1, 11):
            if step == 10 or state[series, step] != state[series, begin]:
                own = np.linalg.cholesky(kernel[: step - begin, : step - begin])
                assert np.allclose(x[series, begin:step], own @ noise[series, begin:step])
                begin = step
