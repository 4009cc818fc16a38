import io
from dataclasses import replace

import numpy as np
import pytest

from aition.checks.curve import band
from aition.core.errors import InputError
from aition.view.plots import plot_removal


def line(axes, label):
    return next(one for one in axes.lines if one.get_label() == label)


def test_each_order_is_a_line_of_means(curve):
    axes = plot_removal({"one": curve}).axes[0]
    for label, order in (
        ("most important first", "most"),
        ("random order", "random"),
        ("least important first", "least"),
    ):
        np.testing.assert_allclose(line(axes, label).get_ydata(), band(curve, order)[:, 0])
    np.testing.assert_allclose(line(axes, "random order").get_xdata(), 100 * curve.fraction)


def test_bands_are_the_intervals(curve):
    filled = plot_removal({"one": curve}).axes[0].collections[0].get_paths()[0].vertices
    low, high = band(curve, "most")[:, 1:].T
    assert set(np.round(low, 9)) | set(np.round(high, 9)) <= set(np.round(filled[:, 1], 9))


def test_insertion_reads_removal_from_its_end(curve):
    axes = plot_removal({"one": curve}, insertion=True).axes[0]
    first = line(axes, "most important first")
    np.testing.assert_allclose(first.get_ydata(), band(curve, "least")[:, 0])
    np.testing.assert_allclose(first.get_xdata(), 100 * (1 - curve.fraction))


def test_each_explainer_has_a_panel_with_its_verdict(curve):
    worse = replace(curve, most=curve.least, least=curve.most)
    figure = plot_removal({"good one": curve, "bad one": worse})
    words = [[one.get_text() for one in axes.texts] for axes in figure.axes]
    assert words == [["believable"], ["worse than random"]]
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["good one", "bad one"]


def test_a_single_sample_is_drawn_without_a_band(curve):
    one = replace(curve, most=curve.most[:1], least=curve.least[:1], random=curve.random[:, :1])
    figure = plot_removal({"one": one})
    figure.savefig(io.BytesIO(), dpi=40)
    assert figure.axes[0].texts[0].get_text() == "too few samples"


def test_curves_of_two_measures_are_refused(curve):
    with pytest.raises(InputError, match="must be of one measure, but are of probability and score"):
        plot_removal({"one": curve, "other": replace(curve, measure="score")})


def test_no_curves_are_refused():
    with pytest.raises(InputError, match="at least one curve"):
        plot_removal({})
