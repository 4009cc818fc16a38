"""Figures of dreams show what was dreamed, over what is real."""

import io

import numpy as np
import pytest
from matplotlib.colors import same_color
from matplotlib.text import Text

from aition.core.errors import InputError
from aition.view.dreams.numbers import border_table
from aition.view.plots import (
    plot_dream_border,
    plot_dream_courses,
    plot_dream_frequencies,
    plot_dream_projection,
    plot_dream_realism,
    plot_dreams,
)
from aition.view.plots.dream_realism import front
from aition.view.plots.dreamt import percentiles_of
from stand_ins.axes import dreams as other_dreams
from stand_ins.dreams import dreamed

DREAMS = dreamed()
NAMES = ("calm", "wavy")


def drawn(figure) -> None:
    figure.savefig(io.BytesIO(), dpi=40)


def panels(figure) -> list:
    return [axes for axes in figure.axes if axes.get_visible() and axes.get_title(loc="left")]


def test_each_objective_has_a_row_of_the_best_real_series_and_of_dreams():
    figure = plot_dreams(DREAMS, most=2, class_names=NAMES)
    drawn(figure)
    shown = panels(figure)
    assert [axes.get_ylabel().split("\n")[0] for axes in shown[::3]] == ["calm", "wavy", "border calm | wavy"]
    top = DREAMS.real_value.values[int(DREAMS.top[3]), :, 0]
    assert shown[3].lines[-1].get_ydata() == pytest.approx(top)
    assert shown[3].get_title(loc="left") == f"real: {DREAMS.real_reached.values[int(DREAMS.top[3]), 1]:.3g}"
    torn = float(DREAMS.real_gap.values[int(DREAMS.top[6]), 2])
    assert shown[6].get_title(loc="left") == f"real: gap {torn:.2f}"
    assert shown[4].lines[0].get_ydata() == pytest.approx(top)
    assert np.allclose(shown[4].lines[-1].get_ydata(), DREAMS.value.values[3, :, 0], equal_nan=True)


@pytest.mark.parametrize(
    ("times", "unit", "label"),
    [(5 + 0.5 * np.arange(24), "hour", "time (hour)"), (np.arange(24.0) ** 2, "hour", "step"),
     (0.5 * np.arange(24), "step", "step")],
    ids=["regular", "irregular", "unitless"],
)  # fmt: skip
def test_time_is_drawn_in_its_unit_where_it_is_regular(times, unit, label):
    timed = DREAMS.assign(times=(("draw", "time"), np.tile(times, (9, 1)))).assign_attrs(time_unit=unit)
    shown = panels(plot_dreams(timed, most=1))
    assert shown[-1].get_xlabel() == label
    drawn_at = times if label != "step" else np.arange(24)
    for line in (shown[0].lines[-1], *shown[1].lines):
        assert np.asarray(line.get_xdata()) == pytest.approx(drawn_at)


def test_dreams_that_begin_at_different_times_are_drawn_by_steps():
    times = np.arange(24.0) + np.arange(9)[:, None]
    timed = DREAMS.assign(times=(("draw", "time"), times)).assign_attrs(time_unit="hour")
    assert panels(plot_dreams(timed, most=1))[-1].get_xlabel() == "step"


def test_the_scale_beside_a_series_has_a_mark_for_every_judge():
    figure = plot_dreams(DREAMS, most=1)
    for axes, known in ((panels(figure)[0], percentiles_of(DREAMS, real=True).value[int(DREAMS.top[0])]),
                        (panels(figure)[1], percentiles_of(DREAMS).value[0])):  # fmt: skip
        marks = [line.get_ydata()[0] for line in axes.child_axes[0].lines]
        assert marks == pytest.approx(known.tolist())


def test_a_dream_that_looks_unreal_or_is_a_copy_says_so():
    strange = DREAMS.copy(deep=True)
    strange["looks_real"].values[:3] = [False, True, True]
    strange["nearest_distance"].values[:3] = [9.0, 9.0, 0.0]
    shown = panels(plot_dreams(strange, most=3))[1:4]
    assert [axes.get_title(loc="left").partition(", ")[2] for axes in shown] == [
        "unreal",
        "looks real",
        "looks real, a copy",
    ]
    assert shown[0].lines[-1].get_color() != shown[1].lines[-1].get_color()


