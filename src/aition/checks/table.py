"""A table of findings: several checks of several explainers, in full or, within some seconds, in short."""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import xarray as xr

from aition.checks.asking import Asking, measured
from aition.checks.concordance import AGREEMENT, LEAST, concord, concordant
from aition.checks.finding import CheckVerdict, not_measured
from aition.checks.likeness import UNIT
from aition.checks.parts import CHECKS, EVERY, PARTS, SHORT, TRAINING, Check, Effort, Part, Subject
from aition.core.batch import Batch
from aition.core.errors import AitionError, InputError
from aition.core.events import is_events
from aition.core.model import Model
from aition.core.progress import Progress, progress_bar
from aition.core.protocol import Padding
from aition.core.target import Target
from aition.impute.baseline import FeatureBaseline
from aition.impute.filling import StandIn
from aition.impute.rows import MarginalRows


@dataclass(frozen=True, eq=False)
class Checked:
    """What one check says of one explainer.

    Args:
        explainer: Its name.
        check: Which of the checks the verdict belongs to.
        verdict: The finding; "not measured" with the reason where the explainer refuses or time is out.
        seconds: How long it took.
        source: What the verdict was read from, to be drawn: curves by replacement, a Likeness, a Movement, a Concord;
            of a check over seeds, and of one that was not measured, nothing: an empty mapping.
    """

    explainer: str
    check: Check
    verdict: CheckVerdict
    seconds: float
    source: object


def run_checks(
    explainers: Mapping[str, Any],
    model: Model,
    batch: Batch,
    target: Target,
    background: Batch,
    *,
    checks: Sequence[Check] = CHECKS,
    stand_ins: Mapping[str, StandIn] | None = None,
    effort: Effort = Effort(),  # noqa: B008 - frozen
    budget: float = math.inf,
    padding: Padding = "keep",
    progress: Progress = "auto",
) -> tuple[Checked, ...]:
    """Check several explainers of one model, each by every check.

    Args:
        explainers: By name; those that have to be fitted are fitted on the background.
        model: What is explained.
        batch: Samples.
        target: The question; one number a sample.
        background: Samples that stand for what is usual: means, other series and fits come of them; for "labels" and
            "retraining" they are what networks are trained on, so labelled samples other than those of ``batch``.
        checks: Which: "removal" (:func:`~aition.checks.removals`), "randomisation" of the weights
            (:func:`~aition.checks.randomised_weights`), "stability" under noise and over seeds
            (:func:`~aition.checks.shaken`, :func:`~aition.checks.seeds_compared`), "agreement" of all explainers
            (:func:`~aition.checks.concord`); and, where they are asked for, two that train networks on the background:
            "labels" (:func:`~aition.checks.randomised_labels`) and "retraining" (:func:`~aition.checks.retraining`).
        stand_ins: What removal puts in, by name; the background's means and its other series where there are none.
        effort: How thoroughly to look.
        budget: Seconds, of all together. An explainer's first answer tells how long its checks will take, but for the
            training of networks.
        padding: As in :func:`aition.explain`.
        progress: "auto" shows a bar on a terminal.

    Returns:
        A row for each explainer and check. What one of several explainers refuses, what a model can't do, and what
        there is no time for, is not measured, and its words say why.

    Raises:
        InputError: There is no explainer, a check is unknown, or the budget is not above 0.
        aition.AitionError: No explainer answers: what the first one says, such as that the target does not fit.
    """
    check_table(explainers, checks, budget)
    some = batch.take(range(min(effort.samples, len(batch)))) if effort.samples else batch
    put_in = usual(background) if stand_ins is None else stand_ins
    parts = [part for part in (*PARTS, *TRAINING) if part.check in checks]
    errors: list[AitionError] = []
    end, rows, maps = time.monotonic() + budget, [], {}
    with progress_bar("checks", len(explainers) * (1 + len(parts)), progress=progress) as tick:
        for place, (name, explainer) in enumerate(explainers.items()):
            began = time.monotonic()
            until = began + (end - began) / (len(explainers) - place)
            try:
                asking = Asking(explainer, some, target, background, padding)
                answer = asking.explained(model)
            except AitionError as error:
                errors.append(error)
                rows += [Checked(name, part.check, part.open(sentence(error)), 0.0, {}) for part in parts]
                tick(1 + len(parts))
                continue
            once = time.monotonic() - began
            maps[name] = measured(answer["attribution"], answer)
            tick(1)
            for part in parts:
                rows.append(row(name, part, Subject(asking, model, answer["attribution"], put_in, effort), once, until))
                tick(1)
    if not maps:
        raise errors[0]
    return (*rows, *(agreed(explainers, maps) if "agreement" in checks else ()))


