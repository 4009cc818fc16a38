"""Figures of dreams show what was dreamed, over what is real."""

import io

import numpy as np
import pytest

from aition.core.errors import InputError
from aition.view.plots import plot_dream_courses, plot_dream_frequencies, plot_dream_realism, plot_dreams
from stand_ins.axes import dreams as other_dreams
from stand_ins.dreams import dreamed

DREAMS = dreamed()


def drawn(figure) -> None:
    figure.savefig(io.BytesIO(), dpi=40)


def test_each_objective_has_a_row_and_each_dream_a_panel():
    figure = plot_dreams(DREAMS, most=2, class_names=("calm", "wavy"))
    drawn(figure)
    shown = [axes for axes in figure.axes if axes.get_visible()]
    assert [axes.get_ylabel().split(" at ")[0] for axes in shown[::2]] == ["calm", "wavy", "border 0|1"]
    line = shown[2].lines[-1]
    assert np.allclose(line.get_ydata(), DREAMS.value.values[3, :, 0], equal_nan=True)
    assert shown[2].lines[0].get_ydata() == pytest.approx(DREAMS.real_value.values[int(DREAMS.top[3]), :, 0])


def test_a_dream_that_looks_unreal_is_of_another_colour():
    strange = DREAMS.copy(deep=True)
    strange["percentile_neighbours"].values[0] = 100.0
    strange["percentile_neighbours"].values[1] = 50.0
    colours = [axes.lines[-1].get_color() for axes in plot_dreams(strange, most=2).axes[:2]]
    assert colours[0] != colours[1]


def test_courses_end_where_the_dreams_are():
    figure = plot_dream_courses(DREAMS)
    drawn(figure)
    ends = [line.get_ydata()[-1] for line in figure.axes[0].lines[:3]]
    assert ends == pytest.approx(DREAMS.objective.values[:3, -1])


def test_realism_is_that_of_the_strictest_judge():
    figure = plot_dream_realism(DREAMS)
    drawn(figure)
    names = [name for name in DREAMS.data_vars if name.startswith("percentile")]
    strictest = max((float(DREAMS[name][0]) for name in names), key=lambda one: max(0.5 - one, one - 99))
    assert figure.axes[0].lines[0].get_ydata()[0] == pytest.approx(strictest)


def test_frequencies_of_a_wave_peak_where_it_waves():
    figure = plot_dream_frequencies(DREAMS)
    drawn(figure)
    line = figure.axes[0].lines[1]
    assert line.get_xdata()[np.argmax(line.get_ydata())] == pytest.approx(1 / 12, abs=1 / 24)


def test_what_holds_no_such_dreams_is_refused():
    with pytest.raises(InputError, match="feature must be one of"):
        plot_dreams(DREAMS, feature="nowhere")
    with pytest.raises(InputError, match="must have been judged"):
        plot_dream_realism(DREAMS.drop_vars([name for name in DREAMS.data_vars if name.startswith("percentile")]))
    with pytest.raises(InputError, match=r"what aition\.dream\.dream"):
        plot_dreams(other_dreams().drop_vars("real_value"))