def test_features_lie_one_above_another_unless_one_is_named():
    two = other_dreams()
    two = two.assign(
        target_wish=("draw", two.target_class.values), wish=("wish", ["class 0", "class 1"]), top=("draw", [0] * 6),
        real_reached=(("real", "wish"), np.zeros((two.sizes["real"], 2))), wanted=("draw", [np.nan] * 6),
        gap=("draw", [np.nan] * 6), real_distance=("real", np.ones(two.sizes["real"])),
        wish_classes=(("wish", "side"), [[0, -1], [1, -1]]),
    )  # fmt: skip
    beside, both = panels(plot_dreams(two, most=1))[:2]
    assert [one.get_text() for one in beside.get_yticklabels()] == two.feature.values[::-1].tolist()
    alone = panels(plot_dreams(two, most=1, feature=str(two.feature.values[1])))[1]
    assert np.allclose(alone.lines[-1].get_ydata(), two.value.values[0, :, 1], equal_nan=True)
    upper, value = both.lines[1].get_ydata(), two.value.values[0, :, 0]
    there = ~np.isnan(value)
    assert np.corrcoef(upper[there], value[there])[0, 1] == pytest.approx(1)
    assert 1 <= upper[there].min() <= upper[there].max() <= 2


def test_features_that_are_left_out_are_counted():
    two = other_dreams()
    two = two.assign(
        target_wish=("draw", two.target_class.values), wish=("wish", ["class 0", "class 1"]), top=("draw", [0] * 6),
        real_reached=(("real", "wish"), np.zeros((two.sizes["real"], 2))), wanted=("draw", [np.nan] * 6),
        gap=("draw", [np.nan] * 6), real_distance=("real", np.ones(two.sizes["real"])),
        wish_classes=(("wish", "side"), [[0, -1], [1, -1]]),
    )  # fmt: skip
    many = two.isel(feature=[0, 1] * 5).assign_coords(feature=[f"sensor {one}" for one in range(10)])
    assert "8 of 10 features" in "".join(one.get_text() for one in plot_dreams(many, most=1).findobj(Text))
    assert "features" not in "".join(one.get_text() for one in plot_dreams(two, most=1).findobj(Text))


def test_courses_end_where_the_dreams_are():
    figure = plot_dream_courses(DREAMS)
    drawn(figure)
    ends = [line.get_ydata()[-1] for line in figure.axes[0].lines[:3]]
    assert ends == pytest.approx(DREAMS.objective.values[:3, -1])


def test_realism_is_how_few_real_series_lie_further_out_to_the_strictest_judge():
    figure = plot_dream_realism({"calibrated": DREAMS}, class_names=NAMES)
    drawn(figure)
    names = [name for name in DREAMS.data_vars if name.startswith("percentile")]
    rarest = min(min(float(DREAMS[name][0]), 100 - float(DREAMS[name][0])) for name in names)
    real, dreams = figure.axes[0].lines[:2]
    assert dreams.get_xdata() == pytest.approx(DREAMS.margin.values[:3])
    assert dreams.get_ydata()[0] == pytest.approx(max(rarest, 50 / 80))
    assert sorted(real.get_xdata()) == pytest.approx(sorted(DREAMS.real_reached.values[DREAMS.real_label == 0, 0]))


def test_no_dream_beats_one_of_the_front_and_every_other_is_beaten():
    points = np.random.default_rng(0).normal(size=(60, 2)).round(1)
    best = front(points)
    for one in points:
        beaten = ((points >= one).all(axis=1) & (points > one).any(axis=1)).any()
        assert beaten != (best == one).all(axis=1).any()
    assert (np.diff(best[:, 0]) > 0).all()


def test_a_border_dream_lies_on_the_line():
    figure = plot_dream_border(DREAMS, class_names=NAMES)
    drawn(figure)
    axes = figure.axes[0]
    (border,) = [line for line in axes.lines if line.get_label() == "dream: border calm | wavy"]
    assert border.get_xdata() == pytest.approx(border.get_ydata(), abs=0.03)
    (real,) = [line for line in axes.lines if line.get_label() == "real: wavy"]
    assert real.get_ydata() == pytest.approx(DREAMS.real_prediction.values[DREAMS.real_label == 1, 1])
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("logit of calm", "logit of wavy")


def test_with_a_third_class_logits_are_above_it_and_the_two_have_a_joint_probability():
    three = DREAMS.drop_vars(["prediction", "real_prediction"]).assign(
        prediction=(("draw", "class"), np.tile([1.0, 2.0, 4.0], (9, 1))),
        real_prediction=(("real", "class"), np.tile([3.0, 0.0, 1.0], (80, 1))),
    )
    figure = plot_dream_border(three)
    drawn(figure)
    dream = next(line for line in figure.axes[0].lines if line.get_label().startswith("dream"))
    assert (dream.get_xdata()[0], dream.get_ydata()[0]) == (-3.0, -2.0)
    odds = np.exp([1.0, 2.0, 4.0])
    dream = next(line for line in figure.axes[1].lines if line.get_label().startswith("dream"))
    assert dream.get_ydata()[0] == pytest.approx(odds[:2].sum() / odds.sum())


