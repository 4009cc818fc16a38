"""How far scores fall when cells are replaced by a baseline."""

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.model import Model
from aition.core.question import Question
from aition.core.signals import signals, with_signals

Masks = Callable[[Tensor], Mapping[str, Tensor]]
"""From the numbers of trials to the cells that each replaces, by signal, bool, ``[trial, …]``."""


def falls(
    model: Model,
    batch: Batch,
    questions: Sequence[Question],
    *,
    absent: Mapping[str, Tensor],
    rows: Tensor,
    masks: Masks,
) -> Tensor:
    """The score of a sample less the score of the same with some cells replaced.

    Args:
        model: Called with at most ``model.rows`` trials.
        batch: The samples.
        questions: One number a sample each.
        absent: What stands in place of each signal, in its shape; in the padding what is there anyway.
        rows: The sample of each trial, ``[trial]``.
        masks: The cells that a trial replaces.

    Returns:
        ``[trial, question]``, in units of the target; positive where the cells support it.
    """
    parts = signals(batch)
    everything = torch.arange(len(batch)).split(model.rows)
    whole = torch.cat(
        [scores(model, batch.take(at), [question.take(at) for question in questions]) for at in everything]
    )
    found = [whole.new_zeros(0, len(questions))]
    for trials in torch.arange(len(rows), device=rows.device).split(model.rows):
        at = rows[trials]
        without = {
            name: torch.where(mask, absent[name][at], parts[name].value[at]) for name, mask in masks(trials).items()
        }
        after = scores(model, with_signals(batch.take(at), without), [question.take(at) for question in questions])
        found.append(whole[at] - after)
    return torch.cat(found)


def scores(model: Model, batch: Batch, questions: Sequence[Question]) -> Tensor:
    """Scores without gradients, ``[sample, question]``."""
    with torch.no_grad():
        outputs = model(batch)
    return torch.stack([question.score(outputs) for question in questions], dim=1).to(batch.x.device)
