"""What holds of every simulator of our own."""

import pickle

import numpy as np
import pytest
import torch

from aition import explain
from aition.core.errors import InputError
from aition.data.simulate import (
    Bearing,
    DelayedEffect,
    LatentState,
    NestedGroups,
    PlantedMotif,
    Redundant,
    Shortcut,
    SignFlip,
    Suppressor,
    Ward,
)
from aition.methods import Occlusion

LAWS = {
    "sign-flip": SignFlip,
    "latent-state": LatentState,
    "redundant": Redundant,
    "redundant-first": lambda **rest: Redundant(reading="first", **rest),
    "suppressor": Suppressor,
    "delayed-effect": DelayedEffect,
    "delayed-sum": lambda **rest: DelayedEffect(span=3, **rest),
    "shortcut": Shortcut,
    "planted-motif": PlantedMotif,
    "bearing": lambda **rest: Bearing(n_time=128, **rest),
    "ward": Ward,
    "ward-padded": lambda **rest: Ward(shortest=20, **rest),
}
BINARY = [name for name in LAWS if name not in ("bearing", "planted-motif")]


def drawn_of(name, *, n_sample, seed=1000):
    return LAWS[name](n_sample=n_sample)(seed=seed)


def asked(drawn, x):
    """The score of the target, settled on the series themselves, for other values; in double precision."""
    batch = drawn.batch.to(device="cpu", dtype=torch.float64)
    question = drawn.target.resolve(drawn.white_box(batch), batch, axes=drawn.white_box.axes)
    return question.score(drawn.white_box(batch.with_x(x.double())))


def log_odds(drawn):
    """Of every label that is known, and those labels."""
    logits = drawn.white_box(drawn.batch)
    known = drawn.batch.label >= 0
    return (logits[..., 1] - logits[..., 0])[known].double(), drawn.batch.label[known]


@pytest.mark.parametrize("name", LAWS)
def test_the_white_box_reads_no_cell_but_the_true_ones(name):
    drawn = drawn_of(name, n_sample=30)
    other = torch.where(drawn.truth, drawn.batch.x, 100 * torch.randn(drawn.batch.x.shape))
    assert torch.equal(asked(drawn, other), asked(drawn, drawn.batch.x))


@pytest.mark.parametrize("name", LAWS)
def test_the_sign_is_that_of_what_a_cell_adds_to_the_answer_and_every_true_cell_adds_something(name):
    drawn = drawn_of(name, n_sample=8)
    for row in range(len(drawn)):
        cells = drawn.truth[row].nonzero()
        many = drawn.take([row] * (1 + len(cells)))
        x = many.batch.x.clone()
        for number, (time, feature) in enumerate(cells.tolist(), start=1):
            x[number, time, feature] = 0
        score = asked(many, x)
        added = (score[0] - score[1:]).sign()
        assert bool((added != 0).all())
        assert torch.equal(added, drawn.sign[row][drawn.truth[row]].double())


@pytest.mark.parametrize("name", LAWS)
def test_occlusion_of_the_white_box_finds_true_cells_alone(name):
    drawn = drawn_of(name, n_sample=3)
    attribution = explain(Occlusion(), drawn.white_box, drawn.batch, drawn.target)["attribution"].values
    found = np.nan_to_num(attribution) != 0
    truth, sign = drawn.truth.numpy(), drawn.sign.numpy()
    assert not (found & ~truth).any()
    strong = np.abs(np.nan_to_num(attribution)) > 1e-3
    assert (np.sign(attribution[strong]) == sign[strong]).all()


@pytest.mark.parametrize("name", BINARY)
def test_labels_come_with_the_probability_that_the_law_says(name):
    odds, label = log_odds(drawn_of(name, n_sample=2000))
    chance = odds.sigmoid()
    variance = chance * (1 - chance)
    level = (label - chance).sum() / variance.sum().sqrt()
    slope = ((label - chance) * odds).sum() / (variance * odds**2).sum().sqrt()
    assert abs(float(level)) < 3.5
    assert abs(float(slope)) < 3.5


