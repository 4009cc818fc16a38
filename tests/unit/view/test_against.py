"""What speaks for a class against another, as a figure."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch

from aition import FunctionModel, explain, from_tensors
from aition.core.errors import InputError
from aition.view.plots import plot_class_against


@dataclass(frozen=True)
class Told:
    """Feature 0 is selected for class 0, the others for class 1."""

    def __call__(self, model, batch, question):
        chance = torch.zeros(len(batch), 2, batch.n_time, batch.n_feature)
        chance[:, 0, :, 0], chance[:, 1, :, 1:] = 0.75, 0.5
        even = torch.full((len(batch), 2), 0.5)
        return {
            "inclusion": (("sample", "class", "time", "feature"), chance),
            "effective_sample_size": (("sample", "class"), 60 * even),
            "expected": (("sample", "class"), even),
        }


def answered(n_feature: int = 3):
    batch = from_tensors(torch.randn(2, 8, n_feature, generator=torch.Generator().manual_seed(0)), ids=["a", "b"])
    return explain(Told(), FunctionModel(lambda one: one.x[:, 0, :2]), batch)


@pytest.mark.parametrize("n_feature", [3, 14])
def test_cells_of_the_first_class_are_red_and_of_the_other_blue(n_feature):
    figure = plot_class_against(answered(n_feature), "a", 0, 1)
    figure.canvas.draw()
    meshes = [mesh for axes in figure.axes for mesh in axes.collections if mesh.get_array() is not None]
    shown = {round(float(value), 6) for mesh in meshes for value in np.ravel(mesh.get_array()) if np.isfinite(value)}
    assert {0.75, -0.5} <= shown


def test_the_heading_says_which_class_and_how_much_the_subsets_are_worth():
    words = " ".join(
        text.get_text() for text in plot_class_against(answered(), "b", 1, 0, class_names=("up", "down")).texts
    )
    assert "what speaks for down (red) against up (blue)" in words
    assert "30 and 30 equal subsets" in words


def test_a_class_against_itself_is_refused():
    with pytest.raises(InputError, match="two classes from 0 to 1"):
        plot_class_against(answered(), "a", 1, 1)


def test_an_explanation_without_classes_is_refused():
    with pytest.raises(InputError, match="inclusion by class"):
        plot_class_against(answered().drop_vars("inclusion"), "a", 0, 1)
