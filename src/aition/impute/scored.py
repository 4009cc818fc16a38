"""What a model says of series that were filled, in passes that it takes."""

from collections.abc import Sequence

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.model import Model
from aition.core.question import Question


def scored(model: Model, series: Batch, questions: Sequence[Question], rows: Tensor) -> Tensor:
    """Scores without gradients, ``[series, question]``, of series that are asked the questions of some samples.

    Args:
        model: Called with at most ``model.rows`` series at once.
        series: What it is shown.
        questions: One number a sample each.
        rows: The sample of each series, ``[series]``.
    """
    found = []
    for part in torch.arange(len(series)).split(model.rows):
        with torch.no_grad():
            outputs = model(series if len(part) == len(series) else series.take(part))
        found.append(torch.stack([question.take(rows[part]).score(outputs) for question in questions], dim=1))
    return torch.cat(found).to(series.x.device)
