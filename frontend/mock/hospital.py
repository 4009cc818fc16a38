"""Random but plausible stays: 34 measures, 48 hours, two classes, with a planted effect; for looking at the page."""

import itertools
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from planted import QUANTILES, plant

N_HOUR = 48
MEASURES = (
    # name, unit, normal, spread, skewed, chance of being measured, load on severity
    ("heart_rate", "bpm", 85, 15, 0, 0.9, 0.3), ("sysbp", "mmHg", 120, 18, 0, 0.9, -0.3),
    ("diabp", "mmHg", 62, 11, 0, 0.9, 0), ("meanbp", "mmHg", 79, 12, 0, 0.9, -0.3),
    ("resp_rate", "insp/min", 19, 5, 0, 0.9, 0.2), ("spo2", "%", 97, 2, 0, 0.9, 0),
    ("temperature", "°C", 37, 0.7, 0, 0.5, 0), ("gcs_eye", "", 4, 1, 2, 0.25, -0.3),
    ("gcs_verbal", "", 5, 1, 2, 0.25, -0.3), ("gcs_motor", "", 6, 1, 2, 0.25, -0.5),
    ("fio2", "%", 48, 11, 0, 0.3, 0.1), ("urine_output", "mL", 90, 0.7, 1, 0.7, -0.3),
    ("norepinephrine", "mcg/kg/min", 0.12, 0.7, 1, 0.04, 0.5), ("lactate", "mmol/L", 1.8, 0.55, 1, 0.06, 0.5),
    ("ph", "units", 7.38, 0.07, 0, 0.12, -0.2), ("pao2", "mm Hg", 110, 0.4, 1, 0.12, 0),
    ("paco2", "mm Hg", 40, 0.2, 1, 0.12, 0), ("sodium", "mEq/L", 139, 4.5, 0, 0.1, 0),
    ("potassium", "mEq/L", 4.1, 0.6, 0, 0.1, 0), ("chloride", "mEq/L", 104, 5.5, 0, 0.1, 0),
    ("bicarbonate", "mEq/L", 24, 4.5, 0, 0.1, -0.2), ("bun", "mg/dL", 24, 0.65, 1, 0.1, 0.3),
    ("creatinine", "mg/dL", 1.2, 0.6, 1, 0.06, 0.3), ("glucose", "mg/dL", 130, 0.3, 1, 0.1, 0),
    ("magnesium", "mg/dL", 2.0, 0.3, 0, 0.1, 0), ("calcium", "mg/dL", 8.4, 0.7, 0, 0.1, 0),
    ("phosphate", "mg/dL", 3.6, 0.35, 1, 0.1, 0), ("hemoglobin", "g/dL", 10.3, 1.8, 0, 0.08, 0),
    ("wbc", "K/uL", 11.0, 0.45, 1, 0.08, 0), ("platelets", "K/uL", 190, 0.5, 1, 0.08, -0.2),
    ("inr", "", 1.3, 0.28, 1, 0.06, 0.2), ("ptt", "sec", 35, 0.35, 1, 0.06, 0),
    ("bilirubin", "mg/dL", 0.9, 0.8, 1, 0.05, 0.2), ("albumin", "g/dL", 3.0, 0.6, 0, 0.05, -0.3),
)  # fmt: skip
NAMES = [one[0] for one in MEASURES]
HOUR = np.arange(N_HOUR)
LATE, EARLY, ALWAYS = (HOUR >= 12) * 1.0, np.clip(1.4 - HOUR / 30, 0.1, None), np.ones(N_HOUR)
PLANTED = {
    # effects of bins 0 (not measured) to 5, by hour
    "lactate": ((-0.006, -0.1, -0.05, 0.01, 0.14, 0.4), LATE),
    "norepinephrine": ((-0.003, 0.06, 0.09, 0.14, 0.2, 0.3), ALWAYS),
    "gcs_motor": ((0, 0.2, 0.12, 0.04, -0.02, -0.04), ALWAYS),
    "meanbp": ((0, 0.045, 0.014, 0, -0.008, -0.012), EARLY),
    "urine_output": ((0.004, 0.04, 0.014, 0, -0.01, -0.018), 0.4 + LATE * 0.8),
    "creatinine": ((0, -0.07, -0.03, 0, 0.09, 0.2), ALWAYS),
    "albumin": ((0, 0.3, 0.12, 0, -0.08, -0.16), ALWAYS),
    "spo2": ((0, 0.02, 0.004, 0, -0.004, -0.006), ALWAYS),
    "heart_rate": ((0, -0.006, -0.003, 0, 0.007, 0.018), 0.3 + HOUR / N_HOUR),
    "bicarbonate": ((0, 0.16, 0.05, 0, 0, -0.03), EARLY),
    "temperature": ((0, 0.07, 0.01, 0, -0.01, 0.02), ALWAYS),
    "platelets": ((0, 0.13, 0.04, 0, -0.02, -0.04), ALWAYS),
}


