"""What tint is asked: a function of values and of the rows that they stand in, for a model, a batch and a question."""

from collections.abc import Callable

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import RefusalError
from aition.core.model import TorchModel
from aition.core.question import Question

ALONE = (
    "a-sample-alone-is-explained-as-in-company",
    "the-order-of-samples-changes-nothing",
    "several-batches-are-one-data-set",
    "the-predicted-class-is-the-class-of-the-largest-output",
    "the-true-class-is-the-label",
)
"""Checks that a method can't pass if the series that come with a series change its answer."""
Asked = Callable[[Tensor, Tensor], Tensor]
"""From values ``[row, time, feature]`` and the series they belong to, ``[row]``, to outputs ``[row, …]``."""


def asked(model: TorchModel, batch: Batch, question: Question) -> Asked:
    """The selected outputs of perturbed series, the classes last where they are asked whole.

    Rows are handed to tint as a further argument of the forward function, so that each perturbed series comes with its
    own ids, statics, fields and settled indices however tint cuts and repeats.
    """

    def forward(x: Tensor, rows: Tensor) -> Tensor:
        parts = zip(x.split(model.rows), rows.split(model.rows), strict=True)
        return torch.cat([said(part.to(batch.x.dtype), some) for part, some in parts]).to(x.dtype)

    def said(x: Tensor, rows: Tensor) -> Tensor:
        outputs = model(batch.take(rows).with_x(x))
        selected = question.take(rows).select(outputs)
        if "class" not in question.whole:
            return selected
        sizes = [n for axis, n in zip(question.axes, outputs.shape[1:], strict=True) if axis in question.whole]
        return selected.reshape(len(x), *sizes).movedim(question.whole.index("class") + 1, -1)

    return forward


def check_askable(batch: Batch, question: Question, *, loss: str, peer: str) -> None:
    """Raise where tint would explain something else than what is asked.

    Raises:
        RefusalError: There is padding, or cross-entropy is to compare outputs that are not the classes.
    """
    if not bool(batch.exists.all()):
        raise RefusalError(
            f"{peer} knows no padding: its masks, averages and regularisers would run over it; "
            "give series of equal length"
        )
    if loss == "cross_entropy" and "class" not in question.whole:
        raise RefusalError(f"{peer} needs the classes whole for cross_entropy; ask for Target.whole('class')")
