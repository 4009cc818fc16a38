"""How far scores fall when cells are taken away."""

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from aition.core.model import Model
from aition.core.question import Question
from aition.impute.filling import Filling
from aition.impute.scored import scored

Masks = Callable[[Tensor], Mapping[str, Tensor]]
"""From the numbers of trials to the cells that each replaces, by signal, bool, ``[trial, …]``."""


def falls(
    model: Model,
    filling: Filling,
    questions: Sequence[Question],
    *,
    rows: Tensor,
    masks: Masks,
) -> Tensor:
    """The score of a sample less the score of the same without some cells, its mean over the draws of an imputer.

    Args:
        model: Called with at most ``model.rows`` series.
        filling: The samples, and what stands in place of their cells.
        questions: One number a sample each.
        rows: The sample of each trial, ``[trial]``.
        masks: The cells that a trial takes away.

    Returns:
        ``[trial, question]``, in units of the target; positive where the cells support it.
    """
    batch = filling.batch
    whole = scored(model, batch, questions, torch.arange(len(batch)))
    found = [whole.new_zeros(0, len(questions))]
    for trials in torch.arange(len(rows), device=rows.device).split(max(1, model.rows // filling.n_draw)):
        at = rows[trials]
        without = filling(at, masks(trials))
        after = filling.averaged(scored(model, without, questions, at.repeat_interleave(filling.n_draw)))
        found.append(whole[at] - after)
    return torch.cat(found)
