"""Gradients of one or several scores with respect to every signal, through one forward pass."""

import warnings
from collections.abc import Iterator, Mapping, Sequence

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import RefusalError
from aition.core.model import TorchModel
from aition.core.question import Question
from aition.core.recurrent import FastRecurrence
from aition.core.signals import signals, with_signals

TOGETHER = 8
"""Scores whose gradients go back together; more make a pass no faster on a CPU."""


def gradients(
    model: TorchModel, batch: Batch, questions: Sequence[Question], *, together: int
) -> Iterator[tuple[slice, dict[str, Tensor]]]:
    """Gradients of scores with respect to the signals of a batch, some questions after others.

    Args:
        model: What is differentiated, already frozen.
        batch: At most ``model.rows`` samples.
        questions: One number a sample each.
        together: So many questions go back in one pass; 1 if passes can't be joined.

    Yields:
        For each run of questions which they are, and by signal ``[question, sample, …]``, in units of the target by
        that of the signal.

    Raises:
        RefusalError: No gradient reaches the outputs.
    """
    values, outputs = traced(model, batch)
    with torch.enable_grad():
        directions = [direction(question, outputs) for question in questions]

    def pulled(cotangent: Tensor) -> tuple[Tensor, ...]:
        return torch.autograd.grad(
            outputs, list(values.values()), cotangent, retain_graph=True, allow_unused=True, materialize_grads=True
        )

    for first in range(0, len(directions), together):
        which = slice(first, min(first + together, len(directions)))
        run = torch.stack(directions[which])
        found = torch.vmap(pulled)(run) if len(run) > 1 else [part[None] for part in pulled(run[0])]
        yield which, dict(zip(values, found, strict=True))


def traced(model: TorchModel, batch: Batch) -> tuple[dict[str, Tensor], Tensor]:
    """One forward pass that remembers how outputs hang on signals.

    Args:
        model: What is differentiated, already frozen.
        batch: At most ``model.rows`` samples.

    Returns:
        The signals by name, which gradients go back to, and the outputs ``[sample, …]``.

    Raises:
        RefusalError: No gradient reaches the outputs.
    """
    values = {name: signal.value.detach().requires_grad_() for name, signal in signals(batch).items()}
    with torch.enable_grad():
        # Models may write into what they are given, which a leaf of the graph does not bear.
        given = with_signals(batch, {name: value.clone() for name, value in values.items()})
        with FastRecurrence():
            outputs = model(given)
        if not outputs.requires_grad:
            raise RefusalError(
                f"no gradient flows from {', '.join(values)} to the outputs: the forward function cuts it (detach, "
                "no_grad, rounding), or the model reads ids only; name its embedding, or take Occlusion"
            )
    return values, outputs


def direction(question: Question, outputs: Tensor) -> Tensor:
    """The gradient of the sum of a question's scores with respect to the outputs."""
    plain = outputs.detach().requires_grad_()
    return torch.autograd.grad(question.score(plain).sum(), plain)[0]


def joinable(model: TorchModel, batch: Batch, questions: Sequence[Question]) -> bool:
    """Whether one backward pass for several scores answers as one pass for each: tried on two samples and two scores.

    Layers whose backward pass can't be joined raise, or warn that torch goes through them one by one, which is slower
    than to do so from the outset; a function of the user's own might answer wrongly.
    """
    if len(questions) < 2:
        return False
    rows = torch.arange(min(2, len(batch), model.rows))
    few, pair = batch.take(rows), [questions[0].take(rows), questions[-1].take(rows)]
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="There is a performance drop")
        try:
            ((_, joined),) = gradients(model, few, pair, together=2)
        except (RuntimeError, UserWarning):
            return False
    single = [one for _, one in gradients(model, few, pair, together=1)]
    return all(same(joined[name], torch.cat([one[name] for one in single])) for name in joined)


def same(one: Tensor, other: Tensor) -> bool:
    """Equal to rounding, relative to the largest."""
    scale = float(other.abs().max()) if other.numel() else 0.0
    return bool(torch.allclose(one, other, rtol=0, atol=1e-4 * scale, equal_nan=True))


def passes(n_row: int, rows: int, n_question: int, *, joined: bool) -> tuple[int, int]:
    """How many rows go through forwards, and how many scores back through them together.

    Both together fill ``rows``, so that memory stays within what the driver allows.

    >>> passes(5000, 1024, 1, joined=False), passes(5000, 1024, 24, joined=True), passes(5000, 4, 24, joined=True)
    ((1024, 1), (128, 8), (1, 4))
    """
    together = min(TOGETHER, n_question, rows) if joined else 1
    forward = max(1, min(n_row, rows // together))
    return forward, max(1, min(n_question, rows // forward)) if joined else 1


def at_once(model: TorchModel, batch: Batch, questions: Sequence[Question]) -> dict[str, Tensor]:
    """Gradients of all scores at all samples, by signal, ``[sample, question, …]``; see :func:`gradients`."""
    forward, together = passes(len(batch), model.rows, len(questions), joined=joinable(model, batch, questions))
    pieces: list[Mapping[str, Tensor]] = []
    for rows in torch.arange(len(batch)).split(forward):
        asked = [question.take(rows) for question in questions]
        runs = [run for _, run in gradients(model, batch.take(rows), asked, together=together)]
        pieces.append({name: torch.cat([run[name] for run in runs]) for name in runs[0]})
    return {name: torch.cat([piece[name] for piece in pieces], dim=1).transpose(0, 1) for name in pieces[0]}
