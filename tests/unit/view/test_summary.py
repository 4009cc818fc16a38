import io

import numpy as np
import pytest

from aition.core.errors import InputError
from aition.view.plots import plot_classes, plot_summary, plot_values
from aition.view.plots.profile import profile_of, profiles_of
from aition.view.plots.reading import read
from aition.view.plots.values import trend


def reading(one):
    return read(one, variable="attribution", target=0)


def drawn(figure) -> bytes:
    file = io.BytesIO()
    figure.savefig(file, dpi=40)
    return file.getvalue()


def names(axes):
    return [label.get_text() for label in axes.get_yticklabels()]


@pytest.mark.parametrize("left", [False, True])
def test_a_mean_counts_existing_steps_from_the_first_on(explained, left):
    one = explained(lengths=(10, 4, 4, 2, 10, 10), left=left)
    cells = np.abs(one["attribution"].values)
    starts = one["exists"].values.argmax(axis=1)
    expected = np.mean([cells[row, starts[row] + 3] for row in (0, 1, 2, 4, 5)], axis=0)
    np.testing.assert_allclose(profile_of(reading(one)).mean[3], expected)


def test_samples_are_counted_at_each_time(explained):
    counted = profile_of(reading(explained(lengths=(10, 4, 4, 2, 10, 10)))).count
    np.testing.assert_array_equal(counted, [6, 6, 5, 5, 3, 3, 3, 3, 3, 3])


def test_the_means_of_groups_make_the_mean_of_all(explained):
    one = reading(explained())
    parts = profiles_of(one, [np.arange(6) < 3, np.arange(6) >= 3])
    np.testing.assert_allclose((parts[0].mean + parts[1].mean) / 2, profile_of(one).mean)


def test_a_sample_without_an_answer_has_no_part_in_the_mean(explained):
    one = explained()
    one["attribution"][0] = np.nan
    expected = np.abs(one["attribution"].values[1:]).mean(axis=0)
    np.testing.assert_allclose(profile_of(reading(one)).mean, expected)


def test_many_steps_are_put_together_without_loss(explained):
    one = reading(explained(2, 2000, 2))
    profile = profile_of(one)
    assert len(profile.mean) <= 240
    steps = np.diff(profile.edges)
    np.testing.assert_allclose((profile.mean * steps[:, None]).sum(axis=0) / 2000, np.abs(one.attribution).mean((0, 1)))


def test_irregular_times_are_put_in_bins_of_equal_length(explained):
    times = np.sort(np.random.default_rng(0).uniform(0, 90, (40, 10)), axis=1)
    profile = profile_of(reading(explained(40, times=times, unit="hours")))
    np.testing.assert_allclose(np.diff(profile.edges), np.diff(profile.edges)[0])
    assert profile.edges[0] == times.min()


def test_times_that_samples_share_are_bins_of_their_own(explained):
    profile = profile_of(reading(explained(times=np.arange(10) / 10, unit="seconds")))
    np.testing.assert_allclose(profile.edges, np.arange(11) / 10 - 0.05)


def test_a_summary_ranks_features_by_their_share(explained):
    one = explained(n_feature=30)
    order = np.argsort(-np.abs(one["attribution"].values).sum(axis=(0, 1)))
    assert names(plot_summary(one, top=4).axes[0]) == [f"f{place}" for place in order[:4]]


def test_a_swarm_has_a_point_for_each_measured_value(explained):
    one = explained(missing=0.3)
    points = plot_summary(one).axes[1].collections[0].get_offsets()
    assert len(points) == one["observed"].values.sum()


def test_unequal_lengths_bring_the_number_of_samples(explained):
    titles = [axes.get_title(loc="left") for axes in plot_summary(explained(lengths=(10, 4, 4, 2, 10, 10))).axes]
    assert "samples that have this time" in titles
    titles = [axes.get_title(loc="left") for axes in plot_summary(explained()).axes]
    assert "samples that have this time" not in titles


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 24, 3), (3, 24, 60), (2, 2000, 3)])
def test_a_summary_of_any_size_is_drawn(explained, shape):
    assert drawn(plot_summary(explained(*shape)))


def test_a_summary_of_nothing_but_zeros_is_drawn(explained):
    assert drawn(plot_summary(explained(attribution=(("sample", "time", "feature"), np.zeros((6, 10, 3))))))


def test_each_class_has_a_panel_with_its_samples(explained):
    index = np.array([0, 0, 0, 2, 2, 1])
    figure = plot_classes(
        explained(n_class=3, target_class=(("sample",), index)), class_names=("ill", "well", "unsure")
    )
    titles = [axes.get_title(loc="left") for axes in figure.axes if axes.get_title(loc="left")]
    assert titles == ["ill  (n = 3)", "well  (n = 1)", "unsure  (n = 2)"]


def test_classes_share_one_scale(explained):
    figure = plot_classes(explained(n_class=3, target_class=(("sample",), np.array([0, 0, 0, 2, 2, 1]))))
    assert len({one.get_clim() for axes in figure.axes[:3] for one in axes.collections}) == 1


def test_where_all_classes_were_explained_the_predicted_one_tells_samples_apart(explained):
    one = explained(target_class=(("sample",), np.full(6, -1)))
    figure = plot_classes(one)
    count = np.bincount(one["prediction"].values.argmax(axis=1))
    assert figure.axes[0].get_title(loc="left") == f"class 0  (n = {count[0]})"


def test_without_classes_there_is_nothing_to_tell_apart(explained):
    one = explained(
        n_class=1,
        prediction=(("sample",), np.zeros(6)),
        target_class=((), np.zeros(0)),
        label=(("sample",), np.zeros(6)),
    )
    with pytest.raises(InputError, match="there must be classes"):
        plot_classes(one)


def test_the_trend_is_the_median_of_each_bin():
    value = np.repeat(np.arange(20.0), 50)
    size = value + np.tile(np.linspace(-1, 1, 50), 20)
    middle, quartiles = trend(value, size)
    np.testing.assert_allclose(quartiles[:, 1], middle, atol=0.6)
    assert (np.diff(middle) > 0).all()


def test_equal_values_stay_in_one_bin():
    middle, quartiles = trend(np.zeros(100), np.arange(100.0))
    assert middle.tolist() == [0.0]
    assert quartiles[0, 1] == 49.5


def test_a_few_values_make_no_trend():
    assert trend(np.arange(5.0), np.arange(5.0))[0].size == 0


def test_values_are_shown_for_the_features_that_count_most(explained):
    one = explained(20, 20, 8)
    order = np.argsort(-np.abs(one["attribution"].values).sum(axis=(0, 1)))[:4]
    figure = plot_values(one, top=4)
    titles = [axes.get_title(loc="left").split(",")[0] for axes in figure.axes if axes.get_visible()]
    assert titles == [f"f{place}" for place in order]


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 24, 3), (3, 24, 60)])
def test_values_of_any_size_are_drawn(explained, shape):
    assert drawn(plot_values(explained(*shape)))


@pytest.mark.parametrize("plot", [plot_summary, plot_classes, plot_values])
def test_no_features_are_refused(explained, plot):
    with pytest.raises(InputError, match="top must be 1 or more, but is 0"):
        plot(explained(), top=0)
