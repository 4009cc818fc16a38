"""Running predictions: what a model says of a series when it knows no more than its first steps."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor

from aition.core.batch import Batch, Field
from aition.core.errors import RefusalError
from aition.core.events import is_events
from aition.core.model import Model, outputs_of
from aition.core.question import Question
from aition.methods.in_time.outlook import Distance, Outlook, Outputs

Way = Literal["steps", "prefixes", "whole"]
HIDDEN = ("signal", "observed")
"""Roles of further inputs whose later steps are hidden with those of ``x``."""
RELATIVE, ABSOLUTE = 1e-4, 1e-5
"""How far outputs may differ that are taken for the same: as a share of their own size, and of the largest."""


@dataclass(frozen=True, eq=False)
class Running:
    """The running predictions of some samples.

    Args:
        model: What is explained.
        outlooks: What each question reads of a step.
        way: Whether the outputs at each step are what the model says of the steps up to there ("steps"), or it is given
            these steps alone ("prefixes"), or all of a series for the one answer that is asked ("whole").
        crops: Whether the model takes series without the steps that none of them has, which is faster.
        time: The place of the axis ``time`` among those of the outputs; 0 where there is none.
        asked: Which steps' predictions are asked for, counted from the first that exists, ``[sample, question, step]``.
    """

    model: Model
    outlooks: tuple[Outlook, ...]
    way: Way
    crops: bool
    time: int
    asked: Tensor

    @classmethod
    def of(
        cls, model: Model, batch: Batch, questions: Sequence[Question], *, read: Outputs, running: bool = True
    ) -> "Running":
        """Of some samples, if the model has running predictions.

        Args:
            model: What is explained.
            batch: The samples.
            questions: What is asked of them.
            read: What the outputs are.
            running: Of a model that answers once: whether what it says of the first steps alone is asked, too.

        Raises:
            InputError: A black box answers probabilities, and nobody said whether they are.
            RefusalError: Outputs hang on later steps, and these can't be hidden, as the model does not honour
                ``batch.exists``; or the batch is a list of events; or two steps are subtracted from each other.
        """
        if is_events(batch):
            raise RefusalError("a running prediction needs values at steps, but was given events; put them on a grid")
        outputs = outputs_of(model, batch)
        outlooks = tuple(Outlook.of(model, outputs, question, read=read) for question in questions)
        axes = questions[0].axes
        time = axes.index("time") + 1 if "time" in axes else 0
        asked = torch.stack([asked_of(batch, question, running=running or bool(time)) for question in questions], dim=1)
        if not time and not running:
            return cls(model, outlooks, "whole", crops=False, time=0, asked=asked)
        way, crops = way_of(model, batch, outputs, time)
        return cls(model, outlooks, way, crops, time, asked)

    @property
    def n_step(self) -> int:
        """Steps of the longest sample."""
        return self.asked.shape[2]

    def said(self, series: Batch, rows: Tensor, *, first: int, count: int) -> list[list[Tensor]]:
        """What is said after so many steps, one after the other: ``[row, output, class]`` for each step and question.

        Args:
            series: The samples' series, or what was made of them.
            rows: The sample of each series, ``[row]``.
            first: The first of the steps up to which series are known, from the first that exists.
            count: Steps that follow, this among them; behind the end of a series what is said is that of its end.
        """
        outlooks = [outlook.take(rows) for outlook in self.outlooks]
        whole = self.outputs(series, first + count) if self.way != "prefixes" else series.x
        found = []
        for step in range(first, first + count):
            outputs = self.outputs(series, step + 1) if self.way == "prefixes" else whole
            found.append([outlook(at_step(outputs, series, step, self.time)) for outlook in outlooks])
        return found

    def apart(self, one: Sequence[Tensor], other: Sequence[Tensor], *, by: Distance) -> Tensor:
        """How far outlooks are from each other, ``[row, question]``; each is one a question."""
        pairs = zip(self.outlooks, one, other, strict=True)
        return torch.stack([outlook.distance(left, right, by=by) for outlook, left, right in pairs], dim=1)

    def outputs(self, series: Batch, n_step: int) -> Tensor:
        """Outputs of series of which no more than the first steps are known."""
        known = series if self.way == "whole" else prefix(series, n_step)
        if self.crops:
            known = known.crop(0, int((known.start + known.lengths).max()))
        return outputs_of(self.model, known)


def at_step(outputs: Tensor, series: Batch, step: int, time: int) -> Tensor:
    """The outputs at a step, or at the last of a series that ends before; all of them where ``time`` is 0."""
    if not time:
        return outputs
    place = (series.start + (series.lengths - 1).clamp(max=step)).to(outputs.device)
    return outputs.movedim(time, 1)[torch.arange(len(outputs), device=outputs.device), place]


def asked_of(batch: Batch, question: Question, *, running: bool) -> Tensor:
    """Which steps' predictions a question asks for, counted from the first that exists, ``[sample, step]``."""
    step = torch.arange(int(batch.lengths.max()), device=batch.x.device)
    there = step < batch.lengths[:, None]
    if "time" in question.axes and "time" not in question.whole:
        place = question.index[:, question.axes.index("time")].to(step.device) - batch.start
        return there & (step == place[:, None]) & question.exists.to(step.device)[:, None]
    return there if running else there & (step == batch.lengths[:, None] - 1)


