"""Recommending: quick checks of several explainers on one's own model and data, and a choice that is confirmed."""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from aition.checks.asking import Asking, explanation_of, fitted_for
from aition.checks.candidates import affordable, candidates_for, tried, with_draws
from aition.checks.finding import CheckVerdict
from aition.checks.halves import MOST, halves, timely
from aition.checks.knowing import knows
from aition.checks.leaning import check_suspects, leaning_on
from aition.checks.leant import Leaning
from aition.checks.likeness import like_unlearned
from aition.checks.parts import CHECKS, PARTS, SHORT, Check, Effort
from aition.checks.places import Region
from aition.checks.recommendation import Candidate, Ending, Recommendation, Standing, ranked, said, standing_of
from aition.checks.stranger import can_forget, strangers
from aition.checks.table import Checked, run_checks, sentence, usual
from aition.core.batch import Batch
from aition.core.errors import AitionError, InputError
from aition.core.model import Model
from aition.core.progress import Progress, progress_bar
from aition.core.protocol import Answer, Padding
from aition.core.question import Question
from aition.core.target import Target
from aition.impute.filling import StandIn

LEAST = 4
"""Samples that two halves need to have an interval each."""
SHARE, TRYING = 0.7, 0.4
"""Of the seconds that there are, those that choosing may take, and of these the trials; the rest is for confirming."""
FINAL = replace(SHORT, samples=MOST)
"""How thoroughly the best candidate is looked at again."""


@dataclass(frozen=True)
class Silent:
    """Says nothing: what an explanation tells of the model and the samples is wanted alone."""

    def __call__(self, model: Model, batch: Batch, question: Question) -> Answer:
        return {"attribution": (("sample", "time", "feature"), torch.zeros_like(batch.x))}


@dataclass(frozen=True)
class Looking:
    """What all candidates have in common.

    Args:
        model: What is explained.
        target: The question.
        background: What is usual.
        stand_ins: What stands in place of removed values, by name.
        forgets: Whether the model can be given fresh weights.
        padding: As in :func:`aition.explain`.
        progress: As there.
    """

    model: Model
    target: Target
    background: Batch
    stand_ins: Mapping[str, StandIn]
    forgets: bool
    padding: Padding
    progress: Progress

    def checked(self, explainers: Mapping[str, Any], batch: Batch, effort: Effort, seconds: float) -> list[Checked]:
        """All checks of some explainers; of a model that can't forget with strangers in place of fresh weights."""
        left = [*(("randomisation",) if not self.forgets else ()), *(("agreement",) if len(explainers) < 2 else ())]
        checks: tuple[Check, ...] = tuple(one for one in CHECKS if one not in left)
        rows = run_checks(
            explainers, self.model, batch, self.target, self.background, checks=checks, stand_ins=self.stand_ins,
            effort=effort, budget=seconds, padding=self.padding, progress=self.progress,
        )  # fmt: skip
        if self.forgets:
            return list(rows)
        some = batch.take(range(min(effort.samples, len(batch))))
        return [*rows, *(self.stranger_row(name, how, some, effort) for name, how in explainers.items())]

    def stranger_row(self, name: str, explainer: Any, batch: Batch, effort: Effort) -> Checked:
        """What strangers say of one explainer."""
        began = time.monotonic()
        try:
            found = strangers(
                explainer, self.model, batch, self.target, background=self.background, n_model=effort.n_model,
                padding=self.padding,
            )  # fmt: skip
        except AitionError as error:
            return Checked(name, "randomisation", PARTS[1].open(sentence(error)), time.monotonic() - began, {})
        return Checked(name, "randomisation", like_unlearned(found), time.monotonic() - began, found)


