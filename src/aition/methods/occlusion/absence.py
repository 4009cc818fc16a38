"""Absence: what it does to the target that a cell was measured, or that it was not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import InputError, RefusalError
from aition.core.events import is_events
from aition.core.members import arranged
from aition.core.model import Model
from aition.core.question import Question
from aition.core.several import ForSeveral
from aition.core.variables import Variables
from aition.impute.baseline import Baseline, ConstantBaseline, absence, check_baseline
from aition.impute.filling import DRAWS, StandIn, check_stand_in, draws_of
from aition.impute.imputer import Imputer, first_draws, imputed
from aition.impute.scored import scored

ROUNDING = 1e-5
"""A fall is the small difference of two scores: smaller ones, beside a score or 1, are rounding."""


@dataclass(frozen=True)
class Absence(ForSeveral):
    """Attribute by the fall of the target when it is turned round whether a cell was measured.

    Of a cell that was measured: what the target is, less what it would be had nobody measured it (``observed`` False,
    the fill value in place of ``x``). Of a cell that was not: what the target is, less what it would be had it been
    measured, the mean over values that a stand-in draws given all that was measured. ``observed``, which stands beside
    the answer, tells which of the two a cell is.

    A model may take this in two ways: by ``observed``, and by the fill value in ``x``. ``by_mask`` is what comes of
    ``observed`` alone, ``x`` staying as it is (or, where nothing was measured, at ``fill``); the rest comes of the
    values. A model that does not read ``observed`` has 0 there throughout, and ``reads_observed`` False: to it, absence
    can't matter but through the fill.

    A further input whose role is "observed" is a mask like ``observed``, and turned round with it where it has a place
    for each cell. Static columns and all other inputs keep their values, also those that were made of the mask, such as
    the time since something was measured last.

    Args:
        fill: What stands in ``x`` where nothing was measured, as the data have it: 0 where
            :func:`~aition.from_tensors` filled them.
        stand_in: What would have been measured: a baseline, or an imputer, of which the mean over draws is taken.
        n_draw: Draws of an imputer.

    Returns:
        ``attribution``, ``[sample, time, feature]``, positive where it supports the target that a cell was measured
        (or, where it was not, that it was not); ``standard_error``, likewise, of the mean over draws: 0 of what was
        measured, of a baseline, and where ``n_draw`` is 1; ``by_mask``, likewise, the part that comes of ``observed``
        alone; all in units of the target. ``reads_observed``, ``[sample]``, whether any ``by_mask`` is more than
        rounding.

    Raises:
        InputError: A setting out of range.
        RefusalError: The batch is a list of events, which has nothing at steps at which nothing happened.

    References:
        Zeiler and Fergus, ECCV 2014, section 4.2, with the mask in place of the values; on what missing values tell:
        Che, Purushotham, Cho, Sontag and Liu, "Recurrent neural networks for multivariate time series with missing
        values", Scientific Reports 2018; Rubin, "Inference and missing data", Biometrika 1976.

    >>> from aition import FunctionModel, Target, explain, from_tensors
    >>> batch = from_tensors(torch.tensor([[[1.0, float("nan")], [2.0, 3.0], [float("nan"), 4.0]]]))
    >>> model = FunctionModel(lambda one: one.observed[:, :, 1].sum(dim=1) + 0.5 * one.x[:, 0, 0])
    >>> answer = explain(Absence(), model, batch, Target.scalar())
    >>> answer.attribution.values[0].tolist(), answer.by_mask.values[0].tolist()
    ([[0.5, -1.0], [0.0, 1.0], [0.0, 1.0]], [[0.0, -1.0], [0.0, 1.0], [0.0, 1.0]])
    """

    rounding: ClassVar[float] = ROUNDING
    exempt: ClassVar[Mapping[str, str]] = {
        "what-was-not-observed-has-no-attribution": "it asks what measuring would have done",
        "gaps-reach-the-model-as-they-are": "it asks what other gaps would do",
    }
    fill: Baseline = field(default_factory=ConstantBaseline)
    stand_in: StandIn = field(default_factory=ConstantBaseline)
    n_draw: int = DRAWS

    def __post_init__(self) -> None:
        if isinstance(self.fill, Imputer):
            raise InputError(
                f"fill must be a baseline, such as ConstantBaseline(0.0), but is {type(self.fill).__name__}; an "
                "imputer is what stand_in takes"
            )
        check_baseline(self.fill)
        check_stand_in(self.stand_in, self.n_draw)

    def rows_per_sample(self, batch: Batch) -> int:
        """Each cell is turned round twice, and, where it was not measured, once for each draw."""
        return 1 + batch.n_time * batch.n_feature * (1 + draws_of(self.stand_in, self.n_draw))

    def found(self, model: Model, batch: Batch, questions: Sequence[Question], *, several: bool) -> Variables:
        if is_events(batch):
            raise RefusalError(
                "Absence asks of cells of series whether they were measured, but was given events; put them on a grid, "
                "or take FeatureAblation, which asks what each event's happening does"
            )
        whole = scored(model, batch, questions, torch.arange(len(batch)))
        shape = (*batch.x.shape, len(questions))
        by_mask, fall, error = (whole.new_zeros(shape) for _ in range(3))
        filled = absence(batch, self.fill)["x"][:, None]
        as_is = torch.where(batch.observed[:, None], batch.x[:, None], filled)
        values = self.measured(batch)
        for way, other in ((batch.observed, filled), (batch.cells & ~batch.observed, values)):
            cells = way.nonzero()
            place, before = tuple(cells.T), whole[cells[:, 0], None]
            by_mask[place] = (before - turned(model, batch, questions, cells=cells, x=as_is))[:, 0]
            change = before - turned(model, batch, questions, cells=cells, x=other)
            fall[place] = change.mean(dim=1)
            if change.shape[1] > 1 and len(cells):
                error[place] = change.std(dim=1) / change.shape[1] ** 0.5
        least = ROUNDING * whole.abs().clamp(min=1)[:, None, None]
        reads = (by_mask.abs() > least).flatten(1, 2).any(dim=1)
        axes = ("time", "feature")
        answer: Variables = {
            "attribution": (axes, fall.movedim(-1, 1)),
            "standard_error": (axes, error.movedim(-1, 1)),
            "by_mask": (axes, by_mask.movedim(-1, 1)),
            "reads_observed": ((), reads),
        }
        return arranged(batch, answer, several=several)

    def measured(self, batch: Batch) -> Tensor:
        """What would have been measured where nothing was, ``[sample, draw, time, feature]``."""
        if not isinstance(self.stand_in, Imputer):
            return absence(batch, self.stand_in)["x"][:, None]
        # An imputer is asked for cells that are there; those that were not measured are, to it, what was taken away.
        there = replace(batch, observed=batch.cells)
        return imputed(self.stand_in, there, batch.observed, first_draws(batch, self.n_draw))


def turned(model: Model, batch: Batch, questions: Sequence[Question], *, cells: Tensor, x: Tensor) -> Tensor:
    """Scores where one cell each is measured that was not, or not that was, ``[cell, draw, question]``.

    Args:
        model: Called with at most ``model.rows`` series at once.
        batch: The samples.
        questions: One number a sample each.
        cells: Sample, step and feature of each, ``[cell, 3]``.
        x: What stands there then, ``[sample, draw, time, feature]``.
    """
    n_draw = x.shape[1]
    cell = ("sample", "time", "feature")
    masks = [name for name, part in batch.fields.items() if part.role == "observed" and part.axes == cell]
    found = [batch.x.new_zeros(0, n_draw, len(questions))]
    for some in cells.split(max(1, model.rows // n_draw)) if len(cells) else ():
        row, step, feature = some.repeat_interleave(n_draw, dim=0).T
        draw = torch.arange(n_draw, device=row.device).repeat(len(some))
        series, at = batch.take(row), torch.arange(len(row), device=row.device)
        value, observed = series.x.clone(), series.observed.clone()
        value[at, step, feature] = x[row, draw, step, feature]
        measured = ~observed[at, step, feature]
        observed[at, step, feature] = measured
        other = replace(series, x=value, observed=observed)
        for name in masks:
            mask = series[name].clone()
            mask[at, step, feature] = measured.to(mask)
            other = other.with_field(name, mask)
        after = scored(model, other, questions, row)
        found.append(after.unflatten(0, (-1, n_draw)))
    return torch.cat(found)
