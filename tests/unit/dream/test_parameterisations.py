"""Parameterisations: which series they can make, and where they begin."""

from dataclasses import replace

import pytest
import torch

from aition.core.assemble import from_tensors
from aition.core.errors import InputError
from aition.dream.frame import Frame
from aition.dream.parameterisations import Change, Coefficients, Frequencies, Latent, Phases, PrincipalComponents, Time

ALL = [
    Time(),
    Latent(size=3, epochs=3),
    Frequencies(),
    Phases(),
    Phases("mean"),
    PrincipalComponents(),
    Coefficients(),
    Change(),
]


def frame(n: int = 30, n_time: int = 17, n_feature: int = 2) -> Frame:
    random = torch.Generator().manual_seed(0)
    steps = torch.randn(n, n_time, n_feature, generator=random, dtype=torch.float64).cumsum(dim=1)
    batch = from_tensors(steps, layout="sample time feature")
    return Frame.of(batch, batch.take(range(5)))


@pytest.mark.parametrize("how", ALL, ids=repr)
def test_a_dream_hangs_on_its_own_key_alone(how):
    whole = frame()
    canvas, part = how.fit(whole, 3), how.fit(whole.take(torch.tensor([3, 1])), 3)
    made = canvas.series(canvas.first)
    assert made.shape == (5, 17, 2)
    assert torch.allclose(part.series(part.first), made[[3, 1]])


@pytest.mark.parametrize("how", ALL, ids=repr)
def test_the_same_seed_fits_the_same_canvas_bit_for_bit(how):
    whole, other = frame(), []
    one = how.fit(whole, 3)
    for size in (1, 33, 4097):  # so that memory lies elsewhere
        other.append(torch.zeros(size, dtype=torch.uint8))
        two = how.fit(whole, 3)
        assert torch.equal(one.series(one.first), two.series(two.first))


@pytest.mark.parametrize("how", ALL, ids=repr)
def test_some_of_the_dreams_are_taken_with_all_that_is_theirs(how):
    canvas, rows = how.fit(frame(), 3), torch.tensor([4, 1])
    part, first = canvas.take(rows), canvas.first + 0.1
    assert torch.allclose(part.series(first[rows]), canvas.series(first)[rows])
    assert torch.equal(part.price(first[rows]), canvas.price(first)[rows])


