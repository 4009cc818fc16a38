"""Ward: a small stand-in for an intensive-care set, in which the risk of death is planted."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from aition.core.assemble import from_tensors
from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.model import TorchModel
from aition.data.simulate.drawing import Reals, check_counts, named, single, streams
from aition.data.simulate.law import LOG_ODDS, known, noise, tossed, two_classes
from aition.data.simulate.simulated import Simulated

VITALS = {
    "heart_rate": 0.5, "systolic": -0.4, "diastolic": -0.3, "mean_pressure": -0.4, "respiration": 0.4,
    "temperature": 0.2, "saturation": -0.4, "coma_scale": -0.5,
}  # fmt: skip
"""What is measured nearly every hour, with its correlation with severity."""
PANELS: tuple[tuple[float, dict[str, float]], ...] = (
    (0.12, {"lactate": 0.6, "acidity": 0.4, "oxygen": -0.3, "carbon_dioxide": 0.1}),
    (0.09, {"sodium": 0.1, "potassium": 0.2, "chloride": 0.1, "bicarbonate": -0.4, "creatinine": 0.5, "urea": 0.5,
            "glucose": 0.3}),
    (0.07, {"haemoglobin": -0.2, "platelets": -0.3, "white_cells": 0.3}),
    (0.05, {"clotting_time": 0.3, "fibrinogen": -0.1}),
    (0.04, {"bilirubin": 0.3, "albumin": -0.4, "magnesium": 0.0, "calcium": -0.1}),
)  # fmt: skip
"""What is measured together: the chance of it an hour at mean severity, and correlations with severity."""
STATIC = {"age": 0.3, "male": 0.0, "planned": -0.3}
"""What does not change within a stay, a number and two of yes or no, with correlations with lasting severity."""
FEATURES = (*VITALS, *(name for _, panel in PANELS for name in panel), *STATIC)
N_HOUR = 48
THRESHOLD = 0.5
"""Only what a value exceeds in the direction of its effect counts, in standard deviations."""
BASE = -6.3
"""Log-odds of death where nothing counts, for a mortality of about 12 %."""


@dataclass(frozen=True)
class Effect:
    """What values of one feature in a span of hours do to the log-odds of death.

    Args:
        feature: Name.
        first: The first hour.
        last: The hour at which the span ends (not included).
        direction: 1 if high values count, -1 if low ones do.
        weight: Log-odds for a mean excess of 1.
    """

    feature: str
    first: int
    last: int
    direction: int
    weight: float

    @property
    def cells(self) -> tuple[slice, slice, int]:
        """Where its values stand in ``[sample, time, feature]``."""
        return slice(None), slice(self.first, self.last), FEATURES.index(self.feature)


EFFECTS = (
    Effect("coma_scale", 0, 24, -1, 4.0),
    Effect("lactate", 0, N_HOUR, 1, 2.5),
    Effect("systolic", 24, N_HOUR, -1, 3.0),
    Effect("creatinine", 12, N_HOUR, 1, 2.0),
    Effect("albumin", 0, N_HOUR, 1, -1.5),
)
TOGETHER = (Effect("heart_rate", 0, 24, 1, 3.0), Effect("temperature", 0, 24, 1, 3.0))
"""Whose mean excesses, each times its weight, are multiplied."""


@dataclass(frozen=True)
class Ward:
    """Stays of 48 hours with vital signs, laboratory values and what does not change; the label is death in hospital.

    Every feature is standardised, remembers its last value and follows a hidden severity, so that far more features
    tell of death than the law reads. Vital signs are measured in nine hours of ten, laboratory panels as a whole in few
    hours and more often the sicker the patient: what is missing is informative. What is not measured holds 0.

    The log-odds of death are a constant, plus for each of ``EFFECTS`` its weight times the mean, over the measurements
    of one feature in a span of hours, of what a value exceeds 0.5 by in one direction, plus the product of the two such
    terms of ``TOGETHER``. True cells are those measurements that exceed: the others add nothing. Static features follow
    severity, but are not read.

    Args:
        n_sample: Stays.
        shortest: Hours of the shortest stay; 48: all are equally long, without padding.

    Returns:
        31 features. Fields: ``severity``, ``[sample, time]``; ``effect``, and ``together_0`` and ``together_1`` for the
        product: weights of excesses, ``[sample, time, feature]``. About one of eight dies.

    Raises:
        InputError: A setting is out of range.

    References:
        In the shape of the MIMIC-III task of Crabbé and van der Schaar, "Explaining Time Series Predictions with
        Dynamic Masks", ICML 2021 (48 hours, 31 features, in-hospital mortality); no value stems from it.

    >>> drawn = Ward(n_sample=5, shortest=24)(seed=0)
    >>> drawn.batch
    Batch[sample=5 time=48 feature=31, severity (context), effect (context), together_0 (context), together_1 (context)]
    >>> bool((drawn.truth & ~drawn.batch.observed).any())
    False
    """

    n_sample: int = 2000
    shortest: int = N_HOUR

    def __post_init__(self) -> None:
        check_counts(n_sample=self.n_sample, shortest=self.shortest)
        if self.shortest > N_HOUR:
            raise InputError(f"shortest must be 1 to {N_HOUR}, but is {self.shortest}")

    def __call__(self, *, seed: int) -> Simulated:
        lengths, health, course, values, statics, measuring, chance = streams(seed, 7)
        length = lengths.integers(self.shortest, N_HOUR + 1, size=self.n_sample)
        exists = np.arange(N_HOUR) < length[:, None]
        fixed = health.standard_normal((self.n_sample, 1))
        severity = np.sqrt(0.6) * fixed + np.sqrt(0.4) * noise(course, (self.n_sample, N_HOUR, 1), memory=0.95)[:, :, 0]
        x = np.concatenate([changing(values, severity), unchanging(statics, fixed)], axis=2)
        seen = measured(measuring, severity) & exists[:, :, None]
        weights, log_odds = planted(np.where(seen, x, 0), seen)
        batch = from_tensors(
            single(np.where(seen, x, np.nan)),
            layout="sample time feature",
            lengths=length,
            time_unit="h",
            label=tossed(chance, log_odds),
            ids=named("ward", seed=seed, n_sample=self.n_sample),
            feature_names=FEATURES,
            fields={"severity": known(severity * exists), **{name: known(value) for name, value in weights.items()}},
        )
        truth = torch.stack([batch[name] != 0 for name in weights]).any(dim=0)
        sign = torch.where(batch["effect"] < 0, -1, 1) * truth
        return Simulated(
            batch=batch,
            truth=truth,
            sign=sign.to(torch.int8),
            target=LOG_ODDS,
            white_box=TorchModel(Risk(), forward_risk, head="none"),
        )


def changing(rng: np.random.Generator, severity: Reals) -> Reals:
    """Vital signs and laboratory values, measured or not, ``[sample, time, feature]``; mean 0 and variance 1."""
    load = np.array([*VITALS.values(), *(load for _, panel in PANELS for load in panel.values())])
    own = noise(rng, (*severity.shape, len(load)), memory=0.9, correlation=0.1)
    return np.asarray(load * severity[:, :, None] + np.sqrt(1 - load**2) * own)


def unchanging(rng: np.random.Generator, fixed: Reals) -> Reals:
    """The static features at every hour, ``[sample, time, feature]``; those that are yes or no are 1 or -1."""
    load = np.array(list(STATIC.values()))
    x = load * fixed + np.sqrt(1 - load**2) * rng.standard_normal((len(fixed), len(load)))
    x[:, 1:] = np.where(x[:, 1:] > 0, 1, -1)
    return np.asarray(x[:, None].repeat(N_HOUR, axis=1))


def measured(rng: np.random.Generator, severity: Reals) -> NDArray[np.bool_]:
    """What is measured, ``[sample, time, feature]``; a panel with all its features, most at admission."""
    drawn = rng.random((*severity.shape, len(VITALS) + len(PANELS)))
    rate = np.array([chance for chance, _ in PANELS])
    often = 1 / (1 + np.exp(np.log(1 / rate - 1) - 0.7 * severity[:, :, None]))
    often[:, 0] = 0.8
    of_panel = drawn[:, :, len(VITALS) :] < often
    sizes = [len(panel) for _, panel in PANELS]
    return np.concatenate(
        [
            drawn[:, :, : len(VITALS)] < 0.9,
            of_panel.repeat(sizes, axis=2),
            np.ones((*severity.shape, len(STATIC)), dtype=np.bool_),
        ],
        axis=2,
    )


def planted(x: Reals, seen: NDArray[np.bool_]) -> tuple[dict[str, Reals], Reals]:
    """The weight of each measurement that exceeds, by name of its field, and the log-odds of death, ``[sample]``."""
    weights = {name: np.zeros(x.shape) for name in ("effect", "together_0", "together_1")}
    total = np.full(len(x), BASE)
    for effect in EFFECTS:
        weight, excess = excesses(effect, x, seen)
        weights["effect"][effect.cells] = weight
        total += excess
    (one, first), (other, second) = (excesses(effect, x, seen) for effect in TOGETHER)
    both = ((first > 0) & (second > 0))[:, None]
    weights["together_0"][TOGETHER[0].cells] = one * both
    weights["together_1"][TOGETHER[1].cells] = other * both
    return weights, total + first * second


def excesses(effect: Effect, x: Reals, seen: NDArray[np.bool_]) -> tuple[Reals, Reals]:
    """Weights of an effect's measurements, ``[sample, hour]``, and what they add up to, ``[sample]``."""
    excess = np.maximum(effect.direction * x[effect.cells] - THRESHOLD, 0) * seen[effect.cells]
    count = seen[effect.cells].sum(axis=1, keepdims=True)
    weight = (excess > 0) * effect.weight / np.maximum(count, 1)
    return weight, (weight * excess).sum(axis=1)


class Risk(nn.Module):
    """What values exceed the threshold by, in the direction in which their feature has an effect."""

    def __init__(self) -> None:
        super().__init__()
        direction = torch.zeros(len(FEATURES))
        for effect in (*EFFECTS, *TOGETHER):
            direction[FEATURES.index(effect.feature)] = effect.direction
        self.direction: Tensor
        self.register_buffer("direction", direction)

    def forward(self, x: Tensor) -> Tensor:
        """Excesses ``[sample, time, feature]``, 0 or more."""
        return (self.direction * x - THRESHOLD).relu()


def forward_risk(module: nn.Module, batch: Batch) -> Tensor:
    """Logits ``[sample, class]`` of survival and death."""
    excess = module(batch.x)
    parts = [(batch[name] * excess).sum(dim=(1, 2)) for name in ("effect", "together_0", "together_1")]
    return two_classes(BASE + parts[0] + parts[1] * parts[2])
