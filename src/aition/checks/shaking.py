"""Shaking: explaining samples again with a little noise, or with other seeds of the explainer."""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np
import torch
import xarray as xr
from numpy.typing import NDArray

from aition.checks.asking import Asking, measured
from aition.checks.finding import CheckVerdict, not_measured
from aition.checks.movement import ALIKE, SEEDS, Movement, steady_over_seeds
from aition.checks.removing import attribution_of
from aition.core.batch import Batch
from aition.core.draws import normal_like
from aition.core.errors import InputError, RefusalError
from aition.core.model import Model
from aition.core.progress import Progress, progress_bar
from aition.core.protocol import Padding
from aition.core.target import Target
from aition.metrics.interval import Bootstrap
from aition.models.measured import moments

SHARE = 0.02
"""Deviation of the noise, in deviations of each feature."""


def shaken(
    explainer: Any,
    model: Model,
    batch: Batch,
    target: Target,
    *,
    background: Batch | None = None,
    share: float = SHARE,
    n_draw: int = 4,
    seed: int = 0,
    padding: Padding = "keep",
    bootstrap: Bootstrap = Bootstrap(),  # noqa: B008 - frozen
    progress: Progress = "auto",
) -> Movement:
    """Explain every sample again with a little normal noise on each value that was measured.

    The output that is asked for is settled on the untouched samples. An explainer that draws has the same draws each
    time, so that what moves moves for the noise alone.

    Args:
        explainer: One that answers ``attribution``, ``[sample, time, feature]``; it is fitted once if it has to be.
        model: What is explained.
        batch: The samples.
        target: The question; one number a sample.
        background: What an explainer is fitted on; the batch where there is none.
        share: Deviation of the noise, in deviations of each feature over the batch.
        n_draw: Draws of the noise.
        seed: Of the noise.
        padding: As in :func:`aition.explain`.
        bootstrap: How intervals over the samples are made.
        progress: "auto" shows a bar on a terminal.

    Returns:
        How far maps and values move; :func:`~aition.checks.movement` says what it means.

    Raises:
        InputError: A setting is out of range.
        RefusalError: The values are ids of words, to which no noise can be added; the explainer answers no attribution.
    """
    if not share > 0 or n_draw < 1:
        raise InputError(f"share must be above 0 and n_draw 1 or more, but are {share} and {n_draw}")
    if getattr(model, "embedding", ""):
        raise RefusalError(
            "noise is added to values, but this model's are ids that an embedding reads; check it over seeds, or by "
            "removal"
        )
    asking = Asking(explainer, batch, target, batch if background is None else background, padding).fitted(model)
    mean, deviation = (np.asarray(part[: batch.n_feature]) for part in moments(batch))
    there = (batch.observed & batch.cells).cpu().numpy()
    with progress_bar("noise", 1 + n_draw, progress=progress) as tick:
        first = asking.explained(model)
        tick(1)
        still = attribution_of(asking.compared(model, first), batch)
        values = np.where(there, (batch.x.detach().cpu().double().numpy() - mean) / deviation, 0.0)
        size = share * deviation * (np.abs(values) > 1e-6).any(axis=(0, 1))  # a constant is not shaken
        moved, shakes = [], []
        for draw in range(n_draw):
            step = normal_like(batch, seed=seed, draw=draw) * torch.as_tensor(size).to(batch.x)
            noise = torch.where(batch.observed & batch.cells, step, 0.0)
            other = replace(asking, batch=batch.with_x(batch.x + noise)).again(model, first)
            moved.append(relative(attribution_of(other, batch) - still, still))
            shakes.append(relative(noise.cpu().double().numpy() / deviation, values))
            tick(1)
    return Movement(np.stack(moved), np.stack(shakes), share, bootstrap)


def seeds_compared(
    explainer: Any,
    model: Model,
    batch: Batch,
    target: Target,
    *,
    background: Batch | None = None,
    seeds: Sequence[int] = (0, 1, 2),
    least: float = ALIKE,
    padding: Padding = "keep",
    bootstrap: Bootstrap = Bootstrap(),  # noqa: B008 - frozen
    progress: Progress = "auto",
) -> CheckVerdict:
    """Explain with several seeds of the explainer, which is fitted with each if it has to be.

    Args:
        explainer: As in :func:`shaken`; one without a setting ``seed`` draws nothing, and is not measured.
        model: What is explained.
        batch: The samples.
        target: The question; one number a sample.
        background: What an explainer is fitted on; the batch where there is none.
        seeds: Two or more.
        least: Mean rank correlation of two seeds' maps below which an alarm is given.
        padding: As in :func:`aition.explain`.
        bootstrap: How the interval over the samples is made.
        progress: "auto" shows a bar on a terminal.

    Raises:
        InputError: There are fewer than two seeds, or one twice.
        RefusalError: The explainer answers no attribution.
    """
    if len(set(seeds)) < 2 or len(set(seeds)) < len(seeds):
        raise InputError(f"seeds must be two or more that differ, but are {list(seeds)}")
    if "seed" not in {part.name for part in fields(explainer) if part.init}:
        reason = "the explainer has no setting 'seed', so it says the same each time"
        return not_measured(SEEDS, reason, least, highest=False, unit="rank correlation")
    asking = Asking(explainer, batch, target, batch if background is None else background, padding)
    maps: list[xr.DataArray] = []
    with progress_bar("seeds", len(seeds), progress=progress) as tick:
        for seed in seeds:
            answer = asking.with_seed(seed).explained(model)
            maps.append(measured(answer["attribution"], answer))
            tick(1)
    return steady_over_seeds(maps, least=least, bootstrap=bootstrap)


def relative(change: NDArray[np.float64], of: NDArray[np.float64]) -> NDArray[np.float64]:
    """The length of a change by the length of what is changed, ``[sample]``; NaN where that is 0.

    >>> relative(np.array([[[3.0], [4.0]]]), np.array([[[10.0], [0.0]]])).tolist()
    [0.5]
    """
    far, size = (np.sqrt((part**2).sum(axis=(1, 2))) for part in (change, of))
    return np.asarray(np.where(size > 0, far / np.where(size > 0, size, 1.0), np.nan))
