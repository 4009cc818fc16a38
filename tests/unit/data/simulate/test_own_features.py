"""SignFlip, LatentState, Redundant, Suppressor, DelayedEffect and Shortcut: what each of them is for."""

import numpy as np
import pytest
import torch

from aition.data.simulate import DelayedEffect, LatentState, Redundant, Shortcut, SignFlip, Suppressor
from aition.metrics import auroc

SEED = 1005


def log_odds(drawn, effect):
    return (effect * drawn.batch.x).sum(dim=(1, 2)).numpy()


def told_apart(score, label):
    """The chance that a series of class 1 scores above one of class 0."""
    flat = np.asarray(score, dtype=np.float64)[None, :, None]
    return float(auroc(flat, np.asarray(label)[None, :, None] == 1, np.ones(flat.shape[:2], bool))[0])


def correlation(one, other):
    return float(np.corrcoef(one, other)[0, 1])


def test_the_same_value_raises_before_the_flip_and_lowers_after_it():
    effect = SignFlip(n_sample=1, flip=12, window=6)(seed=SEED).batch["effect"][0, :, 0]
    assert effect.sign().tolist() == [0] * 9 + [1] * 3 + [-1] * 3 + [0] * 25


@pytest.mark.parametrize("make", [SignFlip, Suppressor])
def test_log_odds_spread_as_strength_says(make):
    drawn = make(n_sample=4000, strength=3.0)(seed=SEED)
    assert log_odds(drawn, drawn.batch["effect"]).std() == pytest.approx(3.0, rel=0.04)


def test_an_inert_feature_tells_of_the_class_too():
    drawn = SignFlip(n_sample=2000)(seed=SEED)
    inert = drawn.batch["effect"].roll(1, dims=2)
    assert told_apart(log_odds(drawn, inert), drawn.batch.label) > 0.65


def test_the_cue_tells_the_state():
    drawn = LatentState(n_sample=500)(seed=SEED)
    raised = drawn.batch.x[:, 2:7, :3].mean(dim=1)
    assert torch.equal(raised.argmax(dim=1), drawn.batch["state"])


def test_every_state_has_a_map_of_its_own():
    drawn = LatentState(n_sample=100)(seed=SEED)
    assert len(drawn.truth.unique(dim=0)) == 3
    for state in range(3):
        rows = drawn.batch["state"] == state
        assert len(drawn.truth[rows].unique(dim=0)) == 1


def test_the_stretch_of_another_state_tells_nothing():
    drawn = LatentState(n_sample=3000)(seed=SEED)
    effect, state = drawn.batch["effect"], drawn.batch["state"]
    of_state = torch.stack([effect[state == one][0] for one in range(3)])
    assert told_apart(log_odds(drawn, of_state[state]), drawn.batch.label) > 0.9
    assert told_apart(log_odds(drawn, of_state[(state + 1) % 3]), drawn.batch.label) == pytest.approx(0.5, abs=0.04)


@pytest.mark.parametrize(("reading", "n_read"), [("mean", 3), ("first", 1)])
def test_the_copies_that_are_read_are_true(reading, n_read):
    truth = Redundant(n_sample=20, reading=reading)(seed=SEED).truth
    assert bool((truth.sum(dim=2)[truth.any(dim=2)] == n_read).all())


def test_cells_of_one_number_are_copies_but_for_their_error():
    drawn = Redundant(n_sample=200, n_copy=2, n_feature=3, error=0.1)(seed=SEED)
    copies, x = drawn.batch["copies"], drawn.batch.x
    assert torch.equal(copies[:, :, 0], copies[:, :, 1])
    assert not bool(copies[:, :, 2].any())
    assert float((x[:, :, 0] - x[:, :, 1]).std()) == pytest.approx(0.1 * 2**0.5, rel=0.03)
    assert all(len(numbers.unique()) == len(numbers) for numbers in copies[:, :, 0])


def test_a_copy_that_is_not_read_is_as_good_as_the_one_that_is():
    drawn = Redundant(n_sample=2000, reading="first")(seed=SEED)
    effect = drawn.batch["effect"]
    read, copy, inert = (told_apart(log_odds(drawn, effect.roll(k, dims=2)), drawn.batch.label) for k in (0, 1, 3))
    assert copy == pytest.approx(read, abs=0.005)
    assert inert == pytest.approx(0.5, abs=0.04)


