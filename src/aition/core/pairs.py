"""Pairs of groups: what every explainer of interactions answers with."""

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.members import arranged, counted, membership_of
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
    found = counted(batch, cells=cells, group=group, change=change)
    gap = ~membership_of(cells, n_player).flatten(2).any(dim=2)[:, None]
    lacking = torch.nan
    found |= {
        "attribution_alone": (("group",), alone.masked_fill(gap, lacking)),
        "interaction": (
            ("group", "group_other"),
            together.masked_fill(gap[..., None], lacking).masked_fill(gap[..., None, :], lacking),
        ),
    }
    return arranged(batch, found, several=several) | {"hit_rate": ((), torch.tensor(hit_rate, dtype=torch.float32))}


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
