"""Forecasts: the draws of a state space that is told the past alone, for all steps by one pass."""

import pytest
import torch

from aition import Batch, Target, TorchModel, explain, from_series
from aition.impute import StateSpaceImputer, imputed
from aition.impute.forecast import Forecast
from aition.impute.imputer import first_draws
from aition.impute.kalman import Gains
from aition.methods import Fit, WinIt

LENGTHS = (7, 1, 4)


def walks(*lengths: int, side: str = "right") -> Batch:
    """Random walks with gaps; the last feature never varies."""
    generator = torch.Generator().manual_seed(4)
    series = [torch.randn(size, 3, generator=generator, dtype=torch.float64).cumsum(dim=0) for size in lengths]
    known = [torch.rand(size, 3, generator=generator) > 0.2 for size in lengths]
    level = torch.tensor([1.0, 1.0, 0.0], dtype=torch.float64)
    return from_series(
        [(x * level).masked_fill(~there, torch.nan) for x, there in zip(series, known, strict=True)], side=side
    )


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize(("lag", "causal"), [(1, True), (1, False), (2, True)])
def test_a_forecast_is_what_the_imputer_draws_when_it_is_told_the_past(lag, causal, side):
    imputer = StateSpaceImputer.fit(walks(*[8] * 30), lag=lag, error=True, causal=causal)
    batch = walks(*LENGTHS, side=side)
    forecast, rows = Forecast.of(imputer, batch, first_draws(batch, 3)), torch.tensor([2, 0])
    some = batch.take(rows)
    numbers = first_draws(some, 3)
    for first in range(4):
        kept = (some.step < first)[:, :, None].expand(some.x.shape)
        foreseen = imputed(forecast(rows, some, first, 2), some, kept, numbers)
        there = ((some.step >= first) & (some.step < first + 2) & some.exists)[:, None, :, None]
        apart = torch.where(there, imputed(imputer, some, kept, numbers) - foreseen, 0.0)
        torch.testing.assert_close(apart, torch.zeros_like(apart), atol=1e-9, rtol=0)


@pytest.mark.parametrize("make", [Fit, WinIt])
def test_a_running_prediction_goes_over_the_series_once(make, monkeypatch):
    batch, calls = walks(9, 6), []
    imputer = StateSpaceImputer.fit(walks(*[9] * 20), causal=True)
    once = Gains.of
    monkeypatch.setattr(Gains, "of", lambda *given: calls.append(1) or once(*given))
    model = TorchModel(torch.nn.Identity(), lambda _, one: one.x.cumsum(dim=1), head="none")
    explain(make(imputer, n_draw=2), model, batch, Target.whole("time", "class"), progress="off")
    assert len(calls) == 1
