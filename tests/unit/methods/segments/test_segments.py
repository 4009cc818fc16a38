"""SegmentShap and SegmentLime: what they add up to, what they ask, and what they refuse."""

import numpy as np
import pytest
import torch
from torch import Tensor

from aition import Batch, FunctionModel, Target, explain, from_series, from_tensors
from aition.core.errors import InputError
from aition.impute.baseline import ConstantBaseline
from aition.impute.change_points import ChangePoints
from aition.impute.gaussian import GaussianImputer
from aition.impute.groups import Blocks, EachCell, EachFeature, EachStep, GivenGroups
from aition.methods import SegmentLime, SegmentShap, TimeShap
from aition.testing.cases import cases

GROUPS = (Blocks(3), Blocks(9), Blocks(4, together=True), ChangePoints(3), EachStep(), EachFeature())


def curved(batch: Batch) -> Tensor:
    x = batch.x * batch.cells
    return (x.cumsum(dim=1).sin() * x.flip(2)).sum(dim=(1, 2))


def measured(batch: Batch) -> Tensor:
    return curved(batch.with_x(batch.x * batch.observed))


def series(*sizes: int, seed: int = 0) -> list[Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(size, 2, generator=generator, dtype=torch.float64) for size in sizes]


def asked(explainer: object, batch: Batch, function: object = curved, rows: int = 1024, **rest: object) -> object:
    model = FunctionModel(function, dtype=torch.float64, rows=rows)
    return explain(explainer, model, batch, rest.pop("target", Target.scalar()), progress="off", **rest)


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("groups", GROUPS, ids=repr)
def test_values_add_up_to_the_way_from_the_baseline(groups, side):
    batch = from_series(series(9, 4, 1), side=side)
    answer = asked(SegmentShap(groups, baseline=ConstantBaseline(0.3)), batch)
    away = batch.with_x(torch.where(batch.cells, 0.3, batch.x))
    change = (curved(batch) - curved(away)).numpy()
    np.testing.assert_allclose(answer.attribution.sum(("time", "feature")), change, atol=1e-9)
    np.testing.assert_allclose(answer.attribution_group.sum("group"), change, atol=1e-9)
    np.testing.assert_allclose(answer.completeness, 0, atol=1e-9)


def test_a_sum_is_given_back_from_few_coalitions():
    weight = torch.linspace(-1, 2, 24, dtype=torch.float64).reshape(1, 12, 2)
    batch = from_tensors(torch.ones(2, 12, 2, dtype=torch.float64))
    for explainer in (SegmentShap(EachCell(), budget=60), SegmentLime(EachCell(), ridge=0.0)):
        answer = asked(explainer, batch, lambda one: (weight * one.x).sum(dim=(1, 2)))
        np.testing.assert_allclose(answer.attribution, weight.expand(2, -1, -1), atol=1e-8)
    assert answer.fit.values == pytest.approx(1, abs=1e-9)


def test_given_groups_are_the_players_and_the_others_stay():
    batch = from_tensors(torch.ones(1, 3, 2, dtype=torch.float64))
    answer = asked(SegmentShap(GivenGroups(((0, 0), (-1, -1), (1, 1)))), batch, lambda one: one.x.prod(2).prod(1))
    assert answer.attribution.values[0].tolist() == [[0.25, 0.25], [0, 0], [0.25, 0.25]]
    assert answer.membership.values[0, 1].tolist() == [[False, False], [False, False], [True, True]]


def test_an_imputer_stands_in():
    background = from_series(series(*[6] * 40, seed=4))
    imputer = GaussianImputer.fit(background)
    answer = asked(SegmentShap(Blocks(2), baseline=imputer, n_draw=5), background.take([0, 1]))
    np.testing.assert_allclose(answer.completeness, 0, atol=1e-9)
    other = asked(SegmentShap(Blocks(2)), background.take([0, 1]))
    assert not np.allclose(answer.attribution, other.attribution)


