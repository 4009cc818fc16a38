"""Events in columns become a batch with a position an event; what can't be told apart is refused."""

import numpy as np
import pytest
import torch

from aition import event_scales, from_events, from_tensors, is_events, scale_events
from aition.core.errors import InputError

NAN = float("nan")
COLUMNS = {
    "sample": ["b", "a", "b", "a", "b"],
    "time": [3.5, 0.0, 0.2, 9.9, 0.2],
    "code": ["pulse", "fever", "pulse", "pulse", "fever"],
    "value": [90.0, NAN, 70.0, 80.0, NAN],
}


def columns(**changes):
    return {**COLUMNS, **changes}


def batch(**rest):
    return from_events(**columns(), **rest)


def test_events_are_in_order_of_time_then_code():
    assert batch()["code"].tolist() == [[0, 1, 1], [0, 1, 0]]
    assert batch().times.tolist() == [[0.2, 0.2, 3.5], [0.0, 9.9, 0.0]]


def test_the_order_of_rows_changes_nothing_but_that_of_samples():
    order = np.random.default_rng(0).permutation(5)
    turned = {name: [values[i] for i in order] for name, values in COLUMNS.items()}
    assert from_events(**turned, ids=["b", "a"]).digest() == from_events(**columns(), ids=["b", "a"]).digest()


def test_equal_events_are_in_order_of_their_values():
    one = from_events([0, 0, 0], [1, 1, 1], [0, 0, 0], value=[2.0, NAN, -1.0])
    assert one["event_value"].tolist() == [[-1.0, 2.0, 0.0]]
    assert one["has_value"].tolist() == [[True, True, False]]


def test_samples_come_as_they_are_met_or_as_ids_say():
    assert batch().ids.tolist() == ["b", "a"]
    assert batch(ids=["a", "b"]).ids.tolist() == ["a", "b"]


def test_static_values_and_labels_follow_ids():
    one = batch(ids=["a", "b"], label=[1, 0], static=[[5.0], [6.0]], static_names=["age"])
    assert one.label.tolist() == [1, 0]
    assert one.static.tolist() == [[5.0], [6.0]]
    assert one.static_names == ("age",)


def test_presence_is_1_and_padding_0():
    assert batch().x[:, :, 0].tolist() == [[1, 1, 1], [1, 1, 0]]
    assert torch.equal(batch().observed[:, :, 0], batch().exists)
    assert batch().feature_names == ("present",)


def test_steps_are_whole_parts_of_the_time():
    assert batch(every=0.5)["step"].tolist() == [[0, 0, 7], [0, 19, 0]]


def test_a_time_of_three_tenths_lies_in_the_third_step_of_a_tenth():
    assert from_events([0], [0.3], [0], every=0.1)["step"].tolist() == [[3]]


def test_a_sample_has_steps_up_to_its_last_event_or_as_many_as_are_given():
    assert batch()["n_step"].tolist() == [4, 10]
    assert batch(n_step=48)["n_step"].tolist() == [48, 48]
    assert batch(n_step=[10, 24], ids=["a", "b"])["n_step"].tolist() == [10, 24]


def test_length_adds_padding_only():
    assert batch(length=7).n_time == 7
    assert batch(length=7).lengths.tolist() == batch().lengths.tolist()


def test_codes_may_be_places_in_a_vocabulary():
    one = from_events([0, 0], [0, 1], [2, 0], vocabulary=["a", "b", "c"])
    assert one["code"].tolist() == [[2, 0]]
    assert one.fields["code"].names == ("a", "b", "c")


def test_without_a_vocabulary_it_is_what_comes():
    assert batch().fields["code"].names == ("fever", "pulse")
    assert from_events([0], [0], [2]).fields["code"].names == ("0", "1", "2")


def test_values_are_a_signal_where_they_are_explained():
    assert batch().fields["event_value"].role == "context"
    assert batch(explain_values=True).fields["event_value"].role == "signal"


