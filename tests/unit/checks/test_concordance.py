"""Concord: which of several explanations are of one mind."""

import numpy as np
import pytest
import xarray as xr

from aition import Target, explain
from aition.checks import Concord, agreement, concord, concordant
from aition.core.errors import InputError
from aition.methods import InputXGradient, IntegratedGradients
from stand_ins.explainers import CELLS, Chance


@pytest.fixture(scope="module")
def maps(trained):
    model, _, test = trained(0)
    explainers = {"ig": IntegratedGradients(steps=8), "chance": Chance(), "ixg": InputXGradient()}
    return {
        name: explain(one, model, test.batch, Target.predicted(), progress="off")["attribution"]
        for name, one in explainers.items()
    }


def test_two_honest_explainers_are_of_one_mind_and_chance_is_alone(maps):
    found = concordant(concord(maps))
    assert {name: one.finding for name, one in found.items()} == {"ig": "passed", "chance": "alarm", "ixg": "passed"}
    assert "the nearest, ixg, ranks the cells alike" in found["ig"].words


def test_the_matrix_is_symmetric_with_ones_and_holds_the_agreement_of_every_two(maps):
    found = concord(maps)
    np.testing.assert_array_equal(found.mean, found.mean.T)
    np.testing.assert_array_equal(np.diag(found.mean), 1)
    np.testing.assert_array_equal(found.each[0, 2], agreement(maps["ig"], maps["ixg"]))


def test_the_order_of_samples_in_an_explanation_changes_nothing(maps):
    turned = {**maps, "chance": maps["chance"].isel(sample=slice(None, None, -1))}
    np.testing.assert_array_equal(concord(turned).each, concord(maps).each)


def test_a_map_that_ranks_nothing_is_not_measured_and_left_out_for_the_others(maps):
    flat = maps["chance"].copy(data=np.ones(maps["chance"].shape))
    found = concordant(concord({"ig": maps["ig"], "flat": flat, "ixg": maps["ixg"]}))
    assert found["flat"].finding == "not measured"
    assert "of 1 the nearest, ixg" in found["ig"].words


def test_one_explanation_and_other_samples_are_refused(maps):
    with pytest.raises(InputError, match="two or more, but are 1"):
        concord({"ig": maps["ig"]})
    with pytest.raises(InputError, match="same samples"):
        concord({"ig": maps["ig"], "few": maps["ixg"].isel(sample=slice(3))})
    with pytest.raises(InputError, match="two or more"):
        Concord(("a",), np.ones((1, 1, 2)))
    cells = xr.DataArray(np.ones((40, 2, 1)), dims=CELLS, coords={"sample": maps["ig"].sample})
    with pytest.raises(InputError, match="one shape"):
        concord({"ig": maps["ig"], "other": cells})
