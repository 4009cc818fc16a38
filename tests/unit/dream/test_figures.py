"""Figures of dreams: what is hit, what looks real, what differs, what is a copy."""

import numpy as np
import pytest

from aition.core.errors import InputError
from aition.dream import Margin, PrincipalComponents, Recipe, dream, figures_of
from aition.dream.figures import apart
from stand_ins.axes import dreams as other_dreams
from stand_ins.dreams import dreamed, matched, waves


def test_what_hit_and_looks_real_holds():
    one, _, border = figures_of(dreamed())
    assert one.wish == "class 0"
    assert one.hit == pytest.approx(np.mean(np.abs(dreamed().margin[:3] / dreamed().wanted[:3] - 1) <= 0.05))
    assert one.look_real == pytest.approx(dreamed().looks_real.values[:3].mean())
    assert one.held == (one.hit >= 0.9 and one.look_real >= 0.9 and one.copies <= 0.1)
    assert np.isnan(border.wanted)
    assert border.hit == pytest.approx(np.mean(dreamed().gap.values[6:] <= 0.02))


def test_copies_of_a_real_series_are_found_and_do_not_differ():
    copied = dreamed().copy(deep=True)
    copied["value"].values[:3] = copied.real_value.values[0]
    copied["nearest_distance"].values[:3] = 0.0
    one = figures_of(copied)[0]
    assert one.copies == 1.0
    assert one.diversity == 0.0
    assert not one.held


def test_units_of_features_change_nothing():
    one = dreamed()
    both = {
        name: np.concatenate([one[name].values, one[name].values[:, ::-1]], axis=2) for name in ("value", "real_value")
    }
    two = one.drop_dims("feature").assign(
        value=(("draw", "time", "feature"), both["value"]), real_value=(("real", "time", "feature"), both["real_value"])
    )
    scaled = two.assign(
        value=two["value"] * [1.0, 1e4] + [0.0, 1e3], real_value=two["real_value"] * [1.0, 1e4] + [0.0, 1e3]
    )
    assert figures_of(scaled)[0].diversity == pytest.approx(figures_of(two)[0].diversity, rel=1e-5)
    assert 0 < figures_of(two)[0].diversity


def test_of_few_real_series_many_look_strange_to_judges_that_did_not_see_them():
    recipe = Recipe(PrincipalComponents(most=1.0), steps=1, variations=())
    shares = {n: figures_of(dream(matched(), waves(n), Margin(1), recipe=recipe, draws=1))[0] for n in (20, 400)}
    # Of ten, one lies outermost on each side to every judge; of two hundred, three in a hundred are meant to.
    assert shares[20].real_look_real <= 0.6
    assert shares[400].real_look_real >= 0.85
    nobody = dream(matched(), waves(), Margin(1), recipe=recipe, draws=1, judges=())
    assert np.isnan(figures_of(nobody)[0].real_look_real)


def test_what_nobody_judged_does_not_hold():
    one = figures_of(dreamed().drop_vars("looks_real"))[0]
    assert np.isnan(one.look_real)
    assert not one.held


def test_what_is_no_dream_is_refused():
    with pytest.raises(InputError, match=r"what aition\.dream\.dream"):
        figures_of(other_dreams().drop_vars("real_value"))


def test_an_aim_of_nothing_can_be_hit_and_series_that_share_no_step_are_not_compared():
    aimed = dreamed().copy(deep=True)
    spread = aimed.real_reached.values[:, 0].std()
    aimed["wanted"].values[:3] = 0.0
    aimed["margin"].values[:3] = np.array([0.0, 5e-4, 5e-3]) * spread
    assert figures_of(aimed)[0].hit == pytest.approx(2 / 3)
    series = np.full((3, 4, 1), np.nan)
    series[0, :2], series[1, 2:], series[2] = 1.0, 2.0, 4.0
    assert apart(series) == 2.5
    assert np.isnan(apart(series[:2]))