def test_arrays_and_tensors_are_taken_as_columns():
    one = from_events(torch.tensor([0, 0]), np.array([0, 1]), np.array(["x", "y"], dtype=object), value=[None, 2.0])
    assert one["has_value"].tolist() == [[False, True]]


def test_a_batch_knows_whether_it_is_events():
    assert is_events(batch())
    assert is_events(batch().take([1]))
    assert not is_events(from_tensors(torch.zeros(1, 2, 3)))


def test_scales_of_training_serve_other_events():
    scales = event_scales(batch())
    assert scales == {"fever": (0.0, 1.0), "pulse": (80.0, pytest.approx((200 / 3) ** 0.5))}
    other = from_events(["c"], [0], ["pulse"], value=[80 + scales["pulse"][1]], vocabulary=["fever", "pulse"])
    assert scale_events(other, scales)["event_value"].item() == pytest.approx(1.0)


def test_scaled_values_have_mean_0_and_deviation_1():
    one = batch(scales=event_scales(batch()))
    scaled = one["event_value"][one["has_value"]]
    assert float(scaled.mean()) == pytest.approx(0, abs=1e-6)
    assert float(scaled.std(correction=0)) == pytest.approx(1, abs=1e-6)


def test_values_that_are_missing_stay_0_when_scaled():
    one = batch(scales={"pulse": (80, 2)})
    assert one["event_value"][~one["has_value"]].tolist() == [0.0] * 3


def test_equal_values_of_a_code_have_a_deviation_of_1():
    one = from_events([0, 0], [0, 1], ["a", "a"], value=[0.1, 0.1])
    assert event_scales(one)["a"] == (pytest.approx(0.1), 1.0)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"time": [0.0] * 4}, r"time must be \[event=5\], but is \[4\]"),
        (
            {"time": [0, 1, -1.0, 2, NAN]},
            "not before 0, the start of its sample, but 2 of 5 are not; the first is -1.0",
        ),
        ({"time": ["x"] * 5}, "time must be numbers"),
        ({"value": [float("inf")] * 5}, "value must be finite, or NaN where an event has none"),
        ({"sample": ["a", None, "b", "a", "b"]}, "sample must be all names or all whole numbers, none missing"),
        ({"sample": [0.5] * 5}, "sample must be names or whole numbers, but has dtype float64"),
        ({"ids": ["a"]}, "sample must be one of ids, but 1 are not: 'b'"),
        ({"ids": ["a", "b", "c"]}, "every sample must have at least one event, but 1 have none: 'c'; leave them out"),
        ({"ids": ["a", "b", "a"]}, "ids must be different, but 'a' comes 2 times"),
        ({"label": [0, 1]}, "ids must say in which order"),
        ({"vocabulary": ["fever"]}, "vocabulary of 1, but 3 events have others: 'pulse'"),
        ({"vocabulary": ["fever", "pulse", "fever"]}, "vocabulary must be different names, but has twice 'fever'"),
        ({"code": [0, 1, 2, 3, 4], "vocabulary": ["x", "y"]}, "code must be 0 to 1, but is 0 to 4"),
        ({"code": [0, -1, 0, 0, 0]}, "code must be 0 to 0, but is -1 to 0"),
        ({"every": 0.0}, "every must be above 0 hours, but is 0.0"),
        ({"n_step": 5}, "time must lie within the 5 steps of its sample, but 1 of 5 are not; the first is 9.9"),
        ({"n_step": -1}, "n_step must be whole numbers from 1, or 0 for all, but is -1"),
        ({"length": 2}, "length must be at least the most events of a sample, 3, but is 2"),
        ({"scales": {"fever": (0, 1)}}, r"scales must hold every code that has values, but not 'pulse'; \(0, 1\)"),
        ({"scales": {"pulse": (80, 0)}}, r"a mean and a deviation above 0, but 'pulse' has \(80, 0\)"),
        ({name: [] for name in COLUMNS}, "there must be at least one event, but there is none"),
    ],
)
def test_what_can_not_be_right_is_refused(changes, words):
    with pytest.raises(InputError, match=words):
        from_events(**columns(**changes))
