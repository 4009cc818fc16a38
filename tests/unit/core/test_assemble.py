"""from_tensors and from_series: what comes in right, and what is refused with a reason."""

import numpy as np
import pytest
import torch

from aition import Batch, from_ids, from_series, from_tensors
from aition.core.errors import InputError


def ones(*shape: int) -> torch.Tensor:
    return torch.arange(float(np.prod(shape))).reshape(shape)


def test_channels_first_is_turned_round() -> None:
    batch = from_tensors(ones(2, 3, 4), layout="sample feature time")
    assert torch.equal(batch.x, ones(2, 3, 4).transpose(1, 2))


def test_a_left_out_axis_has_size_one() -> None:
    assert from_tensors(ones(5, 4), layout="sample time").x.shape == (5, 4, 1)
    assert from_tensors(ones(5, 4), layout="time feature").x.shape == (1, 5, 4)
    assert from_tensors(ones(5, 4), layout="sample feature").x.shape == (5, 1, 4)


def test_everything_is_always_there() -> None:
    batch = from_tensors(ones(2, 3, 1))
    assert batch.static.shape == (2, 0)
    assert batch.label.tolist() == [-1, -1]
    assert batch.times.tolist() == [[0, 1, 2]] * 2
    assert batch.ids.tolist() == ["0", "1"]
    assert batch.exists.all()
    assert batch.observed.all()


@pytest.mark.parametrize("dtype", [torch.int64, torch.bool, torch.int16])
def test_integers_become_float32(dtype: torch.dtype) -> None:
    assert from_tensors(torch.ones(2, 3, 1, dtype=dtype)).x.dtype == torch.float32


def test_float64_stays() -> None:
    assert from_tensors(np.ones((2, 3, 1))).x.dtype == torch.float64


def test_nan_is_not_observed_and_holds_the_fill_value() -> None:
    x = ones(1, 3, 2)
    x[0, 1, 0] = torch.nan
    batch = from_tensors(x, fill=-9.0)
    assert batch.observed[0].tolist() == [[True, True], [False, True], [True, True]]
    assert batch.x[0, 1].tolist() == [-9.0, 3.0]


def test_the_observed_mask_is_taken_beside_nan() -> None:
    x = ones(1, 2, 1)
    x[0, 0, 0] = torch.nan
    observed = torch.tensor([[[True], [False]]])
    assert not from_tensors(x, observed=observed).observed.any()


@pytest.mark.parametrize(("side", "expected"), [("right", [True, True, False]), ("left", [False, True, True])])
def test_lengths_make_padding_on_the_asked_side(side: str, expected: list[bool]) -> None:
    assert from_tensors(ones(1, 3, 1), lengths=[2], side=side).exists[0].tolist() == expected  # type: ignore[arg-type]


def test_padding_holds_the_fill_value_even_where_nan_came() -> None:
    x = torch.full((1, 3, 1), torch.nan)
    x[0, 0] = 1
    batch = from_tensors(x, lengths=[1])
    assert batch.x.flatten().tolist() == [1, 0, 0]


def test_unequal_series_keep_their_values_and_lengths() -> None:
    series = [ones(2, 3), ones(4, 3)]
    batch = from_series(series)
    assert batch.lengths.tolist() == [2, 4]
    for row, one in enumerate(series):
        assert torch.equal(batch.x[row, : len(one)], one)


def test_series_of_one_axis_have_one_feature() -> None:
    assert from_series([[1.0, 2.0], [3.0]], layout="time").x.shape == (2, 2, 1)


def test_irregular_times_of_series_stand_beside_the_values() -> None:
    batch = from_series([ones(2, 1), ones(3, 1)], times=[[0.5, 7], [1, 2, 4]], side="left")
    assert batch.times.tolist() == [[0, 0.5, 7], [1, 2, 4]]


def test_keys_hang_on_the_id_alone() -> None:
    first, second = from_tensors(ones(2, 3, 1), ids=["a", "b"]), from_tensors(ones(1, 9, 2), ids=["b"])
    assert first.keys[1] == second.keys[0]


