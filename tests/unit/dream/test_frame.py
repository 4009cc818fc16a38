"""The frame: units, lengths and levels of dreams."""

from dataclasses import replace

import pytest
import torch

from aition.core.assemble import from_tensors
from aition.core.errors import InputError
from aition.dream.frame import Frame
from aition.dream.steps import squeezed, stretched


def background(n: int = 12, n_time: int = 16, *, seed: int = 0):
    random = torch.Generator().manual_seed(seed)
    return from_tensors(3 + 2 * torch.randn(n, n_time, 2, generator=random), layout="sample time feature")


def unequal():
    random = torch.Generator().manual_seed(1)
    return from_tensors(
        torch.randn(4, 10, 1, generator=random), layout="sample time feature", lengths=[10, 7, 4, 1], side="left"
    )


def test_series_of_one_length_are_neither_stretched_nor_squeezed():
    batch = background()
    assert torch.equal(stretched(batch.x, batch, n_step=16), batch.x)
    assert torch.equal(squeezed(batch.x, batch), batch.x)


def test_units_and_places_are_inverse():
    batch = background()
    frame = Frame.of(batch, batch)
    assert torch.allclose(frame.placed(frame.units(batch.x)), batch.x, atol=1e-5)
    assert torch.allclose(frame.real.mean(dim=(0, 1)), torch.zeros(2), atol=1e-5)


def test_stretching_keeps_the_ends_and_a_line():
    batch = unequal()
    line = torch.where(batch.cells, batch.step[:, :, None].float(), 0.0)
    wide = stretched(line, batch, n_step=10)
    assert torch.equal(wide[:, 0, 0], torch.zeros(4))
    assert torch.equal(wide[:, -1, 0], (batch.lengths - 1).float())
    assert torch.allclose(squeezed(wide, batch), line, atol=1e-5)


def test_a_feature_that_never_varies_is_left_as_the_place_has_it():
    batch = background()
    batch = batch.with_x(torch.where(torch.tensor([True, False]), batch.x, 7.0))
    frame = Frame.of(batch, batch)
    assert frame.varies.tolist() == [True, False]
    made = frame.placed(torch.full((12, 16, 2), 0.5))
    assert torch.equal(made[:, :, 1], batch.x[:, :, 1])
    assert torch.allclose(made[:, :, 0], frame.mean[0] + 0.5 * frame.deviation[0])


def test_padding_is_left_as_the_place_has_it():
    batch = unequal()
    made = Frame.of(batch, batch).placed(torch.ones(4, 10, 1))
    assert torch.equal(made[~batch.exists], batch.x[~batch.exists])


def test_where_all_real_series_are_standardised_so_are_dreams():
    raw = background(seed=3).x
    batch = from_tensors((raw - raw.mean(dim=1, keepdim=True)) / raw.std(dim=1, keepdim=True))
    made = Frame.of(batch, batch).placed(5 + 7 * torch.randn(12, 16, 2, generator=torch.Generator().manual_seed(0)))
    assert torch.allclose(made.mean(dim=1), torch.zeros(12, 2), atol=1e-5)
    assert torch.allclose(made.std(dim=1), torch.ones(12, 2), atol=1e-4)


def test_series_of_the_places_come_back_as_they_are():
    for batch in (background(), unequal()):
        frame = Frame.of(batch, batch)
        assert torch.allclose(frame.placed(frame.units(batch.x), stretches=False), batch.x, atol=1e-5)


def test_one_real_series_is_not_enough():
    with pytest.raises(InputError, match="two real series"):
        Frame.of(background(n=1), background(n=1))


def test_a_dream_has_no_gaps():
    x = torch.randn(4, 6, 1, generator=torch.Generator().manual_seed(0))
    x[0, 2] = torch.nan
    batch = from_tensors(x, layout="sample time feature")
    assert bool(Frame.of(batch, batch).places.observed.all())


def test_gaps_of_places_have_the_mean_that_gaps_of_real_series_have():
    batch = background()
    observed = torch.ones_like(batch.x, dtype=torch.bool)
    observed[:, 3:6, 1] = False
    gappy = replace(batch, x=torch.where(observed, batch.x, 1e6), observed=observed)
    frame = Frame.of(gappy, gappy.take([2, 5]))
    assert torch.allclose(frame.lent(), frame.real[[2, 5]], atol=1e-5)
    assert torch.allclose(frame.places.x[:, 3:6, 1], frame.mean[1])
