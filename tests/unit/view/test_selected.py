"""Figures of what is selected, with the verdicts on it."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch

from aition import explain, from_tensors
from aition.checks import honesty
from aition.core.errors import InputError
from aition.models import create
from aition.view.plots import plot_selected
from aition.view.plots.selected import in_short


@dataclass(frozen=True)
class Late:
    """Selects the second feature at the last two steps, and the first cell too where that is above 0."""

    def __call__(self, model, batch, question):
        cells = ("sample", "time", "feature")
        mask = torch.zeros(batch.x.shape, dtype=torch.bool)
        mask[:, -2:, 1] = True
        mask[batch.x[:, 0, 0] > 0, 0, 0] = True
        return {"attribution": (cells, mask.to(batch.x)), "selected": (cells, mask)}


@pytest.fixture(scope="module")
def answer():
    x = torch.randn(24, 5, 3, generator=torch.Generator().manual_seed(0))
    return explain(Late(), create("gru-classifier", n_feature=3, n_class=2), from_tensors(x), progress="off")


def words_of(figure) -> str:
    return " ".join(text.get_text() for axes in figure.axes for text in axes.texts)


def shares_of(figure, n_class: int):
    return [axes.collections[0].get_array().data.reshape(3, 5) for axes in figure.axes[:n_class]]


def test_the_share_of_samples_is_shown_in_which_a_cell_is_selected(answer):
    predicted = answer.prediction.values.argmax(axis=1)
    classes = np.unique(predicted)
    figure = plot_selected(answer, examples=0)
    order = np.argsort(-answer.selected.values.sum(axis=(0, 1)), kind="stable")
    for one, shares in zip(classes, shares_of(figure, len(classes)), strict=True):
        wanted = answer.selected.values[predicted == one].mean(axis=0)[:, order].T
        np.testing.assert_allclose(shares, wanted, atol=1e-6)


def test_selected_cells_of_a_series_are_marked(answer):
    figure = plot_selected(answer, examples=1)
    predicted = answer.prediction.values.argmax(axis=1)
    classes = np.unique(predicted)
    for place, one in enumerate(classes):
        row = int(np.flatnonzero(predicted == one)[0])
        marks = figure.axes[len(classes) + place].collections[-1].get_offsets()
        assert len(marks) == int(answer.selected.values[row].sum())


def test_the_verdicts_stand_in_the_figure(answer):
    words = words_of(plot_selected(answer))
    for one in honesty(answer):
        assert f"{one.check}: {one.finding}" in words
        assert in_short(one)[:60] in words
    assert "the explanation has nothing of other seeds" in words


def test_without_a_selection_there_is_no_figure(answer):
    with pytest.raises(InputError, match="must hold selected"):
        plot_selected(answer.drop_vars("selected"))
    with pytest.raises(InputError, match="top must be 1 or more"):
        plot_selected(answer, top=0)