def quick_checks(
    explainers: Mapping[str, Any],
    model: Model,
    batch: Batch,
    target: Target,
    background: Batch,
    budget: float,
    *,
    checks: Sequence[Check] = CHECKS,
    padding: Padding = "keep",
    progress: Progress = "auto",
) -> tuple[Checked, ...]:
    """Check several explainers in short, in about as many seconds as there are.

    Args:
        explainers: As in :func:`run_checks`, and so are the others.
        model: What is explained.
        batch: Samples, of which the first 40 are looked at.
        target: The question.
        background: Samples that stand for what is usual.
        budget: Seconds, of all together; no check begins that would take longer than what is left of them.
        checks: Which.
        padding: As in :func:`aition.explain`.
        progress: "auto" shows a bar on a terminal.

    Raises:
        InputError: As :func:`run_checks`.
    """
    return run_checks(
        explainers,
        model,
        batch,
        target,
        background,
        checks=checks,
        effort=SHORT,
        budget=budget,
        padding=padding,
        progress=progress,
    )


def row(name: str, part: Part, subject: Subject, once: float, until: float) -> Checked:
    """One check of one explainer, if there is time for it."""
    began = time.monotonic()
    needed, left = part.passes(subject.effort) * once, until - began
    if left <= 0 or needed > left:
        reason = f"it would take about {needed:.1f} s, and {max(left, 0.0):.1f} s of the budget are left"
        return Checked(name, part.check, part.open(reason), 0.0, {})
    try:
        verdict, source = part.make(subject)
    except AitionError as error:
        verdict, source = part.open(sentence(error)), {}
    return Checked(name, part.check, verdict, time.monotonic() - began, source)


def agreed(explainers: Mapping[str, Any], maps: Mapping[str, xr.DataArray]) -> list[Checked]:
    """Agreement between all that explained."""
    began = time.monotonic()
    look: dict[str, Any] = {"highest": False, "unit": UNIT}
    if len(maps) < 2:
        alone = not_measured(AGREEMENT, "there is no other explanation to compare it with", LEAST, **look)
        return [Checked(name, "agreement", alone, 0.0, {}) for name in explainers]
    found = concord(maps)
    verdicts = concordant(found)
    missing = not_measured(AGREEMENT, "the explainer refused to explain", LEAST, **look)
    took = (time.monotonic() - began) / len(explainers)
    return [Checked(name, "agreement", verdicts.get(name, missing), took, found) for name in explainers]


def usual(background: Batch) -> dict[str, StandIn]:
    """What stands in for removed values unless something else is asked for.

    Raises:
        InputError: The background has fewer than two series, or never observed a feature.
    """
    means: dict[str, StandIn] = {"means": FeatureBaseline.mean_of(background)}
    return means if is_events(background) else means | {"other series": MarginalRows.fit(background)}


def sentence(error: AitionError) -> str:
    """What an error says, as a reason within a sentence."""
    return " ".join(str(error).split()).rstrip(".")


def check_table(explainers: Mapping[str, Any], checks: Sequence[Check], budget: float) -> None:
    """Raise where there is nothing to check, or nothing to check it by."""
    if not explainers:
        raise InputError("explainers must name at least one explainer, but is empty")
    if unknown := [one for one in checks if one not in EVERY]:
        raise InputError(f"checks must be of {', '.join(EVERY)}, but hold {unknown[0]!r}")
    if not checks:
        raise InputError(f"checks must name one of {', '.join(EVERY)} or several, but are empty")
    if not budget > 0:
        raise InputError(f"budget must be seconds above 0, but is {budget}")
