"""Verdicts on dreams say what speaks against them."""

import numpy as np
import pytest

from aition.dream import verdicts_of
from stand_ins.dreams import dreamed


def fine(**changes):
    """Dreams that are believable but for the changes, in the rows of the first objective."""
    one = dreamed().copy(deep=True)
    one["margin"].values[:] = one.wanted.values
    one["gap"].values[6:] = 0.0
    one["looks_real"].values[:] = True
    one["nearest_distance"].values[:] = np.median(one.real_distance.values)
    for name, value in changes.items():
        one[name].values[(slice(None), 0) if name == "real_reached" else slice(3)] = value
    return one


def test_what_reached_its_aim_looks_real_and_is_no_copy_is_believable():
    assert [one.finding for one in verdicts_of(fine())] == ["believable"] * 3


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"margin": 0.0}, "100 % missed the aim of"),
        (
            {"looks_real": False, "percentile_spectrum": 100.0},
            "100 % do not look real, most often to the judge of spectrum",
        ),
        ({"nearest_distance": 0.0}, "100 % are copies"),
        ({"real_reached": -1.0}, "sees no real series as this class"),
    ],
    ids=["aim", "real", "copies", "unseen"],
)
def test_what_speaks_against_dreams_is_said(changes, says):
    first, *others = verdicts_of(fine(**changes))
    assert first.finding == "not believable"
    assert says in first.words
    assert [one.finding for one in others] == ["believable"] * 2


def test_dreams_of_a_border_are_on_it_or_not():
    off = fine()
    off["gap"].values[6:8] = 0.5
    assert "67 % are not on the border" in verdicts_of(off)[2].words


@pytest.mark.parametrize(("unreal", "finding"), [(1, "believable in part"), (2, "not believable")])
def test_where_most_dreams_hold_these_can_be_taken(unreal, finding):
    some = fine()
    some["looks_real"].values[:unreal] = False
    first = verdicts_of(some)[0]
    assert first.finding == finding
    assert first.sound == pytest.approx(1 - unreal / 3)
    assert ("take these." in first.words) == (unreal == 1)


def test_dreams_that_only_one_network_sees_are_not_believed():
    seen = np.ones((9, 2), dtype=bool)
    seen[:3, 1] = False
    first, second, border = verdicts_of(fine().assign(agreed=(("draw", "other"), seen)))
    assert "other models see the class in 0 % only" in first.words
    assert (second.finding, second.agreed) == ("believable", 1.0)
    assert np.isnan(border.agreed)


def test_beside_what_looks_unreal_stands_how_many_real_series_do():
    some = fine(looks_real=False, percentile_spectrum=100.0)
    some["real_looks_real"].values[:] = np.arange(80) % 4 > 1
    first, second, _ = verdicts_of(some)
    assert "most often to the judge of spectrum (of the real series 50 % do not)" in first.words
    assert second.finding == "believable"
    assert "of the real series 50 % look real to the same judges" in second.words
    some["real_looks_real"].values[:] = True
    assert "look real to the same judges" not in verdicts_of(some)[1].words


@pytest.mark.parametrize(("n", "says"), [(7, "rests on 7 dreams alone"), (1, "rests on one dream alone"), (8, "")])
def test_a_verdict_on_few_dreams_says_so(n, says):
    many = fine().isel(draw=[0, 1, 2] * 3).isel(draw=slice(n))
    words = verdicts_of(many)[0].words
    assert says in words
    assert ("rests on" in words) == bool(says)


def test_what_nobody_judged_is_neither():
    (first, *_) = verdicts_of(fine().drop_vars("looks_real"))
    assert first.finding == "not judged"
    assert "Nobody judged" in first.words


def test_a_sum_below_nothing_does_not_tell_that_no_real_series_is_seen_as_the_class():
    joint = fine(real_reached=-1.0)
    joint["wish"] = ["class 0 + linear channel 1", *joint.wish.values[1:]]
    assert verdicts_of(joint)[0].finding == "believable"
