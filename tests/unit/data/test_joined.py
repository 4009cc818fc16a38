"""Batches in succession as one."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from aition.core.assemble import from_tensors
from aition.core.batch import Field
from aition.core.errors import InputError
from aition.core.events import from_events
from aition.data import joined


def batch(n_sample=2, n_time=3, first=0, **changes):
    x = torch.arange(n_sample * n_time * 2.0).reshape(n_sample, n_time, 2)
    code = Field(x[:, :, 0].long(), "context", ("sample", "time"))
    given = {"fields": {"code": code}, "label": [1] * n_sample, "ids": range(first, first + n_sample)} | changes
    return from_tensors(x, layout="sample time feature", **given)


@given(st.lists(st.integers(1, 3), min_size=1, max_size=4))
def test_what_is_split_and_joined_is_the_same(sizes):
    whole = batch(sum(sizes))
    parts, first = [], 0
    for size in sizes:
        parts.append(whole.take(range(first, first + size)))
        first += size
    assert joined(parts).digest() == whole.digest()


def test_shorter_batches_are_padded_on_the_right():
    both = joined([batch(n_time=2), batch(n_time=4, first=2)])
    assert both.lengths.tolist() == [2, 2, 4, 4]
    assert both.take([0, 1]).crop(0, 2).digest() == batch(n_time=2).digest()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"feature_names": ["a", "b"]}, "feature_names of joined batches must be"),
        ({"label": [0.5, 1.5]}, "must have labels and fields of the same kinds"),
        ({"fields": {}}, "must have labels and fields of the same kinds"),
    ],
)
def test_batches_that_differ_are_refused(changes, why):
    with pytest.raises(InputError, match=why):
        joined([batch(), batch(first=2, **changes)])


def test_no_batch_is_refused():
    with pytest.raises(InputError, match="must be at least one"):
        joined([])


def test_events_of_another_vocabulary_or_other_scales_are_not_joined():
    def events(*, vocabulary=("a", "b"), scales=None, ids=("x",)):
        return from_events([ids[0]], [0], ["a"], value=[1.0], vocabulary=vocabulary, scales=scales, ids=ids)

    for other in (events(vocabulary=("b", "a"), ids=("y",)), events(scales={"a": (0.5, 1.0)}, ids=("y",))):
        with pytest.raises(InputError, match="of the same kinds, names and scales, but they differ"):
            joined([events(), other])
