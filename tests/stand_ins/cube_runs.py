"""Stored runs of every kind that cubes are made of, written without a model."""

from pathlib import Path
from typing import Any

import numpy as np

from aition import store
from aition.core.explanation import ATTRIBUTES, SCHEMA, explanation

ATTRS = dict.fromkeys(ATTRIBUTES, "") | {
    "schema": SCHEMA,
    "seconds": 0.0,
    "settings": "{}",
    "device": "cpu",
    "head": "none",
    "explainer": "integrated-gradients",
    "seed": 0,
    "time_unit": "hour",
}
STAMP = {"created_at": "2026-01-01T00:00:00+00:00", "seconds": 1.5, "data_sha256": "all"}
FEATURES = ["lactate", "pulse", "ward"]


def write_run(path: Path, parts: list[Any], **attrs: Any) -> store.StoredRun:
    """Commit shards and finish."""
    sink = store.create(path, shard_size=10_000)
    try:
        sink.begin(ATTRS | attrs)
        for shard, part in enumerate(parts):
            sink.commit(shard, f"data {shard}", part)
        return sink.finish(len(parts), STAMP)
    finally:
        sink.close()


def series(
    seed: int, sizes=(7, 5), *, n_time: int = 6, side: str = "right", targets: int = 0, dtype: str = "f4"
) -> list[Any]:
    """Shards of series: padding, missing values, values with few levels, zeros among attributions."""
    draw = np.random.default_rng(seed)
    parts, first = [], 0
    for n_sample in sizes:
        shape = (n_sample, n_time, len(FEATURES))
        length = draw.integers(1, n_time + 1, n_sample)
        step = np.arange(n_time)
        exists = step < length[:, None] if side == "right" else step >= n_time - length[:, None]
        value = draw.normal(2, 1, shape).astype("f4")
        value[..., 2] = draw.integers(0, 3, shape[:2])
        observed = exists[:, :, None] & (draw.random(shape) < 0.6)
        value[~observed] = 0
        value[~exists] = np.nan
        axes: tuple[str, ...] = ("sample", "time", "feature")
        attribution = (draw.normal(size=shape) * (draw.random(shape) < 0.8)).astype(dtype)
        attribution[~exists] = np.nan
        if targets:
            axes = ("sample", "target", "time", "feature")
            attribution = np.stack([attribution * (one + 1) for one in range(targets)], axis=1)
        prediction = draw.normal(size=(n_sample, 2)).astype("f4")
        variables = {
            "value": (("sample", "time", "feature"), value),
            "observed": (("sample", "time", "feature"), observed),
            "exists": (("sample", "time"), exists),
            "times": (("sample", "time"), np.where(exists, 0.5 * step, np.nan)),
            "static_value": (("sample", "static"), draw.integers(20, 90, (n_sample, 1)).astype("f4")),
            "label": (("sample",), draw.integers(-1, 2, n_sample)),
            "prediction": (("sample", "class"), prediction),
            **asked(draw, prediction, targets),
            "attribution": (axes, attribution),
        }
        coords = {
            "sample": [f"s{i}" for i in range(first, first + n_sample)],
            "time": np.arange(n_time),
            "feature": FEATURES,
            "static": ["age"],
        }
        parts.append(explanation(variables, coords=coords, attrs=ATTRS))
        first += n_sample
    return parts


def asked(draw, prediction, targets):
    """Variables of the question."""
    n_sample = len(prediction)
    classes = prediction.argmax(axis=1)
    score = prediction[np.arange(n_sample), classes]
    if targets:
        each = {"score": np.stack([score] * targets, 1), "target_class": np.tile(np.arange(targets), (n_sample, 1))}
        each["completeness"] = draw.normal(0, 0.01, (n_sample, targets)).astype("f4")
        return {name: (("sample", "target"), value) for name, value in each.items()}
    completeness = draw.normal(0, 0.01, n_sample).astype("f4")
    each = {"score": score, "target_class": classes, "completeness": completeness}
    return {name: (("sample",), value) for name, value in each.items()}


def events(
    seed: int,
    sizes=(6, 4),
    *,
    values: bool = True,
    scaled: bool = False,
    targets: int = 0,
    n_code: int = 4,
    n_step: int = 9,
) -> list[Any]:
    """Shards of events: codes with and without values; some samples have none that is explained."""
    draw = np.random.default_rng(seed)
    parts, first = [], 0
    for n_sample in sizes:
        n = draw.integers(1, 12, n_sample)
        sample = np.repeat(np.arange(n_sample), n).astype("i4")
        step = np.concatenate([np.sort(draw.integers(0, n_step, one)) for one in n]).astype("i4")
        attribution = draw.normal(size=len(sample)).astype("f4")
        attribution[sample == 1] = np.nan
        axes: tuple[str, ...] = ("row",)
        if targets:
            axes, attribution = ("row", "target"), np.stack([attribution * (one + 1) for one in range(targets)], axis=1)
        prediction = draw.normal(size=(n_sample, 2)).astype("f4")
        variables = {
            "row_sample": (("row",), sample),
            "row_time": (("row",), step),
            "row_feature": (("row",), draw.integers(0, n_code, len(sample)).astype("i4")),
            "row_times": (("row",), step + draw.random(len(sample))),
        }
        if values:
            has = draw.random(len(sample)) < 0.5
            variables["row_value"] = (("row",), np.where(has, draw.normal(size=len(sample)), 0).astype("f4"))
            variables["row_observed"] = (("row",), has)
        if scaled:
            variables["value_mean"] = (("feature",), np.linspace(1, 90, n_code))
            variables["value_deviation"] = (("feature",), np.linspace(0.5, 7, n_code))
        variables |= {
            "label": (("sample",), draw.integers(0, 2, n_sample)),
            "prediction": (("sample", "class"), prediction),
            **asked(draw, prediction, targets),
            "attribution": (axes, attribution),
        }
        coords = {
            "sample": [f"s{i}" for i in range(first, first + n_sample)],
            "feature": [f"code {i}" for i in range(n_code)],
        }
        parts.append(explanation(variables, coords=coords, attrs=ATTRS))
        first += n_sample
    return parts
