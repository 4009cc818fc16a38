"""What pairs say of how often their rules were right."""

import json
import math
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
import torch
from torch import nn

from aition import Target, TorchModel, explain, from_tensors
from aition.impute.groups import EachStep
from aition.methods import ContextualPairs
from aition.methods.cd import SETS
from aition.methods.cd.hit_rates import HIT_RATES

ROWS = Path(__file__).parents[4] / "benchmarks" / "results"
KINDS = {"lstm", "gru", "mlp-tanh", "mlp-relu", "cnn", "transformer"}


def rows_of(task: str) -> list[dict[str, Any]]:
    found = map(json.loads, (ROWS / f"{task}.jsonl").read_text().splitlines())
    return [row for row in found if row["seed"] < 1000 and "methods" in row]


def test_every_rule_set_was_tried_in_both_companies_on_every_kind() -> None:
    assert set(HIT_RATES) == {"all", "others"}
    for by_rules in HIT_RATES.values():
        assert set(by_rules) == set(SETS)
        assert all(set(rates) == KINDS for rates in by_rules.values())


def test_hit_rates_are_the_lower_of_two_tasks_in_the_kept_rows_of_the_benchmark() -> None:
    tasks = [rows_of("cd_interactions"), rows_of("cd_interactions_time")]
    for company, by_rules in HIT_RATES.items():
        for method, kind, told in (
            (f"{rules}, {company}", kind, rate) for rules, rates in by_rules.items() for kind, rate in rates.items()
        ):
            means = []
            for rows in tasks:
                hits = [
                    row["methods"][method]["hit"] for row in rows if row["kind"] == kind and method in row["methods"]
                ]
                means += [fmean(hits)] if hits else []
            assert told == pytest.approx(min(means), abs=5e-5), (method, kind)


def test_an_answer_tells_the_hit_rate_of_its_rules_and_company_and_nan_where_nothing_like_it_was_tried() -> None:
    batch = from_tensors(torch.ones(1, 4, 1), layout="sample time feature")
    recurrent = TorchModel(nn.LSTM(1, 3, batch_first=True), lambda module, one: module(one.x)[0][:, -1, 0])
    plain = TorchModel(nn.Linear(1, 1), lambda module, one: module(one.x).sum(dim=(1, 2)))
    asked = ContextualPairs(rules="gcd", company="all")
    told = explain(asked, recurrent, batch, Target.scalar(), progress="off").hit_rate
    assert float(told) == pytest.approx(HIT_RATES["all"]["gcd"]["lstm"])
    assert math.isnan(float(explain(asked, plain, batch, Target.scalar(), progress="off").hit_rate))
    assert math.isnan(float(explain(replace(asked, groups=EachStep()), recurrent, batch, Target.scalar()).hit_rate))
