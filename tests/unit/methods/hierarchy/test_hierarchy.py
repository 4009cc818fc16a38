"""AgglomerativeHierarchy: trees that hold, scores of their members, and groups that are read together."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from aition import Batch, Target, TorchModel, explain, from_series, from_tensors
from aition.core.errors import InputError, ModelError, RefusalError
from aition.core.tree import cut, owners
from aition.impute.baseline import ConstantBaseline
from aition.impute.gaussian import GaussianImputer
from aition.impute.imputer import first_draws, imputed
from aition.impute.state_space import StateSpaceImputer
from aition.methods import AgglomerativeHierarchy
from aition.methods.hierarchy.scorer import Removal
from aition.models import GRUClassifier, as_model
from aition.testing import cases

EXPLAINERS = [
    AgglomerativeHierarchy(),
    AgglomerativeHierarchy(Removal("rest"), linkage="gain"),
    AgglomerativeHierarchy(Removal("rest"), percentile=90.0),
    AgglomerativeHierarchy(steps=2, links="none"),
    AgglomerativeHierarchy(together=True),
    AgglomerativeHierarchy(links=((0, 1),), linkage="gain", percentile=80.0),
]
LENGTHS = (6, 3, 1, 5)
WALKS = torch.randn(3, 5, 1, generator=torch.Generator().manual_seed(1)).cumsum(dim=1)


def network() -> TorchModel:
    torch.manual_seed(3)
    return as_model(GRUClassifier(2, 3, n_hidden=6))


def series(side: str = "right") -> Batch:
    x = torch.randn(4, 6, 2, generator=torch.Generator().manual_seed(4))
    return from_series([one[:size] for one, size in zip(x, LENGTHS, strict=True)], side=side)  # type: ignore[arg-type]


def trees(explainer: AgglomerativeHierarchy, model: TorchModel, batch: Batch, **asked: Any) -> list[dict[str, Any]]:
    """Of each sample: members of all nodes ``[node, time, feature]``, their scores, and the merge above each."""
    target = asked.pop("target", Target.of_class(1))
    answer = explain(explainer, model, batch, target, progress="off", **asked)
    found = []
    for row in range(len(batch)):
        own = answer.isel(sample=row)
        n_group = int((~np.isnan(own["attribution_group"].values)).sum())
        n_merge = int((~np.isnan(own["attribution_merge"].values)).sum())
        above = np.concatenate([own["group_joined"].values[:n_group], own["merge_joined"].values[:n_merge]])
        members = list(own["membership"].values[:n_group])
        for merge in range(n_merge):
            members.append(np.any([members[node] for node in np.flatnonzero(above == merge)], axis=0))
        score = [*own["attribution_group"].values[:n_group], *own["attribution_merge"].values[:n_merge]]
        found.append({"members": np.array(members), "score": np.array(score), "above": above, "n_group": n_group})
    return found


def direct(explainer: AgglomerativeHierarchy, model: TorchModel, batch: Batch, row: int, members: Any) -> Tensor:
    """Scores of groups of one sample, each from two passes through the model."""
    kept = torch.from_numpy(members) == (explainer.scorer.keep == "group")
    one = batch.take([row] * len(members))
    other = one.with_x(torch.where(kept, one.x, 0.0))
    reference = one if explainer.scorer.keep == "rest" else one.with_x(torch.zeros_like(one.x))
    with torch.no_grad():
        first, second = model(reference)[:, 1], model(other)[:, 1]
    return first - second if explainer.scorer.keep == "rest" else second - first


def cells(n_time: int, read: Any) -> TorchModel:
    """A function of the cells of one feature."""
    return TorchModel(nn.Identity(), lambda _, batch: read(batch.x[:, :, 0]))


def joins(explainer: AgglomerativeHierarchy, read: Any, values: list[float]) -> tuple[list[int], list[int]]:
    """The merge of each cell of one series, and of each merge."""
    batch = from_tensors(torch.tensor(values)[None, :, None])
    answer = explain(explainer, cells(len(values), read), batch, Target.scalar(), progress="off")
    return answer["group_joined"].values[0].tolist(), answer["merge_joined"].values[0].tolist()


@pytest.mark.parametrize("explainer", EXPLAINERS, ids=repr)
def test_every_merge_joins_two_parts_or_more_that_there_are(explainer):
    for tree in trees(explainer, network(), series()):
        n_merge = len(tree["above"]) - tree["n_group"]
        for merge in range(n_merge):
            below = np.flatnonzero(tree["above"] == merge)
            assert len(below) >= 2
            assert (below < tree["n_group"] + merge).all()
            assert not (tree["members"][below].sum(axis=0) > 1).any()


@pytest.mark.parametrize("explainer", EXPLAINERS, ids=repr)
def test_the_last_merge_has_every_cell_and_nothing_joins_it(explainer):
    batch = series()
    for row, tree in enumerate(trees(explainer, network(), batch)):
        assert tree["above"][-1] == -1
        assert (tree["above"][:-1] >= 0).all()
        np.testing.assert_array_equal(tree["members"][-1], batch.cells[row].numpy())


@pytest.mark.parametrize("explainer", EXPLAINERS, ids=repr)
def test_scores_are_those_of_the_members(explainer):
    model, batch = network(), series()
    for row, tree in enumerate(trees(explainer, model, batch)):
        found = direct(explainer, model, batch, row, tree["members"])
        torch.testing.assert_close(torch.from_numpy(tree["score"]), found, rtol=0, atol=1e-6)


@pytest.mark.parametrize("explainer", EXPLAINERS, ids=repr)
def test_parts_that_are_joined_touch_but_for_the_last_merge(explainer):
    batch = series()
    for tree in trees(explainer, network(), batch):
        for merge in range(len(tree["above"]) - tree["n_group"] - 1):
            members = tree["members"][tree["n_group"] + merge]
            assert connected(members, across=explainer.links != "none" or explainer.together)


def connected(members: Any, *, across: bool) -> bool:
    """Whether cells hang together by steps of one feature, or features of one step."""
    todo = {tuple(cell) for cell in np.argwhere(members).tolist()}
    front = [todo.pop()]
    while front:
        time, feature = front.pop()
        near = {one for one in todo if abs(one[0] - time) + across * abs(one[1] - feature) <= 1}
        near = {one for one in near if across or one[1] == feature}
        todo -= near
        front += near
    return not todo


@pytest.mark.parametrize("explainer", EXPLAINERS[:2], ids=repr)
def test_chunks_order_and_the_side_of_the_padding_change_no_tree(explainer):
    model, batch = network(), series()
    whole = trees(explainer, model, batch)
    order = [2, 0, 3, 1]
    ways = [
        trees(explainer, model, batch, memory=1),
        [trees(explainer, model, batch.take(order))[order.index(row)] for row in range(4)],
        trees(explainer, model, series("left")),
    ]
    for way in ways:
        for one, other in zip(whole, way, strict=True):
            np.testing.assert_array_equal(one["above"], other["above"])
            np.testing.assert_allclose(one["score"], other["score"], atol=1e-6)


def test_a_product_is_joined_before_what_is_added():
    joined, again = joins(AgglomerativeHierarchy(), lambda x: x[:, 0] + x[:, 1] * x[:, 2] + x[:, 3], [1.0] * 4)
    assert (joined, again) == ([1, 0, 0, 1], [1, -1])


def test_larger_products_are_joined_first():
    joined, again = joins(
        AgglomerativeHierarchy(), lambda x: x[:, 0] * x[:, 1] + 3 * x[:, 2] * x[:, 3] + x[:, 1] * x[:, 2] / 2, [1.0] * 4
    )
    assert (joined, again) == ([1, 1, 0, 0], [2, 2, -1])


def test_three_that_only_count_together_are_found_by_what_is_lost_without_them():
    def together(x: Tensor) -> Tensor:
        return x[:, 1] * x[:, 2] * x[:, 3] + x[:, 0] + x[:, 4]

    joined, _ = joins(AgglomerativeHierarchy(Removal("rest")), together, [1.0] * 5)
    assert joined == [1, 0, 0, 0, 1]


def test_either_of_two_is_found_by_what_one_reaches_alone():
    def either(x: Tensor) -> Tensor:
        return x[:, 1:3].amax(dim=1) + x[:, 0] + x[:, 3]

    joined, _ = joins(AgglomerativeHierarchy(), either, [1.0] * 4)
    assert joined == [1, 0, 0, 1]


def test_by_gain_a_group_grows_from_the_highest_score_to_its_best_neighbours():
    joined, again = joins(
        AgglomerativeHierarchy(linkage="gain"), lambda x: x @ torch.tensor([1.0, 3.0, 4.0, 2.0, -5.0]), [1.0] * 5
    )
    assert (joined, again) == ([2, 0, 0, 1, 3], [1, 2, 3, -1])


def test_by_gain_groups_grow_apart_until_they_touch():
    joined, again = joins(
        AgglomerativeHierarchy(linkage="gain"), lambda x: x @ torch.tensor([9.0, 8.0, 1.0, 7.0, 6.0]), [1.0] * 5
    )
    assert (joined, again) == ([0, 0, 2, 1, 1], [2, 2, -1])


def test_a_lower_percentile_joins_more_in_one_round():
    values = torch.tensor([3.0, 2.5, 2.0, 1.5])

    def read(x: Tensor) -> Tensor:
        return (values * x[:, :-1] * x[:, 1:]).sum(dim=1)

    assert joins(AgglomerativeHierarchy(), read, [1.0] * 5)[0] == [0, 0, 1, 1, 2]
    assert joins(AgglomerativeHierarchy(percentile=50.0), read, [1.0] * 5)[0] == [0, 0, 0, 1, 1]


def test_what_ties_is_joined_at_once():
    assert joins(AgglomerativeHierarchy(), lambda x: x.sum(dim=1), [1.0, 2.0, 3.0])[0] == [0, 0, 0]


def test_rounding_decides_nothing():
    def noisy(x: Tensor) -> Tensor:
        return x[:, 0] * x[:, 1] + (1 + 1e-7) * x[:, 2] * x[:, 3] + 10

    assert joins(AgglomerativeHierarchy(), noisy, [1.0] * 4) == ([0, 0, 1, 1], [2, 2, -1])


def test_attributions_of_cells_add_up_to_those_of_their_unit():
    explainer = AgglomerativeHierarchy(steps=2, together=True)
    answer = explain(explainer, network(), series(), Target.of_class(1), progress="off")
    cells, groups = answer["attribution"].values, answer["attribution_group"].values
    for row in range(4):
        for group, members in enumerate(answer["membership"].values[row]):
            if members.any():
                np.testing.assert_allclose(cells[row][members].sum(), groups[row, group], atol=1e-6)


def test_each_class_has_a_tree_of_its_own():
    model, batch = network(), series()
    answer = explain(AgglomerativeHierarchy(), model, batch, Target.each("class", range(3)), progress="off")
    for index in range(3):
        alone = explain(AgglomerativeHierarchy(), model, batch, Target.of_class(index), progress="off")
        np.testing.assert_array_equal(answer["group_joined"].values[:, index], alone["group_joined"].values)
    assert not np.array_equal(answer["merge_joined"].values[:, 0], answer["merge_joined"].values[:, 1])


def test_the_model_never_gets_more_rows_than_allowed():
    seen: list[int] = []

    def counted(_: nn.Module, batch: Batch) -> Tensor:
        seen.append(len(batch))
        return batch.x.sum(dim=(1, 2))

    batch = series()
    explainer = AgglomerativeHierarchy()
    model = TorchModel(nn.Identity(), counted, rows=3)
    explainer(model, batch, Target.scalar().resolve(batch.x.sum(dim=(1, 2)), batch))
    assert max(seen) == 3


def test_a_scorer_is_any_function_of_groups():
    def sizes(model: Any, batch: Any, question: Any) -> Any:
        return lambda rows, cells: cells.sum(dim=(1, 2)).float() ** 2

    (tree,) = trees(AgglomerativeHierarchy(sizes), network(), series().take([0]))
    np.testing.assert_allclose(tree["score"], tree["members"].sum(axis=(1, 2)) ** 2)


class Beside:
    """Scores that are sums of sizes, and know which two cells have something beyond."""

    def __init__(self, size: float) -> None:
        self.size = size
        self.asked: list[tuple[float, float]] = []

    def __call__(self, rows: Tensor, cells: Tensor) -> Tensor:
        return cells.sum(dim=(1, 2)).float()

    def beyond(self, rows: Tensor, one: Tensor, other: Tensor) -> Tensor:
        sums = [(part.float() * torch.arange(4)[:, None]).sum(dim=(1, 2)) for part in (one, other)]
        self.asked += list(zip(*(side.tolist() for side in sums), strict=True))
        return self.size * ((sums[0] == 1) & (sums[1] == 2)).float()


@pytest.mark.parametrize("size", [1.0, -1.0])
def test_scores_that_tell_what_two_have_beyond_each_are_asked_for_it_once(size):
    scores = Beside(size)
    batch = from_tensors(torch.ones(1, 4, 1))
    explainer = AgglomerativeHierarchy(lambda model, batch, question: scores)
    answer = explain(explainer, cells(4, lambda x: x.sum(dim=1)), batch, Target.scalar(), progress="off")
    assert answer["group_joined"].values[0].tolist() == [1, 0, 0, 1]
    assert sorted(scores.asked) == [(0.0, 1.0), (0.0, 3.0), (1.0, 2.0), (2.0, 3.0), (3.0, 3.0)]


def test_the_baseline_stands_where_cells_are_taken_away():
    batch = from_tensors(torch.tensor([[[5.0], [2.0]]]))
    explainer = AgglomerativeHierarchy(Removal(baseline=ConstantBaseline(1.0)))
    answer = explain(explainer, cells(2, lambda x: x.sum(dim=1)), batch, Target.scalar(), progress="off")
    assert answer["attribution_group"].values.tolist() == [[4.0, 1.0]]
    assert answer["attribution_merge"].values.tolist() == [[5.0]]


@pytest.mark.parametrize("keep", ["rest", "group"])
@pytest.mark.parametrize("rows", [4096, 3])
def test_with_an_imputer_a_score_is_the_mean_over_draws_given_what_is_left(keep, rows):
    imputer, batch = GaussianImputer.fit(from_tensors(torch.randn(40, 5, 1).cumsum(dim=1))), from_tensors(WALKS)
    model = TorchModel(nn.Identity(), lambda _, batch: batch.x[:, :, 0].square().sum(dim=1), rows=rows)
    question = Target.scalar().resolve(model(batch), batch, axes=model.axes)
    scores = Removal(keep, imputer, 4)(model, batch, question)
    group = torch.rand(WALKS.shape, generator=torch.Generator().manual_seed(2)) < 0.5

    def left(kept: Tensor) -> Tensor:
        drawn = imputed(imputer, batch, kept, first_draws(batch, 4))
        return drawn.square().sum(dim=(2, 3)).mean(dim=1)

    everything, nothing = batch.cells, torch.zeros_like(group)
    expected = left(everything) - left(~group) if keep == "rest" else left(group) - left(nothing)
    everyone = torch.arange(len(batch))
    assert torch.allclose(scores(everyone, group), expected, atol=1e-3)
    assert torch.allclose(scores(everyone, everything), left(everything) - left(nothing), atol=1e-3)
    assert torch.allclose(scores(everyone, nothing), torch.zeros(len(batch)), atol=1e-4)


@pytest.mark.parametrize("keep", ["rest", "group"])
def test_with_an_imputer_company_and_padding_change_nothing(keep):
    explainer = AgglomerativeHierarchy(Removal(keep, StateSpaceImputer.fit(series()), 2))
    model, target = network(), Target.of_class(1)
    whole = explain(explainer, model, series(), target, progress="off")["attribution"].values
    some = explain(explainer, model, series().take([3, 1]), target, progress="off")["attribution"].values
    left = explain(explainer, model, series("left"), target, progress="off")["attribution"].values
    assert np.allclose(some[:, :5], whole[[3, 1], :5], atol=1e-5, equal_nan=True)
    for row, size in enumerate(LENGTHS):
        assert np.allclose(left[row, 6 - size :], whole[row, :size], atol=1e-5)


def test_events_are_refused():
    case = cases()["events"]
    with pytest.raises(RefusalError, match="take FeatureAblation"):
        explain(AgglomerativeHierarchy(), case.model, case.batch, case.target, progress="off")


def test_a_score_that_is_not_finite_is_named():
    with pytest.raises(ModelError, match="score of a group is NaN or Inf"):
        joins(AgglomerativeHierarchy(), lambda x: torch.log(x[:, 0]) + x[:, 1], [1.0, 1.0])


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"scorer": Removal}, "scorer must be a function"),
        ({"linkage": "ward"}, "linkage must be one of interaction, gain"),
        ({"percentile": 101.0}, "percentile must be from 0 to 100"),
        ({"steps": 0}, "steps must be 1 or more"),
        ({"links": "some"}, "links must be 'all', 'none' or pairs"),
    ],
)
def test_settings_out_of_range_are_refused(settings, words):
    with pytest.raises(InputError, match=words):
        AgglomerativeHierarchy(**settings)


@pytest.mark.parametrize("links", [((0, 0),), ((0, 2),)])
def test_links_of_features_that_there_are_not_are_refused(links):
    with pytest.raises(InputError, match="links must be pairs of different features from 0 to 1"):
        explain(AgglomerativeHierarchy(links=links), network(), series(), Target.of_class(1), progress="off")


def test_a_removal_keeps_the_rest_or_the_group():
    with pytest.raises(InputError, match="keep must be one of rest, group"):
        Removal("both")  # type: ignore[arg-type]


def test_a_tree_is_cut_where_few_enough_parts_are_left():
    joined, again = np.array([0, 0, 1, 1, 2]), np.array([2, 2, -1])
    assert cut(joined, again, n_part=3, among=np.ones(5, dtype=bool)).tolist() == [5, 5, 6, 6, 4]
    assert cut(joined, again, n_part=1, among=np.ones(5, dtype=bool)).tolist() == [7] * 5
    assert cut(joined, again, n_part=2, among=np.array([1, 1, 1, 0, 0], dtype=bool)).tolist() == [5, 5, 2, 3, 4]


def test_before_any_merge_every_group_is_its_own_part():
    assert owners(np.array([0, 0, 1]), np.array([1, -1]), n_merge=0).tolist() == [0, 1, 2]
