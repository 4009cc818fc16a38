"""What an answer says of how often its method was right."""

import json
import math
from pathlib import Path
from statistics import fmean

import pytest
import torch
from torch import nn

from aition import FunctionModel, Target, TorchModel, explain, from_tensors, methods
from aition.methods import RemovalPairs, ShapleyInteractions
from aition.methods.interactions.hit_rates import HIT_RATES

ROWS = Path(__file__).parents[4] / "benchmarks" / "results" / "interactions.jsonl"
KINDS = {"lstm", "gru", "mlp-tanh", "mlp-relu", "cnn", "transformer"}


def test_every_explainer_was_tried_on_every_kind() -> None:
    from aition.methods import interactions

    assert set(HIT_RATES) == set(interactions.__all__)
    for rates in HIT_RATES.values():
        assert set(rates) == KINDS
        assert all(0 <= rate <= 1 for rate in rates.values())


def test_hit_rates_are_those_of_the_kept_rows_of_the_benchmark() -> None:
    rows = [json.loads(line) for line in ROWS.read_text().splitlines()]
    rows = [row for row in rows if row["task"] == "rates" and row["seed"] < 1000]
    assert {row["kind"] for row in rows} == KINDS
    for explainer, rates in HIT_RATES.items():
        for kind, rate in rates.items():
            hits = [row["methods"][explainer]["hit"] for row in rows if row["kind"] == kind]
            assert rate == pytest.approx(fmean(hits), abs=5e-4), (explainer, kind)


def test_the_default_found_the_pair_on_every_network() -> None:
    assert set(HIT_RATES["ShapleyInteractions"].values()) == {1.0}


def test_an_answer_tells_its_hit_rate_and_nan_where_nothing_like_it_was_tried() -> None:
    batch = from_tensors(torch.randn(1, 4, 1, generator=torch.Generator().manual_seed(0)))
    model = TorchModel(nn.Sequential(nn.Flatten(), nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 1)))
    answer = explain(RemovalPairs(), model, batch, Target.scalar(), progress="off")
    assert float(answer.hit_rate) == pytest.approx(HIT_RATES["RemovalPairs"]["mlp-tanh"])
    black = FunctionModel(lambda one: one.x.sum(dim=(1, 2)))
    assert math.isnan(float(explain(ShapleyInteractions(), black, batch, Target.scalar(), progress="off").hit_rate))
    assert "ShapleyInteractions" in methods.__all__
