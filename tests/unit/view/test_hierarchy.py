"""The figure of a hierarchy shows each group from the join that made it to the one that joins it again."""

import numpy as np
import pytest
import torch
from matplotlib.colors import to_hex
from torch import nn

from aition import Target, TorchModel, explain, from_series, from_tensors
from aition.core.errors import InputError
from aition.methods import AgglomerativeHierarchy
from aition.view.plots import plot_hierarchy
from aition.view.plots.tree import tree_of


def explained(n_feature=1, **settings):
    """f(x) = x₀ + 2·x₁·x₂ + x₃ of the first feature, and x₃ of the others."""
    model = TorchModel(
        nn.Identity(), lambda _, b: b.x[:, 0, 0] + 2 * b.x[:, 1, 0] * b.x[:, 2, 0] + b.x[:, 3].sum(dim=1)
    )
    batch = from_tensors(torch.ones(1, 4, n_feature), ids=["one"])
    return explain(AgglomerativeHierarchy(**settings), model, batch, Target.scalar(), progress="off")


def blocks(figure):
    """Left, bottom, width, height and colour of each block, in the order of the nodes."""
    (drawn,) = figure.axes[0].collections
    corners = [path.vertices for path in drawn.get_paths()]
    return [(*one.min(axis=0), *(one.max(axis=0) - one.min(axis=0))) for one in corners], drawn


def numbers(figure):
    return sorted(text.get_text() for text in figure.axes[0].texts)


def test_each_group_has_a_block_from_its_join_to_the_next():
    found, _ = blocks(plot_hierarchy(explained(), "one"))
    np.testing.assert_allclose(
        found, [(0, 0, 1, 2), (1, 0, 1, 1), (2, 0, 1, 1), (3, 0, 1, 2), (1, 1, 2, 1), (0, 2, 4, 1)]
    )


def test_blocks_leave_no_gap_and_never_overlap():
    torch.manual_seed(0)
    x = torch.randn(1, 9, 2)
    model = TorchModel(nn.Linear(18, 1), lambda module, batch: module(batch.x.flatten(1)).tanh()[:, 0])
    answer = explain(AgglomerativeHierarchy(), model, from_tensors(x, ids=["one"]), Target.scalar(), progress="off")
    found, _ = blocks(plot_hierarchy(answer, "one"))
    top = max(bottom + height for _, bottom, _, height in found)
    assert sum(width * height for _, _, width, height in found) == pytest.approx(18 * top)


def test_a_block_has_the_colour_and_the_number_of_its_score():
    figure = plot_hierarchy(explained(), "one")
    _, drawn = blocks(figure)
    np.testing.assert_allclose(drawn.get_array(), [1, 0, 0, 1, 2, 4])
    assert numbers(figure) == ["+1.0", "+1.0", "+2.0", "+4.0", "0", "0"]
    drawn.update_scalarmappable()
    assert to_hex(drawn.get_facecolors()[5]) == to_hex(drawn.cmap(1.0))


def test_a_wide_unit_has_a_wide_block_over_its_own_steps():
    figure = plot_hierarchy(explained(steps=3), "one")
    found, _ = blocks(figure)
    assert [(left, width) for left, _, width, _ in found] == [(0, 3), (3, 1), (0, 4)]
    assert figure.axes[0].get_xlim() == figure.axes[1].get_xlim() == (0, 4)


def test_the_only_feature_is_drawn_below_its_blocks():
    course = plot_hierarchy(explained(), "one").axes[1]
    assert course.lines[0].get_xdata().tolist() == [0.5, 1.5, 2.5, 3.5]
    assert course.get_xlabel() == "step"


def test_names_of_units_stand_below_them():
    figure = plot_hierarchy(explained(), "one", names=["a", "plain", "good", "film"])
    labels = {
        tick.get_text(): place
        for tick, place in zip(figure.axes[0].get_xticklabels(), figure.axes[0].get_xticks(), strict=True)
    }
    assert labels == {"a": 0.5, "plain": 1.5, "good": 2.5, "film": 3.5}


def test_several_features_are_shown_over_steps_after_shares_of_the_joins():
    figure = plot_hierarchy(explained(n_feature=2), "one")
    panels = [axes for axes in figure.axes if axes.images]
    assert len(panels) == 4
    assert panels[0].images[0].get_array().shape == (2, 4)


def test_padding_is_no_unit():
    model = TorchModel(nn.Identity(), lambda _, batch: (batch.x[:, :, 0] * batch.exists).sum(dim=1) ** 2)
    batch = from_series([torch.ones(5, 1), torch.ones(2, 1)])
    answer = explain(AgglomerativeHierarchy(), model, batch, Target.scalar(), progress="off")
    assert len(tree_of(answer, "1", target=0).joined) == 2
    assert plot_hierarchy(answer, "1").axes[0].get_xlim() == (0, 2)


def test_names_that_are_too_few_are_refused():
    with pytest.raises(InputError, match="one for each of the 4 units, but are 1"):
        plot_hierarchy(explained(), "one", names=["a"])


def test_an_explanation_without_a_hierarchy_is_refused():
    answer = explained().drop_vars("merge_joined")
    with pytest.raises(InputError, match="a hierarchy needs merge_joined"):
        plot_hierarchy(answer, "one")