@pytest.mark.parametrize("name", LAWS)
def test_a_seed_draws_the_same_series_and_another_seed_others(name):
    one, two, other = (drawn_of(name, n_sample=5, seed=seed) for seed in (1001, 1001, 1002))
    assert one.batch.digest() == two.batch.digest()
    assert torch.equal(one.truth, two.truth)
    assert not bool((one.batch.x == other.batch.x).all(dim=(1, 2)).any())
    assert not set(one.batch.ids) & set(other.batch.ids)


@pytest.mark.parametrize("name", LAWS)
def test_more_series_begin_with_the_same_ones(name):
    few, many = (drawn_of(name, n_sample=n_sample) for n_sample in (3, 7))
    assert few.batch.digest() == many.batch.take(range(3)).digest()
    assert torch.equal(few.truth, many.truth[:3])


@pytest.mark.parametrize("name", LAWS)
def test_ids_say_the_simulator_the_seed_and_the_number(name):
    drawn = drawn_of(name, n_sample=2, seed=1017)
    kind = {"redundant-first": "redundant", "delayed-sum": "delayed-effect", "ward-padded": "ward"}.get(name, name)
    assert drawn.batch.ids.tolist() == [f"{kind}-1017-0", f"{kind}-1017-1"]


@pytest.mark.parametrize("name", LAWS)
def test_what_the_law_hides_is_context_and_values_are_single_precision(name):
    batch = drawn_of(name, n_sample=2).batch
    assert {field.role for field in batch.fields.values()} <= {"context"}
    assert batch.x.dtype == torch.float32


@pytest.mark.parametrize("name", LAWS)
def test_true_cells_were_observed(name):
    drawn = drawn_of(name, n_sample=30)
    assert not bool((drawn.truth & ~drawn.batch.observed).any())


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SignFlip(window=5), "window must be even"),
        (lambda: SignFlip(flip=35), "window must be even and lie around flip within the 40 steps"),
        (lambda: SignFlip(memory=1.0), "memory must be at least 0 and below 1, but is 1.0"),
        (lambda: SignFlip(strength=0.0), "strength must be above 0"),
        (lambda: LatentState(n_state=5), "n_feature must be 5 or more, but is 4"),
        (lambda: LatentState(window=18), "window must be at most 17"),
        (lambda: Redundant(n_copy=1), "n_copy must be 2 or more, but is 1"),
        (lambda: Redundant(reading="max"), "reading must be one of mean, first, but is 'max'"),
        (lambda: Redundant(n_time=5), "n_time must be 8 or more, but is 5"),
        (lambda: Suppressor(n_feature=1), "n_feature must be 2 or more, but is 1"),
        (lambda: Suppressor(first=35), "n_time must be 45 or more, but is 40"),
        (lambda: DelayedEffect(shortest=5), "shortest must be 6 or more, but is 5"),
        (lambda: DelayedEffect(shortest=50), "n_time must be 50 or more, but is 40"),
        (lambda: DelayedEffect(rate=-0.1), "rate must be at least 0 and below 1"),
        (lambda: Shortcut(leak=1.5), "leak must be -1 to 1, but is 1.5"),
        (lambda: Shortcut(window=7), "window must be even and 2 or more, but is 7"),
        (lambda: Bearing(rate=2000.0), "rate must be 2200.0 or more, but is 2000.0"),
        (lambda: Bearing(slip=-0.1), "slip must be at least 0 and below 1"),
        (lambda: Ward(shortest=49), "shortest must be 1 to 48, but is 49"),
        (lambda: Ward(n_sample=0), "n_sample must be 1 or more, but is 0"),
    ],
)
def test_a_setting_out_of_range_is_refused(make, message):
    with pytest.raises(InputError, match=message):
        make()


def test_a_leak_below_zero_marks_the_other_class():
    drawn = Shortcut(n_sample=50, leak=-1.0)(seed=1000)
    assert bool((drawn.batch["marked"] == (drawn.batch.label == 0)).all())


def test_the_law_of_nested_groups_can_be_sent_to_another_process():
    drawn = NestedGroups(n_sample=2)(seed=1000)
    other = pickle.loads(pickle.dumps(drawn.white_box))
    assert torch.equal(other(drawn.batch), drawn.white_box(drawn.batch))
