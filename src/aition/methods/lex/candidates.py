"""Candidates: the groups of cells among which a selector chooses."""

from dataclasses import dataclass

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.impute.groups import Groups, checked


@dataclass(frozen=True, eq=False)
class Candidates:
    """The groups of a batch that can be selected: those with an existing, observed member.

    Static columns and further inputs are no candidates: a model always sees them.

    Args:
        group: The group of each cell of ``x``, ``[sample, time, feature]``, int64; -1 where none can be taken away.
        known: Which cells exist and were observed, likewise.
        there: Which groups can be selected, ``[sample, group]``.
    """

    group: Tensor
    known: Tensor
    there: Tensor

    @classmethod
    def of(cls, batch: Batch, groups: Groups) -> "Candidates":
        """The candidates of a batch, by a function that says the group of each cell."""
        known = batch.observed & batch.cells
        group = checked(groups(batch), batch)["x"]
        place = torch.where(known, group, -1).flatten(1) + 1
        width = max(1, int(group.max()) + 1) if group.numel() else 1
        there = torch.zeros(len(batch), width + 1, dtype=torch.bool, device=group.device)
        return cls(group, known, there.scatter(1, place, torch.ones_like(place, dtype=torch.bool))[:, 1:])

    @property
    def n_group(self) -> int:
        return self.there.shape[1]

    def take(self, rows: Tensor) -> "Candidates":
        """Pick or repeat samples."""
        return Candidates(self.group[rows], self.known[rows], self.there[rows])

    def pooled(self, logits: Tensor) -> Tensor:
        """The mean over a group's observed members, ``[sample, group]``; 0 where there is none.

        Args:
            logits: One a cell, ``[sample, time, feature]``.
        """
        place = torch.where(self.known, self.group, -1).flatten(1) + 1
        zeros = logits.new_zeros(len(logits), self.n_group + 1)
        total = zeros.scatter_add(1, place, logits.flatten(1))[:, 1:]
        count = zeros.scatter_add(1, place, torch.ones_like(logits).flatten(1))[:, 1:]
        return total / count.clamp(min=1) * self.there

    def spread(self, mask: Tensor) -> Tensor:
        """A value of each group in all its cells, ``[sample, draw, time, feature]``; 1 where nothing can be taken away.

        Args:
            mask: ``[sample, draw, group]``.
        """
        n_sample, n_draw, _ = mask.shape
        place = (self.group.flatten(1) + 1)[:, None].expand(n_sample, n_draw, -1)
        whole = torch.cat([torch.ones_like(mask[:, :, :1]), mask], dim=2)
        return whole.gather(2, place).reshape(n_sample, n_draw, *self.group.shape[1:])