def test_the_suppressor_alone_tells_nothing_and_with_it_the_class_is_told_better():
    drawn = Suppressor(n_sample=4000)(seed=SEED)
    effect, suppressor = drawn.batch["effect"], drawn.batch["suppressor"]
    of_suppressor, of_other = log_odds(drawn, effect * suppressor), log_odds(drawn, effect * ~suppressor)
    assert abs(correlation(of_suppressor, drawn.batch.label)) < 3.5 / 4000**0.5
    both = told_apart(of_suppressor + of_other, drawn.batch.label)
    assert both > told_apart(of_other, drawn.batch.label) + 0.05


def test_the_suppressor_pushes_against_its_value():
    drawn = Suppressor(n_sample=20)(seed=SEED)
    suppressor = drawn.batch["suppressor"]
    assert bool((drawn.truth[suppressor]).all())
    assert torch.equal(drawn.sign[suppressor].float(), -drawn.batch.x[suppressor].sign())


@pytest.mark.parametrize(("delay", "span"), [(0, 1), (5, 1), (3, 4)])
def test_every_step_answers_for_what_was_delay_steps_before(delay, span):
    drawn = DelayedEffect(n_sample=3, delay=delay, span=span)(seed=SEED)
    logits = drawn.white_box(drawn.batch)
    x, n_time = drawn.batch.x[:, :, 0], drawn.batch.n_time
    for time in range(n_time):
        read = [step for step in range(time - delay - span + 1, time - delay + 1) if step >= 0]
        wanted = 3.0 / span**0.5 * x[:, read].sum(dim=1)
        assert torch.allclose(logits[:, time, 1] - logits[:, time, 0], wanted, atol=1e-5)


def test_steps_before_the_first_effect_and_padding_have_no_label():
    drawn = DelayedEffect(n_sample=50, delay=4)(seed=SEED)
    step = torch.arange(drawn.batch.n_time)
    assert torch.equal(drawn.batch.label >= 0, (step >= 4) & drawn.batch.exists)


def test_the_true_cells_differ_with_the_length_and_hold_a_pulse():
    drawn = DelayedEffect(n_sample=100, span=3)(seed=SEED)
    length = drawn.batch.lengths
    assert len(length.unique()) > 10
    first = drawn.truth[:, :, 0].int().argmax(dim=1)
    assert torch.equal(first, length - 1 - 5 - 2)
    assert bool((drawn.truth.sum(dim=(1, 2)) == 3).all())
    assert bool((torch.where(drawn.truth, drawn.batch.x.abs(), 0).amax(dim=(1, 2)) > 0.5).all())


def test_another_leak_changes_nothing_but_the_marker():
    one, other = (Shortcut(n_sample=200, leak=leak)(seed=SEED) for leak in (0.9, 0.0))
    differs = one.batch.x != other.batch.x
    assert bool(differs.any())
    assert not bool((differs & ~one.batch["shortcut"]).any())
    assert torch.equal(one.batch.label, other.batch.label)
    assert torch.equal(one.truth, other.truth)


@pytest.mark.parametrize("leak", [0.0, 0.5, 0.9])
def test_the_marker_comes_with_the_class_as_leak_says(leak):
    drawn = Shortcut(n_sample=4000, leak=leak)(seed=SEED)
    marked, label = drawn.batch["marked"].double(), drawn.batch.label
    assert float(marked[label == 1].mean()) == pytest.approx((1 + leak) / 2, abs=0.04)
    assert float(marked[label == 0].mean()) == pytest.approx((1 - leak) / 2, abs=0.04)


def test_the_marker_stands_in_its_corner():
    drawn = Shortcut(n_sample=2000, marker=4, offset=3.0)(seed=SEED)
    corner = drawn.batch.x[:, :4, -1].mean(dim=1)
    marked = drawn.batch["marked"]
    assert float(corner[marked].mean() - corner[~marked].mean()) == pytest.approx(3.0, abs=0.2)
    assert drawn.batch["shortcut"][0].nonzero().tolist() == [[step, 2] for step in range(4)]
