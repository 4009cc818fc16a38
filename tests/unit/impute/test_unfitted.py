"""Imputers still to be fitted: wherever they stand among settings, one call fits them, and leaves the rest alone."""

from dataclasses import dataclass, field
from typing import Any

import pytest
import torch

from aition import FunctionModel, Target, explain
from aition.core.errors import RefusalError
from aition.impute.gaussian import GaussianImputer
from aition.impute.imputer import Imputer
from aition.impute.rows import MarginalRows
from aition.impute.unfitted import Unfitted, fitted, needs_background
from aition.methods import Occlusion
from stand_ins.imputers import series


@dataclass(frozen=True)
class Holder:
    inner: Any
    other: tuple[int, ...] = (1, 2)
    known: int = field(default=3, init=False)


STILL = Unfitted(MarginalRows.fit)


@pytest.mark.parametrize(
    ("setting", "reach"),
    [
        (STILL, lambda one: one),
        (Holder(STILL), lambda one: one.inner),
        (Holder((1, Holder(STILL))), lambda one: one.inner[1].inner),
        (Holder({"a": STILL}), lambda one: one.inner["a"]),
    ],
)
def test_what_is_still_to_be_fitted_is_fitted_wherever_it_stands(setting, reach):
    background = series(4)
    done = fitted(setting, background)
    assert needs_background(setting)
    assert not needs_background(done)
    assert torch.equal(reach(done).donors, MarginalRows.fit(background).donors)


def test_what_is_fitted_is_left_as_it_is():
    setting = Holder((1, GaussianImputer(torch.zeros(1, 1), torch.eye(1))))
    assert fitted(setting, series(4)) is setting


def test_it_stands_for_an_imputer_but_draws_nothing():
    assert isinstance(STILL, Imputer)
    with pytest.raises(RefusalError, match="still to be fitted"):
        explain(Occlusion(baseline=STILL), FunctionModel(lambda batch: batch.x[:, 0, 0]), series(2), Target.scalar())
