"""Pairs of groups: what every explainer of interactions answers with."""

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.variables import Variables


def told(
    batch: Batch,
    *,
    cells: Tensor,
    alone: Tensor,
    pairs: Tensor,
    change: Tensor,
    hit_rate: float,
    several: bool,
) -> Variables:
    """Main effects and interactions of players as an explainer answers them.

    Args:
        batch: The samples.
        cells: The player of each cell, ``[sample, time, feature]``.
        alone: Main effects, ``[sample, question, player]``.
        pairs: Interactions, ``[sample, question, pair]``.
        change: The score of all players less that of nobody, ``[sample, question]``.
        hit_rate: How often the method has ranked a planted pair first on such networks; NaN: not measured so.
        several: Whether the axis ``target`` is kept.

    Returns:
        ``attribution_group``, ``attribution_alone``, ``interaction``, ``membership``, ``attribution``,
        ``completeness`` and ``hit_rate``; a player without a cell in a sample gets NaN.
    """
    alone, pairs, change, cells = alone.cpu(), pairs.cpu(), change.cpu(), cells.cpu()
    n_player = alone.shape[-1]
    together = squared(pairs, n_player)
    group = alone + together.nan_to_num(0.0).sum(dim=-1) / 2
    membership = membership_of(cells, n_player)
    size = membership.flatten(2).sum(dim=2)
    gap = (size == 0)[:, None]
    seat = (cells.flatten(1) + 1)[:, None].expand(-1, group.shape[1], -1)
    each = group / size.clamp(min=1)[:, None]
    spread = torch.cat([torch.zeros_like(each[..., :1]), each], dim=-1).gather(2, seat)
    lacking = torch.nan
    found: Variables = {
        "attribution": (("time", "feature"), spread.reshape(len(batch), -1, *batch.x.shape[1:])),
        "attribution_group": (("group",), group.masked_fill(gap, lacking)),
        "attribution_alone": (("group",), alone.masked_fill(gap, lacking)),
        "interaction": (
            ("group", "group_other"),
            together.masked_fill(gap[..., None], lacking).masked_fill(gap[..., None, :], lacking),
        ),
        "membership": (
            ("group", "time", "feature"),
            membership[:, None].expand(-1, group.shape[1], -1, -1, -1),
        ),
        "completeness": ((), group.sum(dim=-1) - change),
    }
    return arranged(batch, found, several=several) | {"hit_rate": ((), torch.tensor(hit_rate, dtype=torch.float32))}


def arranged(batch: Batch, found: Variables, *, several: bool) -> Variables:
    """Variables ``[sample, question, …]`` with their axes, in the type of the values, where the batch is."""
    answer: Variables = {}
    for name, (axes, value) in found.items():
        there = value.to(batch.x) if value.is_floating_point() else value.to(batch.x.device)
        answer[name] = (("sample", "target", *axes), there) if several else (("sample", *axes), there[:, 0])
    return answer


def pairs_of(n_player: int) -> tuple[Tensor, Tensor]:
    """First and second player of each pair, ``[pair]`` each.

    >>> [side.tolist() for side in pairs_of(3)]
    [[0, 0, 1], [1, 2, 2]]
    """
    first, second = torch.triu_indices(n_player, n_player, 1)
    return first, second


def squared(pairs: Tensor, n_player: int) -> Tensor:
    """Pairs as a symmetric matrix with NaN on its diagonal, ``[…, player, player]``, of ``[…, pair]``."""
    first, second = pairs_of(n_player)
    whole = pairs.new_full((*pairs.shape[:-1], n_player, n_player), torch.nan)
    whole[..., first, second] = pairs
    whole[..., second, first] = pairs
    return whole


def membership_of(cells: Tensor, n_player: int) -> Tensor:
    """Which cells belong to each player, bool, ``[sample, group, time, feature]``."""
    return cells[:, None] == torch.arange(n_player, device=cells.device)[:, None, None]
