import io
import subprocess
import sys
import warnings

import numpy as np
import pytest
from matplotlib.colors import to_hex

from aition.core.errors import InputError, MissingExtraError
from aition.view.plots import plot_sample
from aition.view.plots.canvas import INK


def meshes(axes):
    return [one for one in axes.collections if type(one).__name__ == "QuadMesh"]


def texts(figure):
    return [one.get_text() for one in figure.findobj(lambda artist: hasattr(artist, "get_text")) if one.get_text()]


def value_line(axes):
    return next(line for line in axes.lines if to_hex(line.get_color()) == INK and line.get_linestyle() == "-")


def drawn(figure) -> bytes:
    file = io.BytesIO()
    figure.savefig(file, dpi=40)
    return file.getvalue()


@pytest.mark.parametrize(("n_feature", "n_panel"), [(1, 1), (3, 3), (12, 12)])
def test_each_of_a_few_features_has_a_panel(explained, n_feature, n_panel):
    figure = plot_sample(explained(n_feature=n_feature), "s1")
    assert len([axes for axes in figure.axes if axes.lines]) == n_panel


def test_sixty_features_become_two_heat_maps_and_bars(explained):
    attributions, values, bars, *_ = plot_sample(explained(n_feature=60), "s1").axes
    assert [len(meshes(axes)) for axes in (attributions, values)] == [1, 1]
    assert len(bars.patches) == 60


def test_the_features_that_count_most_are_the_rows_of_a_heat_map(explained):
    one = explained(n_feature=20)
    totals = np.abs(one["attribution"].values[1]).sum(axis=0)
    names = [label.get_text() for label in plot_sample(one, "s1", top=5).axes[0].get_yticklabels()]
    assert names == [f"f{place}" for place in np.argsort(-totals)[:5]]


def test_the_heading_says_how_many_features_are_left_out(explained):
    words = " ".join(texts(plot_sample(explained(n_feature=20), "s1", top=5)))
    assert "5 of 20 features" in words


def test_the_line_runs_through_the_values(explained):
    one = explained()
    line = value_line(plot_sample(one, "s2").axes[1])
    np.testing.assert_array_equal(line.get_ydata(), one["value"].values[2, :, 1])


@pytest.mark.parametrize("left", [False, True])
def test_padding_is_not_drawn(explained, left):
    one = explained(lengths=(10, 6, 10, 10, 10, 10), left=left)
    axes = plot_sample(one, "s1").axes[0]
    steps = np.flatnonzero(one["exists"].values[1])
    assert len(steps) == 6
    np.testing.assert_array_equal(value_line(axes).get_xdata(), steps)
    assert axes.get_xlim() == (steps[0] - 0.5, steps[-1] + 0.5)


def test_what_was_not_measured_is_a_hatched_gap(explained):
    one = explained(missing=0.4)
    axes = plot_sample(one, "s0").axes[0]
    missing = ~one["observed"].values[0, :, 0]
    assert missing.any()
    np.testing.assert_array_equal(np.isnan(value_line(axes).get_ydata()), missing)
    hatched = next(one for one in axes.collections if one.get_gid() == "not-measured")
    assert sum(path.get_extents().width for path in hatched.get_paths()) == pytest.approx(missing.sum())


def test_complete_data_are_not_hatched(explained):
    axes = plot_sample(explained(), "s0").axes[0]
    assert not [one for one in axes.collections if one.get_gid() == "not-measured"]


def test_a_single_value_between_gaps_is_marked(explained):
    observed = np.zeros((6, 10, 1), dtype=bool)
    observed[:, 4] = True
    axes = plot_sample(explained(n_feature=1, observed=(("sample", "time", "feature"), observed)), "s0").axes[0]
    assert [list(line.get_xdata()) for line in axes.lines if line.get_marker() == "o"] == [[4.0]]


def test_irregular_times_are_true_to_scale_with_their_unit(explained):
    times = np.array([0, 1, 2, 3, 4, 5, 6, 7, 8, 40.0])
    axes = plot_sample(explained(n_feature=1, times=times, unit="hours"), "s0").axes[0]
    np.testing.assert_array_equal(value_line(axes).get_xdata(), times)
    assert axes.get_xlabel() == "time (hours)"


def test_times_out_of_order_are_sorted(explained):
    times = np.array([3, 1, 2, 0, 4, 5, 6, 7, 8, 9.0])
    one = explained(n_feature=1, times=times, unit="hours")
    line = value_line(plot_sample(one, "s0").axes[0])
    np.testing.assert_array_equal(line.get_xdata(), np.sort(times))
    np.testing.assert_array_equal(line.get_ydata(), one["value"].values[0, np.argsort(times), 0])


