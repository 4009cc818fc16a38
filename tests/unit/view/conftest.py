"""Explanations of every shape that a view must show, made without a model."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from aition.checks.curve import RemovalCurve
from aition.core.explanation import ATTRIBUTES, Explanation, explanation
from aition.metrics.interval import Bootstrap

Made = Callable[..., Explanation]


def made(
    n_sample: int = 6,
    n_time: int = 10,
    n_feature: int = 3,
    *,
    n_class: int = 2,
    lengths: tuple[int, ...] = (),
    left: bool = False,
    missing: float = 0.0,
    signed: bool = True,
    times: Any = None,
    unit: str = "step",
    ids: tuple[str, ...] = (),
    names: tuple[str, ...] = (),
    seed: int = 0,
    **changes: Any,
) -> Explanation:
    """An explanation of classes; ``changes`` replaces variables by ``(axes, array)`` or attributes by text."""
    generator = np.random.default_rng(seed)
    size = (n_sample, n_time, n_feature)
    step = np.arange(n_time)[None] if not left else np.arange(n_time)[None, ::-1]
    exists = step < np.array(lengths or (n_time,) * n_sample)[:, None]
    observed = exists[:, :, None] & (generator.random(size) >= missing)
    attribution = generator.normal(size=size) if signed else generator.random(size)
    prediction = generator.normal(scale=2, size=(n_sample, n_class))
    when = np.broadcast_to(np.arange(n_time, dtype=float) if times is None else times, (n_sample, n_time))
    variables: dict[str, Any] = {
        "value": (("sample", "time", "feature"), np.where(exists[:, :, None], generator.normal(size=size), np.nan)),
        "observed": (("sample", "time", "feature"), observed),
        "exists": (("sample", "time"), exists),
        "times": (("sample", "time"), np.where(exists, when, np.nan)),
        "label": (("sample",), np.arange(n_sample) % n_class),
        "prediction": (("sample", "class"), prediction),
        "score": (("sample",), prediction.max(axis=1)),
        "target_class": (("sample",), prediction.argmax(axis=1)),
        "attribution": (("sample", "time", "feature"), np.where(exists[:, :, None], attribution, np.nan)),
    }
    attrs = dict.fromkeys(ATTRIBUTES, "") | {
        "explainer": "integrated-gradients",
        "settings": json.dumps({"steps": 32, "baseline": {"name": "constant-baseline", "value": 0.0}}),
        "target": json.dumps([{"at": {"class": "predicted"}, "versus": {}}]),
        "time_unit": unit,
    }
    for name, change in changes.items():
        (variables if isinstance(change, tuple) else attrs)[name] = change
    coords = {
        "sample": list(ids) or [f"s{place}" for place in range(n_sample)],
        "feature": list(names) or [f"f{place}" for place in range(n_feature)],
    }
    return explanation({name: pair for name, pair in variables.items() if pair[0]}, coords=coords, attrs=attrs)


def listed(
    n_sample: int = 5,
    n_event: int = 40,
    n_code: int = 6,
    *,
    n_step: int = 4,
    n_class: int = 2,
    valued: float = 0.7,
    signed: bool = True,
    seed: int = 0,
    **changes: Any,
) -> Explanation:
    """An explanation of events, as many in each sample; ``changes`` as above."""
    generator = np.random.default_rng(seed)
    number = n_sample * n_event
    times = np.sort(generator.uniform(0, n_step, (n_sample, n_event)), axis=1).ravel()
    has = generator.random(number) < valued
    attribution = generator.normal(size=number) if signed else generator.random(number)
    prediction = generator.normal(scale=2, size=(n_sample, n_class))
    variables: dict[str, Any] = {
        "row_sample": (("row",), np.repeat(np.arange(n_sample, dtype=np.int32), n_event)),
        "row_time": (("row",), times.astype(np.int32)),
        "row_feature": (("row",), generator.integers(0, n_code, number).astype(np.int32)),
        "row_times": (("row",), times),
        "row_value": (("row",), np.where(has, generator.normal(size=number), 0).astype(np.float32)),
        "row_observed": (("row",), has),
        "label": (("sample",), np.arange(n_sample) % n_class),
        "prediction": (("sample", "class"), prediction),
        "score": (("sample",), prediction.max(axis=1)),
        "target_class": (("sample",), np.arange(n_sample) % n_class),
        "attribution": (("row",), attribution),
    }
    attrs = dict.fromkeys(ATTRIBUTES, "") | {
        "explainer": "occlusion",
        "settings": "{}",
        "target": json.dumps([{"at": {"class": "true"}, "versus": {}}]),
        "time_unit": "hour",
    }
    for name, change in changes.items():
        (variables if isinstance(change, tuple) else attrs)[name] = change
    coords = {"sample": [f"s{place}" for place in range(n_sample)], "feature": [f"c{place}" for place in range(n_code)]}
    return explanation({name: pair for name, pair in variables.items() if pair[0]}, coords=coords, attrs=attrs)


@pytest.fixture(scope="session")
def explained() -> Made:
    return made


@pytest.fixture(scope="session")
def events() -> Made:
    return listed


@pytest.fixture(scope="session")
def curve() -> RemovalCurve:
    generator = np.random.default_rng(0)
    start = generator.uniform(0.7, 0.9, (20, 1))
    paths = [start - generator.uniform(0, 0.05, (20, 4)) - np.array(fall) for fall in FALLS]
    return RemovalCurve(
        np.array([0.0, 0.2, 0.5, 1.0]),
        paths[0],
        paths[2],
        paths[1][None],
        "probability",
        Bootstrap(n_resample=200),
        "feature means",
    )


FALLS = ([0.0, 0.4, 0.5, 0.6], [0.0, 0.1, 0.3, 0.6], [0.0, 0.0, 0.1, 0.6])
