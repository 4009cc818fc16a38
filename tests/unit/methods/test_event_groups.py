"""Groups of events: all of one code, all of one step."""

import numpy as np
import pytest
import torch

from aition import Target, explain, from_events
from aition.impute.groups import EachFeature, EachStep
from aition.methods import FeatureAblation
from aition.models import create

CODES = [f"c{i}" for i in range(9)]
COLUMNS = {"row_feature": EachFeature(), "row_time": EachStep()}


def events(**rest):
    draw = np.random.default_rng(0)
    sample = np.concatenate([np.arange(4), draw.integers(0, 4, 36)])
    value = np.where(draw.random(40) < 0.5, draw.normal(size=40), np.nan)
    columns = [sample, draw.uniform(0, 5, 40), draw.integers(0, 9, 40)]
    batch = from_events(*columns, value=value, vocabulary=CODES, n_step=5, **rest)
    return batch.to(device="cpu", dtype=torch.float64)


def model():
    one = create("event-gru", n_code=9, n_class=2, n_hidden=6)
    one.module.double()
    return one


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("explain_values", [False, True])
def test_a_group_gets_the_fall_to_the_list_without_it(column, explain_values):
    batch = events(explain_values=explain_values)
    answer = explain(FeatureAblation(COLUMNS[column]), model(), batch, Target.of_class(1), progress="off")
    shared = {"row_feature": "code", "row_time": "step"}[column]
    for row in range(0, answer.sizes["row"], 5):
        sample, label = int(answer["row_sample"][row]), int(answer[column][row])
        without = batch.with_x(torch.where((batch[shared] == label)[:, :, None], 0, batch.x))
        fall = (model()(batch) - model()(without)).detach()[sample, 1]
        assert float(answer["attribution"][row]) == pytest.approx(float(fall), rel=0, abs=1e-12)


@pytest.mark.parametrize("groups", COLUMNS.values(), ids=repr)
def test_there_are_no_more_groups_than_events(groups):
    found = groups(events())["x"]
    assert int(found.max()) < events().n_time
    assert torch.equal(found[:, :, 0] < 0, ~events().exists)


def test_values_go_with_their_events():
    found = EachFeature()(events(explain_values=True))
    assert torch.equal(found["event_value"], found["x"][:, :, 0])


def test_static_columns_are_groups_of_their_own():
    found = EachStep()(events(static=torch.zeros(4, 2), ids=range(4)))
    assert not set(found["static"].flatten().tolist()) & set(found["x"].flatten().tolist())


@pytest.mark.parametrize("groups", COLUMNS.values(), ids=repr)
def test_longer_padding_changes_nothing(groups):
    one, other = (
        explain(FeatureAblation(groups), model(), batch, progress="off") for batch in (events(), events(length=60))
    )
    np.testing.assert_allclose(one["attribution"], other["attribution"], rtol=0, atol=1e-12)