def recommend(
    model: Model,
    batch: Batch,
    target: Target,
    *,
    background: Batch | None = None,
    explainers: Mapping[str, Any] | None = None,
    seconds: float = 300.0,
    suspects: Sequence[Region] = (),
    seed: int = 0,
    padding: Padding = "keep",
    progress: Progress = "auto",
) -> Recommendation:
    """Say which explainer to trust for this model on these samples, and why; or that none deserves it.

    The samples are parted into two halves. On one every candidate is checked: it must pass removal by two replacements
    or more, randomisation of the weights (of a model that can't forget: by strangers, networks that never saw the
    data), and stability. Of those that pass, the one is best whose most important values surely cost most beyond random
    ones. It is put before the same checks on the other half, of which all final figures are, so that they are not
    flattered by having been picked; if it does not pass again, none is recommended. Nor is one where labels are known
    but what the model says was not shown to have to do with them.

    Args:
        model: What is explained.
        batch: Samples that the model was not trained on, 40 or more for intervals to be trusted. Of each half 100 are
            looked at, at most.
        target: The question; one number a sample.
        background: Samples that stand for what is usual, such as those that the model was trained on; the batch where
            there are none.
        explainers: Candidates by name; :func:`candidates_for` makes them where there are none.
        seconds: How long it may take, about. A candidate is tried on a few samples first, and left out where its checks
            would not fit; the trial itself can't be cut short. Where what is left is short, the best candidate is
            looked at on fewer samples of the other half, but 40 where there are as many.
        suspects: Regions on which the model may lean though it should not, to be measured.
        seed: Of how the samples are parted.
        padding: As in :func:`aition.explain`.
        progress: "auto" shows bars on a terminal.

    Raises:
        InputError: There are fewer than four samples, no candidates, no time, or a suspect is not there.
        aition.AitionError: No candidate explains anything: what the first one says.
    """
    if len(batch) < LEAST:
        raise InputError(f"samples must be {LEAST} or more, to be parted into two halves, but are {len(batch)}")
    if not seconds > 0:
        raise InputError(f"seconds must be above 0, but is {seconds}")
    end = time.monotonic() + seconds
    around = batch if background is None else background
    several = candidates_for(model, around) if explainers is None else dict(explainers)
    if not several:
        raise InputError("explainers must name at least one explainer, but is empty")
    choosing, final = halves(batch, seed=seed)
    look = Looking(model, target, around, usual(around), can_forget(model), padding, progress)
    whole = explanation_of(Silent(), model, batch, target, padding=padding)
    check_suspects(suspects, tuple(map(str, whole["attribution"].coords["feature"].values)), batch.n_time)
    knowledge = knows(whole)
    left, out = trials(several, look, choosing, end)
    candidates = [*checked_candidates(left, look, choosing, SHARE * (end - time.monotonic())), *out]
    order = ranked(candidates)
    best = order[0]
    if best.standing != "passed":
        leaning = leaning_by(several, order, look, choosing, final, suspects)
        return made("none passed", order, knowledge, (), places_of(leaning), choosing, final)
    how = fitted_for(several[best.explainer], model, around, target)
    final = timely(final, best, seen=min(SHORT.samples, len(choosing)), seconds=end - time.monotonic())
    held = confirmed(best.explainer, how, look, final)
    leaning = leaning_by({**several, best.explainer: how}, order, look, choosing, final, suspects)
    if held.standing != "passed":
        return made("not held", order, knowledge, held.verdicts, places_of(leaning), choosing, final, why=held.why)
    return made("recommended", order, knowledge, held.verdicts, leaning, choosing, final)


def confirmed(name: str, explainer: Any, look: Looking, final: Batch) -> Candidate:
    """How the best candidate stands on the samples that had no part in choosing it."""
    try:
        return candidate_of(name, explainer, look.checked({name: explainer}, final, FINAL, math.inf))
    except AitionError as error:
        return left_out(name, "refused", f"{sentence(error)}.")


def leaning_by(
    several: Mapping[str, Any],
    order: Sequence[Candidate],
    look: Looking,
    choosing: Batch,
    final: Batch,
    suspects: Sequence[Region],
) -> Leaning:
    """What the model leans on by the first of the candidates that explains both halves; nothing where none does.

    Why one does not is told with its checks.
    """
    for one in order:
        if not one.verdicts:
            continue
        try:
            how = fitted_for(several[one.explainer], look.model, look.background, look.target)
            seen, fresh = (
                explanation_of(how, look.model, part, look.target, padding=look.padding) for part in (choosing, final)
            )
        except AitionError:
            continue
        return leaning_on(
            seen, fresh, look.model, final, look.target, look.stand_ins, suspects=suspects, padding=look.padding,
            n_draw=FINAL.n_draw, n_random=FINAL.n_random,
        )  # fmt: skip
    return Leaning()


