"""The figure of imputers beside each other."""

import io
from dataclasses import replace

import numpy as np
import pytest

from aition.core.errors import InputError
from aition.metrics.imputation import LEVELS, ImputationQuality
from aition.view.plots import plot_imputers

LEVEL = np.array(LEVELS)
GOOD = ImputationQuality(LEVEL, LEVEL, 0.01 + 0 * LEVEL, 0.3, 0.4, 0.4, 0.52, 100, 900)
POOR = replace(GOOD, coverage=0.5 * LEVEL, energy=0.8, discriminability=0.97)


def test_each_imputer_is_a_line_of_coverage():
    axes = plot_imputers({"good": GOOD, "poor": POOR}).axes[0]
    lines = {line.get_label(): line.get_ydata() for line in axes.lines}
    np.testing.assert_allclose(lines["good"], 100 * LEVEL)
    np.testing.assert_allclose(lines["poor"], 50 * LEVEL)


def test_figures_are_written_beside_their_points():
    figure = plot_imputers({"good": GOOD, "poor": POOR})
    figure.savefig(io.BytesIO(), dpi=40)
    assert [one.get_text() for one in figure.axes[1].texts] == ["0.30", "0.80"]
    assert [one.get_text() for one in figure.axes[2].texts] == ["0.52", "0.97"]


def test_imputers_judged_on_other_cells_are_refused():
    with pytest.raises(InputError, match="same cells"):
        plot_imputers({"good": GOOD, "other": replace(GOOD, n_cell=3)})


def test_nothing_to_show_is_refused():
    with pytest.raises(InputError, match="at least one"):
        plot_imputers({})