BAD = {
    "rank": (lambda: from_tensors(ones(2, 3)), "x must be [sample time feature], but is [2, 3]"),
    "layout can't be told": (lambda: from_tensors(ones(2, 3, 3)), "time and feature can't be told apart"),
    "unknown layout": (lambda: from_tensors(ones(2, 3, 4), layout="batch time x"), "layout must name"),
    "no step": (lambda: from_tensors(torch.ones(2, 0, 4)), "at least one step"),
    "strings": (lambda: from_tensors(np.array([[["a"]]])), "must be numbers"),
    "complex": (lambda: from_tensors(torch.ones(1, 2, 3, dtype=torch.complex64)), "dense real numbers"),
    "ragged": (lambda: from_tensors([[[1.0], [2.0]], [[1.0]]]), "from_series"),
    "infinite": (lambda: from_tensors(torch.full((1, 2, 1), torch.inf)), "inf at sample 0, time 0, feature 0"),
    "lengths shape": (lambda: from_tensors(ones(2, 3, 1), lengths=[1, 2, 3]), "lengths must be [sample=2], but is [3]"),
    "length zero": (lambda: from_tensors(ones(2, 3, 1), lengths=[0, 2]), "lengths must be 1 to 3, but are 0 to 2"),
    "length too long": (lambda: from_tensors(ones(2, 3, 1), lengths=[4, 2]), "lengths must be 1 to 3"),
    "both": (lambda: from_tensors(ones(1, 2, 1), lengths=[1], exists=torch.ones(1, 2)), "give one of them"),
    "gap": (lambda: from_tensors(ones(1, 3, 1), exists=torch.tensor([[1, 0, 1]])), "one unbroken run"),
    "never": (lambda: from_tensors(ones(1, 3, 1), exists=torch.zeros(1, 3)), "at least one existing step"),
    "side": (lambda: from_tensors(ones(1, 3, 1), lengths=[2], side="top"), "side must be"),
    "same ids": (lambda: from_tensors(ones(2, 3, 1), ids=["a", "a"]), "'a' comes 2 times"),
    "too few ids": (lambda: from_tensors(ones(2, 3, 1), ids=["a"]), "ids must be [sample=2], but is [1]"),
    "label names": (lambda: from_tensors(ones(2, 3, 1), label=["cat", "dog"]), "class numbers"),
    "label shape": (lambda: from_tensors(ones(2, 3, 1), label=[1]), "label must be [sample=2], but is [1]"),
    "static NaN": (lambda: from_tensors(ones(1, 3, 1), static=[[float("nan")]]), "static must be finite"),
    "static rank": (lambda: from_tensors(ones(1, 3, 1), static=[1.0]), "static must be [sample=1 static]"),
    "names": (lambda: from_tensors(ones(1, 3, 1), feature_names=["a", "b"]), "feature_names must be 1 different"),
    "observed shape": (lambda: from_tensors(ones(1, 3, 1), observed=torch.ones(1, 2, 1)), "the shape of x"),
    "times shape": (lambda: from_tensors(ones(1, 3, 1), times=[1.0, 2.0]), "times must be [time=3], but is [2]"),
    "times NaN": (lambda: from_tensors(ones(1, 2, 1), times=[0.0, float("nan")]), "times must be finite"),
    "no series": (lambda: from_series([]), "at least one series"),
    "widths": (lambda: from_series([ones(2, 3), ones(2, 4)]), "series[1] must have 3 features as series[0]"),
    "empty series": (lambda: from_series([ones(2, 3), torch.ones(0, 3)]), "series[1] must have at least one step"),
    "short pad": (lambda: from_series([ones(5, 1)], length=4), "at least the longest series, 5, but is 4"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_in_words(name: str) -> None:
    make, words = BAD[name]
    with pytest.raises(InputError) as caught:
        make()
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_times_in_the_padding_may_be_anything() -> None:
    assert from_tensors(ones(1, 2, 1), times=[0.0, float("nan")], lengths=[1]).exists.tolist() == [[True, False]]


def test_a_batch_of_no_sample_can_be_made() -> None:
    assert isinstance(from_tensors(torch.ones(0, 3, 2)), Batch)


def test_ids_stand_in_a_field_and_as_the_only_feature() -> None:
    batch = from_ids([[5, 2], [7, 1, 3]], name="codes", side="left")
    assert batch["codes"].tolist() == [[0, 5, 2], [7, 1, 3]]
    assert batch.fields["codes"].role == "ids"
    assert batch.x[1, :, 0].tolist() == [7.0, 1.0, 3.0]
    assert batch.feature_names == ("codes",)


@pytest.mark.parametrize("bad", [[1.5], [-1], [[1, 2]]])
def test_what_is_no_id_is_refused(bad: list[float]) -> None:
    with pytest.raises(InputError, match=r"sequences\[1\] must be whole numbers from 0"):
        from_ids([[1, 2], bad])  # type: ignore[list-item]


def test_a_table_is_pointed_to_from_frame() -> None:
    class Table:
        columns = ("a",)

    with pytest.raises(InputError, match="but is a table"):
        from_tensors(Table())  # type: ignore[arg-type]
