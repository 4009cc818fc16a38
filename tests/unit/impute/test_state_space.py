"""The state-space imputer: smoothing and filtering are conditioning on a long Gaussian vector, and the fit finds it."""

import pytest
import torch

from aition.core.assemble import from_tensors
from aition.core.errors import InputError
from aition.impute import state_fit
from aition.impute.imputer import first_draws, imputed
from aition.impute.kalman import Gains, System
from aition.impute.state_fit import fitted_system
from aition.impute.state_space import StateSpaceImputer


def system() -> System:
    """Three states, two features, with noise of what is seen."""
    numbers = torch.Generator().manual_seed(0)
    root = torch.randn(3, 3, generator=numbers, dtype=torch.float64)
    return System(
        0.4 * torch.randn(3, 3, generator=numbers, dtype=torch.float64),
        torch.randn(2, 3, generator=numbers, dtype=torch.float64),
        root @ root.T,
        torch.tensor([0.3, 0.0], dtype=torch.float64),
        torch.tensor([1.0, -1.0, 0.5], dtype=torch.float64),
        torch.eye(3, dtype=torch.float64),
    )


def long_vector(of: System, n_step: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Means of all states, their covariance, and the readings of all, with cells in a row."""
    n_state, n_feature = len(of.transition), len(of.reading)
    onward = torch.zeros(n_step * n_state, n_step * n_state, dtype=torch.float64)
    for late in range(n_step):
        for early in range(late + 1):
            power = torch.linalg.matrix_power(of.transition, late - early)
            onward[late * n_state : (late + 1) * n_state, early * n_state : (early + 1) * n_state] = power
    new = torch.block_diag(of.spread, *[of.innovation] * (n_step - 1))
    start = torch.cat([of.first, torch.zeros((n_step - 1) * n_state, dtype=torch.float64)])
    reading = torch.block_diag(*[of.reading] * n_step)
    assert reading.shape == (n_step * n_feature, n_step * n_state)
    return onward @ start, onward @ new @ onward.T, reading


@pytest.mark.parametrize("causal", [False, True])
def test_what_is_told_is_the_conditional_expectation_given_all_or_given_the_past(causal):
    of, n_step = system(), 5
    kept = torch.rand(n_step, 2, generator=torch.Generator().manual_seed(1)) < 0.6
    gap = torch.randn(n_step, 2, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    _, covariance, reading = long_vector(of, n_step)
    seen = reading @ covariance @ reading.T + torch.diag((of.error + 1e-8).repeat(n_step))
    found = Gains.of(of, kept[None]).told(gap[None, None].masked_fill(~kept, 9.0), causal=causal)[0, 0]
    for step in range(n_step):
        known = (kept & (torch.arange(n_step)[:, None] <= step) if causal else kept).flatten()
        gain = (covariance @ reading.T)[step * 3 : step * 3 + 3][:, known] @ torch.linalg.inv(seen[known][:, known])
        assert torch.allclose(found[step], gain @ gap.flatten()[known], atol=1e-6)


def test_what_is_left_open_is_the_conditional_covariance():
    of, n_step = system(), 4
    kept = torch.rand(n_step, 2, generator=torch.Generator().manual_seed(1)) < 0.6
    _, covariance, reading = long_vector(of, n_step)
    seen = (reading @ covariance @ reading.T + torch.diag((of.error + 1e-8).repeat(n_step)))[kept.flatten()]
    with_seen = (covariance @ reading.T)[:, kept.flatten()]
    left = covariance - with_seen @ torch.linalg.inv(seen[:, kept.flatten()]) @ with_seen.T
    alone, following = Gains.of(of, kept[None]).left()
    for step in range(n_step):
        here = slice(step * 3, step * 3 + 3)
        assert torch.allclose(alone[0, step], left[here, here], atol=1e-6)
        if step + 1 < n_step:
            assert torch.allclose(following[0, step], left[here, step * 3 + 3 : step * 3 + 6], atol=1e-6)


def autoregression(coefficient: float, *, causal: bool = False) -> StateSpaceImputer:
    one = torch.eye(1, dtype=torch.float64)
    of = System(coefficient * one, one, (1 - coefficient**2) * one, torch.zeros(1), torch.zeros(1), one)
    return StateSpaceImputer(of, torch.zeros(1), torch.ones(1), causal)


@pytest.mark.parametrize("causal", [False, True])
def test_a_gap_in_an_autoregression_has_the_known_moments(causal):
    a, n_draw = 0.8, 40000
    batch = from_tensors(torch.tensor([[1.0, -0.5, 0.0, 2.0, 1.0]], dtype=torch.float64), layout="sample time")
    kept = torch.tensor([[[True], [True], [False], [True], [True]]])
    drawn = imputed(autoregression(a, causal=causal), batch, kept, first_draws(batch, n_draw))[0, :, 2, 0]
    mean = a * -0.5 if causal else a * (-0.5 + 2.0) / (1 + a**2)
    variance = 1 - a**2 if causal else (1 - a**2) / (1 + a**2)
    assert abs(float(drawn.mean()) - mean) < 4 * (variance / n_draw) ** 0.5
    assert abs(float(drawn.var()) - variance) < 4 * variance * (2 / n_draw) ** 0.5


def test_draws_of_the_whole_have_the_law_of_the_system():
    of, n_step, n_draw = system(), 3, 40000
    batch = from_tensors(torch.zeros(1, n_step, 2, dtype=torch.float64))
    imputer = StateSpaceImputer(of, torch.zeros(2), torch.ones(2))
    drawn = imputed(imputer, batch, ~batch.cells, first_draws(batch, n_draw))[0].flatten(1)
    mean, covariance, reading = long_vector(of, n_step)
    law = reading @ covariance @ reading.T + torch.diag(of.error.repeat(n_step))
    assert bool(((drawn.mean(dim=0) - reading @ mean).abs() < 4 * (law.diagonal() / n_draw).sqrt()).all())
    products = ((law.diagonal()[:, None] * law.diagonal() + law.square()) / n_draw).sqrt()
    assert bool(((torch.cov(drawn.T) - law).abs() < 4 * products).all())


def simulated(transition: torch.Tensor, n_series: int, n_step: int) -> torch.Tensor:
    numbers = torch.Generator().manual_seed(0)
    lag = transition.shape[1] // transition.shape[0]
    steps = [torch.randn(n_series, len(transition), generator=numbers, dtype=torch.float64) for _ in range(lag)]
    for _ in range(n_step + 20):
        new = torch.randn(n_series, len(transition), generator=numbers, dtype=torch.float64)
        steps.append(torch.cat(steps[: -lag - 1 : -1], dim=1) @ transition.T + 0.5 * new)
    return torch.stack(steps[-n_step:], dim=1)


@pytest.mark.parametrize(
    "transition", [[[0.7, 0.2], [-0.1, 0.8]], [[0.5, 0.1, 0.3, 0.0], [0.0, 0.6, 0.0, -0.4]]], ids=["lag 1", "lag 2"]
)
def test_the_fit_finds_an_autoregression_though_values_are_missing(transition):
    true = torch.tensor(transition, dtype=torch.float64)
    x = simulated(true, 120, 9)
    x = x.masked_fill(torch.rand(x.shape, generator=torch.Generator().manual_seed(1)) < 0.2, torch.nan)
    imputer = StateSpaceImputer.fit(from_tensors(x), lag=true.shape[1] // 2)
    scale = imputer.deviation
    found = imputer.system.transition[:2] * scale[:, None] / scale.repeat(true.shape[1] // 2)
    innovation = imputer.system.innovation[:2, :2] * scale[:, None] * scale
    assert float((found - true).abs().max()) < 0.13
    assert float((innovation - 0.25 * torch.eye(2)).abs().max()) < 0.05


def test_the_fit_finds_the_noise_of_what_is_seen():
    x = simulated(torch.tensor([[0.9]], dtype=torch.float64), 100, 16)
    x = x + 0.6 * torch.randn(x.shape, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    imputer = StateSpaceImputer.fit(from_tensors(x), error=True)
    assert float(imputer.system.error * imputer.deviation.square()) == pytest.approx(0.36, abs=0.1)


def test_two_features_that_are_one_tell_each_other():
    steps = torch.randn(30, 6, 1, generator=torch.Generator().manual_seed(0)).cumsum(dim=1)
    batch = from_tensors(torch.cat([steps, 3 * steps], dim=2))
    kept = torch.tensor([True, False]).expand(batch.x.shape)
    drawn = imputed(StateSpaceImputer.fit(batch), batch, kept, first_draws(batch, 1))
    assert torch.allclose(drawn[:, 0], batch.x, atol=0.1)


def test_no_series_is_too_long():
    imputer = autoregression(0.5)
    batch = from_tensors(torch.zeros(1, 300, 1))
    assert bool(imputed(imputer, batch, ~batch.cells, first_draws(batch, 1)).isfinite().all())


def test_series_of_one_step_have_no_next_one():
    with pytest.raises(InputError, match="two steps or more, but the background has one"):
        StateSpaceImputer.fit(from_tensors(torch.randn(5, 1, 1)))


def test_a_lag_beyond_the_series_is_refused():
    with pytest.raises(InputError, match="lag must be 1 to 2"):
        StateSpaceImputer.fit(from_tensors(torch.rand(5, 3, 1)), lag=3)


def test_where_not_all_series_are_looked_at_they_lie_evenly(monkeypatch):
    numbers = torch.Generator().manual_seed(0)
    x = torch.randn(60, 6, 1, generator=numbers)
    x[30:] = x[30:].cumsum(dim=1)  # sorted by class: the first half alone has no memory
    value, seen = x.double(), torch.ones(60, 6, 1, dtype=torch.bool)
    of_some = fitted_system(value[::6], seen[::6], seen[::6, :, 0], lag=1, error=False)
    monkeypatch.setattr(state_fit, "COSTLY", 0)
    monkeypatch.setattr(state_fit, "FEWEST", 10)
    assert torch.equal(fitted_system(value, seen, seen[:, :, 0], lag=1, error=False).transition, of_some.transition)
