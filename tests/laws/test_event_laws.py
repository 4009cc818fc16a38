"""Laws of explainers on events: completeness, and an event taken away is an event that did not happen."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from aition import Target, explain, from_events
from aition.core.model import outputs_of
from aition.methods import ExtremalMask, FeatureAblation, InputXGradient, IntegratedGradients, Occlusion, Saliency
from aition.methods.masks import Fixed
from aition.models import create

NAMES = ["event-lstm", "event-gru", "event-attention", "event-transformer"]
N_CODE, N_STEP, CODES = 7, 5, [f"c{i}" for i in range(7)]
SEEDS = st.integers(0, 2**31)
few = settings(max_examples=6)
"""Each example is a network's answers on three samples drawn by a seed: nothing that further examples would search."""
TARGET = Target.of_class(1)


def model(name):
    one = create(name, n_code=N_CODE, n_class=3, n_hidden=8, **({"n_head": 2} if "former" in name else {}))
    one.module.double().eval()
    return one


def columns(seed, n_sample=3):
    draw = np.random.default_rng(seed)
    n = n_sample + int(draw.integers(3, 15))
    sample = np.concatenate([np.arange(n_sample), draw.integers(0, n_sample, n - n_sample)])
    value = np.where(draw.random(n) < 0.5, draw.normal(size=n), np.nan)
    return {"sample": sample, "time": draw.uniform(0, N_STEP, n), "code": draw.integers(0, N_CODE, n), "value": value}


def events(rows, **rest):
    batch = from_events(**rows, vocabulary=CODES, n_step=N_STEP, **rest)
    return batch.to(device="cpu", dtype=torch.float64)


def asked(explainer, name, batch):
    return explain(explainer, model(name), batch, TARGET, progress="off")


def scores(name, batch):
    return outputs_of(model(name), batch)[:, 1].numpy()


@pytest.mark.parametrize("name", NAMES)
@few
@given(seed=SEEDS)
def test_integrated_gradients_add_up_to_what_all_events_did(name, seed):
    batch = events(columns(seed))
    answer = asked(IntegratedGradients(steps=32), name, batch)
    sums = np.bincount(answer["row_sample"], answer["attribution"], minlength=3)
    nothing = scores(name, batch.with_x(torch.zeros_like(batch.x)))
    np.testing.assert_allclose(sums, scores(name, batch) - nothing, rtol=0, atol=1e-6)
    np.testing.assert_allclose(answer["completeness"], 0, atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
@few
@given(seed=SEEDS)
def test_presence_and_value_add_up_together(name, seed):
    batch = events(columns(seed), explain_values=True)
    answer = asked(IntegratedGradients(steps=32), name, batch)
    rows = answer["attribution"].values + answer["attribution_event_value"].values
    nothing = scores(name, batch.with_x(torch.zeros_like(batch.x)))
    sums = np.bincount(answer["row_sample"], rows, minlength=3)
    np.testing.assert_allclose(sums, scores(name, batch) - nothing, rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
@few
@given(seed=SEEDS)
def test_occlusion_of_an_event_is_the_fall_to_the_model_without_it(name, seed):
    rows = columns(seed)
    batch = events(rows)
    answer = asked(Occlusion(), name, batch)
    whole = scores(name, batch)
    order = np.lexsort((rows["value"], rows["code"], rows["time"], rows["sample"]))
    single = np.bincount(rows["sample"])[rows["sample"][order]] == 1
    for row in np.flatnonzero(~single)[:4]:
        left = {key: np.delete(part, order[row]) for key, part in rows.items()}
        at = rows["sample"][order[row]]
        fall = whole[at] - scores(name, events(left, ids=range(3)))[at]
        assert answer["attribution"].values[row] == pytest.approx(fall, rel=0, abs=1e-12)


@pytest.mark.parametrize("name", NAMES)
@few
@given(seed=SEEDS)
def test_occlusion_and_ablation_of_single_events_agree(name, seed):
    batch = events(columns(seed))
    one, other = (asked(explainer, name, batch)["attribution"].values for explainer in (Occlusion(), FeatureAblation()))
    np.testing.assert_allclose(one, other, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    "explainer", [Saliency(), InputXGradient(), IntegratedGradients(steps=4), Occlusion()], ids=repr
)
@few
@given(seed=SEEDS)
def test_neither_the_order_of_rows_nor_longer_padding_changes_an_explanation(explainer, seed):
    rows, turn = columns(seed), np.random.default_rng(seed).permutation
    order = turn(len(rows["time"]))
    turned = {key: part[order] for key, part in rows.items()}
    one = asked(explainer, "event-gru", events(rows, ids=range(3)))
    other = asked(explainer, "event-gru", events(turned, ids=range(3), length=40))
    for name in ("row_sample", "row_time", "row_feature", "row_value", "attribution"):
        np.testing.assert_allclose(one[name].values, other[name].values, rtol=0, atol=1e-9)


def test_the_event_that_alone_decides_is_found_by_a_mask():
    one = model("event-gru")
    with torch.no_grad():
        one.module.bag.codes *= torch.tensor([0, 0, 0, 1, 0, 0, 0]).double()[:, None]
        one.module.bag.values.zero_()
    batch = from_events([0] * 6, [0, 1, 2, 3, 3, 4], [0, 1, 2, 3, 4, 5], vocabulary=CODES, n_step=N_STEP)
    mask = explain(ExtremalMask(replacement=Fixed(), steps=200), one, batch, progress="off")["attribution"].values
    assert mask.argmax() == 3
    assert mask[3] > 0.9 > 0.1 > np.delete(mask, 3).max()
