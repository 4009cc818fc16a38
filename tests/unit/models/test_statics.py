"""Static columns beside a state: in deviations where moments are given, and of the right number."""

import pytest
import torch

from aition.core.errors import InputError
from aition.models import create
from aition.models.statics import BesideStatic

STATE, STATIC = torch.zeros(2, 3), torch.tensor([[60.0, 1.0], [80.0, 0.0]])


def test_columns_are_put_beside_the_state_in_deviations():
    beside = BesideStatic(2, mean=[70.0, 0.5], scale=[10.0, 0.5])
    assert beside(STATE, STATIC)[:, 3:].tolist() == [[-1.0, 1.0], [1.0, -1.0]]


def test_columns_are_as_they_come_where_nothing_is_said():
    assert torch.equal(BesideStatic(2)(STATE, STATIC)[:, 3:], STATIC)


def test_one_of_mean_and_scale_may_be_given():
    assert torch.equal(BesideStatic(2, mean=[60.0, 0.0])(STATE, STATIC)[:, 3:], STATIC - torch.tensor([60.0, 0.0]))


def test_a_state_alone_takes_any_columns():
    assert torch.equal(BesideStatic(0)(STATE, STATIC), STATE)


def test_another_number_of_columns_is_refused():
    with pytest.raises(InputError, match="reads n_static=3 static columns, but the batch has 2"):
        BesideStatic(3)(STATE, STATIC)


@pytest.mark.parametrize("bad", [{"mean": [1.0]}, {"scale": [1.0, 0.0]}])
@pytest.mark.parametrize("name", ["event-lstm", "event-transformer"])
def test_a_mean_and_a_positive_scale_are_needed_for_each(name, bad):
    with pytest.raises(InputError, match=next(iter(bad))):
        create(name, n_code=3, n_class=2, n_static=2, **bad)


@pytest.mark.parametrize("name", ["event-lstm", "event-transformer"])
def test_a_network_without_moments_has_the_weights_that_it_had_before_there_were_any(name):
    assert not [part for part in create(name, n_code=3, n_class=2, n_static=2).module.state_dict() if "beside" in part]
