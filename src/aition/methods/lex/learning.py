"""Learning by a set of settings: a selector from the start, rivals of other seeds, and a judge of what is selected."""

import copy
from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from torch import nn

from aition.core.background import check_enough, check_steps
from aition.core.batch import Batch
from aition.core.errors import InputError, RefusalError
from aition.core.events import is_events
from aition.core.model import Model, TorchModel, outputs_of
from aition.core.parts import whole_question
from aition.core.scrutiny import with_head_settled
from aition.core.target import Target
from aition.methods.lex.candidates import Candidates
from aition.methods.lex.likelihood import Likelihood, likelihood_of, wanted_by_labels
from aition.methods.lex.outcomes import edges_of
from aition.methods.lex.saying import Saying
from aition.methods.lex.schedule import Schedule
from aition.methods.lex.stages import Tick, climbed, seasoned, settled
from aition.methods.lex.training import Data, Law, Learner, parted
from aition.methods.lex.witness import HEARD, Rival, Witness, fingerprints, judges_of, unfit
from aition.models.selector import selector_of

if TYPE_CHECKING:
    from aition.methods.lex.lex import Lex


def copied(model: TorchModel) -> TorchModel:
    """A copy that can be trained; where all weights were frozen, those of the copy are not."""
    module = copy.deepcopy(model.module)
    weights = [one for one in module.parameters() if one.is_floating_point()]
    if not any(one.requires_grad for one in weights):
        for one in weights:
            one.requires_grad_(True)
    return replace(model, module=module)


def check(settings: "Lex", model: Model, background: Batch) -> None:
    """Raise where settings do not fit a model or a background."""
    if is_events(background):
        raise InputError(f"Lex selects cells of series, but {background!r} is a list of events; put them on a grid")
    check_enough(background)
    if isinstance(model, TorchModel) and settings.predictor != "fixed" and not [*model.module.parameters()]:
        raise RefusalError(
            f"predictor={settings.predictor!r} trains a copy of the model, but its module has no weights; let "
            "forward=lambda module, batch: … use the module that holds them, or take predictor='fixed'"
        )
    if not isinstance(model, TorchModel):
        if settings.predictor != "fixed":
            raise RefusalError(
                f"predictor={settings.predictor!r} trains a copy of the model, but {type(model).__name__} is a black "
                "box; give a TorchModel, or take predictor='fixed'"
            )
        if inside := [type(one).__name__ for one in settings.estimators if one.looks_inside]:
            raise RefusalError(
                f"{inside[0]} needs gradients, but {type(model).__name__} is a black box; take "
                "estimators=(LeaveOneOut(),)"
            )


def prepared(settings: "Lex", model: Model, background: Batch, target: Target) -> tuple[Data, Likelihood, Target]:
    """The background with all that is asked of it, how answers are held to it, and the target as it was taken."""
    batch = background.to(device=model.device, dtype=model.dtype)
    batch = model.embedded(batch) if isinstance(model, TorchModel) else batch
    settled_model = with_head_settled(model, batch.take([0]))
    outputs = outputs_of(settled_model, batch)
    check_steps(target.resolve(outputs, batch, axes=model.axes))
    asked = whole_question(target)
    question = asked.resolve(outputs, batch, axes=model.axes)
    likelihood = likelihood_of(question, batch, head=getattr(settled_model, "head", "none"))
    if settings.guided and settings.predictor != "self":
        wanted = likelihood.wanted_of(question.select(outputs).to(batch.x))
    else:
        wanted = wanted_by_labels(likelihood, question, batch)
    return Data(batch, Candidates.of(batch, settings.groups), question, wanted), likelihood, asked


def schedule_of(settings: "Lex", seed: int) -> Schedule:
    """How long and how fast is learned."""
    return Schedule(
        settings.epochs,
        settings.batch_size,
        settings.rate,
        settings.predictor_rate,
        seed,
        settings.decay,
        settings.warmth,
    )


