"""Small series with gaps and unequal lengths, and every imputer fitted on others like them."""

import torch

from aition.core.assemble import from_tensors
from aition.core.batch import Batch
from aition.impute.background import Background
from aition.impute.constant import ConstantImputer
from aition.impute.copula import CopulaImputer
from aition.impute.flow import FlowImputer
from aition.impute.gaussian import GaussianImputer
from aition.impute.imputer import Imputer
from aition.impute.mixture import MixtureImputer
from aition.impute.rows import HotDeck, MarginalRows
from aition.impute.state_space import StateSpaceImputer
from stand_ins.zuko import NSF


def series(n_sample: int, *, n_time: int = 6, seed: int = 0, gaps: float = 0.2) -> Batch:
    """Correlated series of two features that vary and one that never does; the later half is shorter."""
    numbers = torch.Generator().manual_seed(seed)
    steps = torch.randn(n_sample, n_time, 1, generator=numbers).cumsum(dim=1)
    x = torch.cat([steps, 2 * steps + torch.randn(steps.shape, generator=numbers), torch.full_like(steps, 4.0)], dim=2)
    x = x.masked_fill(torch.rand(x.shape, generator=numbers) < gaps, torch.nan)
    lengths = [n_time if place < n_sample // 2 else n_time - 2 for place in range(n_sample)]
    return from_tensors(x, lengths=lengths, ids=[f"{seed}-{place}" for place in range(n_sample)])


def imputers() -> dict[str, Imputer]:
    """One of each, by name."""
    background = series(40, seed=1)
    mean, deviation = Background.of(background).moments()
    return {
        "constant": ConstantImputer.fit(background),
        "marginal rows": MarginalRows.fit(background),
        "hot deck": HotDeck.fit(background),
        "gaussian": GaussianImputer.fit(background),
        "gaussian mean": GaussianImputer.fit(background, mean=True),
        "copula": CopulaImputer.fit(background),
        "mixture": MixtureImputer.fit(background, n_component=2),
        "flow": FlowImputer(NSF(mean.numel(), 2 * mean.numel()), mean, deviation),
        "state space": StateSpaceImputer.fit(background),
        "causal state space": StateSpaceImputer.fit(background, lag=2, error=True, causal=True),
    }


SAME = ("constant", "gaussian mean")
"""Imputers whose draws are all the same."""
