"""The network on measurements: units, missing values and padding do what its words say."""

import pytest
import torch

from aition import from_events, from_tensors
from aition.core.errors import InputError
from aition.models import MeasuredGRU, create, measured_model, moments

MEAN, SCALE = [80.0, 5.0, 60.0], [10.0, 2.0, 15.0]


def batch(**changes):
    x = torch.tensor([80.0, 5.0]) + torch.tensor([10.0, 2.0]) * torch.randn(
        6, 5, 2, generator=torch.Generator().manual_seed(0)
    )
    x[0, 1, 0] = x[3, :, 1] = torch.nan
    given = {"static": torch.arange(6.0)[:, None] * 10, "lengths": [5, 5, 4, 3, 5, 1]} | changes
    return from_tensors(x, layout="sample time feature", **given)


def network():
    torch.manual_seed(1)
    return MeasuredGRU(2, 3, n_static=1, n_hidden=8, mean=MEAN, scale=SCALE)


def test_what_stands_where_nothing_was_measured_does_not_matter():
    one, other = batch(fill=0.0), batch(fill=1e6)
    model = measured_model(network())
    torch.testing.assert_close(model(one), model(other))


def test_that_nothing_was_measured_matters():
    one = batch()
    seen = torch.where(torch.isnan(one.x) | ~one.observed, 80.0, one.x)
    other = from_tensors(seen, layout="sample time feature", static=one.static, lengths=one.lengths)
    model = measured_model(network())
    assert not torch.allclose(model(one)[0], model(other)[0], atol=1e-5)


def test_longer_padding_changes_nothing():
    one = batch()
    longer = torch.nn.functional.pad(one.x, (0, 0, 0, 4), value=7.0)
    seen = torch.nn.functional.pad(one.observed, (0, 0, 0, 4))
    other = from_tensors(longer, layout="sample time feature", observed=seen, static=one.static, lengths=one.lengths)
    model = measured_model(network())
    torch.testing.assert_close(model(one), model(other))


def test_units_are_taken_off_inside():
    plain = MeasuredGRU(2, 3, n_static=1, n_hidden=8)
    plain.load_state_dict({**network().state_dict(), "mean": torch.zeros(3), "scale": torch.ones(3)})
    one = batch()
    value = (one.x - torch.tensor(MEAN[:2])) / torch.tensor(SCALE[:2])
    static = (one.static - MEAN[2]) / SCALE[2]
    torch.testing.assert_close(plain(value, one.observed, one.exists, static), measured_model(network())(one))


def test_moments_are_those_of_what_was_measured():
    mean, scale = moments(batch())
    one = batch()
    column = one.x[:, :, 0][one.observed[:, :, 0]].double()
    assert mean[0] == pytest.approx(float(column.mean()))
    assert scale[0] == pytest.approx(float(column.std(correction=0)))
    assert mean[2] == pytest.approx(25.0)


def test_a_constant_has_a_scale_of_1():
    assert moments(batch(static=torch.ones(6, 1)))[1][2] == 1.0


def test_moments_need_no_static_columns():
    assert [len(part) for part in moments(batch(static=torch.zeros(6, 0)))] == [2, 2]


@pytest.mark.parametrize("bad", [{"mean": [1.0]}, {"scale": [1.0, 0.0, 1.0]}])
def test_a_mean_and_a_positive_scale_are_needed_for_each(bad):
    with pytest.raises(InputError, match=next(iter(bad))):
        create("measured-gru", n_feature=2, n_class=3, n_static=1, **bad)


def test_another_number_of_features_or_static_columns_is_refused():
    with pytest.raises(InputError, match="reads n_feature=2 features, but the batch has 3"):
        measured_model(network())(from_tensors(torch.zeros(1, 4, 3), static=torch.zeros(1, 1)))
    with pytest.raises(InputError, match="reads n_static=1 static columns, but the batch has 2"):
        measured_model(network())(batch(static=torch.zeros(6, 2)))


@pytest.mark.parametrize("name", ["measured-gru", "gru-classifier"])
def test_a_list_of_events_is_refused(name):
    with pytest.raises(InputError, match=r"reads features at every step, but Batch.* is a list of events"):
        create(name, n_feature=1, n_class=2)(from_events([0], [0], ["a"]))
