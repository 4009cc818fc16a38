"""CoatedPits: a burst's shape and place, what the law reads, and what is known of the label."""

import numpy as np
import pytest
import torch

from aition import explain
from aition.core.errors import InputError
from aition.data.simulate import CoatedPits
from aition.methods import InputXGradient

QUIET = CoatedPits(n_sample=200, noise=1e-6, decoy=0.0)


def test_a_burst_builds_up_and_drops_at_its_step():
    drawn = QUIET(seed=1000)
    without = CoatedPits(n_sample=200, noise=1e-6, decoy=0.0, burst=1e-9)(seed=1000)
    for one, other, size, drop in zip(
        drawn.batch.x[:, :, 0],
        without.batch.x[:, :, 0],
        drawn.batch["burst"],
        drawn.batch["drop"].tolist(),
        strict=True,
    ):
        wanted = torch.zeros(48)
        wanted[drop - 4 : drop] = size * torch.tensor([0.25, 0.5, 0.75, 1.0])
        assert torch.allclose(one - other, wanted, atol=1e-4)


def test_a_decoy_is_a_burst_turned_round_elsewhere():
    drawn, without = (CoatedPits(n_sample=200, noise=1e-6, decoy=share)(seed=1001) for share in (0.99, 0.0))
    beside = (drawn.batch.x - without.batch.x)[:, :, 0]
    has = (drawn.batch["decoy"] > 0.01) & (drawn.batch["burst"] > 0.01)
    for added, size in zip(beside[has], drawn.batch["decoy"][has], strict=True):
        first = int((added > 1e-3 * size).nonzero()[0])
        assert torch.allclose(added[first : first + 4], size * torch.tensor([1.0, 0.75, 0.5, 0.25]), atol=1e-4)
    assert not bool((drawn.truth[:, :, 0] & (beside.abs() > 1e-3)).any())


def test_without_noise_the_law_reads_the_size_of_the_burst_on_a_steady_coat():
    drawn = CoatedPits(n_sample=500, noise=1e-6, decoy=0.0)(seed=1002)
    late = drawn.batch["drop"] > 27
    errors = (drawn.white_box(drawn.batch)[:, 0] - drawn.batch["burst"])[late]
    assert float(errors.abs().max()) < 0.15


def test_the_law_reads_no_cell_but_the_true_ones():
    drawn = CoatedPits(n_sample=50)(seed=1003)
    other = torch.where(drawn.truth, drawn.batch.x, drawn.batch.x + 5)
    moved = drawn.white_box(drawn.batch.with_x(other))
    assert torch.allclose(moved, drawn.white_box(drawn.batch))


def test_signs_are_those_of_input_times_gradient():
    drawn = CoatedPits(n_sample=20)(seed=1004)
    found = explain(InputXGradient(), drawn.white_box, drawn.batch, drawn.target)["attribution"].values
    assert np.array_equal(np.sign(found), drawn.sign.numpy())


def test_the_label_is_the_burst_and_an_error_of_the_stated_share():
    drawn = CoatedPits(n_sample=20_000, error=0.5)(seed=1005)
    beside = drawn.batch.label - drawn.batch["burst"]
    assert float(beside.std() / drawn.batch["burst"].std()) == pytest.approx(0.5, rel=0.03)
    assert abs(float(torch.corrcoef(torch.stack([beside, drawn.batch["burst"]]))[0, 1])) < 0.03


def test_coats_are_dark_before_they_appear_and_after_they_have_gone():
    drawn = QUIET(seed=1006)
    assert float(drawn.batch.x[:, 0].abs().max()) < 0.01
    assert float((drawn.batch.x[:, -1] / drawn.batch.x.amax(dim=1)).max()) < 0.3


def test_more_traces_begin_with_the_same_ones():
    few, many = CoatedPits(n_sample=10)(seed=1007), CoatedPits(n_sample=30)(seed=1007)
    assert torch.equal(few.batch.x, many.batch.x[:10])
    assert torch.equal(few.batch.label, many.batch.label[:10])


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"build": 6}, "12 times build"),
        ({"decoy": 1.0}, "below 1"),
        ({"noise": 0.0}, "above 0"),
        ({"error": -1}, "0"),
        ({"error": float("inf")}, "finite"),
    ],
)
def test_a_setting_out_of_range_is_refused(settings, words):
    with pytest.raises(InputError, match=words):
        CoatedPits(**settings)
