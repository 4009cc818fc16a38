"""What a model says of one settled question, while the values it is given change."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from aition.core.batch import Batch
from aition.core.errors import ModelError
from aition.core.head import look_like_probabilities
from aition.core.model import Model, TorchModel, outputs_of
from aition.core.protocol import Padding
from aition.core.question import Question
from aition.core.run import chunks, ready
from aition.core.scrutiny import check_outputs
from aition.core.target import Target

Link = Literal["softmax", "sigmoid", "identity", "score"]


class Follower:
    """What a model says of a settled question, for the same samples with other values.

    Args:
        model: Any.
        batch: The untouched samples, on which the question is settled.
        target: The question.
        padding: As in :func:`aition.explain`.
        raw: Whether the score is followed as it is explained, though it could be made a probability.
    """

    def __init__(self, model: Model, batch: Batch, target: Target, padding: Padding, *, raw: bool = False) -> None:
        self.model, self.places = model, list(chunks(batch, model.rows, padding))
        self.mover = replace(model, embedding="") if isinstance(model, TorchModel) else model
        self.questions: list[Question] = []
        self.link: Link = "score"
        outputs = []
        for place, piece in enumerate(self.pieces(batch)):
            said = outputs_of(model, piece)
            question = target.resolve(said, piece, axes=model.axes)
            check_outputs(said, piece, axes=question.axes, whole=question.whole)
            if place == 0 and not raw:
                self.link = link_of(model, piece.take([0]), question.take(torch.tensor([0])), said[:1])
            self.questions.append(question)
            outputs.append(said)
        self.start = self.scores(len(batch), outputs)

    def __call__(self, batch: Batch) -> NDArray[np.float64]:
        """The measure for each sample, ``[sample]``; NaN where the asked step does not exist."""
        return self.scores(len(batch), [outputs_of(self.model, piece) for piece in self.pieces(batch)])

    def pieces(self, batch: Batch) -> Iterator[Batch]:
        """The chunks of the batch, in the order of the questions."""
        for rows, first, last in self.places:
            yield ready(batch.take(rows).crop(first, last), self.mover)

    def scores(self, n_sample: int, outputs: Sequence[Tensor]) -> NDArray[np.float64]:
        """The measure from the outputs of each chunk."""
        whole = np.full(n_sample, np.nan)
        for (rows, _, _), question, said in zip(self.places, self.questions, outputs, strict=True):
            score = question.score(linked(said.double(), self.link, question)).cpu().numpy()
            exists = question.exists.cpu().numpy()
            if bad := int((~np.isfinite(score[exists])).sum()):
                raise ModelError(
                    "the model's outputs must be finite while values are removed, but are NaN or Inf for "
                    f"{bad} samples; choose another baseline"
                )
            whole[np.asarray(rows)] = np.where(exists, score, np.nan)
        return whole


def link_of(model: Model, one: Batch, question: Question, outputs: Tensor) -> Link:
    """How the asked output becomes a probability, found on one sample; "score" where it has none."""
    if question.whole or question.versus.shape[1]:
        return "score"
    if isinstance(model, TorchModel) and model.head != "none":
        raw = outputs_of(replace(model, head="none"), one)
        logits = outputs.double()
        if any(torch.allclose(raw.double(), form, atol=1e-6) for form in (logits.sigmoid(), F.logsigmoid(logits))):
            return "sigmoid"
    if "class" not in question.axes or outputs.shape[question.axes.index("class") + 1] < 2:
        return "score"
    last = outputs.movedim(question.axes.index("class") + 1, -1)
    return "identity" if look_like_probabilities(last) else "softmax"


def linked(outputs: Tensor, link: Link, question: Question) -> Tensor:
    """Outputs as probabilities, where they have any."""
    if link == "softmax":
        return outputs.softmax(dim=question.axes.index("class") + 1)
    return outputs.sigmoid() if link == "sigmoid" else outputs


def embedded(model: Model, batch: Batch) -> Batch:
    """The batch whose values were explained: what an embedding says of its ids, if there is one."""
    if not isinstance(model, TorchModel) or not model.embedding:
        return batch
    pieces = [ready(piece, model) for piece in batch.split(model.rows)]
    x = torch.cat([piece.x for piece in pieces]).to(batch.x.device)
    names = pieces[0].feature_names
    seen = batch.exists[:, :, None].expand(x.shape)
    return replace(batch, x=x, observed=seen, feature_names=names, units=(), steps=())
