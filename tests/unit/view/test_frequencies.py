"""Figures of components: bars and maps by frequency, fields over steps and frequencies."""

import numpy as np
import pytest
import torch

from aition import Target, TorchModel, explain, from_series, from_tensors
from aition.core.errors import InputError
from aition.methods import InputXGradient, Trim
from aition.transform import FieldBands, Fourier, FourierBands, SeasonalTrend, ShortTime, Wavelets
from aition.view.plots import plot_frequencies, plot_time_frequency
from aition.view.plots.bands import read_bands
from aition.view.plots.time_frequency import spans

SUM = TorchModel(torch.nn.Identity(), lambda _, batch: (batch.x * batch.exists[:, :, None]).square().sum(dim=(1, 2)))


def answered(transform, *, n_feature=1, n_time=16):
    x = torch.randn(3, n_time, n_feature, generator=torch.Generator().manual_seed(1))
    batch = from_tensors(x, layout="sample time feature", ids=["a", "b", "c"])
    return explain(Trim(InputXGradient(), transform), SUM, batch, Target.scalar(), progress="off")


def words(figure):
    return " ".join(one.get_text() for one in figure.findobj(lambda artist: hasattr(artist, "get_text")))


def heights(axes):
    return [bar.get_height() for bar in axes.patches]


def test_bars_are_the_attributions_above_the_amounts():
    one = answered(FourierBands((0.1, 0.2)))
    upper, lower = plot_frequencies(one, "b").axes
    np.testing.assert_allclose(heights(upper), one["attribution_component"].values[1, :, 0], rtol=1e-6)
    np.testing.assert_allclose(heights(lower), one["value_component"].values[1, :, 0], rtol=1e-6)


def test_without_a_sample_bars_are_means_of_magnitudes():
    one = answered(FourierBands((0.1, 0.2)))
    upper = plot_frequencies(one).axes[0]
    expected = np.abs(one["attribution_component"].values[:, :, 0]).mean(axis=0)
    np.testing.assert_allclose(heights(upper), expected, rtol=1e-6)


def test_frequencies_stand_at_their_place():
    upper = plot_frequencies(answered(Fourier()), "a").axes[0]
    middle = [bar.get_x() + bar.get_width() / 2 for bar in upper.patches]
    np.testing.assert_allclose(middle, np.arange(9) / 16, atol=1e-9)


def test_bands_have_their_borders_below():
    lower = plot_frequencies(answered(FourierBands((0.1, 0.2))), "a").axes[-1]
    assert [label.get_text() for label in lower.get_xticklabels()] == ["0", ".1", ".2", ".5"]


def test_components_without_a_frequency_have_their_names_below():
    lower = plot_frequencies(answered(SeasonalTrend(4)), "a").axes[-1]
    assert [label.get_text() for label in lower.get_xticklabels()] == ["trend", "season", "rest"]


def test_frames_are_told_apart_below():
    one = answered(ShortTime(8, (0.125,)), n_time=24)
    labels = [label.get_text() for label in plot_frequencies(one, "a").axes[-1].get_xticklabels()]
    assert labels == one["component"].values.tolist()


def test_many_features_become_two_maps():
    one = answered(FourierBands((0.1, 0.2)), n_feature=5)
    left = plot_frequencies(one, "a").axes[0]
    np.testing.assert_allclose(left.collections[0].get_array(), one["attribution_component"].values[0].T, rtol=1e-6)


def test_bands_of_all_features_are_one_panel():
    assert len(plot_frequencies(answered(FieldBands((0.2,)), n_feature=4), "a").axes) == 2


def test_the_heading_names_the_explainer_inside():
    assert "input-x-gradient of fourier components" in words(plot_frequencies(answered(Fourier()), "a"))


@pytest.mark.parametrize("transform", [ShortTime(4, (0.25,)), Wavelets("haar", 3, each=True)])
def test_fields_fill_steps_and_bands_without_overlap(transform):
    bands = read_bands(answered(transform), "a", target=0)
    begin, end = spans(bands, 16)
    for low in np.unique(bands.low):
        own = np.flatnonzero(bands.low == low)
        own = own[np.argsort(begin[own])]
        assert begin[own[0]] == 0
        assert end[own[-1]] == 16
        np.testing.assert_allclose(begin[own[1:]], end[own[:-1]])


def test_fields_have_the_colours_of_their_attributions():
    one = answered(Wavelets("haar", 2, each=True))
    upper = plot_time_frequency(one, "b").axes[0]
    found = np.sort(upper.collections[0].get_array())
    np.testing.assert_allclose(found, np.sort(one["attribution_component"].values[1, :, 0]), rtol=1e-6)


def test_only_the_features_that_count_most_are_shown():
    figure = plot_time_frequency(answered(ShortTime(4, (0.25,)), n_feature=4), "a", top=2)
    assert "2 of 4 features" in words(figure)
    assert len([axes for axes in figure.axes if axes.lines]) == 2


def test_a_component_that_a_sample_has_not_is_not_drawn():
    batch = from_series([torch.rand(4, 1), torch.rand(16, 1)], ids=["a", "b"])
    one = explain(Trim(InputXGradient(), ShortTime(4, (0.25,))), SUM, batch, Target.scalar(), progress="off")
    short, long = (len(plot_time_frequency(one, name).axes[0].collections[0].get_array()) for name in "ab")
    assert short < long


@pytest.mark.parametrize(
    ("draw", "said"),
    [
        (lambda: plot_time_frequency(answered(Fourier()), "a"), "of others take plot_frequencies"),
        (lambda: plot_time_frequency(answered(ShortTime(4, (0.25,))), "a", top=0), "top must be 1 or more"),
        (lambda: plot_frequencies(answered(Fourier()), "d"), "sample must be one of"),
        (lambda: plot_frequencies(answered(Fourier()).drop_vars("attribution_component")), "as that of Trim"),
    ],
)
def test_what_can_not_be_drawn_is_refused(draw, said):
    with pytest.raises(InputError, match=said):
        draw()
