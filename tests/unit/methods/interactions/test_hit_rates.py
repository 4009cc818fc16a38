"""What an answer says of how often its method was right."""

import json
import math
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
import torch
from torch import nn

from aition import FunctionModel, Target, TorchModel, explain, from_tensors
from aition.impute.baseline import ConstantBaseline
from aition.impute.groups import Blocks, EachStep
from aition.methods import (
    Archipelago,
    IntegratedHessians,
    RemovalPairs,
    ShapleyInteractions,
    Trim,
    interactions,
)
from aition.methods.interactions.hit_rates import HIT_RATES
from aition.transform import FourierBands

ROWS = Path(__file__).parents[4] / "benchmarks" / "results"
MODEL = TorchModel(nn.Sequential(nn.Flatten(), nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 1)))


def rows_of(task: str) -> list[dict[str, Any]]:
    found = map(json.loads, (ROWS / f"{task}.jsonl").read_text().splitlines())
    return [row for row in found if row["seed"] < 1000 and "methods" in row]


def rate(explainer: Any, model: Any = MODEL, n_step: int = 4) -> float:
    batch = from_tensors(torch.randn(1, n_step, 1, generator=torch.Generator().manual_seed(0)))
    return float(explain(explainer, model, batch, Target.scalar(), progress="off").hit_rate)


def test_hit_rates_are_the_lower_of_two_tasks_in_the_kept_rows_of_the_benchmark() -> None:
    tasks = [rows_of("interactions"), rows_of("interactions_time")]
    for method, rates in HIT_RATES.items():
        for kind, told in rates.items():
            means = []
            for rows in tasks:
                hits = [
                    row["methods"][method]["hit"] for row in rows if row["kind"] == kind and method in row["methods"]
                ]
                means += [fmean(hits)] if hits else []
            assert told == pytest.approx(min(means), abs=5e-5), (method, kind)


@pytest.mark.parametrize("name", interactions.__all__)
def test_every_explainer_as_it_comes_was_tried_on_every_kind(name: str) -> None:
    explainer = getattr(interactions, name)()
    assert len(HIT_RATES[getattr(explainer, "method", name)]) == 6


def test_an_answer_tells_the_hit_rate_of_its_method_on_networks_of_its_kind() -> None:
    for explainer, method in (
        (RemovalPairs(), "RemovalPairs"),
        (RemovalPairs(company="absent"), "RemovalPairs absent"),
        (Archipelago(least=0.2), "Archipelago"),
        (ShapleyInteractions(Blocks(3), index="stii"), "ShapleyInteractions stii"),
        (IntegratedHessians(steps=12), "IntegratedHessians 12"),
    ):
        assert rate(explainer) == pytest.approx(HIT_RATES[method]["mlp-tanh"]), method


@pytest.mark.parametrize(
    "explainer",
    [
        RemovalPairs(EachStep()),
        RemovalPairs(baseline=ConstantBaseline(0.5)),
        ShapleyInteractions(budget=20),
        IntegratedHessians(steps=5),
        IntegratedHessians(steps=12, smooth=3.0),
    ],
    ids=repr,
)
def test_it_tells_none_of_settings_that_were_not_measured(explainer: Any) -> None:
    assert math.isnan(rate(explainer))


def test_it_tells_none_of_more_groups_than_were_tried() -> None:
    model = FunctionModel(lambda batch: batch.x.sum(dim=(1, 2)))
    network = TorchModel(nn.Sequential(nn.Flatten(), nn.Linear(13, 3), nn.Tanh(), nn.Linear(3, 1)))
    assert math.isnan(rate(RemovalPairs(Blocks(13)), network, n_step=13))
    assert math.isnan(rate(RemovalPairs(), model))


def test_it_tells_none_in_a_transformed_domain() -> None:
    model = TorchModel(nn.Sequential(nn.Flatten(), nn.Linear(8, 3), nn.Tanh(), nn.Linear(3, 1)))
    batch = from_tensors(torch.randn(1, 8, 1, generator=torch.Generator().manual_seed(0)))
    answer = explain(Trim(RemovalPairs(), FourierBands((0.1, 0.3))), model, batch, Target.scalar(), progress="off")
    assert math.isnan(float(answer.hit_rate))
