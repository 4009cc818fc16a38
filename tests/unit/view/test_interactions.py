"""Figures of which groups act together."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from matplotlib.patches import PathPatch

from aition.core.errors import InputError
from aition.view.plots import plot_interaction_means, plot_interactions
from aition.view.plots.together import name_of, together_of

Made = Callable[..., Any]
AXES = ("sample", "group", "group_other")


@pytest.fixture
def acted(explained: Made) -> Made:
    def make(n_group: int = 4, n_feature: int = 1, n_time: int = 8, lacks: int = 0) -> Any:
        draw = np.random.default_rng(0)
        step = np.arange(n_time) * n_group // n_time
        cells = np.broadcast_to((step == np.arange(n_group)[:, None])[..., None], (n_group, n_time, n_feature))
        pairs = draw.normal(size=(3, n_group, n_group))
        pairs = pairs + pairs.transpose(0, 2, 1)
        pairs[:, range(n_group), range(n_group)] = np.nan
        alone = draw.normal(size=(3, n_group))
        if lacks:
            pairs[0, -lacks:] = pairs[0, :, -lacks:] = alone[0, -lacks:] = np.nan
        membership = np.broadcast_to(cells, (3, *cells.shape)).copy()
        if lacks:
            membership[0, -lacks:] = False
        return explained(
            3,
            n_time,
            n_feature,
            interaction=(AXES, pairs),
            attribution_alone=(("sample", "group"), alone),
            membership=(("sample", "group", "time", "feature"), membership),
        )

    return make


def test_the_strongest_pairs_are_joined_by_arcs_and_all_stand_in_the_matrix(acted: Made) -> None:
    answer = acted()
    left, right, *_ = plot_interactions(answer, "s1", top=2).axes
    pairs = answer.interaction.values[1]
    shown = np.ma.filled(right.images[0].get_array().astype(float), np.nan)
    np.testing.assert_allclose(shown, pairs)
    arcs = [patch for patch in left.patches if isinstance(patch, PathPatch)]
    assert len({tuple(arc.get_path().vertices.ravel()) for arc in arcs}) == 2
    first, second = np.unravel_index(np.nanargmax(np.abs(pairs)), pairs.shape)
    ends = {float(arc.get_path().vertices[place, 0]) for arc in arcs[-2:] for place in (0, -1)}
    assert ends == {2 * first + 0.5, 2 * second + 0.5}


def test_blocks_have_the_colour_of_what_groups_count_for_alone(acted: Made) -> None:
    answer = acted()
    left = plot_interactions(answer, "s2").axes[0]
    np.testing.assert_allclose(left.collections[0].get_array(), answer.attribution_alone.values[2])


def test_names_of_groups_are_written(acted: Made) -> None:
    left, right, *_ = plot_interactions(acted(), "s0", names=["not", "very", "good", "$x$"]).axes
    for axes in (left, right):
        assert [label.get_text() for label in axes.get_xticklabels()][:3] == ["not", "very", "good"]


def test_groups_that_a_sample_lacks_are_left_out(acted: Made) -> None:
    found = together_of(acted(lacks=1), "s0", names=(), target=0)
    assert found.names == ("0–1", "2–3", "4–5")
    assert not np.isnan(found.pairs[np.triu_indices(3, 1)]).any()


def test_a_group_of_some_features_is_named_by_them() -> None:
    cells = np.zeros((5, 3), dtype=bool)
    cells[2:4, 1:] = True
    assert name_of(cells, ["a", "b", "c"]) == "b+ 2–3"
    cells[:, 0] = True
    assert name_of(cells, ["a", "b", "c"]) == "0–4"


def test_groups_of_single_features_lie_in_their_rows(explained: Made) -> None:
    cells = np.zeros((3, 2, 4, 3), dtype=bool)
    cells[:, 0, :, 0] = cells[:, 1, :, 2] = True
    pairs = np.full((3, 2, 2), np.nan)
    pairs[:, 0, 1] = pairs[:, 1, 0] = 1.0
    answer = explained(
        3,
        4,
        3,
        interaction=(AXES, pairs),
        attribution_alone=(("sample", "group"), np.ones((3, 2))),
        membership=(("sample", "group", "time", "feature"), cells),
    )
    left = plot_interactions(answer, "s0").axes[0]
    assert [label.get_text() for label in left.get_yticklabels()] == ["f0", "f1", "f2"]
    tops = sorted(path.get_extents().y0 for path in left.collections[0].get_paths())
    assert tops == pytest.approx([-0.32, 1.68])


def test_means_over_samples_are_of_sizes_and_of_numbers(acted: Made) -> None:
    answer = acted(lacks=1)
    size, mean = plot_interaction_means(answer).axes[:2]
    pairs = answer.interaction.values
    first, second = np.triu_indices(4, 1)
    for axes, of in ((size, np.abs(pairs)), (mean, pairs)):
        wanted = np.nanmean(of[:, first, second], axis=0)
        np.testing.assert_allclose(axes.images[0].get_array()[first, second], wanted)
    np.testing.assert_allclose(np.diag(mean.images[0].get_array()), np.nanmean(answer.attribution_alone, axis=0))


@pytest.mark.parametrize(
    ("settings", "words"),
    [({"names": ["a"]}, "one for each of the 4 groups"), ({"top": 0}, "top must be 1"), ({"target": 1}, "target")],
)
def test_settings_that_do_not_fit_are_refused(acted: Made, settings: dict[str, Any], words: str) -> None:
    made = acted()
    if "target" in settings:
        made["interaction"] = made.interaction.expand_dims(target=1, axis=1)
    with pytest.raises(InputError, match=words):
        plot_interactions(made, "s0", **settings)


def test_an_explanation_without_interactions_is_refused(explained: Made) -> None:
    with pytest.raises(InputError, match="needs interaction, which the explanation has not"):
        plot_interactions(explained(), "s0")
