"""Parts: the checks that a table is made of, each with its short form."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import xarray as xr

from aition.checks.anew import Train, like_model
from aition.checks.asking import Asking
from aition.checks.finding import CheckVerdict, not_measured
from aition.checks.likeness import CEILING, UNIT, like_unlearned
from aition.checks.movement import ALIKE, MOVED, NOISE, SEEDS, steady
from aition.checks.randomising import LABELS, WEIGHTS, randomised_labels, randomised_weights
from aition.checks.relearning import retraining
from aition.checks.removing import removals
from aition.checks.replaced import REMOVAL, across
from aition.checks.retrained import RETRAINING, missed
from aition.checks.shaking import seeds_compared, shaken
from aition.core.batch import Batch
from aition.core.model import Model
from aition.core.target import Target
from aition.impute.filling import StandIn

Check = Literal["removal", "randomisation", "stability", "agreement", "labels", "retraining"]
EVERY: tuple[Check, ...] = get_args(Check)
CHECKS: tuple[Check, ...] = ("removal", "randomisation", "stability", "agreement")
"""The checks that train nothing."""
SHARE = 0.2
"""Share of the values that removal takes away at last, at which it judges."""


@dataclass(frozen=True)
class Effort:
    """How thoroughly checks look.

    Args:
        samples: Samples looked at, at most; 0: all.
        fractions: Shares that removal takes away, with .2 among them.
        n_draw: Draws of an imputer in removal.
        n_random: Random orders in removal.
        n_model: Networks with fresh weights.
        layers: Whether layers get fresh weights one by one, too.
        n_noise: Draws of noise.
        seeds: Seeds of the explainer; of retraining, those of the networks.
        n_unlearned: Networks that are trained on permuted labels.
        epochs: Passes over the background by each network that is trained.
    """

    samples: int = 0
    fractions: tuple[float, ...] = (0.05, 0.1, 0.2, 0.3, 0.5)
    n_draw: int = 8
    n_random: int = 5
    n_model: int = 4
    layers: bool = False
    n_noise: int = 4
    seeds: tuple[int, ...] = (0, 1, 2)
    n_unlearned: int = 2
    epochs: int = 10


SHORT = Effort(samples=40, fractions=(SHARE,), n_draw=4, n_random=3, n_model=3, n_noise=2, seeds=(0, 1))
"""The short form, of samples that are just enough for intervals."""


@dataclass(frozen=True, eq=False)
class Subject:
    """An explainer and its answer, before checks.

    Args:
        asking: The explainer and what it is asked.
        model: What is explained.
        attribution: What it answered.
        stand_ins: What removal puts in, by name.
        effort: How thoroughly to look.
    """

    asking: Asking
    model: Model
    attribution: xr.DataArray
    stand_ins: Mapping[str, StandIn]
    effort: Effort

    @property
    def asked(self) -> tuple[Any, Model, Batch, Target]:
        """What every check takes first."""
        return self.asking.explainer, self.model, self.asking.batch, self.asking.target

    @property
    def around(self) -> dict[str, Any]:
        """What every check that explains again takes besides."""
        return {"background": self.asking.background, "padding": self.asking.padding, "progress": "off"}

    @property
    def how(self) -> Train:
        """How networks of the model's kind are trained."""
        return like_model(self.model, epochs=self.effort.epochs)


def by_removal(subject: Subject) -> tuple[CheckVerdict, object]:
    """Removal, by every replacement."""
    effort, (_, model, batch, target) = subject.effort, subject.asked
    how: dict[str, Any] = {"n_draw": effort.n_draw, "n_random": effort.n_random, "padding": subject.asking.padding}
    curves = removals(
        model, batch, target, subject.attribution, subject.stand_ins, fractions=effort.fractions, progress="off", **how
    )
    return across(curves, fraction=SHARE).verdict, curves


def by_weights(subject: Subject) -> tuple[CheckVerdict, object]:
    """Fresh weights."""
    effort = subject.effort
    found = randomised_weights(*subject.asked, n_model=effort.n_model, layers=effort.layers, **subject.around)
    return like_unlearned(found), found


def by_noise(subject: Subject) -> tuple[CheckVerdict, object]:
    """Small noise."""
    found = shaken(*subject.asked, n_draw=subject.effort.n_noise, **subject.around)
    return steady(found), found


def by_seeds(subject: Subject) -> tuple[CheckVerdict, object]:
    """Other seeds of the explainer."""
    return seeds_compared(*subject.asked, seeds=subject.effort.seeds, **subject.around), {}


def by_labels(subject: Subject) -> tuple[CheckVerdict, object]:
    """Networks that were trained on the background with permuted labels."""
    explainer, model, batch, target = subject.asked
    given: dict[str, Any] = {"how": subject.how, "n_model": subject.effort.n_unlearned, **subject.around}
    found = randomised_labels(explainer, model, subject.asking.background, batch, target, **given)
    return like_unlearned(found), found


def by_retraining(subject: Subject) -> tuple[CheckVerdict, object]:
    """Networks that were trained on the background without its most important values."""
    asking = subject.asking
    told = replace(asking, batch=asking.background).explained(subject.model)["attribution"]
    found = retraining(
        subject.how,
        asking.background,
        asking.batch,
        told,
        subject.attribution,
        fractions=(SHARE,),
        seeds=subject.effort.seeds,
        progress="off",
    )
    return missed(found, fraction=SHARE), found


@dataclass(frozen=True)
class Part:
    """A check of one explainer: what it is called, how it is made, and what a verdict without figures needs.

    Args:
        check: The check that asks for it.
        name: As its verdict says.
        make: From a subject to the verdict and what it was read from.
        passes: From an effort to how many times all samples are explained.
        bound: Of the verdict.
        highest: Likewise.
        unit: Likewise.
    """

    check: Check
    name: str
    make: Callable[[Subject], tuple[CheckVerdict, object]]
    passes: Callable[[Effort], int]
    bound: float
    highest: bool
    unit: str

    def open(self, reason: str) -> CheckVerdict:
        """The verdict where it was not measured."""
        return not_measured(self.name, reason, self.bound, highest=self.highest, unit=self.unit)


PARTS = (
    Part("removal", REMOVAL, by_removal, lambda effort: 0, 0.0, highest=False, unit="probability"),
    Part("randomisation", WEIGHTS, by_weights, lambda effort: 1 + effort.n_model, CEILING, highest=True, unit=UNIT),
    Part("stability", NOISE, by_noise, lambda effort: 1 + effort.n_noise, MOVED, highest=True, unit="sizes of the map"),
    Part("stability", SEEDS, by_seeds, lambda effort: len(effort.seeds), ALIKE, highest=False, unit=UNIT),
)
"""What is asked of one explainer and trains nothing."""
TRAINING = (
    Part("labels", LABELS, by_labels, lambda effort: 1 + effort.n_unlearned, CEILING, highest=True, unit=UNIT),
    Part("retraining", RETRAINING, by_retraining, lambda effort: 1, 0.0, highest=False, unit="accuracy"),
)
"""What trains networks on the background; the time for that is not in ``passes``."""
