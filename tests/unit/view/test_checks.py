"""Figures of the checks with the model: what was measured, the bound, and the finding of each explainer."""

import io

import numpy as np
import pytest
import xarray as xr

from aition.checks import Likeness, Movement, Retrained, concord, like_unlearned, steady
from aition.core.errors import InputError
from aition.view.plots import plot_checks, plot_concord, plot_moved, plot_randomised, plot_retrained

RNG = np.random.default_rng(0)
LAYERS = ("head", "body")


def likeness(level, **changes):
    own = np.clip(RNG.normal(level, 0.02, (2, 30)), -1, 1)
    layers = {"layers": LAYERS, "cascade": own, "alone": own / 2} | changes
    return Likeness("fresh weights", own, np.zeros((1, 30)), np.zeros((2, 30)), **layers)


def movement(level):
    return Movement(RNG.uniform(0.5, 1, (3, 30)) * level, np.full((3, 30), 0.02), 0.02)


def retrained(**changes):
    part = (RNG.uniform(size=(2, 3, 30)) < 0.5).astype(float)
    shares = np.array([0.1, 0.3, 0.5])
    return Retrained(shares, part, part, part, np.ones((2, 30)), 0.25, **changes)


def maps(n):
    cells = {name: RNG.normal(size=(20, 8, 1)) for name in "abcdefgh"[:n]}
    ids = {"sample": [str(place) for place in range(20)]}
    return {name: xr.DataArray(one, dims=("sample", "time", "feature"), coords=ids) for name, one in cells.items()}


def texts(axes):
    return [one.get_text() for one in axes.texts]


def drawn(figure):
    figure.savefig(io.BytesIO(), dpi=40)
    return figure


def test_layers_stand_in_order_with_their_mean_and_the_bound():
    honest, blind = likeness(0.05), likeness(1.0)
    axes, other = drawn(plot_randomised({"honest": honest, "blind": blind})).axes
    assert [one.get_text() for one in axes.get_xticklabels()] == ["none", *LAYERS]
    cascade = next(line for line in axes.lines if "nearer to the output" in str(line.get_label()))
    np.testing.assert_allclose(cascade.get_ydata(), [1, *honest.cascade.mean(axis=1)])
    assert any(list(line.get_ydata()) == [0.15, 0.15] for line in axes.lines)
    assert (texts(axes), texts(other)) == (["passed"], ["alarm"])


def test_maps_that_rank_nothing_are_drawn_as_not_measured():
    nothing = np.full((2, 30), np.nan)
    empty = Likeness("fresh weights", nothing, nothing[:1], nothing, LAYERS, nothing, nothing)
    axes = drawn(plot_randomised({"empty": empty})).axes[0]
    assert texts(axes) == ["not measured"]
    assert axes.get_ylim() == (-0.25, 1.05)


def test_layers_must_have_been_looked_at():
    with pytest.raises(InputError, match="layers=True"):
        plot_randomised({"one": likeness(0.1, layers=(), cascade=np.empty((0, 0)), alone=np.empty((0, 0)))})
    with pytest.raises(InputError, match="is empty"):
        plot_randomised({})


def test_a_point_a_sample_and_a_bar_at_the_mean():
    near = movement(0.1)
    axes = drawn(plot_moved({"near": near, "far": movement(3.0)})).axes[0]
    points = next(line for line in axes.lines if line.get_marker() == "o")
    np.testing.assert_allclose(points.get_xdata(), np.sort(near.moved.max(axis=0)))
    bar = next(line for line in axes.lines if line.get_linewidth() == 2.4)
    assert bar.get_xdata()[0] == pytest.approx(steady(near).figure.mean)
    assert texts(axes) == ["✓ passed", "✗ alarm"]
    with pytest.raises(InputError, match="is empty"):
        plot_moved({})


def test_the_matrix_shows_every_two_and_each_finding():
    found = concord(maps(3))
    axes = drawn(plot_concord(found)).axes[0]
    assert texts(axes)[:9] == [f"{one:.2f}" for one in found.mean.ravel()]
    assert texts(axes)[9:] == ["✗ alarm"] * 3


def test_accuracies_by_share_beside_all_values_and_the_commonest_class():
    found = retrained()
    axes = drawn(plot_retrained({"one": found}, fraction=0.3)).axes[0]
    most = next(line for line in axes.lines if line.get_label() == "most important removed")
    np.testing.assert_allclose(most.get_xdata(), [10, 30, 50])
    np.testing.assert_allclose(most.get_ydata(), found.explained.mean(axis=(0, 2)))
    assert {0.25, 1.0} <= {float(line.get_ydata()[0]) for line in axes.lines}
    with pytest.raises(InputError, match="one game"):
        plot_retrained({"one": found, "other": retrained(game="keep")}, fraction=0.3)
    with pytest.raises(InputError, match="is empty"):
        plot_retrained({}, fraction=0.3)


def test_each_row_of_a_check_has_its_own_bound():
    honest = like_unlearned(likeness(0.05))
    blind = like_unlearned(Likeness("fresh weights", np.ones((2, 30)), np.ones((1, 30)), np.ones((2, 30))))
    axes = drawn(plot_checks({"honest": [honest], "blind": [blind]})).axes[0]
    assert texts(axes)[:2] == ["✓ passed", "✗ alarm"]
    assert texts(axes)[-1] == "at most 0.15 to 0.9"
    marks = [float(line.get_xdata()[0]) for line in axes.lines if line.get_linestyle() == ":"]
    assert marks == pytest.approx([0.15, 0.9])
