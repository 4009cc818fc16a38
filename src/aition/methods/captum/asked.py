"""The question put to the model as one module: what Captum is given to explain."""

from typing import Any

import torch
from torch import Tensor, nn

from aition.core.batch import Batch
from aition.core.model import Model, TorchModel
from aition.core.question import Question


class Asked(nn.Module):
    """From values and the numbers of their samples to the asked score of each row.

    Captum repeats inputs along the first axis in several orders; the numbers of the samples travel with them, so that
    masks, times, static values and the asked output are those of the row whatever the order. The model's own module is
    a child, so that Captum's hooks find its layers.
    """

    def __init__(self, model: TorchModel, batch: Batch, question: Question) -> None:
        super().__init__()
        self.module = model.module
        self.model, self.batch, self.question = model, batch, question

    def forward(self, x: Tensor, rows: Tensor) -> Tensor:
        """Scores, ``[row]``, of values ``[row, time, feature]`` that belong to the samples ``rows``."""
        return self.question.take(rows).score(self.model(self.batch.take(rows).with_x(x)))

    def state_dict(self, *_args: Any, **_kwargs: Any) -> Any:
        """Nothing: LRP saves the weights here, which ``left_as_found`` does already."""
        return {}

    def load_state_dict(self, *_args: Any, **_kwargs: Any) -> None:
        """Nothing: LRP would write over the weights even where no rule had changed them."""


def scores(model: Model, batch: Batch, question: Question, x: Tensor) -> Tensor:
    """Scores of all samples at other values, without gradients, ``[sample]``."""
    pieces = torch.arange(len(batch)).split(model.rows)
    with torch.no_grad():
        return torch.cat([question.take(rows).score(model(batch.take(rows).with_x(x[rows]))) for rows in pieces])