def prefix(batch: Batch, n_step: int | Tensor) -> Batch:
    """Samples of which no more than the first steps exist; what came later is 0, also in further signals.

    What is known of the future, context, ids and what stands in the padding stay as they are.

    >>> from aition.core.assemble import from_tensors
    >>> known = prefix(from_tensors(torch.ones(1, 4, 1), lengths=[3], fill=7.0), 2)
    >>> known.exists.tolist(), known.x.flatten().tolist()
    ([[True, True, False, False]], [1.0, 1.0, 0.0, 7.0])
    """
    known = batch.exists & (batch.step < torch.as_tensor(n_step, device=batch.x.device).reshape(-1, 1))
    later = batch.exists & ~known
    fields = {name: hidden(part, later) if part.role in HIDDEN else part for name, part in batch.fields.items()}
    return replace(
        batch,
        x=batch.x.masked_fill(later[:, :, None], 0),
        exists=known,
        observed=batch.observed & known[:, :, None],
        fields=fields,
    )


def hidden(part: Field, later: Tensor) -> Field:
    """A further input with 0 at the steps that come later, ``[sample, time]``."""
    if "time" not in part.axes:
        return part
    shape = [size if axis in ("sample", "time") else 1 for axis, size in zip(part.axes, part.value.shape, strict=True)]
    return replace(part, value=part.value.masked_fill(later.reshape(shape), 0))


def way_of(model: Model, batch: Batch, outputs: Tensor, time: int) -> tuple[Way, bool]:
    """How running predictions are had, and whether series may be cropped; tried by hiding the second half of each.

    Raises:
        RefusalError: They can't be had.
    """
    half = (batch.lengths + 1) // 2
    short = prefix(batch, half)
    said = outputs_of(model, short)
    way: Way = "steps" if time and same(outputs, said, short, time) else "prefixes"
    if way == "prefixes":
        later = (batch.cells & ~short.cells).to(batch.x)
        if not same(outputs_of(model, short.with_x(short.x + later)), said, short, time):
            raise RefusalError(
                "a running prediction is what a model says of the first steps alone, but the outputs of this one hang "
                "on later steps and, where these are said not to exist, on what stands there; mask by batch.exists in "
                "the forward function, or take FeatureAblation"
                + ("" if time else ", or WinIt(running=False), which asks for the answer to the whole series alone")
            )
    last = int((short.start + short.lengths).max())
    return way, last < batch.n_time and takes(model, short, last, said, time)


def takes(model: Model, short: Batch, last: int, said: Tensor, time: int) -> bool:
    """Whether a model says the same of samples without the steps from ``last`` on, which none of them has."""
    try:
        cropped = outputs_of(model, short.crop(0, last))
    except Exception:  # noqa: BLE001 - a model that takes one length alone raises what it likes, and is given that length
        return False
    return same(cropped, said.narrow(time, 0, last) if time else said, short.crop(0, last), time)


def same(one: Tensor, other: Tensor, batch: Batch, time: int) -> bool:
    """Whether outputs are the same, where there is an axis ``time`` those of existing steps."""
    if one.shape != other.shape:
        return False
    if time:
        exists = batch.exists.to(one.device)
        one, other = one.movedim(time, 1)[exists], other.movedim(time, 1)[exists]
    largest = float(other.abs().max()) if other.numel() else 0.0
    return bool(torch.allclose(one, other, rtol=RELATIVE, atol=ABSOLUTE * largest))
