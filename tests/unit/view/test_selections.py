"""The figure of checks of selections shows what was measured, the bound, and which side of it raises the alarm."""

import io

import numpy as np
import pytest
import xarray as xr

from aition.checks.selection import encoding_gap, static_mask
from aition.core.errors import InputError
from aition.view.plots import plot_selections

RNG = np.random.default_rng(0)
HONEST = encoding_gap(RNG.normal(0, 0.02, 60), np.zeros(60))
HIDING = encoding_gap(RNG.normal(0.3, 0.1, 60), np.zeros(60))
SAME = static_mask(xr.DataArray(np.ones((20, 1, 3), dtype=bool), dims=("sample", "time", "feature")))


def test_each_check_has_a_panel_and_each_method_a_row_with_its_finding():
    figure = plot_selections({"one": [HONEST, SAME], "other": [HIDING]})
    words = [[one.get_text() for one in axes.texts] for axes in figure.axes]
    assert words[0][:2] == ["✓ passed", "✗ alarm"]
    assert words[1][0] == "✗ alarm"
    assert "encoding gap (nats)" in words[0]
    assert "at most 0.9" in words[1]


def test_the_line_of_a_row_is_its_interval():
    axes = plot_selections({"one": [HIDING]}).axes[0]
    drawn = next(line for line in axes.lines if len(line.get_xdata()) == 2 and line.get_linewidth() > 2)
    assert list(drawn.get_xdata()) == [HIDING.figure.low, HIDING.figure.high]


def test_a_single_sample_is_drawn_without_a_line():
    figure = plot_selections({"one": [encoding_gap(np.ones(1), np.zeros(1))]})
    figure.savefig(io.BytesIO(), dpi=40)
    assert figure.axes[0].texts[0].get_text() == "? too few samples"


def test_no_verdicts_are_refused():
    with pytest.raises(InputError, match="must hold at least one verdict"):
        plot_selections({"one": []})
