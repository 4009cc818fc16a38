"""What is measured in the simulated hospital: units, values, how often, and what it follows."""

from dataclasses import dataclass
from functools import cached_property
from math import inf

import numpy as np
from numpy.typing import NDArray

from aition.data.simulate.drawing import Reals

N_HOUR = 48
N_BIN = 5
CUTS = (-1.5, -0.5, 0.5, 1.5)
"""Where the bins of values part, in standard deviations; the middle bin is normal."""
ALIKE = 0.8
"""Correlation of what follows another feature with it."""
LASTING = 0.6
"""Share of severity's variance that does not change within a stay."""
COURSE_MEMORY = 0.95
OWN_MEMORY = 0.9
AT_ADMISSION = 0.8
"""The chance of a laboratory panel in the first hour."""


@dataclass(frozen=True)
class Panel:
    """What is measured together.

    Args:
        chance: Of being measured, an hour, at mean severity.
        sick: By how much the log-odds of that rise with severity; above 0, what is missing is informative.
        first: The chance in the first hour; 0 where it is as at any other.
    """

    chance: float
    sick: float = 0.0
    first: float = 0.0

    def often(self, severity: Reals, hour: NDArray[np.int64]) -> Reals:
        """The chance at each severity and hour, in their common shape."""
        chance = 1 / (1 + np.exp(np.log(1 / self.chance - 1) - self.sick * severity))
        return np.asarray(np.where((hour == 0) & (self.first > 0), self.first, chance))


PANELS = {
    "heart_rate": Panel(0.9),
    "sysbp": Panel(0.9),
    "diabp": Panel(0.9),
    "meanbp": Panel(0.9),
    "resp_rate": Panel(0.9),
    "spo2": Panel(0.9),
    "temperature": Panel(0.5),
    "coma": Panel(0.25),
    "fio2": Panel(0.3),
    "blood gas": Panel(0.1, sick=0.7, first=AT_ADMISSION),
    "chemistry": Panel(0.1, sick=0.7, first=AT_ADMISSION),
    "blood count": Panel(0.08, sick=0.7, first=AT_ADMISSION),
    "clotting": Panel(0.06, sick=0.7, first=AT_ADMISSION),
    "liver": Panel(0.05, sick=0.7, first=AT_ADMISSION),
    "urine": Panel(0.7),
    "pressor": Panel(0.04, sick=1.2),
}


@dataclass(frozen=True)
class Measure:
    """One feature: how a standard normal level becomes a value.

    Args:
        name: As the specs of MIMIC name it.
        unit: Of its values.
        normal: The value at level 0; of a score, the highest.
        spread: Standard deviation; of skewed values, that of their logarithm.
        panel: What it is measured with.
        load: Correlation of its level with severity.
        decimals: With which it is recorded.
        skewed: Whether the logarithm is normal.
        score: Of a score from 1 on: the levels above which it rises by one; empty for all else.
        low: Least value recorded.
        high: Largest value recorded.
        follows: The feature whose level this one is correlated with, by ``ALIKE``; it has no load of its own.
    """

    name: str
    unit: str
    normal: float
    spread: float
    panel: str
    load: float = 0.0
    decimals: int = 0
    skewed: bool = False
    score: tuple[float, ...] = ()
    low: float = -inf
    high: float = inf
    follows: str = ""

    def value(self, level: Reals) -> Reals:
        """The values recorded at these levels, in the shape of ``level``."""
        if self.score:
            return np.asarray(1.0 + np.searchsorted(np.array(self.score), level))
        exact = self.normal * np.exp(self.spread * level) if self.skewed else self.normal + self.spread * level
        return np.clip(np.round(exact, self.decimals), self.low, self.high)

    @cached_property
    def edges(self) -> tuple[float, ...]:
        """What parts the bins: midway between values that can be recorded, so that none lies on an edge."""
        if self.score:
            return (1.5, 3.5, 4.5, 5.5) if len(self.score) == N_BIN else (1.5, 2.5, 3.5, 4.5)
        step = 10.0**-self.decimals
        exact = (
            [float(np.exp(np.log(self.normal) + self.spread * cut)) for cut in CUTS]
            if self.skewed
            else [self.normal + self.spread * cut for cut in CUTS]
        )
        return tuple(round(float(np.floor(edge / step) * step + step / 2), self.decimals + 1) for edge in exact)

    @cached_property
    def level_edges(self) -> tuple[float, ...]:
        """The levels at the edges, with the ends, one more than bins."""
        if self.score:
            inner = [self.score[int(edge) - 1] if int(edge) <= len(self.score) else inf for edge in self.edges]
        elif self.skewed:
            inner = [float(np.log(edge / self.normal)) / self.spread for edge in self.edges]
        else:
            inner = [(edge - self.normal) / self.spread for edge in self.edges]
        reached = [inf if edge > self.high else -inf if edge < self.low else level
                   for edge, level in zip(self.edges, inner, strict=True)]  # fmt: skip
        return (-inf, *reached, inf)

    @property
    def scale(self) -> float:
        """What values are divided by to be standardised: their spread near the normal value."""
        return self.normal * self.spread if self.skewed else self.spread


