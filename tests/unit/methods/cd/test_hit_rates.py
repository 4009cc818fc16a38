"""What pairs say of how often their rules were right."""

import json
import math
from pathlib import Path
from statistics import fmean

import pytest
import torch
from torch import nn

from aition import Target, TorchModel, explain, from_tensors
from aition.methods import ContextualPairs
from aition.methods.cd import SETS
from aition.methods.cd.hit_rates import HIT_RATES

ROWS = Path(__file__).parents[4] / "benchmarks" / "results" / "cd_interactions.jsonl"
KINDS = {"lstm", "gru", "mlp-tanh", "mlp-relu", "cnn", "transformer"}


def test_every_rule_set_was_tried_in_both_companies_on_every_kind() -> None:
    assert set(HIT_RATES) == {"all", "others"}
    for by_rules in HIT_RATES.values():
        assert set(by_rules) == set(SETS)
        assert all(set(rates) == KINDS for rates in by_rules.values())


def test_hit_rates_are_those_of_the_kept_rows_of_the_benchmark() -> None:
    rows = [json.loads(line) for line in ROWS.read_text().splitlines()]
    assert all(row["seed"] < 1000 for row in rows)
    for company, by_rules in HIT_RATES.items():
        for rules, rates in by_rules.items():
            for kind, rate in rates.items():
                hits = [row["methods"][f"{rules}, {company}"]["hit"] for row in rows if row["kind"] == kind]
                assert rate == pytest.approx(fmean(hits), abs=5e-4), (company, rules, kind)


def test_the_default_found_the_pair_in_every_series() -> None:
    default = ContextualPairs()
    assert set(HIT_RATES[default.company][default.rules].values()) == {1.0}


def test_an_answer_tells_the_hit_rate_of_its_rules_and_company_and_nan_where_nothing_like_it_was_tried() -> None:
    batch = from_tensors(torch.ones(1, 4, 1), layout="sample time feature")
    recurrent = TorchModel(nn.LSTM(1, 3, batch_first=True), lambda module, one: module(one.x)[0][:, -1, 0])
    plain = TorchModel(nn.Linear(1, 1), lambda module, one: module(one.x).sum(dim=(1, 2)))
    asked = ContextualPairs(rules="gcd", company="all")
    told = explain(asked, recurrent, batch, Target.scalar(), progress="off").hit_rate
    assert float(told) == pytest.approx(HIT_RATES["all"]["gcd"]["lstm"])
    assert math.isnan(float(explain(asked, plain, batch, Target.scalar(), progress="off").hit_rate))
