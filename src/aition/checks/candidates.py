"""Candidates: explainers that a model may be looked at by, and what they would take."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import Any

from aition.checks.asking import Asking
from aition.checks.parts import PARTS, Effort
from aition.core.batch import Batch
from aition.core.errors import AitionError
from aition.core.model import Model, TorchModel
from aition.impute.baseline import FeatureBaseline
from aition.methods import (
    ContextualDecomposition,
    Dynamask,
    ExtremalMask,
    InputXGradient,
    IntegratedGradients,
    Occlusion,
    Saliency,
    SegmentLime,
    SegmentShap,
    TemporalIntegratedGradients,
    Timing,
)

WHITE: dict[str, Any] = {
    "input-x-gradient": InputXGradient(),
    "saliency": Saliency(),
    "integrated-gradients": IntegratedGradients(),
    "contextual-decomposition": ContextualDecomposition(),
    "temporal-integrated-gradients": TemporalIntegratedGradients(),
    "timing": Timing(),
}
BLACK: dict[str, Any] = {
    "occlusion": Occlusion(),
    "segment-shap": SegmentShap(),
    "segment-lime": SegmentLime(),
}
SLOW: dict[str, Any] = {"dynamask": Dynamask(), "extremal-mask": ExtremalMask()}


def candidates_for(model: Model, background: Batch) -> dict[str, Any]:
    """Explainers that may fit a model, those first that take least.

    Args:
        model: A black box gets those that ask for answers alone.
        background: Its means are the baseline of those that have one.
    """
    several = {**WHITE, **BLACK, **SLOW} if isinstance(model, TorchModel) else BLACK
    if isinstance(model, TorchModel) and model.embedding:
        return dict(several)
    mean = FeatureBaseline.mean_of(background)
    return {
        name: replace(one, baseline=mean) if any(part.name == "baseline" for part in fields(one)) else one
        for name, one in several.items()
    }


def with_draws(explainer: Any) -> bool:
    """Whether an explainer draws, as far as its settings tell."""
    return any(part.name == "seed" for part in fields(explainer) if part.init)


@dataclass(frozen=True)
class Tried:
    """What a short trial says of an explainer.

    Args:
        needed: Seconds that all checks of it would take, about.
        refusal: Why it explains nothing here; empty where it does.
        error: The refusal itself; empty where there is none.
    """

    needed: float
    refusal: str
    error: tuple[AitionError, ...] = ()


def tried(asking: Asking, model: Model, effort: Effort) -> Tried:
    """Explain one sample and then a few, to tell what many would take.

    What one takes and what each further one adds are told apart, for a mask of forty takes hardly longer than one.
    """
    batch = asking.batch
    clock, few = [time.monotonic()], min(4, len(batch))
    try:
        asking = asking.fitted(model)
        clock.append(time.monotonic())
        for number in (1, few):
            replace(asking, batch=batch.take(range(number))).explained(model)
            clock.append(time.monotonic())
    except AitionError as error:
        return Tried(0.0, " ".join(str(error).split()), (error,))
    fit, one, several = (late - early for early, late in pairwise(clock))
    each = max(several - one, 0.0) / max(few - 1, 1)
    once = fit + min(one, several) + each * (min(effort.samples or len(batch), len(batch)) - 1)
    passes = 1 + sum(part.passes(effort) for part in PARTS)
    return Tried(passes * once, "")


def affordable(needs: Mapping[str, float], seconds: float) -> tuple[str, ...]:
    """The names that fit into some seconds together, those first that need least.

    >>> affordable({"slow": 50.0, "fast": 1.0, "middling": 5.0}, 10.0)
    ('fast', 'middling')
    """
    taken, names = 0.0, []
    for name in sorted(needs, key=lambda one: needs[one]):
        taken += needs[name]
        if taken > seconds:
            break
        names.append(name)
    return tuple(names)
