"""The game: what a model says where only some players are present."""

from collections.abc import Sequence

import torch
from torch import Tensor

from aition.core.model import Model
from aition.core.pairs import pairs_of
from aition.core.question import Question
from aition.impute.filling import Filling
from aition.impute.scored import scored


def played(
    model: Model, filling: Filling, questions: Sequence[Question], *, cells: Tensor, coalitions: Tensor
) -> Tensor:
    """Scores of every sample with each coalition of players present and the others absent, means over draws.

    Args:
        model: Called with at most ``model.rows`` series at once.
        filling: The samples, and what stands where a player is absent.
        questions: One number a sample each.
        cells: The player of each cell, ``[sample, time, feature]``; -1: always present.
        coalitions: Who is present, bool, ``[coalition, player]``, or ``[sample, coalition, player]``.

    Returns:
        ``[sample, question, coalition]``, float64 on the CPU, in units of the target.
    """
    batch, n_draw = filling.batch, filling.n_draw
    own = coalitions.ndim == 3
    n_coalition = coalitions.shape[-2]
    always = torch.ones((*coalitions.shape[:-1], 1), dtype=torch.bool)
    present = torch.cat([always, coalitions.cpu()], dim=-1).to(batch.x.device)
    seat = cells.flatten(1) + 1
    found = []
    for trials in torch.arange(len(batch) * n_coalition, device=batch.x.device).split(max(1, model.rows // n_draw)):
        row, which = trials.div(n_coalition, rounding_mode="floor"), trials % n_coalition
        chosen = present[row, which] if own else present[which]
        kept = chosen.gather(1, seat[row]).reshape(len(trials), *batch.x.shape[1:])
        scores = scored(model, filling(row, {"x": ~kept}), questions, row.repeat_interleave(n_draw))
        found.append(filling.averaged(scores.cpu().double()))
    return torch.cat(found).reshape(len(batch), n_coalition, len(questions)).transpose(1, 2)


def everyone(n_player: int) -> Tensor:
    """All coalitions, bool, ``[2 ** player, player]``: coalition ``c`` holds player ``i`` where bit ``i`` of it is set.

    >>> everyone(2).int().tolist()
    [[0, 0], [1, 0], [0, 1], [1, 1]]
    """
    return (torch.arange(2**n_player)[:, None] >> torch.arange(n_player)) % 2 == 1


def small_coalitions(n_player: int) -> Tensor:
    """Nobody, each player alone and each pair, bool, ``[1 + player + pair, player]``."""
    alone = torch.eye(n_player, dtype=torch.bool)
    first, second = pairs_of(n_player)
    return torch.cat([torch.zeros(1, n_player, dtype=torch.bool), alone, alone[first] | alone[second]])
