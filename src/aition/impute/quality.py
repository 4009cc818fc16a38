"""How good an imputer is on series that it was not fitted on: cells that are known are hidden from it, and drawn."""

import torch

from aition.core.batch import Batch
from aition.core.draws import cell_coordinates, uniform
from aition.core.errors import InputError
from aition.impute.imputer import Imputer, first_draws, imputed
from aition.metrics.imputation import ImputationQuality, imputation_quality


def quality(
    imputer: Imputer, batch: Batch, *, hidden: float = 0.3, n_draw: int = 99, seed: int = 0
) -> ImputationQuality:
    """Hide cells at random, draw them given the others, and compare.

    Args:
        imputer: What is judged.
        batch: Series that it was not fitted on.
        hidden: Share of the observed cells that is hidden, each by itself, in (0, 1).
        n_draw: Draws of each series, two or more; 99 give plain ranks.
        seed: Of what is hidden.

    Raises:
        InputError: A share or a number of draws is out of range, or no cell was hidden.

    >>> from aition import from_tensors
    >>> from aition.impute.rows import MarginalRows
    >>> numbers = torch.Generator().manual_seed(0)
    >>> rows = [from_tensors(torch.randn(200, 6, 1, generator=numbers)) for _ in range(2)]
    >>> abs(quality(MarginalRows.fit(rows[0]), rows[1]).covered(0.9) - 0.9) < 0.05
    True
    """
    if not 0 < hidden < 1 or n_draw < 2:
        raise InputError(f"hidden must be in (0, 1) and n_draw 2 or more, but are {hidden} and {n_draw}")
    keys, step, feature = cell_coordinates(batch)
    observed = batch.observed & batch.cells
    away = observed & (uniform(keys, seed, step, feature) < hidden)
    if not bool(away.any()):
        raise InputError(f"no cell was hidden: there are {int(observed.sum())} observed ones; give more series")
    drawn = imputed(imputer, batch, ~away, first_draws(batch, n_draw))
    between = uniform(keys, seed, step, feature, torch.ones_like(feature))
    value, draws, chance = (part.double().cpu().numpy() for part in (batch.x, drawn, between))
    return imputation_quality(value, draws, hidden=away.cpu().numpy(), observed=observed.cpu().numpy(), chance=chance)