@dataclass
class Hospital:
    n: int = 2000
    seed: int = 7

    def __post_init__(self) -> None:
        random = np.random.default_rng(self.seed)
        n, n_feature = self.n, len(MEASURES)
        severity = random.normal(size=(n, 1)) + np.cumsum(random.normal(0, 0.12, (n, N_HOUR)), 1)
        self.length = np.where(random.random(n) < 0.7, N_HOUR, random.integers(8, N_HOUR, n))
        self.value = np.full((n, N_HOUR, n_feature), np.nan, np.float32)
        for f, (_, _, normal, spread, kind, chance, load) in enumerate(MEASURES):
            own = random.normal(size=(n, 1)) * 0.8 + random.normal(size=(n, N_HOUR)) * 0.5
            level = load * severity + np.sqrt(1 - load**2) * own
            if kind == 1:
                value = normal * np.exp(spread * level)
            elif kind == 2:
                value = np.clip(np.round(normal + np.minimum(level + 0.6, 0) * 1.6), 1, normal)
            else:
                value = normal + spread * level
            if NAMES[f] == "spo2":
                value = np.minimum(value, 100)
            seen = random.random((n, N_HOUR)) < np.clip(chance * np.exp(0.5 * severity * (chance < 0.2)), 0, 0.97)
            self.value[:, :, f] = np.where(seen, np.round(value, 0 if normal > 60 else 1 if normal > 1 else 3), np.nan)
        self.course = plant(self.value, NAMES, severity, random)
        self.exists = HOUR < self.length[:, None]
        self.bins, self.features = np.zeros(self.value.shape, np.uint8), []
        self.attribution = random.normal(0, 0.004, self.value.shape).astype(np.float32)
        self.table = {}
        for f, (name, unit, *_) in enumerate(MEASURES):
            column = self.value[:, :, f]
            distinct = np.unique(column[np.isfinite(column)])
            if len(distinct) <= 8:
                edges, labels, kind = distinct[1:], [f"{one:g}" for one in distinct], "category"
            else:
                edges = np.unique(np.nanquantile(column, [0.2, 0.4, 0.6, 0.8], method="higher"))
                words = [f"{one:.4g}" for one in edges]
                labels = [f"< {words[0]}", *(f"{a} – {b}" for a, b in itertools.pairwise(words)), f"≥ {words[-1]}"]
                kind = "quantile"
            self.bins[:, :, f] = np.where(np.isnan(column), 0, np.searchsorted(edges, column, side="right") + 1)
            self.features.append(
                {"name": name, "kind": kind, "edges": [float(e) for e in edges], "labels": labels, "unit": unit,
                 "without": "not measured"})  # fmt: skip
            if name in PLANTED:
                effects, course = PLANTED[name]
                place = np.linspace(0, 4.999, len(labels)).astype(int) + 1
                table = np.array([effects[0], *(effects[p] for p in place)])
                self.table[f] = table[:, None] * course
                strength = np.exp(random.normal(-0.05, 0.35, column.shape))
                self.attribution[:, :, f] += (self.table[f][self.bins[:, :, f], HOUR] * strength).astype(np.float32)
            else:
                self.attribution[:, :, f] += ((self.bins[:, :, f] > 0) * random.normal(0, 0.015, column.shape)).astype(
                    np.float32
                )
        self.age = np.clip(random.normal(65, 15, n), 18, 97).round()
        self.weight = np.clip(random.normal(81, 19, n), 38, 190).round(1)
        self.gender = random.integers(0, 2, n)
        self.unit = random.choice(5, n, p=[0.36, 0.2, 0.18, 0.14, 0.12])
        self.emergency = (random.random(n) < 0.82).astype(int)
        self.baseline = -2.0
        self.score = self.baseline + np.where(self.exists[:, :, None], self.attribution, 0).sum((1, 2))
        self.probability = 1 / (1 + np.exp(-self.score))
        self.predicted = (self.score > 0).astype(int)
        truth = self.score * 0.8 + random.normal(0, 1.2, n) + 0.02 * (self.age - 65)
        self.label = (random.random(n) < 1 / (1 + np.exp(-truth))).astype(int)
        self.group = self.predicted * 2 + self.label
        self.ids = [f"stay-{30000 + 7 * i}" for i in range(n)]
        self.place = {one: i for i, one in enumerate(self.ids)}
        part = self.attribution[self.exists]
        measured = self.attribution[self.exists[:, :, None] & np.isfinite(self.value)]
        self.edges = sorted(set(np.quantile(measured, QUANTILES, method="higher").tolist()))
        self.range = [float(part.min()), float(part.max())]
        self.first = np.concatenate([[0], np.cumsum([len(one["labels"]) + 1 for one in self.features])])
        self.shape = (4, int(self.first[-1]), N_HOUR, len(self.edges) + 1)

    @cached_property
    def rows(self):
        """sample, value, time, attribution bin and attribution of each row; rows of a sample together."""
        sample, time, feature = np.nonzero(np.broadcast_to(self.exists[:, :, None], self.value.shape))
        attribution = self.attribution[sample, time, feature]
        value = self.first[feature] + self.bins[sample, time, feature]
        part = np.searchsorted(self.edges, attribution, side="right")
        return (
            sample.astype(np.int32),
            value.astype(np.int32),
            time.astype(np.int32),
            part.astype(np.int32),
            attribution,
        )

    @property
    def columns(self):
        units = ["Medical", "Cardiac", "Surgical", "Trauma", "Neuro"]
        return {
            "probability": ("number", self.probability, [round(0.1 * k, 1) for k in range(1, 10)], ""),
            "length": ("number", self.length, [6, 12, 18, 24, 30, 36, 42, 48], "hours"),
            "age": ("number", self.age, [30, 40, 50, 60, 70, 80, 90], "years"),
            "weight": ("number", self.weight, [50, 60, 70, 80, 90, 100, 110, 120], "kg"),
            "gender": ("category", self.gender, ["female", "male"], ""),
            "first_careunit": ("category", self.unit, units, ""),
            "admission": ("category", self.emergency, ["elective", "emergency"], ""),
        }
