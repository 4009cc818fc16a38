"""Imputers by other series: whole series are put in, and the nearest are near."""

import pytest
import torch

from aition.core.assemble import from_tensors
from aition.core.errors import InputError
from aition.impute.imputer import first_draws, imputed
from aition.impute.quality import quality
from aition.impute.rows import HotDeck, MarginalRows


def test_all_that_is_taken_away_comes_from_one_series():
    donors = torch.arange(10.0)[:, None, None].expand(10, 3, 2).contiguous()
    batch = from_tensors(torch.full((1, 3, 2), -1.0))
    drawn = imputed(MarginalRows.fit(from_tensors(donors)), batch, ~batch.cells, first_draws(batch, 50))[0]
    assert bool((drawn == drawn[:, :1, :1]).all())


def test_every_series_is_drawn_as_often():
    donors = torch.arange(4.0)[:, None, None].expand(4, 2, 1).contiguous()
    batch = from_tensors(torch.zeros(1, 2, 1))
    drawn = imputed(MarginalRows(donors), batch, ~batch.cells, first_draws(batch, 8000))[0, :, 0, 0]
    assert bool(((drawn.long().bincount(minlength=4) - 2000).abs() < 4 * (8000 * 0.25 * 0.75) ** 0.5).all())


@pytest.mark.parametrize("n_there", [1, 3])
def test_a_series_longer_than_all_donors_has_one_that_goes_back_the_way_it_came(n_there):
    donors = torch.rand(6, n_there, 2, generator=torch.Generator().manual_seed(0))
    batch = from_tensors(torch.zeros(2, 7, 2), lengths=[7, 2], layout="sample time feature")
    drawn = imputed(MarginalRows(donors), batch, ~batch.cells, first_draws(batch, 5))
    way = [0] * 7 if n_there == 1 else [0, 1, 2, 1, 0, 1, 2]
    found = (drawn[:, :, None, :2] == donors[:, way][:, :2]).all(dim=(3, 4)).nonzero()[:, 2].reshape(2, 5)
    assert torch.equal(drawn[0], donors[found[0]][:, way])


def test_what_a_donor_lacks_is_of_another_at_the_same_step():
    gap = torch.tensor([[[1.0], [float("nan")]], [[2.0], [20.0]], [[3.0], [30.0]]])
    donors = MarginalRows.fit(from_tensors(gap)).donors
    assert float(donors[0, 1, 0]) in (20.0, 30.0)


def test_a_step_that_no_donor_has_is_of_any_step():
    gap = torch.tensor([[[1.0], [float("nan")]], [[2.0], [float("nan")]]])
    donors = MarginalRows.fit(from_tensors(gap)).donors
    assert set(donors[:, 1, 0].tolist()) <= {1.0, 2.0}


@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_the_nearest_are_those_of_least_distance_over_what_is_kept_and_seen(missing):
    numbers = torch.Generator().manual_seed(0)
    donors = torch.randn(30, 4, 2, generator=numbers, dtype=torch.float64)
    batch = from_tensors(torch.randn(3, 4, 2, generator=numbers, dtype=torch.float64), ids=["a", "b", "c"])
    kept = torch.rand(batch.x.shape, generator=numbers) < 0.5
    seen = torch.rand(donors.shape, generator=numbers) >= missing
    imputer = HotDeck.fit(from_tensors(donors.masked_fill(~seen, torch.nan)), nearest=4)
    drawn = imputed(imputer, batch, kept, first_draws(batch, 200))
    mean = (donors * seen).sum(dim=0) / seen.sum(dim=0)
    scale = (((donors - mean) * seen).square().sum(dim=0) / seen.sum(dim=0)).sqrt()
    for row in range(3):
        common = seen & kept[row]
        gap = (((donors - batch.x[row]) / scale).square() * common).sum(dim=(1, 2)) / common.sum(dim=(1, 2))
        expected = {round(float(one), 6) for one in imputer.donors[gap.argsort()[:4]][:, ~kept[row]][:, 0]}
        assert {round(float(one), 6) for one in drawn[row][:, ~kept[row]][:, 0]} == expected


def test_a_series_is_not_its_own_donor():
    batch = from_tensors(torch.arange(6.0).reshape(6, 1, 1).expand(6, 2, 1).contiguous())
    drawn = imputed(
        HotDeck.fit(batch, nearest=1), batch, torch.tensor([[True], [False]]).expand(6, 2, 1), first_draws(batch, 9)
    )
    assert not bool((drawn[:, :, 1] == batch.x[:, None, 1]).any())


def test_without_anything_kept_any_series_may_be_drawn():
    donors = torch.arange(8.0).reshape(8, 1, 1)
    batch = from_tensors(torch.zeros(1, 1, 1), ids=["other"])
    drawn = imputed(HotDeck.fit(from_tensors(donors), nearest=2), batch, ~batch.cells, first_draws(batch, 300))
    assert set(drawn.flatten().tolist()) == set(range(8))


@pytest.mark.parametrize("nearest", [5, 6, 30])
def test_of_few_series_all_others_are_donors(nearest):
    batch = from_tensors(torch.arange(6.0).reshape(6, 1, 1).expand(6, 2, 1).contiguous())
    kept = torch.tensor([[True], [False]]).expand(6, 2, 1)
    drawn = imputed(HotDeck.fit(batch, nearest=nearest), batch, kept, first_draws(batch, 90))[:, :, 1, 0]
    for row in range(6):
        assert set(drawn[row].tolist()) == set(range(6)) - {row}


def test_intervals_of_draws_hold_what_they_say():
    numbers = torch.Generator().manual_seed(0)
    series = torch.randn(500, 8, 2, generator=numbers, dtype=torch.float64).cumsum(dim=1)
    background, judged = from_tensors(series[:300]), from_tensors(series[300:], ids=[f"s{row}" for row in range(200)])
    assert 0.86 < quality(HotDeck.fit(background), judged).covered(0.9) < 0.94
    assert quality(HotDeck.fit(background, nearest=5), judged).covered(0.9) < 0.8


def test_no_donor_at_all_is_refused():
    with pytest.raises(InputError, match="nearest must be 1 or more"):
        HotDeck.fit(from_tensors(torch.rand(3, 2, 1)), nearest=0)
