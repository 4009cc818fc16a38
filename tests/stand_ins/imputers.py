"""Small series with gaps and unequal lengths, and every imputer fitted on others like them."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import torch

from aition.core.assemble import from_tensors
from aition.core.batch import Batch
from aition.impute.autoencoder import AutoencoderImputer, Coder
from aition.impute.constant import ConstantImputer
from aition.impute.copula import CopulaImputer
from aition.impute.flow import FlowImputer, Splines
from aition.impute.gaussian import GaussianImputer
from aition.impute.imputer import Imputer
from aition.impute.learned import Course, Learned
from aition.impute.mixture import MixtureImputer
from aition.impute.rows import HotDeck, MarginalRows
from aition.impute.state_space import StateSpaceImputer


def series(n_sample: int, *, n_time: int = 6, seed: int = 0, gaps: float = 0.2) -> Batch:
    """Correlated series of two features that vary and one that never does; the later half is shorter."""
    numbers = torch.Generator().manual_seed(seed)
    steps = torch.randn(n_sample, n_time, 1, generator=numbers).cumsum(dim=1)
    x = torch.cat([steps, 2 * steps + torch.randn(steps.shape, generator=numbers), torch.full_like(steps, 4.0)], dim=2)
    x = x.masked_fill(torch.rand(x.shape, generator=numbers) < gaps, torch.nan)
    lengths = [n_time if place < n_sample // 2 else n_time - 2 for place in range(n_sample)]
    return from_tensors(x, lengths=lengths, ids=[f"{seed}-{place}" for place in range(n_sample)])


def flow(background: Batch) -> FlowImputer:
    """One that departs from the Gaussian law."""
    fitted = FlowImputer.fit(background, shape=Splines(2, 3, 8, (1,)), course=Course(epochs=1))
    return replace(fitted, learned=strayed(fitted.learned))


def autoencoder(background: Batch) -> AutoencoderImputer:
    """One that departs from the Gaussian law."""
    fitted = AutoencoderImputer.fit(background, shape=Coder(2, 8, (1,)), course=Course(epochs=1))
    return replace(fitted, learned=strayed(fitted.learned))


def strayed(learned: Learned) -> Learned:
    """The same with weights far from those that it began with."""
    noise = torch.randn(learned.weights.shape, generator=torch.Generator().manual_seed(0))
    return replace(learned, weights=learned.weights + 0.2 * noise)


FITS: dict[str, Callable[[Batch], Imputer]] = {
    "constant": ConstantImputer.fit,
    "marginal rows": MarginalRows.fit,
    "hot deck": HotDeck.fit,
    "gaussian": GaussianImputer.fit,
    "gaussian mean": lambda background: GaussianImputer.fit(background, mean=True),
    "copula": CopulaImputer.fit,
    "mixture": lambda background: MixtureImputer.fit(background, n_component=2),
    "state space": StateSpaceImputer.fit,
    "causal state space": lambda background: StateSpaceImputer.fit(background, lag=2, error=True, causal=True),
    "flow": flow,
    "autoencoder": autoencoder,
}
SAME = ("constant", "gaussian mean")
"""Imputers whose draws are all the same."""
CAUSAL = ("constant", "marginal rows", "causal state space")
"""Imputers that read nothing that comes later."""


@cache
def fitted(name: str) -> Imputer:
    """One of them."""
    return FITS[name](series(40, seed=1))
