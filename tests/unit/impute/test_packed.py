"""Imputers as tensors and JSON: what comes back draws the same."""

import json

import pytest
import torch

from aition.core.errors import InputError, ModelError
from aition.impute.constant import ConstantImputer
from aition.impute.imputer import first_draws, imputed
from aition.impute.packed import packed, unpacked
from stand_ins.imputers import FITS, fitted, series


@pytest.mark.parametrize("name", FITS)
def test_what_comes_back_draws_the_same(name):
    imputer = fitted(name)
    tensors, words = packed(imputer)
    back = unpacked(tensors, json.loads(json.dumps(words)))
    batch = series(4, seed=2)
    kept = batch.observed & torch.tensor([True, False, True])
    drawn = [imputed(one, batch, kept, first_draws(batch, 2)) for one in (imputer, back)]
    assert type(back) is type(imputer)
    assert torch.equal(*drawn)


def test_a_baseline_of_ones_own_is_refused():
    with pytest.raises(InputError, match="is kept if it is made of"):
        packed(ConstantImputer(lambda batch: batch))


@pytest.mark.parametrize(
    "words", [{}, {"kind": "system"}, {"kind": "hot-deck"}, {"kind": "constant-baseline", "value": 1.0}]
)
def test_what_is_no_imputer_is_refused(words):
    with pytest.raises(ModelError, match="imputer"):
        unpacked({}, words)
