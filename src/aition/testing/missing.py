"""Checks that what was not observed, and when things were, is told to the model as it is, and to nobody else."""

from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from aition.core.batch import Batch
from aition.testing.compare import Case, ask, attribution, largest, must, must_agree
from aition.testing.layouts import like

GAPS = ((0, 1, 0), (0, 4, 1), (1, 0, 1), (1, 1, 1), (2, 5, 0), (3, 2, 0), (3, 2, 1))
"""Sample, step and feature of what was not observed."""


def gappy(case: Case, *, fill: float = 0.0) -> Batch:
    """The case's series with gaps, in which a fill value stands, at irregular times."""
    x = case.batch.x.clone()
    x[tuple(zip(*GAPS, strict=True))] = torch.nan
    times = (1.0 + torch.arange(x.shape[1], dtype=torch.float64)).sqrt() * torch.arange(1.0, 1 + len(x))[:, None]
    batch = replace(like(case, x, ids=case.batch.ids), times=times)
    return batch.with_x(torch.where(batch.observed, batch.x, fill))


def reading_what_was_observed(case: Case) -> Case:
    """The case with a model that sees 0 wherever nothing was observed, whatever stands there."""

    def forward(module: nn.Module, batch: Batch) -> Any:
        return case.model.forward(module, batch.with_x(torch.where(batch.observed, batch.x, 0)))

    return case.but(model=replace(case.model, forward=forward), batch=gappy(case))


def fill_values_change_nothing(explainer: Any, case: Case) -> None:
    measured = reading_what_was_observed(case)
    one, other = (ask(explainer, measured, batch=gappy(case, fill=fill)) for fill in (0.0, 7.0))
    must_agree(explainer, one, other, "with 7 where nothing was observed")


def what_was_not_observed_has_no_attribution(explainer: Any, case: Case) -> None:
    measured = reading_what_was_observed(case)
    answer = ask(explainer, measured)
    gaps = np.abs(attribution(answer)[~measured.batch.observed.numpy()]).max()
    scale = max(largest(answer["prediction"].values), largest(attribution(answer)))
    must(
        gaps <= scale * float(getattr(explainer, "rounding", 1e-6)),
        f"a cell that was not observed, and that the model does not read, has an attribution of {gaps:.2g}",
    )


def times_reach_the_model_as_they_are(explainer: Any, case: Case) -> None:
    for given, own, there in met(explainer, case):
        must(torch.equal(given.times[there], own.times[there]), "the model was shown other times")


def gaps_reach_the_model_as_they_are(explainer: Any, case: Case) -> None:
    for given, own, there in met(explainer, case):
        same = torch.equal(given.observed[there], own.observed[there])
        must(same, "the model was told that other cells were observed")


def met(explainer: Any, case: Case) -> list[tuple[Batch, Batch, Tensor]]:
    """What the model was given while a batch with gaps was explained, each with the samples as they are.

    Series may be shown without their end; the third says which steps the model was told that there are.
    """
    batch, shown = gappy(case), []

    def forward(module: nn.Module, given: Batch) -> Any:
        shown.append(given)
        return case.model.forward(module, given)

    ask(explainer, case.but(model=replace(case.model, forward=forward), batch=batch))
    must(shown, "the model must be called")
    place = {name: row for row, name in enumerate(batch.ids.tolist())}
    rows = [[place[name] for name in given.ids.tolist()] for given in shown]
    pairs = zip(shown, rows, strict=True)
    return [(given, batch.take(row).crop(0, given.n_time), given.exists) for given, row in pairs]


CHECKS = (
    fill_values_change_nothing,
    what_was_not_observed_has_no_attribution,
    times_reach_the_model_as_they_are,
    gaps_reach_the_model_as_they_are,
)