@pytest.mark.parametrize("how", ALL, ids=repr)
def test_gradients_reach_every_parameter(how):
    canvas = how.fit(frame(), 0)
    parameter = canvas.first.clone().requires_grad_()
    weight = torch.randn(5, 17, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    (slope,) = torch.autograd.grad((canvas.series(parameter) * weight).sum(), parameter)
    assert bool(torch.isfinite(slope).all())
    # The imaginary part of frequency 0 is none.
    assert (slope != 0).double().mean() > 0.9


def test_phases_alone_are_found_under_magnitudes_of_real_series():
    whole = frame()
    canvas = Phases().fit(whole, 0)
    made = torch.fft.rfft(canvas.series(canvas.first + 1.0), dim=1).abs()
    real = torch.fft.rfft(whole.real, dim=1).abs()
    apart = (made[:, None] - real[None]).abs().amax(dim=(2, 3)).amin(dim=1)
    assert float(apart.max()) < 1e-6


def test_the_mean_of_magnitudes_is_that_of_all_real_series():
    whole = frame()
    canvas = Phases("mean").fit(whole, 0)
    made = torch.fft.rfft(canvas.series(canvas.first), dim=1).abs()[:, 1:]
    wanted = torch.fft.rfft(whole.real, dim=1).abs().mean(dim=0)[1:]
    assert torch.allclose(made, wanted.expand_as(made))


def test_all_components_make_every_real_series():
    whole = frame()
    canvas = PrincipalComponents(1.0).fit(whole, 0)
    flat = canvas.basis.flatten(1)
    scores = torch.linalg.lstsq(flat.T, (whole.real - canvas.mean).flatten(1).T).solution.T
    assert torch.allclose(canvas.scores(whole.real), scores, atol=1e-6)
    assert torch.allclose(canvas.series(scores), whole.real, atol=1e-6)
    assert torch.allclose(scores.square().mean(dim=0), torch.ones(len(flat), dtype=torch.float64), atol=1e-6)


def test_whitened_components_are_held_within_real_lengths():
    whole = frame()
    canvas = PrincipalComponents(0.9, most=0.5).fit(whole, 0)
    lengths = canvas.scores(whole.real).norm(dim=1)
    assert float((lengths <= canvas.most).double().mean()) == pytest.approx(0.5)
    assert float(canvas.first.norm(dim=1).max()) <= canvas.most * (1 + 1e-9)
    held = canvas.held(10 * canvas.first)
    assert torch.allclose(held.norm(dim=1), torch.full((5,), canvas.most, dtype=torch.float64))


def test_whitened_components_begin_at_the_series_of_their_places_but_for_chance():
    whole = frame()
    near = PrincipalComponents(1.0, chance=1e-4, most=1.0).fit(whole, 0)
    assert torch.allclose(near.series(near.first), whole.real[:5], atol=1e-2)
    free = PrincipalComponents(1.0, chance=1.0, most=1.0).fit(whole, 0)
    moved = replace(whole, places=whole.places.with_x(whole.places.x.flip(0)))
    assert torch.allclose(free.first, PrincipalComponents(1.0, chance=1.0, most=1.0).fit(moved, 0).first)


def test_an_autoencoder_writes_what_it_reads_and_is_held_within_real_lengths():
    whole = frame()
    canvas = Latent(size=6, epochs=400, weight=0.01).fit(whole, 0)
    latent = canvas.network.encoded(canvas.linear.scores(whole.real))[0]
    missed = (canvas.series(latent) - whole.real).square().mean() / (whole.real - canvas.linear.mean).square().mean()
    assert float(missed) < 0.15
    assert float(canvas.held(100 * canvas.first).norm(dim=1).max()) <= canvas.most * (1 + 1e-6)


def test_frequencies_below_one_wave_are_not_enlarged():
    canvas = Frequencies(decay=1.0).fit(frame(), 0)
    ratio = canvas.share[1:] / canvas.share[1]
    assert torch.allclose(ratio, 1 / torch.arange(1, len(canvas.share), dtype=torch.float64))


def test_no_change_is_the_real_series():
    whole = frame()
    canvas = Change(guided=False).fit(whole, 0)
    assert torch.allclose(whole.placed(canvas.series(canvas.first), stretches=False), whole.places.x)
    small = canvas.finished(torch.full_like(canvas.first, 0.01))
    assert not bool(small.any())
    assert torch.allclose(canvas.price(torch.ones_like(canvas.first)), torch.ones(5, dtype=torch.float64))


def test_a_guided_change_begins_at_the_nearest_real_series_that_is_another():
    whole = frame()
    begun = Change().fit(whole.like(torch.arange(2, 30)), 0)
    made, real = begun.series(begun.first), whole.real
    for draw in range(5):
        others = [place for place in range(2, 30) if place != draw]
        nearest = min(others, key=lambda place: float((real[place] - real[draw]).norm()))
        assert torch.allclose(made[draw], real[nearest])


def test_a_guided_change_of_a_shorter_series_is_of_its_own_steps():
    random = torch.Generator().manual_seed(0)
    batch = from_tensors(torch.randn(8, 9, 1, generator=random), layout="sample time feature", lengths=[9, 5, 7, 9] * 2)
    canvas = Change().fit(Frame.of(batch, batch), 0)
    assert not bool(canvas.first[~batch.exists].any())
    assert bool(canvas.first[batch.exists].any(dim=1).all())


def test_real_series_that_are_all_alike_have_no_components():
    batch = from_tensors(torch.ones(5, 4, 1), layout="sample time feature")
    with pytest.raises(InputError, match="must differ"):
        PrincipalComponents().fit(Frame.of(batch, batch), 0)