def test_between_three_classes_stands_where_the_first_leads_over_neither_other():
    logits = np.array([[2.0, 2.0, 0.0, 2.0], [1.0, 3.0, 0.0, 4.0]])
    three = DREAMS.isel(draw=[6, 7]).drop_vars(["prediction", "real_prediction", "wish_classes", "wish"]).assign(
        prediction=(("draw", "class"), logits),
        real_prediction=(("real", "class"), np.tile([3.0, 0.0, 1.0, 0.0], (80, 1))),
        wish_classes=(("wish", "side"), [[0, -1, -1], [1, -1, -1], [0, 1, 3]]),
        wish=["class 0", "class 1", "border 0|1|3"],
    )  # fmt: skip
    figure = plot_dream_border(three, class_names=("calm", "wavy", "flat", "steep"))
    drawn(figure)
    leads, joint = figure.axes
    assert any(one.get_text() == "Between calm, wavy and steep" for one in figure.findobj(Text))
    dream = next(line for line in leads.lines if line.get_label() == "dream: border calm | wavy | steep")
    assert dream.get_xydata().tolist() == [[0.0, 0.0], [-2.0, -3.0]]
    dream = next(line for line in joint.lines if line.get_label().startswith("dream"))
    odds = np.exp(logits)
    assert dream.get_xdata().tolist() == [0.0, 3.0]
    assert dream.get_ydata() == pytest.approx((odds.sum(axis=1) - odds[:, 2]) / odds.sum(axis=1))
    header = border_table(three, ("calm", "wavy", "flat", "steep")).header
    assert header[1:] == tuple(f"logit of {name} above the largest other" for name in ("calm", "wavy", "steep"))


def test_a_dream_stands_where_its_projection_is_hollow_where_it_looks_unreal():
    strange = DREAMS.copy(deep=True)
    strange["looks_real"].values[:3] = [True, False, True]
    figure = plot_dream_projection(strange, class_names=NAMES)
    drawn(figure)
    (full,) = [line for line in figure.axes[0].lines if line.get_label() == "dream: calm"]
    assert full.get_xydata() == pytest.approx(DREAMS.projection.values[[0, 2]])
    hollow = next(
        line for line in figure.axes[0].lines if np.allclose(line.get_xydata(), DREAMS.projection.values[[1]])
    )
    assert same_color(hollow.get_markerfacecolor(), "white")
    assert not same_color(full.get_markerfacecolor(), "white")


def test_frequencies_of_a_wave_peak_where_it_waves():
    figure = plot_dream_frequencies(DREAMS)
    drawn(figure)
    line = figure.axes[0].lines[1]
    assert line.get_xdata()[np.argmax(line.get_ydata())] == pytest.approx(1 / 12, abs=1 / 24)


def test_what_holds_no_such_dreams_is_refused():
    judged = [name for name in DREAMS.data_vars if name.startswith("percentile")]
    with pytest.raises(InputError, match="feature must be one of"):
        plot_dreams(DREAMS, feature="nowhere")
    with pytest.raises(InputError, match="but plain were not"):
        plot_dream_realism({"calibrated": DREAMS, "plain": DREAMS.drop_vars(judged)})
    with pytest.raises(InputError, match="of the same objectives"):
        plot_dream_realism({"all": DREAMS, "few": DREAMS.isel(real=slice(40))})
    with pytest.raises(InputError, match="a judge of features"):
        plot_dream_projection(DREAMS.drop_vars("projection"))
    with pytest.raises(InputError, match="between must be two different classes or more, from 0 to 1"):
        plot_dream_border(DREAMS, between=(0, 2))
    with pytest.raises(InputError, match="one number a class"):
        plot_dream_border(DREAMS.drop_vars("prediction"))
    with pytest.raises(InputError, match=r"what aition\.dream\.dream"):
        plot_dreams(other_dreams().drop_vars("real_value"))


def test_what_nobody_judged_is_drawn_without_a_scale():
    judged = [name for name in DREAMS.data_vars if "percentile" in name or name == "looks_real"]
    figure = plot_dreams(DREAMS.drop_vars(judged), most=1)
    drawn(figure)
    assert not any(axes.child_axes for axes in panels(figure))
