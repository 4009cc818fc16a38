"""Standardisation by the training samples."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from aition import from_events, from_series, from_tensors
from aition.core.errors import InputError
from aition.data import standardise


@given(seed=st.integers(0, 1000), shift=st.floats(-1e3, 1e3), spread=st.floats(0.1, 1e3))
def test_mean_is_zero_and_deviation_one_over_observed_cells(seed, shift, spread):
    draw = torch.Generator().manual_seed(seed)
    x = torch.randn(5, 7, 2, generator=draw, dtype=torch.float64) * spread + shift
    x[torch.rand(x.shape, generator=draw) < 0.3] = float("nan")
    x[0] = shift + spread * torch.arange(14).reshape(7, 2)
    batch = from_tensors(x, lengths=[7, 3, 5, 1, 6], fill=99.0)
    scaled = standardise(batch, like=batch)
    for feature in range(2):
        seen = scaled.x[..., feature][batch.observed[..., feature]]
        assert float(seen.mean()) == pytest.approx(0, abs=1e-9)
        assert float(seen.std(correction=0)) == pytest.approx(1)


def test_longer_padding_changes_nothing():
    series = [torch.randn(length, 3) for length in (2, 5, 4)]
    short, long = from_series(series), from_series(series, length=9, side="left")
    left = standardise(long, like=long)
    assert torch.equal(standardise(short, like=short).x[short.exists], left.x[left.exists])


def test_padding_and_missing_values_become_the_mean():
    batch = from_tensors(torch.tensor([[5.0, 7.0, float("nan"), 0.0]]), layout="sample time", lengths=[3])
    assert standardise(batch, like=batch).x.flatten().tolist() == [-1, 1, 0, 0]


def test_what_comes_in_is_left_as_it_was():
    batch = from_tensors(torch.randn(3, 4, 2))
    before = batch.digest()
    standardise(batch, like=batch)
    assert batch.digest() == before


def test_a_feature_that_never_changes_is_only_centred():
    batch = from_tensors(torch.full((2, 3), 0.1), layout="sample time")
    assert torch.allclose(standardise(batch, like=batch).x, torch.zeros(2, 3, 1), atol=1e-7)


def test_a_feature_without_a_mean_is_refused():
    train = from_tensors(torch.full((1, 2), float("nan")), layout="sample time", feature_names=["pulse"])
    test = from_tensors(torch.ones(1, 2), layout="sample time", feature_names=["pulse"])
    with pytest.raises(InputError, match=r"\['pulse'\] were never observed"):
        standardise(test, like=train)


def test_other_features_are_refused():
    with pytest.raises(InputError, match="must have the features of the batch"):
        standardise(from_tensors(torch.ones(1, 3, 2)), like=from_tensors(torch.ones(1, 2, 3)))


def test_events_are_refused():
    events = from_events([0, 0], [0, 1], ["a", "b"], value=[1, 2])
    with pytest.raises(InputError, match="values of events are standardised by code: scale_events"):
        standardise(events, like=events)


def test_what_was_standardised_is_in_deviations_where_its_unit_was_known():
    batch = from_tensors(torch.tensor([[[1.0], [3.0]]]), units=["°C"])
    assert standardise(batch, like=batch).units == ("deviations",)
    plain = replace(batch, units=())
    assert standardise(plain, like=plain).units == ()
