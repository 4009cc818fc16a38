"""Baselines: what stands for absence, in every signal, and never in the padding."""

import json
import pickle

import pytest
import torch

from aition.core.assemble import from_tensors
from aition.core.batch import Batch, Field
from aition.core.errors import InputError
from aition.core.provenance import settings_of
from aition.impute.baseline import ConstantBaseline, FeatureBaseline, absence, check_baseline


def batch_of() -> Batch:
    x = torch.tensor([[[1.0, 2.0], [3.0, float("nan")], [9.0, 9.0]], [[5.0, 6.0], [7.0, 4.0], [1.0, 0.0]]])
    future = Field(torch.tensor([[[1.0, 10.0]], [[3.0, 30.0]]]), "known-future", ("sample", "horizon", "channel"))
    return from_tensors(x, lengths=[2, 3], static=torch.tensor([[1.0], [3.0]]), fields={"future": future})


def test_a_constant_stands_in_every_signal():
    absent = ConstantBaseline(4.0)(batch_of())
    assert all(bool((part == 4).all()) for part in (absent.x, absent.static, absent["future"]))


def test_means_are_of_what_was_observed():
    assert FeatureBaseline.mean_of(batch_of()).x == (17 / 5, 3.0)


def test_means_of_other_signals_are_column_by_column():
    baseline = FeatureBaseline.mean_of(batch_of())
    assert baseline.static == (2.0,)
    assert baseline.fields == {"future": (2.0, 20.0)}


def test_means_are_put_in_their_columns():
    absent = FeatureBaseline.mean_of(batch_of())(batch_of())
    assert absent["future"][0, 0].tolist() == [2.0, 20.0]


def test_a_field_of_steps_alone_has_one_mean():
    level = Field(torch.tensor([[1.0, 2.0, 100.0]]), "signal", ("sample", "time"))
    batch = from_tensors(torch.zeros(1, 3, 1), lengths=[2], fields={"level": level})
    assert FeatureBaseline.mean_of(batch).fields == {"level": (1.5,)}


def test_the_padding_keeps_what_stands_there():
    batch = batch_of()
    assert torch.equal(absence(batch, ConstantBaseline(4.0))["x"][0, 2], batch.x[0, 2])


def test_what_was_not_observed_is_replaced_as_any_other():
    assert absence(batch_of(), ConstantBaseline(4.0))["x"][0, 1, 1] == 4


def test_any_function_from_batch_to_batch_is_a_baseline():
    batch = batch_of()
    assert torch.equal(absence(batch, lambda given: given.with_x(-given.x))["x"][1], -batch.x[1])


@pytest.mark.parametrize(
    ("baseline", "words"),
    [
        (lambda batch: batch.x, "baseline must answer a Batch, but answered Tensor"),
        (lambda batch: batch.crop(0, 2), r"the baseline of x must be \[2, 3, 2\], but is \[2, 2, 2\]"),
        (lambda batch: batch.with_x(batch.x / 0), "the baseline of x must be finite"),
        (FeatureBaseline((0.0, 0.0, 0.0)), "the baseline of x must be 2 values"),
        (FeatureBaseline((0.0, 0.0)), "the baseline of static must be 1 values, but is .*mean_of"),
    ],
)
def test_a_baseline_that_does_not_fit_is_refused(baseline, words):
    with pytest.raises(InputError, match=words):
        absence(batch_of(), baseline)


@pytest.mark.parametrize("setting", [0.0, ConstantBaseline])
def test_a_setting_that_is_no_function_is_refused(setting):
    with pytest.raises(InputError, match="baseline must be a function from Batch to Batch"):
        check_baseline(setting)


@pytest.mark.parametrize("baseline", [ConstantBaseline(1.0), FeatureBaseline((1.0,), fields={"future": (2.0,)})])
def test_a_baseline_survives_pickling_and_is_json(baseline):
    assert pickle.loads(pickle.dumps(baseline)) == baseline
    assert json.loads(json.dumps(settings_of(baseline))) == settings_of(baseline)
