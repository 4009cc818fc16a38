"""The flow imputer: what it is told it need not say, and what it was not told it learns."""

import sys

import pytest
import torch

from aition.core.assemble import from_tensors
from aition.core.errors import InputError, MissingExtraError
from aition.impute.flow import FlowImputer
from aition.impute.imputer import first_draws, imputed
from stand_ins import zuko


@pytest.fixture
def flows(monkeypatch):
    monkeypatch.setitem(sys.modules, "zuko.flows", zuko)


def pairs(n_series: int = 500) -> torch.Tensor:
    numbers = torch.Generator().manual_seed(0)
    first = torch.randn(n_series, generator=numbers)
    return torch.stack([first, 0.8 * first + 0.6 * torch.randn(n_series, generator=numbers)], dim=1)[:, :, None]


@pytest.mark.usefixtures("flows")
def test_it_learns_the_conditional_law():
    imputer = FlowImputer.fit(from_tensors(10 + 5 * pairs()), epochs=150, lr=0.03)
    batch = from_tensors(10 + 5 * torch.tensor([[[1.5], [0.0]], [[-1.0], [0.0]]]))
    kept = torch.tensor([[True], [False]]).expand(2, 2, 1)
    drawn = (imputed(imputer, batch, kept, first_draws(batch, 2000))[:, :, 1, 0] - 10) / 5
    assert torch.allclose(drawn.mean(dim=1), torch.tensor([1.2, -0.8]), atol=0.2)
    assert torch.allclose(drawn.std(dim=1), torch.tensor(0.6), atol=0.12)


@pytest.mark.usefixtures("flows")
def test_a_fit_leaves_the_random_state_and_hangs_on_its_seed():
    state = torch.get_rng_state()
    fits = [FlowImputer.fit(from_tensors(pairs(20)), epochs=2, seed=3) for _ in range(2)]
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(*(one.module.net[0].weight for one in fits))


def test_without_zuko_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "zuko.flows", None)
    with pytest.raises(MissingExtraError, match=r"aition\[impute\]"):
        FlowImputer.fit(from_tensors(pairs(20)))


def test_settings_below_1_are_refused():
    with pytest.raises(InputError, match="epochs, n_transform and n_hidden must be 1 or more"):
        FlowImputer.fit(from_tensors(pairs(20)), epochs=0)
