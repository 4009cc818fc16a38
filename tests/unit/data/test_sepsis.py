"""Courses of sepsis: the exact law, and what is drawn by it."""

import sys

import numpy as np
import pytest
import torch

from aition.core.errors import InputError, MissingExtraError
from aition.data import sepsis
from aition.data.sepsis import DEATH, FEATURES, SURVIVAL, Sepsis, load_sepsis, process

SEED = 1004


@pytest.fixture(scope="module")
def drawn():
    return Sepsis(n_sample=4000)(seed=SEED)


def test_survival_satisfies_bellmans_equation():
    known = process()
    alive = np.append(known.survival, [0.0, 1.0])
    assert np.abs(known.moves @ alive - known.survival).max() < 1e-10
    assert bool(((known.survival > 0) & (known.survival < 1)).all())


def test_survival_is_where_repeated_steps_lead():
    known = process()
    alive = np.zeros(SURVIVAL + 1)
    alive[SURVIVAL] = 1
    for _ in range(2000):
        alive[:DEATH] = known.moves @ alive
    assert np.allclose(alive[:DEATH], known.survival, atol=1e-9)


def test_chances_add_up_to_one():
    known = process()
    assert np.allclose(known.moves.sum(axis=1), 1, atol=1e-12)
    assert known.start.sum() == pytest.approx(1, abs=1e-12)


def test_mortality_is_22_percent_exactly_and_drawn(drawn):
    exact = process().mortality
    assert exact == pytest.approx(0.22, abs=0.005)
    error = (exact * (1 - exact) / len(drawn)) ** 0.5
    assert abs(float(drawn.batch.label.double().mean()) - exact) < 4 * error


def test_survival_of_a_visited_state_is_the_share_of_those_who_leave_it_alive(drawn):
    first = drawn.batch["survival"][:, 0].double()
    alive = (drawn.batch.label == 0).double()
    for low, high in ((0, 0.7), (0.7, 0.85), (0.85, 1)):
        some = (first >= low) & (first < high)
        error = float((first[some] * (1 - first[some])).mean() / some.sum()) ** 0.5
        assert abs(float(alive[some].mean() - first[some].mean())) < 4 * error


def test_moves_are_drawn_with_their_chances(drawn):
    known, state = process(), drawn.batch["state"].numpy()
    commonest = np.bincount(state[state >= 0]).argmax()
    places = np.argwhere(state == commonest)
    follows = [state[row, step + 1] if step + 1 < state.shape[1] else -1 for row, step in places]
    goes_on = 1 - known.moves[commonest, DEATH:].sum()
    share = np.mean(np.array(follows) >= 0)
    assert abs(share - goes_on) < 4 * (goes_on * (1 - goes_on) / len(places)) ** 0.5
    assert bool((known.moves[commonest, [one for one in follows if one >= 0]] > 0).all())


def test_the_end_hangs_on_the_last_state_alone(drawn):
    batch, last = drawn.batch, drawn.batch.lengths - 1
    every = torch.arange(len(batch))
    assert bool(drawn.truth[every, last].all())
    assert int(drawn.truth.sum()) == len(batch) * len(FEATURES)
    other = batch.x.clone()
    keep = torch.zeros_like(batch.exists)
    keep[every, last] = True
    other[~keep] = 0
    with torch.no_grad():
        assert torch.equal(drawn.white_box(batch.with_x(other)), drawn.white_box(batch))


def test_the_white_box_says_the_log_odds_of_the_last_state(drawn):
    with torch.no_grad():
        logits = drawn.white_box(drawn.batch)
    assert torch.allclose(logits[:, 1] - logits[:, 0], drawn.batch["log_odds"], atol=1e-5)


def test_the_white_box_has_gradients_at_the_last_step(drawn):
    batch = drawn.batch.take(range(20))
    x = batch.x.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(drawn.white_box(batch.with_x(x))[:, 1].sum(), x)
    assert bool((gradient.abs().amax(dim=(1, 2)) > 0).any())
    assert not bool(gradient[~drawn.truth[:20]].any())


def test_log_odds_are_those_of_the_labels_by_last_state(drawn):
    chance = drawn.batch["log_odds"].double().sigmoid()
    died = drawn.batch.label.double()
    for low, high in ((0, 0.15), (0.15, 0.35), (0.35, 1.01)):
        some = (chance >= low) & (chance < high)
        error = float((chance[some] * (1 - chance[some])).mean() / some.sum()) ** 0.5
        assert abs(float(died[some].mean() - chance[some].mean())) < 4 * error


def test_values_are_the_middles_of_the_states(drawn):
    batch = drawn.batch
    row, step = 3, int(batch.lengths[3]) - 1
    middle = process().middles[int(batch["state"][row, step])]
    assert torch.equal(batch.x[row, step], torch.from_numpy(middle).float())
    assert batch.feature_names == FEATURES
    assert batch.times[row, :2].tolist() == [0, 4]


def test_asking_for_more_adds_courses_at_the_end(drawn):
    fewer = Sepsis(n_sample=5)(seed=SEED).batch
    assert torch.equal(fewer["state"], drawn.batch["state"][:5, : fewer.n_time])
    assert torch.equal(fewer.label, drawn.batch.label[:5])


def test_other_seeds_draw_others(drawn):
    assert not torch.equal(Sepsis(n_sample=50)(seed=SEED + 1).batch["state"][:, 0], drawn.batch["state"][:50, 0])


def test_it_comes_as_a_data_set():
    loaded = load_sepsis(n_train=30, n_test=10, seed=SEED)
    assert (len(loaded.train), len(loaded.test)) == (30, 10)
    assert loaded.class_names == ("survived", "died")
    assert not set(loaded.train.ids) & set(loaded.test.ids)
    assert "MIT" in loaded.licence


def test_the_package_is_never_imported():
    process()
    assert "icu_sepsis" not in sys.modules


def test_a_missing_package_is_named(monkeypatch):
    def nothing(name):
        raise sepsis.PackageNotFoundError(name)

    monkeypatch.setattr(sepsis, "distribution", nothing)
    with pytest.raises(MissingExtraError, match="pip install --no-deps icu-sepsis"):
        sepsis.dynamics_file()


def test_a_package_without_its_file_is_refused(monkeypatch):
    class Empty:
        version = "1.0"
        files = ()

    monkeypatch.setattr(sepsis, "distribution", lambda name: Empty())
    with pytest.raises(InputError, match=r"must hold dynamics\.npz"):
        sepsis.dynamics_file()


def test_settings_out_of_range_are_refused():
    with pytest.raises(InputError, match="n_sample must be 1 or more"):
        Sepsis(n_sample=0)
    with pytest.raises(InputError, match="seed must be 0 or more"):
        Sepsis(n_sample=1)(seed=-1)
