"""The background that generators, trends and donors are made from."""

from types import SimpleNamespace

from aition.core.background import check_steps
from aition.core.batch import Batch
from aition.core.draws import words
from aition.core.errors import ModelError
from aition.core.model import TorchModel, outputs_of
from aition.core.numbers import check_whole
from aition.core.question import Question
from aition.core.target import Target


def drawn_series(model: TorchModel, background: Batch, *, most: int, batch_size: int, seed: int) -> Batch:
    """At most so many series of a background, drawn by their keys, as a model takes them.

    Args:
        model: What will be explained, already frozen.
        background: Series to draw from.
        most: How many at most.
        batch_size: Series in a mini-batch.
        seed: Of the draw.

    Raises:
        InputError: A number is none, or below 1.
    """
    check_whole(SimpleNamespace(most=most, batch_size=batch_size), ("most", "batch_size"))
    order = words(background.keys, seed).argsort()[:most]
    return model.embedded(background.take(order.cpu()).to(device=model.device, dtype=model.dtype))


def question_of(model: TorchModel, batch: Batch, target: Target) -> Question:
    """What is asked of series that are learned from.

    Raises:
        TargetError: A series has not the step that is asked for.
        ModelError: What the model says of some is not finite.
    """
    outputs = outputs_of(model, batch)
    question = target.resolve(outputs, batch, axes=model.axes)
    check_steps(question)
    broken = int((~question.select(outputs).isfinite()).any(dim=1).sum())
    if broken:
        raise ModelError(
            f"outputs must be finite to be learned from, but are NaN or infinite for {broken} of {len(batch)} series "
            "of the background; leave them out by batch.take(…)"
        )
    return question
