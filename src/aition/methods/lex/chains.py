"""Chains: the groups of a series in the order of their steps."""

from dataclasses import dataclass

import torch
from torch import Tensor

from aition.core.errors import InputError
from aition.methods.lex.candidates import Candidates


@dataclass(frozen=True, eq=False)
class Chains:
    """The groups that can be selected, in rows along time: one for each feature, or for features that go together.

    What was not observed is passed over: the groups before and behind a gap are neighbours.

    Args:
        group: The group at each place of each row, ``[sample, place, row]``, int64; one more than the last where a row
            has ended.
        there: Which places are taken, ``[sample, place, row]``.
        n_group: Groups of the candidates.
    """

    group: Tensor
    there: Tensor
    n_group: int

    @classmethod
    def of(cls, candidates: Candidates) -> "Chains":
        """The rows of some candidates.

        Raises:
            InputError: A group lies in two rows, or comes back after another one.
        """
        n_group, cells = candidates.n_group, candidates.group
        n_sample, n_time, n_feature = cells.shape
        held = torch.cat([torch.zeros_like(candidates.there[:, :1]), candidates.there], dim=1)
        taken = held.gather(1, (cells + 1).flatten(1)).reshape(cells.shape)
        # The last group before each step that can be selected, and so where a new one begins.
        step = torch.arange(n_time, device=cells.device)[None, :, None]
        latest = torch.where(taken, step, -1).cummax(dim=1).values
        before = torch.cat([torch.full_like(latest[:, :1], -1), latest[:, :-1]], dim=1)
        former = torch.where(before >= 0, cells.gather(1, before.clamp(min=0)), -1)
        begins = taken & (cells != former)
        first = cells.gather(1, begins.long().argmax(dim=1, keepdim=True))[:, 0]
        same = first[:, :, None] == first[:, None]
        earlier = torch.ones(n_feature, n_feature, dtype=torch.bool, device=cells.device).tril(-1)
        begins = begins & ~(same & earlier & begins.any(dim=1)[:, None]).any(dim=2)[:, None]
        place = torch.where(begins, begins.cumsum(dim=1) - 1, n_time)
        wide = torch.full((n_sample, n_time + 1, n_feature), n_group, dtype=torch.int64, device=cells.device)
        wide = wide.scatter(1, place, torch.where(begins, cells, n_group))[:, :-1]
        group = wide[:, : max(1, int(begins.sum(dim=1).max()))] if begins.numel() else wide
        count = torch.zeros(n_sample, n_group + 1, dtype=torch.int64, device=cells.device)
        flat = group.flatten(1)
        count = count.scatter_add(1, flat, torch.ones_like(flat))[:, :-1]
        if not torch.equal(count, candidates.there.long()):
            raise InputError(
                "groups must follow one another along time, each in one row, but one lies in two rows or comes back; "
                "take EachCell(), EachStep(), Segments(…) or Blocks(…)"
            )
        return cls(group, group < n_group, n_group)

    @property
    def linked(self) -> Tensor:
        """Where a place has another one behind it, ``[sample, place, row]``."""
        return torch.cat([self.there[:, 1:], torch.zeros_like(self.there[:, :1])], dim=1)

    def laid(self, value: Tensor) -> Tensor:
        """Values of the groups at their places, ``[…, place, row]`` of ``[sample, …, group]``; 0 behind the end."""
        shape = (len(value), *(1,) * (value.ndim - 2), -1)
        flat = self.group.flatten(1).reshape(shape).expand(*value.shape[:-1], -1)
        wide = torch.cat([value, torch.zeros_like(value[..., :1])], dim=-1).gather(-1, flat)
        return wide.reshape(*wide.shape[:-1], *self.group.shape[1:])

    def back(self, value: Tensor) -> Tensor:
        """The reverse of :meth:`laid`; 0 for groups that can't be selected."""
        flat = value.flatten(-2)
        place = self.group.flatten(1).reshape(len(value), *(1,) * (value.ndim - 3), -1).expand(flat.shape)
        return flat.new_zeros(*flat.shape[:-1], self.n_group + 1).scatter(-1, place, flat)[..., :-1]
