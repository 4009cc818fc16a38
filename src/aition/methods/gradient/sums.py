"""Sums over many points of gradients, each multiplied by a way: what integrals along paths come down to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.model import TorchModel
from aition.core.question import Question
from aition.core.signals import answered, signals, with_signals
from aition.core.variables import Variables
from aition.methods.gradient.pull import gradients, joinable, passes

SHARE = 8
"""A sample's points are spread over so many passes, so that what is done once for each pass costs little."""


@dataclass(frozen=True, eq=False)
class Points:
    """Where gradients are taken.

    Args:
        at: Which sample each point belongs to, ``[point]``, int64.
        values: What the model is given there, by signal, ``[point, …]``.
        ways: What the gradient is multiplied by, by signal, ``[point, …]``.
    """

    at: Tensor
    values: dict[str, Tensor]
    ways: dict[str, Tensor]


def summed(
    model: TorchModel, batch: Batch, questions: Sequence[Question], count: int, points: Callable[[Tensor], Points]
) -> dict[str, Tensor]:
    """The sum over points of gradient times way, by signal, ``[sample, question, …]``.

    Args:
        model: What is differentiated, already frozen; at most ``model.rows`` points go through it at once.
        batch: The samples.
        questions: One number a sample each.
        count: How many points there are, of all samples together.
        points: From numbers of points, ``[point]``, to the points.
    """
    forward, together = passes(count, model.rows, len(questions), joined=joinable(model, batch, questions))
    whole = {
        name: signal.value.new_zeros(len(batch), len(questions), *signal.value.shape[1:])
        for name, signal in signals(batch).items()
    }
    for index in torch.arange(count, device=batch.x.device).split(forward):
        some = points(index)
        asked = [question.take(some.at) for question in questions]
        inside = with_signals(batch.take(some.at), some.values)
        for which, slopes in gradients(model, inside, asked, together=together):
            for name, slope in slopes.items():
                whole[name][:, which].index_add_(0, some.at, (slope * some.ways[name]).transpose(0, 1))
    return whole


def scores(model: TorchModel, batch: Batch, questions: Sequence[Question]) -> Tensor:
    """Scores without gradients, ``[sample, question]``."""
    found = []
    with torch.no_grad():
        for rows in torch.arange(len(batch)).split(model.rows):
            outputs = model(batch.take(rows))
            found.append(torch.stack([question.take(rows).score(outputs) for question in questions], dim=1))
    return torch.cat(found)


def told(
    model: TorchModel,
    batch: Batch,
    questions: Sequence[Question],
    shares: dict[str, Tensor],
    *,
    start: dict[str, Tensor],
    several: bool,
    rest: str,
) -> Variables:
    """Attributions as an explainer answers them, with what their sum misses.

    Args:
        model: What was differentiated.
        batch: The samples.
        questions: One number a sample each.
        shares: By signal, ``[sample, question, …]``.
        start: Every signal at its baseline.
        several: Whether the axis ``target`` is kept; else there is one target.
        rest: The name of a variable: all shares of a sample, added up, less the change of the target from the
            baseline to the sample.
    """
    total = torch.stack([share.flatten(2).sum(dim=2) for share in shares.values()]).sum(dim=0)
    missed = total - scores(model, batch, questions) + scores(model, with_signals(batch, start), questions)
    axes, values = (("sample", "target"), missed) if several else (("sample",), missed[:, 0])
    return answered(batch, shares, several=several) | {rest: (axes, values)}
