"""What could have come at some steps, drawn given what came before them."""

from dataclasses import dataclass

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.impute.filling import Filling
from aition.impute.groups import Groups, checked
from aition.impute.imputer import Imputer
from aition.impute.state_space import StateSpaceImputer
from aition.impute.unfitted import Unfitted
from aition.methods.in_time.running import prefix


def unfitted_imputer() -> Imputer:
    """What draws where nothing else is said, still to be fitted."""
    return Unfitted(state_space)


def state_space(background: Batch) -> Imputer:
    """A state space, which takes series of any length, fitted on a background.

    Where no later cell is told, the causal one draws the same, and need not go back over the series.
    """
    return StateSpaceImputer.fit(background, causal=True)


@dataclass(frozen=True, eq=False)
class Past:
    """Draws of the steps of some samples given those before.

    Nothing of the drawn steps, or of what follows them, is told to the imputer but the cells that are named, so that
    any imputer draws causally here.

    Args:
        batch: The samples.
        imputer: What draws.
        n_draw: Series that are made of each.
    """

    batch: Batch
    imputer: Imputer
    n_draw: int

    def drawn(self, rows: Tensor, step: int, count: int, *, told: Tensor | None = None) -> Batch:
        """Some samples, ``n_draw`` times each in succession, with some steps drawn; later ones do not exist.

        Args:
            rows: Places of the samples, ``[row]``.
            step: The first step that is drawn, from the first that exists.
            count: How many are drawn.
            told: Features of this step that are kept and told, ``[row, feature]``; none by default.
        """
        known = prefix(self.batch.take(rows), step + count)
        lost = (known.step >= step)[:, :, None].expand(known.x.shape)
        if told is not None:
            lost = lost & ~((known.step == step)[:, :, None] & told[:, None])
        filling = Filling.of(known, self.imputer, n_draw=self.n_draw)
        return filling(torch.arange(len(rows), device=rows.device), {"x": lost})


def together(groups: Groups, batch: Batch) -> Tensor:
    """Which features go together at each step, ``[sample, step, feature, feature]``; steps from the first that exists.

    Row ``d`` holds the group of feature ``d``; all of it is False where the cell belongs to no group.
    """
    n_step = int(batch.lengths.max())
    group = checked(groups(batch), batch)["x"]
    place = (batch.start[:, None] + torch.arange(n_step, device=group.device)).clamp(max=batch.n_time - 1)
    laid = group.gather(1, place[:, :, None].expand(-1, -1, batch.n_feature))
    there = torch.arange(n_step, device=group.device) < batch.lengths[:, None]
    laid = laid.masked_fill(~there[:, :, None], -1)
    return (laid[:, :, :, None] == laid[:, :, None]) & (laid >= 0)[:, :, :, None]


def leading(alike: Tensor) -> Tensor:
    """Which features are the first of their group, ``[…, feature]``, of :func:`together`."""
    before = torch.ones(alike.shape[-2:], dtype=torch.bool, device=alike.device).tril(diagonal=-1)
    return alike.any(dim=-1) & ~(alike & before).any(dim=-1)


def check_settings(groups: Groups, imputer: Imputer, n_draw: int) -> None:
    """Raise unless settings are what they must be."""
    if isinstance(groups, type) or not callable(groups):
        raise InputError(f"groups must be a function from Batch to the group of each cell, but is {groups!r}")
    if isinstance(imputer, type) or not isinstance(imputer, Imputer):
        raise InputError(
            f"imputer must be a fitted imputer, such as StateSpaceImputer.fit(background), but is {imputer!r}"
        )
    if n_draw < 1:
        raise InputError(f"n_draw must be 1 or more, but is {n_draw}")


def put_back(value: Tensor, batch: Batch) -> Tensor:
    """From ``[sample, question, step, …]`` to ``[sample, question, time, …]``; the padding holds anything."""
    step = batch.step.clamp(0, value.shape[2] - 1)
    rows = torch.arange(len(batch), device=value.device)[:, None]
    return value.movedim(2, 1)[rows, step].movedim(1, 2).to(batch.x.dtype)
