"""What every imputer obeys: chunks, order, padding and missing values change nothing; what is kept stays bit-equal."""

from dataclasses import replace

import pytest
import torch

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.impute.imputer import Imputer, first_draws, imputed
from stand_ins.imputers import CAUSAL, FITS, SAME, fitted, series

DRAWING = [name for name in FITS if name not in SAME]
each = pytest.mark.parametrize("imputer", FITS, indirect=True)
drawing = pytest.mark.parametrize("imputer", DRAWING, indirect=True)


@pytest.fixture
def imputer(request) -> Imputer:
    return fitted(request.param)


def asked(n_sample: int = 5) -> tuple[Batch, torch.Tensor]:
    batch = series(n_sample, seed=2)
    return batch, torch.rand(batch.x.shape, generator=torch.Generator().manual_seed(3)) < 0.5


def padded(value: torch.Tensor, *, left: int, right: int, fill: float = 0.0) -> torch.Tensor:
    shape = list(value.shape)
    ends = [value.new_full((shape[0], size, *shape[2:]), fill) for size in (left, right)]
    return torch.cat([ends[0], value, ends[1]], dim=1)


def longer(batch: Batch, *, left: int, right: int) -> Batch:
    ends = {"left": left, "right": right}
    return replace(
        batch,
        x=padded(batch.x, **ends, fill=77.0),
        exists=padded(batch.exists, **ends),
        observed=padded(batch.observed, **ends),
        times=padded(batch.times, **ends),
    )


@each
def test_it_is_an_imputer(imputer):
    assert isinstance(imputer, Imputer)


@each
def test_what_is_kept_is_bit_equal(imputer):
    batch, kept = asked()
    drawn = imputed(imputer, batch, kept, first_draws(batch, 3))
    held = (kept | ~batch.observed)[:, None].expand(drawn.shape)
    assert torch.equal(drawn[held], batch.x[:, None].expand(drawn.shape)[held])


@each
def test_chunks_and_order_change_nothing(imputer):
    batch, kept = asked()
    whole = imputed(imputer, batch, kept, first_draws(batch, 3))
    order = [3, 0, 4, 2, 1]
    parts = [imputed(imputer, batch.take([i]), kept[[i]], torch.tensor([[2, 0]])) for i in order]
    assert torch.allclose(torch.cat(parts), whole[order][:, [2, 0]], atol=1e-5)


@each
def test_padding_on_either_side_changes_nothing(imputer):
    batch, kept = asked()
    more = longer(batch, left=2, right=3)
    drawn = imputed(imputer, more, padded(kept, left=2, right=3), first_draws(batch, 2))
    assert torch.allclose(drawn[:, :, 2:-3], imputed(imputer, batch, kept, first_draws(batch, 2)), atol=1e-5)


@each
def test_what_stands_where_nothing_was_observed_changes_nothing(imputer):
    batch, kept = asked()
    other = batch.with_x(torch.where(batch.observed, batch.x, 55.0))
    lost = (batch.observed & ~kept)[:, None].expand(-1, 2, -1, -1)
    drawn = [imputed(imputer, one, kept, first_draws(batch, 2))[lost] for one in (batch, other)]
    assert torch.equal(*drawn)


@each
def test_what_is_taken_away_changes_nothing(imputer):
    batch, kept = asked()
    other = batch.with_x(torch.where(kept, batch.x, batch.x + 55.0))
    lost = (batch.observed & ~kept)[:, None].expand(-1, 2, -1, -1)
    drawn = [imputed(imputer, one, kept, first_draws(batch, 2))[lost] for one in (batch, other)]
    assert torch.equal(*drawn)


@each
def test_a_feature_that_never_varies_is_drawn_as_it_is(imputer):
    batch, _ = asked()
    drawn = imputed(imputer, batch, torch.zeros_like(batch.observed), first_draws(batch, 2))
    there = batch.observed[:, None, :, 2].expand(-1, 2, -1)
    assert torch.allclose(drawn[..., 2][there], torch.tensor(4.0))


@each
def test_all_kept_and_nothing_kept_can_be_asked(imputer):
    batch, _ = asked()
    assert torch.equal(imputed(imputer, batch, batch.cells, first_draws(batch, 1))[:, 0], batch.x)
    assert bool(imputed(imputer, batch, ~batch.cells, first_draws(batch, 1)).isfinite().all())


@each
def test_the_dtype_of_the_batch_is_answered(imputer):
    batch, kept = asked()
    assert imputed(imputer, batch.with_x(batch.x.double()), kept, first_draws(batch, 1)).dtype == torch.float64


@drawing
def test_draws_differ_from_each_other(imputer):
    batch, kept = asked()
    drawn = imputed(imputer, batch, kept, first_draws(batch, 20))
    lost = batch.observed & ~kept & torch.tensor([True, True, False])
    assert float(drawn.std(dim=1)[lost].min()) > 0


@drawing
def test_another_seed_draws_otherwise(imputer):
    batch, kept = asked()
    drawn = [imputed(one, batch, kept, first_draws(batch, 2)) for one in (imputer, replace(imputer, seed=9))]
    assert not torch.equal(*drawn)


@each
def test_it_says_whether_it_is_causal(request, imputer):
    assert imputer.causal == (request.node.callspec.params["imputer"] in CAUSAL)


@pytest.mark.parametrize("imputer", CAUSAL, indirect=True)
def test_a_causal_one_never_reads_what_comes_later(imputer):
    batch, kept = asked()
    later = torch.arange(batch.n_time)[None, :, None] >= 3
    other = batch.with_x(torch.where(later, -7.0, batch.x))
    drawn = imputed(imputer, batch, kept, first_draws(batch, 2))
    after = imputed(imputer, other, kept & ~later, first_draws(batch, 2))
    assert torch.equal(drawn[:, :, :3], after[:, :, :3])


@pytest.mark.parametrize("fit", DRAWING)
def test_one_series_alone_is_refused(fit):
    with pytest.raises(InputError, match="two series or more"):
        FITS[fit](series(1))


@pytest.mark.parametrize("fit", DRAWING)
def test_a_feature_that_was_never_observed_is_refused(fit):
    background = series(20)
    background = replace(background, observed=background.observed & torch.tensor([True, False, True]))
    with pytest.raises(InputError, match="f1"):
        FITS[fit](background)


@each
def test_no_series_have_no_draws(imputer):
    none = series(2, seed=2).take([])
    assert imputed(imputer, none, none.observed, first_draws(none, 3)).shape == (0, 3, *none.x.shape[1:])
