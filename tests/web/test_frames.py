"""Frames give back what went in, and lie in memory as a page needs them."""

import json
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from aition.core.errors import InputError
from aition.view.web import frames
from aition.view.web.frames import filled, frame, plain, read_frame, spread

KINDS = st.sampled_from(["<u1", "<i4", "<u4", "<f4", "<f8"]).map(np.dtype)
ANY = KINDS.flatmap(lambda kind: arrays(kind, array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=4)))


@given(st.dictionaries(st.text(max_size=5), ANY, max_size=4))
def test_a_frame_gives_back_its_arrays(given):
    _, back = read_frame(frame({}, given))
    assert list(back) == list(given)
    for name, array in given.items():
        np.testing.assert_array_equal(back[name], array)
        assert back[name].dtype == array.dtype


@given(array_shapes(max_dims=4), st.floats(0, 1), st.integers(0, 99))
def test_arrays_that_are_mostly_zero_come_back_from_what_is_not(shape, share, seed):
    draw = np.random.default_rng(seed)
    n = np.where(draw.random(shape) < share, draw.integers(1, 9, shape), 0).astype("u4")
    given = {"n": n, "total": n * draw.normal(size=shape)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(frames, "SMALL", 0)
        sent = filled(given, "n")
    assert ("cell" in sent) == (2 * np.count_nonzero(n) < n.size)
    back = spread(sent, shape)
    for name, array in given.items():
        np.testing.assert_array_equal(back[name], array)


def test_small_arrays_are_sent_as_they_are():
    assert list(filled({"n": np.zeros(frames.SMALL)}, "n")) == ["n"]
    assert list(filled({"n": np.zeros(frames.SMALL + 1)}, "n")) == ["cell", "n"]


@given(st.dictionaries(st.text(max_size=9), ANY, min_size=1, max_size=4), st.text(max_size=9))
def test_every_array_begins_at_a_multiple_of_eight_bytes(given, words):
    data = frame({"words": words}, given)
    magic, version, length = struct.unpack_from("<4sII", data)
    assert (magic, version) == (b"AITN", 1)
    assert (12 + length) % 8 == len(data) % 8 == 0
    at = 12 + length
    for one in json.loads(data[12:at])["arrays"]:
        size = int(np.prod(one["shape"])) * np.dtype(one["dtype"]).itemsize
        assert data[at : at + size] == given[one["name"]].tobytes()
        at += -(-size // 8) * 8
    assert at == len(data)


def test_an_array_that_is_not_contiguous_is_sent_in_order():
    turned = np.arange(6, dtype="f4").reshape(2, 3).T
    np.testing.assert_array_equal(read_frame(frame({}, {"x": turned}))[1]["x"], turned)


def test_an_array_of_another_kind_is_refused():
    with pytest.raises(InputError, match="n must be one of u1, i4, u4, f4, f8, but is int64"):
        frame({}, {"n": np.arange(3)})


def test_a_frame_that_was_cut_off_is_refused():
    with pytest.raises(InputError, match="cut off"):
        read_frame(frame({}, {"n": np.arange(9, dtype="f8")})[:-8])


def test_what_is_no_frame_is_refused():
    with pytest.raises(InputError, match="AITN"):
        read_frame(b"JUNK and more of it")


def test_what_json_lacks_becomes_null():
    assert plain({"a": np.float64("nan"), "b": [np.inf, np.int64(2)], 3: np.array([1.0])}) == {
        "a": None, "b": [None, 2], "3": [1.0],
    }  # fmt: skip


def test_half_a_letter_can_be_said():
    assert json.loads(frame({"name": "\ud800"}, {})[12:])["meta"]["name"] == "\ud800"
