"""Absence: what it does that a cell was measured, or that it was not, on functions that say so."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from aition import Batch, Field, FunctionModel, Target, explain, from_series, from_tensors
from aition.core.errors import InputError, RefusalError
from aition.data.simulate import Ordered
from aition.impute.baseline import ConstantBaseline, FeatureBaseline
from aition.impute.gaussian import GaussianImputer
from aition.impute.imputer import first_draws, imputed
from aition.methods import Absence, Occlusion
from aition.metrics import auroc
from aition.models import GRUClassifier, as_model
from aition.models.measured import MeasuredGRU, measured_model
from aition.testing.events import events

WEIGHT = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)


def gappy(*sizes: int, seed: int = 0, side: str = "right") -> Batch:
    generator = torch.Generator().manual_seed(seed)
    series = [torch.randn(size, 3, generator=generator, dtype=torch.float64) for size in sizes]
    return from_series([x.masked_fill(x > 0.8, torch.nan) for x in series], side=side)


def mask_only(batch: Batch) -> Tensor:
    """What reads which cells were measured, and no value."""
    return (batch.observed * WEIGHT * (1 + batch.step)[:, :, None]).sum(dim=(1, 2))


def asked(explainer: Absence, batch: Batch, function: object = mask_only, **rest: object) -> object:
    model = FunctionModel(function, dtype=torch.float64)
    return explain(explainer, model, batch, Target.scalar(), progress="off", **rest)


@settings(max_examples=20)
@given(seed=st.integers(0, 2**31), side=st.sampled_from(["left", "right"]))
def test_of_a_model_that_reads_the_mask_alone_it_is_the_weight_of_the_mask(seed, side):
    batch = gappy(5, 2, seed=seed, side=side)
    answer = asked(Absence(), batch)
    weight = WEIGHT * (1 + batch.step)[:, :, None]
    expected = torch.where(batch.observed, weight, -weight).where(batch.cells, torch.nan)
    np.testing.assert_allclose(answer.attribution, expected, atol=1e-9)
    np.testing.assert_allclose(answer.by_mask, expected, atol=1e-9)
    assert answer.reads_observed.values.all()


def test_a_model_that_does_not_read_the_mask_is_said_to_and_absence_is_the_way_to_the_fill():
    batch = gappy(5, 3)
    batch = batch.with_x(torch.where(batch.observed, batch.x, 0.4))
    answer = asked(Absence(fill=ConstantBaseline(0.4)), batch, lambda one: (one.x * WEIGHT * one.cells).sum(dim=(1, 2)))
    expected = (batch.x - 0.4) * WEIGHT
    seen = batch.observed.numpy()
    np.testing.assert_allclose(answer.attribution.values[seen], expected.numpy()[seen], atol=1e-9)
    np.testing.assert_array_equal(np.nan_to_num(answer.by_mask.values), 0)
    assert not answer.reads_observed.values.any()


def test_mask_and_value_are_told_apart():
    batch = from_tensors(torch.tensor([[[3.0], [float("nan")]]]))
    model = FunctionModel(lambda one: (5 * one.observed + 2 * one.x)[..., 0].sum(dim=1))
    answer = explain(Absence(stand_in=ConstantBaseline(7.0)), model, batch, Target.scalar(), progress="off")
    assert answer.attribution.values.ravel().tolist() == [5 + 2 * 3, -5 - 2 * 7]
    assert answer.by_mask.values.ravel().tolist() == [5, -5]


def test_a_further_mask_of_the_cells_is_turned_round_with_the_mask():
    batch = gappy(5, 2)
    fields = {"mask": Field(batch.observed.double(), "observed", ("sample", "time", "feature"))}
    answer = asked(Absence(), replace(batch, fields=fields), lambda one: (one["mask"] * WEIGHT).sum(dim=(1, 2)))
    expected = torch.where(batch.observed, WEIGHT, -WEIGHT).where(batch.cells, torch.nan)
    np.testing.assert_allclose(answer.attribution, expected, atol=1e-9)
    np.testing.assert_allclose(answer.by_mask, expected, atol=1e-9)
    assert answer.reads_observed.values.all()


def test_what_would_have_been_measured_is_a_mean_over_draws_with_its_error():
    generator = torch.Generator().manual_seed(2)
    whole = torch.randn(400, 4, 1, generator=generator, dtype=torch.float64).cumsum(dim=1)
    imputer = GaussianImputer.fit(from_tensors(whole))
    x = whole[:3].clone()
    x[:, 2] = torch.nan
    batch = from_tensors(x)

    def reading(one: Batch) -> Tensor:
        return 10 * (one.x * one.observed)[:, 2, 0]

    answer = asked(Absence(stand_in=imputer, n_draw=50), batch, reading)
    there = replace(batch, observed=batch.cells)
    drawn = 10 * imputed(imputer, there, batch.observed, first_draws(there, 50))[:, :, 2, 0]
    np.testing.assert_allclose(answer.attribution.values[:, 2, 0], -drawn.mean(dim=1), atol=1e-9)
    np.testing.assert_allclose(answer.standard_error.values[:, 2, 0], drawn.std(dim=1) / 50**0.5, atol=1e-9)
    np.testing.assert_array_equal(answer.standard_error.values[:, [0, 1, 3]], 0)
    between = 10 * (whole[:3, 1, 0] + whole[:3, 3, 0]) / 2  # of a walk, given both neighbours; a step is 10 wide
    assert np.abs(-answer.attribution.values[:, 2, 0] - between.numpy()).max() < 5


def test_passes_change_nothing():
    batch = gappy(7, 4)
    model = FunctionModel(mask_only, dtype=torch.float64, rows=5)
    small = explain(Absence(), model, batch, Target.scalar(), progress="off")
    np.testing.assert_allclose(small.attribution, asked(Absence(), batch).attribution, atol=1e-9)


def test_networks_that_read_the_mask_are_told_from_those_that_do_not():
    batch = gappy(6, 6)
    batch = batch.to(device="cpu", dtype=torch.float32)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        models = [
            measured_model(MeasuredGRU(3, 2, n_hidden=4)),
            as_model(GRUClassifier(3, 2, n_hidden=4)),
        ]
    said = [explain(Absence(), model, batch, progress="off").reads_observed.values.tolist() for model in models]
    assert said == [[True, True], [False, False]]


def test_orders_are_found_by_absence_and_not_by_occlusion():
    drawn = Ordered(n_sample=12)(seed=7)
    exists = drawn.batch.exists.numpy()
    tests = [1, 2]

    def found(explainer: object) -> float:
        answer = explain(explainer, drawn.white_box, drawn.batch, drawn.target, progress="off")
        scores, truth = np.abs(answer.attribution.values)[..., tests], drawn.truth.numpy()[..., tests]
        return float(np.mean(auroc(scores, truth, exists=exists, pool=False)))

    assert found(Absence()) == 1
    assert found(Occlusion()) == 0.5
    answer = explain(Absence(), drawn.white_box, drawn.batch, drawn.target, progress="off").attribution.values
    known = drawn.sign.numpy() != 0
    np.testing.assert_array_equal(np.sign(answer[known]), drawn.sign.numpy()[known])
    np.testing.assert_allclose(np.abs(answer[:, 8:16, 1]), 1.5, atol=1e-5)


@pytest.mark.parametrize("stand_in", [ConstantBaseline(1.0), FeatureBaseline((1.0, 1.0, 1.0))])
def test_the_truth_of_orders_is_what_its_law_reads(stand_in):
    drawn = Ordered(n_sample=6)(seed=1)
    answer = explain(Absence(stand_in=stand_in), drawn.white_box, drawn.batch, drawn.target, progress="off")
    other = ~drawn.truth.numpy()
    other[:, 8:16, 0] = False  # the vital sign, had it been measured
    np.testing.assert_array_equal(answer.attribution.values[other], 0)


def test_where_everything_was_measured_nothing_is_drawn():
    batch = from_series(list(torch.randn(4, 5, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)))
    answer = asked(Absence(stand_in=GaussianImputer.fit(batch)), batch)
    assert not answer.standard_error.values.any()


def test_what_cannot_be_is_refused():
    imputer = GaussianImputer.fit(gappy(5, 5, 5, 5))
    with pytest.raises(InputError, match="fill must be a baseline"):
        Absence(fill=imputer)
    with pytest.raises(InputError, match="n_draw must be 1 or more"):
        Absence(stand_in=imputer, n_draw=0)
    with pytest.raises(RefusalError, match="take FeatureAblation"):
        asked(Absence(), events(), lambda one: one.x.sum(dim=(1, 2)))
    with pytest.raises(InputError, match="last must be 9 or more"):
        Ordered(first=8, last=8)
