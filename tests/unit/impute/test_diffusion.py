"""The diffusion imputer: given the true noise, its draws are of the true conditional law."""

import sys
import types

import pytest
import torch

from aition.core.assemble import from_tensors
from aition.core.errors import InputError, MissingExtraError
from aition.impute.diffusion import DiffusionImputer
from aition.impute.imputer import first_draws, imputed
from stand_ins.denoising import Denoiser
from stand_ins.imputers import series

LAW = torch.tensor([[1.0, 0.8, 0.5], [0.8, 1.0, 0.7], [0.5, 0.7, 1.0]], dtype=torch.float64)


def imputer(turns: int = 50) -> DiffusionImputer:
    return DiffusionImputer(Denoiser(LAW, turns), torch.full((3, 1), 5.0), torch.full((3, 1), 2.0))


def test_draws_have_the_conditional_moments():
    batch = from_tensors(torch.tensor([[[8.0], [0.0], [0.0]]]))
    kept = torch.tensor([[[True], [False], [False]]])
    drawn = imputed(imputer(), batch, kept, first_draws(batch, 600))[0, :, 1:, 0].double()
    mean = 5 + 2 * 1.5 * LAW[1:, 0]
    spread = 4 * (LAW[1:, 1:] - LAW[1:, :1] @ LAW[:1, 1:])
    assert bool(((drawn.mean(dim=0) - mean).abs() < 4 * (spread.diagonal() / 600).sqrt()).all())
    assert torch.allclose(torch.cov(drawn.T), spread, rtol=0.2, atol=0.1)


def test_a_draw_that_was_made_is_answered_from_memory():
    batch = from_tensors(torch.randn(2, 3, 1, generator=torch.Generator().manual_seed(0)))
    kept = torch.tensor([True, False, True])[:, None].expand(batch.x.shape)
    one = imputer(5)
    first = imputed(one, batch, kept, first_draws(batch, 2))
    one.module.backbone.alpha = None
    assert torch.equal(imputed(one, batch.take([1, 0]), kept, first_draws(batch, 2)), first.flip(0))
    assert len(one.memory) == 4


def test_another_mask_is_not_answered_from_memory():
    batch, one = from_tensors(torch.ones(1, 3, 1)), imputer(5)
    numbers = first_draws(batch, 1)
    kept = torch.tensor([[[True], [False], [False]]])
    assert not torch.equal(
        imputed(one, batch, kept, numbers)[0, 0, 1:], imputed(one, batch, ~batch.cells, numbers)[0, 0, 1:]
    )


def test_chunks_and_order_and_padding_change_nothing():
    batch = from_tensors(torch.randn(4, 3, 1, generator=torch.Generator().manual_seed(0)))
    kept = torch.tensor([False, False, True])[:, None].expand(batch.x.shape)
    whole = imputed(imputer(5), batch, kept, first_draws(batch, 2))
    alone = imputed(imputer(5), batch.take([2]), kept[:1], torch.tensor([[1]]))
    assert torch.allclose(alone[0, 0], whole[2, 1], atol=1e-5)


def test_pypots_is_given_what_was_observed_in_deviations(monkeypatch):
    given = {}

    class CSDI:
        def __init__(self, *sizes, **settings):
            given.update(sizes=sizes, settings=settings)
            self.model = Denoiser(LAW)

        def fit(self, data):
            given.update(data)

    monkeypatch.setitem(sys.modules, "pypots.imputation", types.SimpleNamespace(CSDI=CSDI))
    background = series(20)
    DiffusionImputer.fit(background, epochs=3, diffusion_steps=7)
    value = torch.from_numpy(given["X"])
    assert given["sizes"][:2] == (6, 3)
    assert (given["settings"]["epochs"], given["settings"]["n_diffusion_steps"]) == (3, 7)
    assert torch.equal(~value.isnan(), background.observed)
    assert float(value.nanmean(dim=0).abs().max()) < 1e-5


def test_where_pypots_is_missing_its_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "pypots.imputation", None)
    with pytest.raises(MissingExtraError, match=r"aition\[pypots\]"):
        DiffusionImputer.fit(series(20))


def test_settings_out_of_range_are_refused():
    with pytest.raises(InputError, match="multiple of 4"):
        DiffusionImputer.fit(series(20), channels=6)
