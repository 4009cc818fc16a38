"""Pictures of wavelets and of their coefficients: what is drawn is what is so."""

import numpy as np
import pytest
import pywt

from aition.core.errors import InputError
from aition.view.plots import plot_coefficients, plot_wavelet
from aition.view.plots.coefficients import holders
from aition.view.plots.wavelet import refined

DRAWN = np.random.default_rng(3)


@pytest.mark.parametrize("name", ["db2", "sym4", "db5"])
def test_functions_are_those_of_pywavelets(name):
    phi, psi, _ = pywt.Wavelet(name).wavefun(level=6)
    for wavelet, theirs in ((False, phi), (True, psi)):
        _, ours = refined(np.array(pywt.Wavelet(name).rec_lo), wavelet=wavelet)
        there = theirs[1 : 1 + len(ours)]
        assert np.allclose(np.sign(there @ ours) * there, ours)


def test_every_wavelet_has_a_row_with_its_taps():
    filters = {name: pywt.Wavelet(name).rec_lo for name in ("db5", "haar")}
    axes = plot_wavelet(filters).axes
    assert len(axes) == 6
    assert [one.get_ylabel() for one in axes[::3]] == ["db5", "haar"]
    assert np.allclose(axes[0].lines[1].get_ydata(), filters["db5"])


def test_a_filter_of_odd_length_is_refused():
    with pytest.raises(InputError, match="even length"):
        plot_wavelet({"odd": [1.0, 0.0, 0.0]})


def test_every_band_is_drawn_with_its_coefficients():
    parts = {"approximation": DRAWN.normal(size=(2, 1, 4)), "detail 1": DRAWN.normal(size=(2, 1, 4))}
    figure = plot_coefficients({"one": parts, "two": parts}, DRAWN.normal(size=(2, 8, 1)), sample=1)
    meshes = figure.axes[0].collections
    assert np.allclose(meshes[0].get_array().ravel(), parts["approximation"][1, 0])
    assert np.allclose(meshes[1].get_array().ravel(), parts["detail 1"][1, 0])
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["approximation", "detail 1"]


def test_how_few_hold_most_of_the_sum_is_told():
    assert holders(np.array([-6.0, 3.0, 1.0])) == 2
    parts = {"detail 1": np.array([[[9.5, 0.3, 0.2, 0.0]]])}
    figure = plot_coefficients({"learned": parts}, np.zeros((1, 4, 1)), sample=0)
    assert figure.axes[0].get_title(loc="left") == "learned: 1 hold 90 %"


def test_a_sample_that_is_not_there_is_refused():
    with pytest.raises(InputError, match="must be named"):
        plot_coefficients({"one": {"detail 1": np.zeros((1, 1, 4))}}, np.zeros((1, 4, 1)), sample=1)


def test_coefficients_stand_at_their_centres():
    parts = {"approximation": np.zeros((1, 1, 4)), "detail 1": np.array([[[1.0, 2.0, 3.0, 4.0]]])}
    centres = {"one": {"detail 1": np.array([5.5, 7.5, 1.5, 3.5])}}
    mesh = plot_coefficients({"one": parts}, np.zeros((1, 8, 1)), sample=0, centres=centres).axes[0].collections[1]
    assert mesh.get_array().ravel().tolist() == [3.0, 4.0, 1.0, 2.0]
    assert mesh.get_coordinates()[0, :, 0].tolist() == [0.5, 2.5, 4.5, 6.5, 8.5]
