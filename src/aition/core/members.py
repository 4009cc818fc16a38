"""Members: what groups of cells count for, as every explainer of groups answers it."""

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.variables import Variables


def counted(batch: Batch, *, cells: Tensor, group: Tensor, change: Tensor) -> Variables:
    """What players count for, before :func:`arranged`: axes stand behind sample and question.

    Args:
        batch: The samples.
        cells: The player of each cell, ``[sample, time, feature]``, on the CPU; -1: of nobody.
        group: What each counts for, ``[sample, question, player]``, on the CPU.
        change: What all together should count for, ``[sample, question]``, on the CPU.

    Returns:
        ``attribution``, the cells of a player sharing evenly; ``attribution_group``, NaN where a player has no cell in
        a sample; ``membership``; ``completeness``, how far the sum is off.
    """
    n_player = group.shape[-1]
    membership = membership_of(cells, n_player)
    size = membership.flatten(2).sum(dim=2)
    seat = (cells.flatten(1) + 1)[:, None].expand(-1, group.shape[1], -1)
    each = group / size.clamp(min=1)[:, None]
    spread = torch.cat([torch.zeros_like(each[..., :1]), each], dim=-1).gather(2, seat)
    return {
        "attribution": (("time", "feature"), spread.reshape(len(batch), -1, *batch.x.shape[1:])),
        "attribution_group": (("group",), group.masked_fill((size == 0)[:, None], torch.nan)),
        "membership": (("group", "time", "feature"), membership[:, None].expand(-1, group.shape[1], -1, -1, -1)),
        "completeness": ((), group.sum(dim=-1) - change),
    }


def arranged(batch: Batch, found: Variables, *, several: bool) -> Variables:
    """Variables ``[sample, question, …]`` with their axes, in the type of the values, where the batch is."""
    answer: Variables = {}
    for name, (axes, value) in found.items():
        there = value.to(batch.x) if value.is_floating_point() else value.to(batch.x.device)
        answer[name] = (("sample", "target", *axes), there) if several else (("sample", *axes), there[:, 0])
    return answer


def membership_of(cells: Tensor, n_player: int) -> Tensor:
    """Which cells belong to each player, bool, ``[sample, group, time, feature]``."""
    return cells[:, None] == torch.arange(n_player, device=cells.device)[:, None, None]
