"""Explanation: its schema, and parts that become one."""

import numpy as np
import pytest
import xarray as xr

from aition.core.errors import InputError, ProtocolError
from aition.core.explanation import ATTRIBUTES, Explanation, explanation, joined, padded

ATTRS = dict.fromkeys(ATTRIBUTES, "")


def part(ids: list[str], n_time: int = 3, **more: object) -> Explanation:
    size = len(ids)
    variables = {"attribution": (("sample", "time"), np.arange(float(size * n_time)).reshape(size, n_time)), **more}
    return explanation(variables, coords={"sample": ids, "time": range(n_time)}, attrs=ATTRS)


def test_parts_follow_one_another() -> None:
    whole = joined([part(["a", "b"]), part(["c"])])
    assert whole["attribution"].shape == (3, 3)
    assert whole["sample"].values.tolist() == ["a", "b", "c"]


def test_parts_of_unequal_length_are_padded_with_nan_minus_one_and_false() -> None:
    def kinds(n: int) -> dict[str, object]:
        axes = ("sample", "time")
        return {
            "i": (axes, np.ones((1, n), int)),
            "b": (axes, np.ones((1, n), bool)),
            "c": (axes, np.ones((1, n), complex)),
        }

    whole = joined([part(["a"], 2, **kinds(2)), part(["b"], 3, **kinds(3))])
    assert np.isnan(whole["attribution"].values[0, 2])
    assert whole["i"].values[0].tolist() == [1, 1, -1]
    assert whole["b"].values[0].tolist() == [True, True, False]
    assert np.isnan(whole["c"].values[0, 2])
    assert whole["time"].values.tolist() == [0, 1, 2]


def test_sparse_rows_point_to_their_samples_after_joining() -> None:
    def sparse(ids: list[str], rows: list[int]) -> Explanation:
        return part(ids, 3, row_sample=(("row",), np.array(rows)), weight=(("row",), np.ones(len(rows))))

    whole = joined([sparse(["a", "b"], [0, 1, 1]), sparse(["c"], [0])])
    assert whole["row_sample"].values.tolist() == [0, 1, 1, 2]


def test_what_has_no_sample_must_agree_where_it_overlaps() -> None:
    def basis(values: list[float], name: str) -> Explanation:
        return part([name], 3, basis=(("component",), np.array(values)))

    assert joined([basis([1, 2], "a"), basis([1, 2, 3], "b")])["basis"].values.tolist() == [1, 2, 3]
    with pytest.raises(InputError, match="basis has no axis of samples, so it must be equal"):
        joined([basis([1, 2], "a"), basis([1, 3], "b")])


def test_names_along_an_axis_must_agree_throughout() -> None:
    one = part(["a"]).assign_coords(time=["u", "v", "w"])
    with pytest.raises(
        InputError, match=r"time must be the same throughout the data, but is \['u', 'v', 'w'\] and \['u'"
    ):
        joined([one, part(["b"]).assign_coords(time=["u", "w", "v"])])
    longer = part(["b"], n_time=4).assign_coords(time=["u", "v", "w", "x"])
    assert joined([one, longer])["time"].values.tolist() == ["u", "v", "w", "x"]


def test_units_of_time_must_agree_throughout() -> None:
    with pytest.raises(InputError, match=r"time_unit must be the same throughout the data, but is \['day', 'hour'\]"):
        joined([part(["a"]).assign_attrs(time_unit="hour"), part(["b"]).assign_attrs(time_unit="day")])


def test_an_id_must_not_come_again() -> None:
    with pytest.raises(InputError, match="'a' comes again"):
        joined([part(["a"]), part(["a"])])


def test_padding_leaves_values_where_they_were() -> None:
    assert np.array_equal(padded(np.array([1.0, 2.0]), [4], [1]), [np.nan, 1, 2, np.nan], equal_nan=True)


ONE = np.zeros((1, 3))
BAD = {
    "empty": ({}, "at least one variable"),
    "name": ({"A b": (("sample", "time"), ONE)}, "'A b'"),
    "axis": ({"a": (("sample", "Zeit"), ONE)}, "'Zeit'"),
    "order": ({"a": (("time", "sample"), ONE.T)}, "sample as its first axis"),
    "rank": ({"a": (("sample",), ONE)}, "2 different axes"),
    "twice": ({"a": (("sample", "sample"), np.zeros((1, 1)))}, "sample as its first axis"),
    "strings": ({"a": (("sample", "time"), ONE.astype(str))}, "must be float, complex"),
    "size": ({"a": (("sample", "time"), np.zeros((1, 4)))}, "a has 4 along time, but time has 3 elsewhere"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_not_of_the_schema_is_refused(name: str) -> None:
    variables, words = BAD[name]
    with pytest.raises(ProtocolError, match=words):
        explanation(variables, coords={"sample": ["a"], "time": range(3)}, attrs=ATTRS)


def test_an_attribute_must_not_be_missing() -> None:
    with pytest.raises(ProtocolError, match="needs the attribute"):
        explanation({"a": (("sample",), np.zeros(1))}, coords={}, attrs={})


def test_an_explanation_is_a_plain_dataset() -> None:
    assert type(part(["a"])) is xr.Dataset