def self_guided(settings: "Lex", law: Law, start: Model, data: Data, *, tick: Tick) -> tuple[Model, Data]:
    """A predictor that learned what is wanted of whole series, held fixed, and the data with what it says as wanted.

    Args:
        settings: How long and how fast.
        law: How answers are held to what is wanted.
        start: Where the predictor starts; it is left as it is.
        data: All series.
        tick: To be told of each pass.
    """
    learn, held = parted(data, settings.held_out, settings.seed)
    short = replace(schedule_of(settings, settings.seed), epochs=settings.predictor_epochs)
    spread = law.likelihood.spread(data.wanted)
    inner, _ = seasoned(law, start, spread, learn, held, schedule=short, whole=True, tick=tick)
    if isinstance(inner, TorchModel):
        inner.module.eval().requires_grad_(False)
    told = law.likelihood.wanted_of(data.question.select(outputs_of(inner, data.batch)).to(data.batch.x))
    return inner, replace(data, wanted=told)


def learned(
    settings: "Lex", law: Law, start: Model, spread: nn.Module, learn: Data, held: Data, *, tick: Tick
) -> Learner:
    """A selector, and maybe a predictor, learned with the seed of the law.

    Args:
        settings: How long and by what.
        law: How is selected, imputed and judged.
        start: Where a predictor that is trained starts; it is left as it is.
        spread: Likewise, of the likelihood.
        learn: What it learns from.
        held: What the best weights are chosen by.
        tick: To be told of each pass.
    """
    schedule = schedule_of(settings, law.seed)
    inner, joint = start, settings.predictor == "joint"
    if settings.predictor in ("joint", "surrogate") and settings.predictor_epochs:
        short = replace(schedule, epochs=settings.predictor_epochs)
        inner, spread = seasoned(law, inner, spread, learn, held, schedule=short, whole=joint, tick=tick)
    if settings.predictor == "surrogate" and isinstance(inner, TorchModel):
        inner.module.requires_grad_(False)
    return climbed(
        law,
        settings.estimators,
        selector=selector_of(settings.selector, learn.batch, seed=law.seed, longest=int(held.batch.lengths.max())),
        predictor=inner,
        spread=spread,
        joint=joint,
        schedule=schedule,
        race=settings.race,
        learn=learn,
        held=held,
        tick=tick,
    )


def witnessed(
    settings: "Lex",
    best: Learner,
    shift: float,
    law: Law,
    start: Model,
    spread: nn.Module,
    learn: Data,
    held: Data,
    *,
    tick: Tick,
) -> tuple[Witness, dict[str, str]]:
    """What answers are checked by, and why there is none of it where there is none.

    Args:
        settings: Whether there is a judge, and how many rivals.
        best: What was learned.
        shift: What is added to its logits.
        law: As in :func:`learned`, and so on.
        start: Where rivals start as well.
        spread: Likewise.
        learn: What judge and rivals learn from.
        held: What the best weights of rivals are chosen by.
        tick: To be told of each pass.
    """
    why = unfit(learn.batch) if settings.judged else "it was fitted without a judge (judged=False)"
    reasons = {"not_judged": why} if why else {}
    edges = edges_of(law.likelihood, learn.wanted, settings.evaluator.bins)

    def says(data: Data) -> Saying:
        return Saying(law, best.predictor, best.spread, data, edges, HEARD)

    found = Witness((), edges, fingerprints(learn.batch).unique())
    if not why:
        found = judges_of(settings.evaluator, law, best.selector, shift, says, learn, held)
    rivals = []
    for more in range(1, settings.rivals + 1):
        torch.manual_seed(settings.seed + more)
        other = replace(law, seed=settings.seed + more)
        learner = learned(settings, other, start, spread, learn, held, tick=tick)
        rivals.append(Rival(learner.selector.eval().requires_grad_(False), settled(other, learner.selector, learn)))
    if not rivals:
        reasons["not_rivalled"] = "it was fitted with one seed alone (rivals=0)"
    return replace(found, rivals=tuple(rivals)), reasons
