"""The risk that is planted: which values of which features raise it when, alone, together and in a pattern."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from aition.data.simulate.drawing import Reals
from aition.data.simulate.hospital.measures import N_BIN, N_HOUR, PLACE

Bins = NDArray[np.int8]
Course = Literal["always", "early", "late", "from noon", "second day", "turns"]
BASE = -6.45
"""Log-odds of death where nothing counts, for a mortality of about 12 %."""
HOUR = np.arange(N_HOUR)
COURSES: dict[Course, Reals] = {
    "always": np.ones(N_HOUR),
    "early": 1.5 - HOUR / N_HOUR,
    "late": 0.5 + HOUR / N_HOUR,
    "from noon": np.where(HOUR >= 12, 1.0, 0.0),
    "second day": np.where(HOUR >= 24, 1.0, 0.0),
    "turns": np.where(HOUR < 24, 1.0, -1.0),
}
"""How the weight of a value changes over the hours, ``[time]``."""


@dataclass(frozen=True)
class Effect:
    """What values of one feature add to the log-odds, measurement by measurement.

    Args:
        feature: Name.
        weights: Log-odds, one a bin.
        course: How they change over time.
    """

    feature: str
    weights: tuple[float, float, float, float, float]
    course: Course = "always"


@dataclass(frozen=True)
class Together:
    """What a value of one feature and a value of another add to the log-odds together.

    Args:
        features: The two names.
        bins: Of each, those that count.
        first: The first hour.
        same_hour: Whether only measurements of the same hour count together, or all those from ``first`` on.
        weight: Log-odds of one measurement with another.
    """

    features: tuple[str, str]
    bins: tuple[tuple[int, ...], tuple[int, ...]]
    first: int
    same_hour: bool
    weight: float


@dataclass(frozen=True)
class Motif:
    """What values in successive hours add to the log-odds.

    Args:
        feature: Name.
        bins: Of each hour, the first and the last bin that count; without gaps.
        weight: Log-odds each time.
    """

    feature: str
    bins: tuple[tuple[int, int], ...]
    weight: float


EFFECTS = (
    Effect("sysbp", (0.10, 0.02, 0, 0, 0), "second day"),
    Effect("resp_rate", (0, 0, 0, 0.01, 0.05)),
    Effect("temperature", (0.12, 0, 0, 0, 0)),
    Effect("gcs_motor", (0.20, 0.15, 0.10, 0.06, 0), "early"),
    Effect("urine_output", (0.06, 0.02, 0, -0.01, -0.04)),
    Effect("fio2", (0, 0, 0, 0.03, 0.12), "late"),
    Effect("norepinephrine", (0, 0, 0, 0.12, 0.30)),
    Effect("lactate", (0, 0, 0, 0.06, 0.25), "late"),
    Effect("potassium", (0.22, 0, 0, 0, 0.28)),
    Effect("creatinine", (0, 0, 0, 0.12, 0.28), "from noon"),
    Effect("glucose", (0, 0, 0, 0.12, 0.40), "turns"),
    Effect("platelets", (0.25, 0.10, 0, 0, 0)),
    Effect("albumin", (0.25, 0.10, 0, -0.12, -0.35)),
)
TOGETHER = (
    Together(("heart_rate", "temperature"), ((3, 4), (3, 4)), first=0, same_hour=True, weight=0.10),
    Together(("bilirubin", "inr"), ((3, 4), (3, 4)), first=24, same_hour=False, weight=0.20),
)
MOTIF = Motif("spo2", ((1, 1), (0, 0), (1, 1)), weight=0.6)
"""A saturation that dips: low, very low and low again in three successive hours."""


def additive() -> Reals:
    """What a measurement adds by itself, ``[feature, bin, time]``."""
    table = np.zeros((len(PLACE), N_BIN, N_HOUR))
    for effect in EFFECTS:
        table[PLACE[effect.feature]] = np.array(effect.weights)[:, None] * COURSES[effect.course]
    return table


def contributions(bins: Bins) -> Reals:
    """What each measurement adds to the log-odds against its absence, ``[sample, time, feature]``.

    What several measurements add together they share equally: the Shapley value of a product, whose factors are 0
    where a measurement is absent.

    Args:
        bins: -1 where nothing was measured, ``[sample, time, feature]``.
    """
    share = np.zeros(bins.shape)
    hours = bins.shape[1]
    for effect in EFFECTS:
        place = PLACE[effect.feature]
        weight = np.array([*effect.weights, 0.0])
        share[:, :, place] += weight[bins[:, :, place]] * COURSES[effect.course][:hours]
    for pair in TOGETHER:
        one, other = (
            np.isin(bins[:, pair.first :, PLACE[name]], counting)
            for name, counting in zip(pair.features, pair.bins, strict=True)
        )
        for name, own, others in ((pair.features[0], one, other), (pair.features[1], other, one)):
            met = others if pair.same_hour else others.sum(axis=1, keepdims=True)
            share[:, pair.first :, PLACE[name]] += pair.weight / 2 * own * met
    place, n_step = PLACE[MOTIF.feature], len(MOTIF.bins)
    meets = np.ones((len(bins), hours - n_step + 1), dtype=np.bool_)
    for step, (least, most) in enumerate(MOTIF.bins):
        seen = bins[:, step : step + meets.shape[1], place]
        meets &= (seen >= least) & (seen <= most)
    for step in range(n_step):
        share[:, step : step + meets.shape[1], place] += MOTIF.weight / n_step * meets
    return share
