"""What could have come at some steps, drawn given what came before them."""

from dataclasses import dataclass
from functools import cached_property
from typing import cast

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.impute.filling import Filling
from aition.impute.forecast import Forecast
from aition.impute.groups import Groups, checked
from aition.impute.imputer import Imputer, first_draws
from aition.impute.laid import laid
from aition.impute.players import check_groups
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
    any imputer draws causally here. A state space goes over the series once, for all steps that are asked.

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
        imputer = self.imputer
        if told is None and type(imputer) is StateSpaceImputer:
            imputer = self.forecast(rows, known, step, count)
        filling = Filling.of(known, imputer, n_draw=self.n_draw)
        return filling(torch.arange(len(rows), device=rows.device), {"x": lost})

    @cached_property
    def forecast(self) -> Forecast:
        """What a state space, where this is what draws, says of each step given those before."""
        imputer = cast(StateSpaceImputer, self.imputer)
        return Forecast.of(imputer, self.batch, first_draws(self.batch, self.n_draw))


def groups_of(groups: Groups, batch: Batch) -> Tensor:
    """The group of each cell, ``[sample, step, feature]``, steps from the first that exists; -1: of none."""
    n_step = int(batch.lengths.max())
    group = laid(checked(groups(batch), batch)["x"], batch, n_step)
    there = torch.arange(n_step, device=group.device) < batch.lengths[:, None]
    return group.masked_fill(~there[:, :, None], -1)


def together(group: Tensor) -> Tensor:
    """Which features of a step go together, ``[…, feature, feature]``, of their groups, ``[…, feature]``.

    Row ``d`` holds the group of feature ``d``; all of it is False where the cell belongs to no group.

    >>> together(torch.tensor([3, -1, 3])).int().tolist()
    [[1, 0, 1], [0, 0, 0], [1, 0, 1]]
    """
    return (group[..., :, None] == group[..., None, :]) & (group >= 0)[..., None]


def leading(alike: Tensor) -> Tensor:
    """Which features are the first of their group, ``[…, feature]``, of :func:`together`."""
    before = torch.ones(alike.shape[-2:], dtype=torch.bool, device=alike.device).tril(diagonal=-1)
    return alike.any(dim=-1) & ~(alike & before).any(dim=-1)


def check_settings(groups: Groups, imputer: Imputer, n_draw: int) -> None:
    """Raise unless settings are what they must be."""
    check_groups(groups)
    if isinstance(imputer, type) or not isinstance(imputer, Imputer):
        raise InputError(
            f"imputer must be a fitted imputer, such as StateSpaceImputer.fit(background), but is {imputer!r}"
        )
    if n_draw < 1:
        raise InputError(f"n_draw must be 1 or more, but is {n_draw}")


def check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    """Raise unless a setting is one of the words that it may be."""
    if value not in choices:
        raise InputError(f"{name} must be one of {', '.join(choices)}, but is {value!r}")


def put_back(value: Tensor, batch: Batch) -> Tensor:
    """From ``[sample, question, step, …]`` to ``[sample, question, time, …]``; the padding holds anything."""
    step = batch.step.clamp(0, value.shape[2] - 1)
    rows = torch.arange(len(batch), device=value.device)[:, None]
    return value.movedim(2, 1)[rows, step].movedim(1, 2).to(batch.x.dtype)