def test_a_signed_scale_is_centred_on_nothing(explained):
    one = explained()
    mesh = meshes(plot_sample(one, "s0").axes[0])[0]
    low, high = mesh.get_clim()
    assert -low == high == pytest.approx(np.abs(one["attribution"].values[0]).max())


def test_the_sign_of_the_scale_is_that_of_the_whole_explanation(explained):
    one = explained()
    one["attribution"][0] = np.abs(one["attribution"][0])
    low, high = meshes(plot_sample(one, "s0").axes[0])[0].get_clim()
    assert low == -high


def test_a_mask_is_shown_from_0_to_1(explained):
    assert meshes(plot_sample(explained(signed=False), "s0").axes[0])[0].get_clim() == (0.0, 1.0)


def test_a_limit_fixes_the_scale(explained):
    assert meshes(plot_sample(explained(), "s0", limit=7.0).axes[0])[0].get_clim() == (-7.0, 7.0)


def test_no_peak_is_lost_among_two_thousand_steps(explained):
    attribution = np.zeros((1, 2000, 3))
    attribution[0, 1234, 1] = -5.0
    one = explained(1, 2000, attribution=(("sample", "time", "feature"), attribution))
    axes = plot_sample(one, "s0").axes[1]
    assert meshes(axes)[0].get_array().min() == -5.0


def test_the_title_says_what_was_predicted_and_what_is_true(explained):
    one = explained(
        prediction=(("sample", "class"), np.array([[0.0, 2.0]] * 6)), label=(("sample",), np.zeros(6, dtype=int))
    )
    words = texts(plot_sample(one, "s0", class_names=("ill", "well")))
    assert "Sample s0: predicted well (p = 0.88), but true: ill" in words


def test_the_subtitle_says_what_was_explained_and_how(explained):
    one = explained(target_class=(("sample",), np.ones(6, dtype=int)), score=(("sample",), np.full(6, 1.234)))
    words = texts(plot_sample(one, "s0"))
    assert "What counted for class 1 (score 1.23), by integrated-gradients, baseline constant (value 0.0)" in words


def test_names_are_printed_as_they_stand(explained):
    name = "$\\frac{a}{0}$ <b>\n&"
    figure = plot_sample(explained(n_feature=1, names=(name,), ids=("$a$", "b", "c", "d", "e", "f")), "$a$")
    assert drawn(figure)


def test_one_step_of_one_sample_is_shown(explained):
    assert drawn(plot_sample(explained(1, 1, 1), "s0"))


def test_attributions_that_are_all_0_are_shown(explained):
    one = explained(attribution=(("sample", "time", "feature"), np.zeros((6, 10, 3))))
    assert drawn(plot_sample(one, "s0"))


def test_a_sample_without_an_answer_is_shown(explained):
    one = explained()
    one["attribution"][0] = np.nan
    assert drawn(plot_sample(one, "s0"))


def test_a_feature_that_was_never_measured_is_shown(explained):
    observed = np.ones((6, 10, 14), dtype=bool)
    observed[:, :, 3] = False
    one = explained(n_feature=14, observed=(("sample", "time", "feature"), observed))
    assert drawn(plot_sample(one, "s0"))


def test_an_unknown_sample_is_answered_with_those_that_are_there(explained):
    with pytest.raises(InputError, match="sample must be one of the 6 ids, such as 's1'"):
        plot_sample(explained(), "s11")


def test_an_unknown_variable_is_answered_with_those_that_are_there(explained):
    with pytest.raises(InputError, match="has no variable 'mask'; it has value, observed"):
        plot_sample(explained(), "s1", variable="mask")


def test_a_variable_without_time_is_refused(explained):
    with pytest.raises(InputError, match="must have the axes sample, time and feature"):
        plot_sample(explained(), "s1", variable="score")


def test_pyplot_and_the_settings_of_matplotlib_are_left_alone(explained):
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    drawn(plot_sample(explained(), "s0"))
    assert dict(mpl.rcParams) == before


def test_a_figure_needs_neither_pyplot_nor_torch():
    code = (
        "import sys, aition.view.plots, aition.view.report\n"
        "assert 'matplotlib' not in sys.modules\n"
        "import matplotlib.figure\n"
        "sys.exit(bool({'torch', 'matplotlib.pyplot'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_without_matplotlib_the_command_to_install_it_is_named(explained, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'aition\[plots\]'"):
        plot_sample(explained(), "s0")


def test_a_figure_is_drawn_without_a_warning(explained):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawn(plot_sample(explained(n_feature=14, missing=0.3, lengths=(10, 6, 8, 9, 2, 1)), "s5"))
