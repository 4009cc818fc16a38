"""Figures of events: what is drawn is what is there."""

import io

import numpy as np
import pytest
from matplotlib.colors import to_hex

from aition.core.errors import InputError
from aition.view.plots import (
    plot_classes,
    plot_code_classes,
    plot_code_values,
    plot_codes,
    plot_sample,
    plot_summary,
    plot_values,
    tally,
)
from aition.view.plots.code_classes import value_trends
from aition.view.plots.rows import row_cells


def marks(axes):
    return next(one for one in axes.collections if one.get_gid() == "events")


def mesh(axes):
    return next(one for one in axes.collections if type(one).__name__ == "QuadMesh")


def texts(figure):
    return " ".join(one.get_text() for one in figure.findobj(lambda artist: hasattr(artist, "get_text")))


def rows(axes):
    return [label.get_text() for label in axes.get_yticklabels()]


def own(one, sample):
    """Code, time and attribution of a sample's events."""
    mine = one["row_sample"].values == sample
    return (one[name].values[mine] for name in ("row_feature", "row_times", "attribution"))


def test_each_event_of_a_sample_is_a_mark_at_its_time_and_code(events):
    one = events()
    axes = plot_sample(one, "s1").axes[0]
    names = rows(axes)
    drawn = sorted(
        (names[int(y)], x, size)
        for (x, y), size in zip(marks(axes).get_offsets(), marks(axes).get_array(), strict=True)
    )
    expected = sorted((f"c{code}", time, size) for code, time, size in zip(*own(one, 1), strict=True))
    assert [first for first, *_ in drawn] == [first for first, *_ in expected]
    np.testing.assert_allclose([rest for _, *rest in drawn], [rest for _, *rest in expected])


def test_the_codes_that_count_most_are_on_top(events):
    one = events()
    code, _, size = own(one, 2)
    order = np.argsort(-np.bincount(code, np.abs(size), minlength=6))
    assert rows(plot_sample(one, "s2", top=3).axes[0]) == [f"c{place}" for place in order[:3]]


def test_what_is_left_out_is_said(events):
    assert "those of 3 of 6 codes are shown" in texts(plot_sample(events(), "s2", top=3))


def test_the_value_that_counted_most_is_written_beside_its_mark(events):
    one = events(valued=1.0)
    mine = one["row_sample"].values == 0
    value = one["row_value"].values[mine][np.abs(one["attribution"].values[mine]).argmax()]
    assert f"{value:.3g}" in [text.get_text() for text in plot_sample(one, "s0").axes[0].texts]


def test_events_without_values_have_no_number(events):
    assert not plot_sample(events(valued=0.0), "s0").axes[0].texts


@pytest.mark.parametrize("signed", [False, True])
def test_a_sign_has_two_colours_and_none_has_one(events, signed):
    shown = marks(plot_sample(events(signed=signed), "s0").axes[0])
    assert (shown.norm.vmin < 0) == signed
    white = to_hex(shown.cmap(0.5 if signed else 0.0))
    assert min(int(white[place : place + 2], 16) for place in (1, 3, 5)) > 240


def test_a_sample_that_is_not_there_is_named(events):
    with pytest.raises(InputError, match="'s9'"):
        plot_sample(events(), "s9")


def test_a_sample_whose_events_have_no_answer_is_named(events):
    size = np.where(np.arange(200) < 40, np.nan, 1.0)
    with pytest.raises(InputError, match="'s0' has no event with attribution"):
        plot_sample(events(attribution=(("row",), size)), "s0")


def test_the_summary_shows_the_mean_over_samples_of_each_codes_steps(events):
    one = events()
    axes = plot_summary(one).axes[0]
    total = np.zeros((6, 4))
    np.add.at(total, (one["row_feature"].values, one["row_time"].values), np.abs(one["attribution"].values))
    order = [int(name[1:]) for name in rows(axes)]
    np.testing.assert_allclose(mesh(axes).get_array(), total[order] / 5)
    np.testing.assert_array_equal(order, np.argsort(-total.sum(axis=1)))


def test_the_marks_of_a_code_stand_at_the_mean_attribution_of_its_fifths(events):
    one = events(n_code=1, valued=1.0)
    fifths = plot_summary(one).axes[1].collections[1]
    value, size = one["row_value"].values, one["attribution"].values
    parts = np.array_split(size[np.argsort(value)], 5)
    np.testing.assert_allclose(sorted(fifths.get_offsets()[:, 0]), sorted(part.mean() for part in parts))


def test_a_summary_of_parts_is_that_of_the_whole(events):
    one, other = plot_summary(events()), plot_codes(tally([events()]))
    np.testing.assert_array_equal(mesh(one.axes[0]).get_array(), mesh(other.axes[0]).get_array())


def test_many_steps_are_put_in_bins(events):
    figure = plot_summary(events(n_step=1000, n_event=300))
    assert "bins of 5 steps" in figure.axes[0].get_xlabel()
    assert mesh(figure.axes[0]).get_array().shape == (6, 200)


def test_each_class_has_a_panel_of_its_own_mean(events):
    one = events()
    panels = plot_classes(one).axes
    total = np.zeros((6, 4))
    mine = np.isin(one["row_sample"].values, [1, 3])
    np.add.at(
        total, (one["row_feature"].values[mine], one["row_time"].values[mine]), np.abs(one["attribution"].values[mine])
    )
    order = [int(name[1:]) for name in rows(panels[0])]
    np.testing.assert_allclose(mesh(panels[1]).get_array(), total[order] / 2)


def test_classes_are_named(events):
    assert "ill  (n = 2)" in texts(plot_classes(events(), class_names=["well", "ill"]))


def test_no_classes_are_refused(events):
    one = events(n_class=1, target_class=(("sample",), np.full(5, -1)))
    with pytest.raises(InputError, match="there must be classes"):
        plot_code_classes(tally([one]))


def test_a_rising_attribution_has_a_rising_line(events):
    one = events(n_code=1, valued=1.0)
    rising = events(n_code=1, valued=1.0, attribution=(("row",), 3 * one["row_value"].values.astype(float)))
    value, mean, deviation = value_trends(tally([rising]), top=1)[0]
    np.testing.assert_allclose(mean, 3 * value, atol=1e-6)
    assert (np.diff(value) > 0).all()
    assert len(plot_values(rising).axes) == 1
    assert deviation.min() >= 0


def test_codes_without_values_have_no_line(events):
    with pytest.raises(InputError, match="with a value"):
        plot_code_values(tally([events(valued=0.0)]))


@pytest.mark.parametrize("plot", [plot_summary, plot_values, plot_classes])
def test_no_codes_are_refused(events, plot):
    with pytest.raises(InputError, match="top must be 1 or more"):
        plot(events(), top=0)


@pytest.mark.parametrize("plot", [plot_summary, plot_classes])
def test_attributions_of_zero_can_be_drawn(events, plot):
    plot(events(attribution=(("row",), np.zeros(200)))).savefig(io.BytesIO(), format="png", dpi=40)


def test_events_lie_beside_the_samples_to_be_compared(events):
    cells = row_cells(events(), "attribution")
    assert cells.dims == ("sample", "time")
    np.testing.assert_array_equal(cells.values.ravel(), events()["attribution"].values)
