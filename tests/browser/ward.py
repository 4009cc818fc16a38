"""Runs with planted effects, and their rows as a table of their own that no cube has counted."""

from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from aition.core.explanation import explanation
from stand_ins.cube_runs import ATTRS, write_run

N_SAMPLE, N_STEP = 300, 12
FEATURES = ("lactate", "pulse", "motor_response", "noradrenaline")
CLASSES = ("home", "ward", "died")
DIED = 2
STATIC = ("age", "elective")
TARGET = '[{"at": {"class": 2}, "versus": {}}]'


def arrays(seed: int = 7) -> dict[str, Any]:
    """Stays of unequal lengths with missing values; those whose lactate rises, or who hardly move, die more often."""
    draw = np.random.default_rng(seed)
    shape = (N_SAMPLE, N_STEP, len(FEATURES))
    length = draw.integers(4, N_STEP + 1, N_SAMPLE)
    length[0] = N_STEP
    exists = np.arange(N_STEP) < length[:, None]
    course = draw.integers(0, 3, N_SAMPLE)
    hours = np.arange(N_STEP)
    value = np.empty(shape, dtype="f4")
    value[..., 0] = np.exp(draw.normal(0.7, 0.25, shape[:2]) + 0.1 * (course - 1)[:, None] * (hours - 4))
    value[..., 1] = draw.normal(80, 12, shape[:2]) + 5 * (course == 2)[:, None]
    value[..., 2] = np.clip(draw.integers(3, 7, shape[:2]) - 2 * (course == 2)[:, None], 1, 6)
    value[..., 3] = np.where(draw.random(shape[:2]) < 0.6, 0, draw.gamma(2, 0.1, shape[:2]))
    observed = exists[..., None] & (draw.random(shape) < [0.5, 0.9, 0.7, 0.95])
    planted = np.stack(
        [
            0.5 * np.log(value[..., 0] / 2) * (hours >= 4),
            0.004 * (value[..., 1] - 80),
            0.12 * (4 - value[..., 2]),
            0.8 * value[..., 3],
        ],
        axis=-1,
    )
    attribution = (np.where(observed, planted, -0.01) + draw.normal(0, 0.03, shape)).astype("f4")
    attribution[draw.random(shape) < 0.08] = 0
    score = np.where(exists[..., None], attribution, 0).sum(axis=(1, 2))
    prediction = np.stack([0.4 * draw.normal(size=N_SAMPLE), 0.5 * draw.normal(size=N_SAMPLE), score], axis=1)
    chance = np.exp(prediction) / np.exp(prediction).sum(axis=1, keepdims=True)
    label = np.array([draw.choice(len(CLASSES), p=one) for one in chance])
    other = (0.6 * attribution + draw.normal(0, 0.05, shape)).astype("f4")
    for one in (value, attribution, other):
        one[~exists] = np.nan
    return {
        "value": value,
        "observed": observed,
        "exists": exists,
        "attribution": attribution,
        "other": other,
        "prediction": prediction.astype("f4"),
        "label": label,
        "age": draw.normal(62, 14, N_SAMPLE).round(1).astype("f4"),
        "elective": draw.integers(0, 3, N_SAMPLE).astype("f4"),
    }


def ids() -> list[str]:
    return [f"stay {place:03}" for place in range(N_SAMPLE)]


def write(path: Path, of: dict[str, Any], variable: str, explainer: str) -> Path:
    """A run of these stays, explained by one of the attributions."""
    steps = ("sample", "time", "feature")
    variables = {
        "value": (steps, np.where(of["observed"], of["value"], np.where(of["exists"][..., None], 0, np.nan))),
        "observed": (steps, of["observed"]),
        "exists": (("sample", "time"), of["exists"]),
        "times": (("sample", "time"), np.where(of["exists"], np.arange(N_STEP) * 1.0, np.nan)),
        "static_value": (("sample", "static"), np.stack([of[name] for name in STATIC], axis=1)),
        "label": (("sample",), of["label"]),
        "prediction": (("sample", "class"), of["prediction"]),
        "score": (("sample",), of["prediction"][:, DIED]),
        "target_class": (("sample",), np.full(N_SAMPLE, DIED)),
        "attribution": (steps, of[variable]),
    }
    variables["value"] = (steps, variables["value"][1].astype("f4"))
    coords = {
        "sample": ids(),
        "time": np.arange(N_STEP),
        "feature": list(FEATURES),
        "class": list(CLASSES),
        "static": list(STATIC),
    }
    attrs = ATTRS | {"explainer": explainer, "target": TARGET, "model": "gru"}
    write_run(path, [explanation(variables, coords=coords, attrs=attrs)], **attrs)
    return path


def raw(of: dict[str, Any], connection: duckdb.DuckDBPyConnection) -> None:
    """Tables ``rows`` (a row a step and feature that exist) and ``stays``, from the arrays alone."""
    sample, step, feature = np.nonzero(np.broadcast_to(of["exists"][..., None], of["value"].shape))
    there = (sample, step, feature)
    seen = of["observed"][there]
    rows = pa.table(
        {
            "sample": sample,
            "step": step,
            "feature": feature,
            "value": pa.array(of["value"][there].astype("f8"), mask=~seen),
            "attribution": of["attribution"][there].astype("f8"),
            "other": of["other"][there].astype("f8"),
        }
    )
    prediction = of["prediction"].astype("f8")
    chance = np.exp(prediction) / np.exp(prediction).sum(axis=1, keepdims=True)
    stays = pa.table(
        {
            "sample": np.arange(N_SAMPLE),
            "id": ids(),
            "predicted": prediction.argmax(axis=1),
            "label": of["label"],
            "outcome": np.where(prediction.argmax(axis=1) == of["label"], "right", "wrong"),
            "probability": chance[:, DIED],
            "target_class": np.full(N_SAMPLE, DIED),
            "score": prediction[:, DIED],
            "length": of["exists"].sum(axis=1),
            "n_row": of["exists"].sum(axis=1) * len(FEATURES),
            "total": np.where(of["exists"][..., None], of["attribution"], 0).astype("f8").sum(axis=(1, 2)),
            **{name: of[name].astype("f8") for name in STATIC},
        }
    )
    for name, table in (("rows", rows), ("stays", stays)):
        connection.register("given", table)
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM given")
        connection.unregister("given")