@pytest.mark.parametrize("explainer", [SegmentShap(Blocks(2)), SegmentLime(Blocks(2)), TimeShap(0.1)], ids=repr)
def test_cells_that_were_not_observed_get_nothing_and_their_fill_changes_nothing(explainer):
    x = torch.stack(series(8, 8))
    x[0, 2:4, 1] = x[1, :, 0] = torch.nan
    one = from_tensors(x)
    other = one.with_x(torch.where(one.observed, one.x, 7.0))
    answers = [asked(explainer, batch, measured) for batch in (one, other)]
    np.testing.assert_array_equal(answers[0].attribution.values[~one.observed.numpy()], 0)
    np.testing.assert_allclose(answers[0].attribution, answers[1].attribution, atol=1e-12)


@pytest.mark.parametrize("explainer", [SegmentShap(Blocks(8)), SegmentLime(Blocks(8)), TimeShap(0.05)], ids=repr)
def test_passes_and_company_change_nothing(explainer):
    batch = from_series(series(14, 3, 7))
    whole, small = asked(explainer, batch), asked(explainer, batch, rows=7)
    np.testing.assert_allclose(whole.attribution, small.attribution, atol=1e-10)
    alone = asked(explainer, batch.take([2]).crop(0, 7))
    np.testing.assert_allclose(whole.attribution.values[2, :7], alone.attribution.values[0], atol=1e-10)


def test_another_seed_draws_other_coalitions():
    batch = from_series(series(14))
    for make in (SegmentShap, SegmentLime):
        one, again, other, below = (
            asked(make(EachCell(), seed=seed), batch).attribution.values for seed in (1, 1, 0, -1)
        )
        assert np.array_equal(one, again)
        assert not np.allclose(one, other)
        assert not np.allclose(one, below)


def test_lime_says_how_badly_a_product_fits():
    batch = from_tensors(torch.ones(1, 6, 1, dtype=torch.float64))
    lime = SegmentLime(EachStep(), width=10.0)
    assert float(asked(lime, batch, lambda one: one.x[..., 0].prod(dim=1)).fit[0]) < 0.5
    assert float(asked(lime, batch, lambda one: one.x[:, 0, 0] * 0).fit[0]) == 1


def test_a_budget_is_kept():
    calls: list[int] = []

    def counting(batch: Batch) -> Tensor:
        calls.append(len(batch))
        return curved(batch)

    batch = from_series(series(20))
    for explainer in (SegmentShap(EachCell(), budget=150), SegmentLime(EachCell(), budget=150)):
        calls.clear()
        asked(explainer, batch, counting)
        assert sum(calls) <= 150 + 44  # a size of coalitions is rounded up, and the driver asks once


def test_several_targets_are_each_answered_as_alone():
    case = cases()["mlp"]
    targets = [Target.of_class(0), Target.of_class(2)]
    for explainer in (SegmentShap(Blocks(2)), SegmentLime(Blocks(2)), TimeShap(0.01)):
        both = explain(explainer, case.model, case.batch, targets, progress="off")
        for place, target in enumerate(targets):
            alone = explain(explainer, case.model, case.batch, target, progress="off")
            np.testing.assert_allclose(both.attribution.values[:, place], alone.attribution, atol=1e-6)


@pytest.mark.parametrize(
    ("attempt", "words"),
    [
        (lambda: SegmentShap(budget=-1), "budget must be 0"),
        (lambda: SegmentShap(Blocks), "groups must be a function"),
        (lambda: SegmentLime(width=0.0), "width must be above 0"),
        (
            lambda: asked(SegmentShap(EachCell(), budget=40), from_series(series(20))),
            "budget must be larger, such as 600",
        ),
        (
            lambda: asked(SegmentShap(EachCell(), budget=1), from_series(series(20))),
            "2 coalitions tell 1 of the 40 numbers",
        ),
        (
            lambda: asked(SegmentLime(EachCell(), budget=40), from_series(series(20))),
            "of 40 groups; budget must be larger",
        ),
        (lambda: asked(SegmentShap(EachCell()), from_series(series(1001))), "take fewer segments"),
        (lambda: TimeShap(-1.0), "tolerance must be 0 or more"),
        (lambda: TimeShap(n_step=0), "n_step and n_feature must be 1 or more"),
    ],
)
def test_what_cannot_be_is_refused(attempt, words):
    with pytest.raises(InputError, match=words):
        attempt()