def places_of(leaning: Leaning) -> Leaning:
    """The places alone, which the model itself speaks for: shares are those of an explainer that is not trusted."""
    return Leaning(places=leaning.places)


def trials(
    several: Mapping[str, Any], look: Looking, batch: Batch, end: float
) -> tuple[dict[str, Any], list[Candidate]]:
    """Candidates whose checks fit into the time that is left, those first that need least; and what is said of others.

    Raises:
        aition.AitionError: All refuse: what the first one says.
    """
    began = time.monotonic()
    errors: list[AitionError] = []
    needs: dict[str, float] = {}
    out = []
    with progress_bar("trying explainers", len(several), progress=look.progress) as tick:
        for name, how in several.items():
            if time.monotonic() - began > TRYING * (end - began):
                out.append(left_out(name, "no time", "There was no time left to try it."))
                continue
            found = tried(Asking(how, batch, look.target, look.background, look.padding), look.model, SHORT)
            tick(1)
            if found.error:
                out.append(left_out(name, "refused", found.refusal))
                errors += found.error
            else:
                needs[name] = found.needed
    if len(errors) == len(several):
        raise errors[0]
    room = SHARE * max(end - time.monotonic(), 0.0)
    fitting = affordable(needs, room)
    for name in (one for one in needs if one not in fitting):
        why = f"Its checks would take about {needs[name]:.0f} s; of {room:.0f} s, quicker ones leave too little."
        out.append(left_out(name, "no time", why))
    return {name: several[name] for name in fitting}, out


def left_out(name: str, standing: Standing, why: str) -> Candidate:
    """A candidate that was not checked."""
    return Candidate(name, standing, why, (), math.nan, 0.0)


def checked_candidates(several: Mapping[str, Any], look: Looking, batch: Batch, seconds: float) -> list[Candidate]:
    """How each candidate stands after its checks."""
    if not several:
        return []
    rows = look.checked(several, batch, SHORT, max(seconds, 1e-3))
    return [candidate_of(name, how, [one for one in rows if one.explainer == name]) for name, how in several.items()]


def candidate_of(name: str, explainer: Any, rows: Sequence[Checked]) -> Candidate:
    """A candidate by the rows of its checks."""
    verdicts: dict[str, list[CheckVerdict]] = {}
    for one in rows:
        verdicts.setdefault(one.check, []).append(one.verdict)
    removed = next(one for one in rows if one.check == "removal")
    n_replacement = len(removed.source) if isinstance(removed.source, Mapping) else 0
    standing, why = standing_of(verdicts, n_replacement=n_replacement, draws=with_draws(explainer))
    every = tuple(one.verdict for one in sorted(rows, key=lambda one: CHECKS.index(one.check)))
    return Candidate(name, standing, why, every, removed.verdict.figure.low, sum(one.seconds for one in rows))


def made(
    ending: Ending,
    order: tuple[Candidate, ...],
    knowledge: CheckVerdict,
    final: tuple[CheckVerdict, ...],
    leaning: Leaning,
    choosing: Batch,
    rest: Batch,
    *,
    why: str = "",
) -> Recommendation:
    """The recommendation with its words; a model that was not shown to know anything is never recommended for."""
    if knowledge.finding not in ("passed", "not measured"):
        ending = "nothing to explain"
    return Recommendation(
        ending=ending,
        chosen=order[0].explainer if ending == "recommended" else "",
        words=said(ending, order, final, len(rest), why=why),
        candidates=order,
        model=knowledge,
        final=final,
        leaning=leaning,
        n_choosing=len(choosing),
        n_final=len(rest),
    )
