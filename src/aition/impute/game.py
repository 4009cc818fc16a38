"""The game: what a model says where only some players are present."""

from collections.abc import Sequence

import torch
from torch import Tensor

from aition.core.model import Model
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