MEASURES = (
    Measure("heart_rate", "bpm", 85, 15, "heart_rate", load=0.3),
    Measure("sysbp", "mmHg", 120, 18, "sysbp", load=-0.3),
    Measure("diabp", "mmHg", 62, 11, "diabp"),
    Measure("meanbp", "mmHg", 79, 12, "meanbp", load=-0.2),
    Measure("resp_rate", "insp/min", 19, 5, "resp_rate", load=0.2, low=4),
    Measure("spo2", "%", 97, 2, "spo2", low=60, high=100),
    Measure("temperature", "°C", 37.0, 0.7, "temperature", decimals=1),
    Measure("gcs_eye", "", 4, 1, "coma", score=(-1.4, -0.9, -0.4)),
    Measure("gcs_verbal", "", 5, 1, "coma", score=(-1.2, -1.0, -0.8, -0.3)),
    Measure("gcs_motor", "", 6, 1, "coma", load=-0.4, score=(-1.6, -1.4, -1.2, -0.9, -0.5)),
    Measure("fio2", "%", 48, 11, "fio2", low=21, high=100),
    Measure("urine_output", "mL", 90, 0.7, "urine", load=-0.2, skewed=True),
    Measure("norepinephrine", "mcg/kg/min", 0.12, 0.7, "pressor", load=0.3, decimals=3, skewed=True, low=0.001, high=3),
    Measure("lactate", "mmol/L", 1.8, 0.55, "blood gas", load=0.4, decimals=1, skewed=True, low=0.2),
    Measure("ph", "units", 7.38, 0.07, "blood gas", load=-0.2, decimals=2),
    Measure("pao2", "mm Hg", 110, 0.4, "blood gas", skewed=True, low=20, high=600),
    Measure("paco2", "mm Hg", 40, 0.2, "blood gas", skewed=True),
    Measure("sodium", "mEq/L", 139, 4.5, "chemistry"),
    Measure("potassium", "mEq/L", 4.1, 0.6, "chemistry", decimals=1, low=1.5),
    Measure("chloride", "mEq/L", 104, 5.5, "chemistry"),
    Measure("bicarbonate", "mEq/L", 24, 4.5, "chemistry", load=-0.2, low=5),
    Measure("bun", "mg/dL", 24, 0.65, "chemistry", skewed=True, low=2, high=250, follows="creatinine"),
    Measure("creatinine", "mg/dL", 1.2, 0.6, "chemistry", load=0.3, decimals=1, skewed=True, low=0.1),
    Measure("glucose", "mg/dL", 130, 0.3, "chemistry", skewed=True),
    Measure("magnesium", "mg/dL", 2.0, 0.3, "chemistry", decimals=1, low=0.6),
    Measure("calcium", "mg/dL", 8.4, 0.7, "chemistry", decimals=1),
    Measure("phosphate", "mg/dL", 3.6, 0.35, "chemistry", decimals=1, skewed=True),
    Measure("hemoglobin", "g/dL", 10.3, 1.8, "blood count", decimals=1, low=3),
    Measure("wbc", "K/uL", 11.0, 0.45, "blood count", decimals=1, skewed=True),
    Measure("platelets", "K/uL", 190, 0.5, "blood count", load=-0.2, skewed=True, low=5, high=1500),
    Measure("inr", "", 1.3, 0.28, "clotting", load=0.2, decimals=1, skewed=True, low=0.5),
    Measure("ptt", "sec", 35, 0.35, "clotting", decimals=1, skewed=True, low=10, high=200),
    Measure("bilirubin", "mg/dL", 0.9, 0.8, "liver", load=0.2, decimals=1, skewed=True, low=0.1),
    Measure("albumin", "g/dL", 3.0, 0.6, "liver", load=-0.3, decimals=1, low=1),
)
FEATURES = tuple(one.name for one in MEASURES)
PLACE = {name: place for place, name in enumerate(FEATURES)}


def load_of(measure: Measure) -> float:
    """Correlation of a feature's level with severity, its own or that of what it follows."""
    return ALIKE * MEASURES[PLACE[measure.follows]].load if measure.follows else measure.load


def bins_of(value: Reals, observed: NDArray[np.bool_]) -> NDArray[np.int8]:
    """The bin of each value, 0 to 4, and -1 where it was not measured, ``[sample, time, feature]``."""
    edges = np.array([one.edges for one in MEASURES])
    bins = np.zeros(value.shape, dtype=np.int8)
    for cut in range(N_BIN - 1):
        bins += value > edges[:, cut]
    bins[~observed] = -1
    return bins
