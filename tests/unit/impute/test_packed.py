"""Imputers as tensors and JSON: what comes back draws the same, and nothing but ours is made."""

import json

import pytest
import torch

from aition.core.errors import InputError
from aition.impute.constant import ConstantImputer
from aition.impute.imputer import first_draws, imputed
from aition.impute.packed import IMPUTERS, packed, unpacked
from stand_ins.imputers import FITS, fitted, series

KINDS = {one.__name__: one for one in IMPUTERS}


@pytest.mark.parametrize("name", FITS)
def test_what_comes_back_draws_the_same(name):
    imputer, tensors = fitted(name), {}
    words = packed(imputer, "own", tensors, KINDS)
    back = unpacked(json.loads(json.dumps(words)), tensors, KINDS)
    batch = series(4, seed=2)
    kept = batch.observed & torch.tensor([True, False, True])
    drawn = [imputed(one, batch, kept, first_draws(batch, 2)) for one in (imputer, back)]
    assert type(back) is type(imputer)
    assert torch.equal(*drawn)


def test_a_baseline_of_ones_own_is_refused():
    with pytest.raises(InputError, match=r"own\.baseline can't be saved"):
        packed(ConstantImputer(lambda batch: batch), "own", {}, KINDS)


def test_a_class_that_may_not_be_kept_is_not_made():
    with pytest.raises(KeyError, match="system"):
        unpacked({"kind": "system", "fields": {}}, {}, KINDS)
