"""Explainers of interactions on functions whose interactions are known."""

import sys
from itertools import combinations
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from aition import Batch, FunctionModel, Target, TorchModel, explain, from_series, from_tensors
from aition.core.errors import AitionWarning, InputError, MissingExtraError, RefusalError
from aition.impute.baseline import ConstantBaseline
from aition.impute.groups import Blocks, GivenGroups
from aition.methods import Archipelago, IntegratedHessians, RemovalPairs, ShapleyInteractions
from aition.methods.interactions.hessians import quadrature

EXPLAINERS = (ShapleyInteractions(), RemovalPairs(), Archipelago())


def pair(batch: Batch) -> Tensor:
    return 2 * batch.x[:, 1, 0] * batch.x[:, 3, 0] + batch.x[:, 2, 0]


def triple(batch: Batch) -> Tensor:
    return batch.x[:, 0, 0] * batch.x[:, 1, 0] * batch.x[:, 2, 0]


def noise(*shape: int, seed: int = 0) -> Batch:
    return from_tensors(torch.randn(*shape, generator=torch.Generator().manual_seed(seed)))


def ask(explainer: Any, function: Any, batch: Batch) -> Any:
    model = function if isinstance(function, TorchModel) else FunctionModel(function)
    return explain(explainer, model, batch, Target.scalar(), progress="off")


def network(activation: type[nn.Module], *, n_step: int = 4) -> TorchModel:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        layers = nn.Sequential(nn.Flatten(), nn.Linear(n_step, 8), activation(), nn.Linear(8, 1))
    return TorchModel(layers.double(), lambda module, batch: module(batch.x)[:, 0])


@pytest.mark.parametrize("explainer", EXPLAINERS, ids=lambda one: type(one).__name__)
def test_a_product_is_the_interaction_of_its_factors_and_nothing_else(explainer: Any) -> None:
    batch = noise(3, 5, 1)
    found = ask(explainer, pair, batch).interaction.values
    product = 2 * (batch.x[:, 1, 0] * batch.x[:, 3, 0]).numpy()
    np.testing.assert_allclose(found[:, 1, 3], product, atol=1e-5)
    np.testing.assert_allclose(found[:, 3, 1], product, atol=1e-5)
    found[:, 1, 3] = found[:, 3, 1] = 0
    assert np.nanmax(np.abs(found)) < 1e-5
    assert np.isnan(found[:, range(5), range(5)]).all()


@pytest.mark.parametrize("explainer", EXPLAINERS[:2], ids=lambda one: type(one).__name__)
def test_groups_share_a_product_evenly_and_keep_what_they_do_alone(explainer: Any) -> None:
    batch = noise(3, 5, 1)
    answer = ask(explainer, pair, batch)
    half = (batch.x[:, 1, 0] * batch.x[:, 3, 0]).numpy()
    np.testing.assert_allclose(answer.attribution_group.values[:, [1, 3]], half[:, None].repeat(2, 1), atol=1e-5)
    np.testing.assert_allclose(answer.attribution_alone.values[:, 2], batch.x[:, 2, 0].numpy(), atol=1e-5)


def test_attributions_of_cells_add_up_to_the_change_of_the_target() -> None:
    batch = noise(3, 9, 2)
    model = FunctionModel(lambda one: (one.x.sum(dim=2).sin().cumprod(dim=1) * one.x[:, :, 0]).sum(dim=1))
    answer = explain(
        ShapleyInteractions(Blocks(4), baseline=ConstantBaseline(0.3)), model, batch, Target.scalar(), progress="off"
    )
    change = model(batch) - model(batch.with_x(torch.full_like(batch.x, 0.3)))
    np.testing.assert_allclose(answer.attribution.values.sum(axis=(1, 2)), change.numpy(), atol=1e-5)
    np.testing.assert_allclose(answer.attribution_group.values.sum(axis=1), change.numpy(), atol=1e-5)


def test_k_sii_attributions_are_shapley_values_by_all_orders() -> None:
    batch = noise(1, 4, 1, seed=3)
    model = FunctionModel(lambda one: (one.x[:, :, 0].cumsum(dim=1).tanh() * one.x[:, :, 0].flip(1)).sum(dim=1))
    answer = explain(ShapleyInteractions(index="k-sii"), model, batch, Target.scalar(), progress="off")

    def value(members: list[int]) -> float:
        kept = torch.zeros(1, 4, 1)
        kept[:, members] = batch.x[:, members]
        return float(model(batch.with_x(kept)))

    orders = np.array([list(order) for order in permutations_of(4)])
    literal = np.zeros(4)
    for order in orders:
        for place, player in enumerate(order):
            literal[player] += (value([*order[: place + 1]]) - value([*order[:place]])) / len(orders)
    np.testing.assert_allclose(answer.attribution_group.values[0], literal, atol=1e-5)


def permutations_of(size: int) -> list[tuple[int, ...]]:
    from itertools import permutations

    return list(permutations(range(size)))


def test_a_short_sample_lacks_groups_and_is_explained_as_alone() -> None:
    series = [torch.randn(6, 1, generator=torch.Generator().manual_seed(1)), torch.tensor([[0.5], [2.0]])]
    model = FunctionModel(lambda one: (one.x[:, :, 0] * one.exists).prod(dim=1).where(~one.exists[:, 2], 3.0))
    both = explain(
        ShapleyInteractions(Blocks(4)), model, from_series(series, side="right"), Target.scalar(), progress="off"
    )
    assert np.isnan(both.attribution_group.values[1]).tolist() == [False, False, True, True]
    assert np.isnan(both.interaction.values[1, :, 2:]).all()
    assert not both.membership.values[1, 2:].any()


@pytest.mark.parametrize(
    "explainer", [ShapleyInteractions(Blocks(14)), RemovalPairs(Blocks(5)), Archipelago(Blocks(5))]
)
def test_what_lies_in_a_chunk_beside_a_sample_changes_nothing(explainer: Any) -> None:
    draw = torch.Generator().manual_seed(5)
    batch = from_series([torch.randn(size, 1, generator=draw) for size in (14, 3, 7)])
    model = FunctionModel(lambda one: (one.x[..., 0] * one.exists).cumsum(dim=1).sin().prod(dim=1))
    whole = explain(explainer, model, batch, Target.scalar(), progress="off")
    for row in range(3):
        alone = explain(explainer, model, batch.take([row]), Target.scalar(), progress="off")
        for name in ("attribution_alone", "interaction", "completeness", "attribution"):
            here = whole[name][row][tuple(slice(size) for size in alone[name].shape[1:])]
            np.testing.assert_allclose(here, alone[name][0], atol=1e-6, err_msg=f"{name} of {row}")


def test_short_samples_ask_no_more_than_they_would_alone() -> None:
    asked: list[int] = []

    def counted(batch: Batch) -> Tensor:
        asked.append(len(batch))
        return (batch.x[..., 0] * batch.exists).sum(dim=1)

    ask(ShapleyInteractions(Blocks(10)), counted, from_series([torch.ones(10, 1), torch.ones(3, 1)]))
    assert sum(asked) < 2**10 + 2**3 + 20


def test_players_that_a_sample_lacks_in_between_are_left_out() -> None:
    batch = from_series([torch.ones(4, 1), torch.ones(2, 1)])
    model = FunctionModel(lambda one: one.x[:, 0, 0] * one.x[:, 1, 0] + one.x[:, 1, 0])
    groups = GivenGroups(((3,), (1,), (0,), (2,)))
    answer = explain(ShapleyInteractions(groups), model, batch, Target.scalar(), progress="off")
    np.testing.assert_allclose(answer.attribution_alone.values[1], [np.nan, 1.0, np.nan, 0.0], atol=1e-6)
    assert float(answer.interaction[1, 1, 3]) == pytest.approx(1.0)


def test_regression_on_some_coalitions_comes_near_all_of_them() -> None:
    batch = noise(2, 13, 1, seed=4)
    function = lambda one: (one.x[:, :6, 0].sum(dim=1) * one.x[:, 6:, 0].sum(dim=1) / 9).tanh()  # noqa: E731
    few = ask(ShapleyInteractions(Blocks(13)), function, batch).interaction.values
    every = ask(ShapleyInteractions(Blocks(13), budget=2**13), function, batch).interaction.values
    there = ~np.isnan(every)
    assert np.corrcoef(few[there], every[there])[0, 1] > 0.97
    assert not np.allclose(few[there], every[there], atol=1e-6)


@pytest.mark.peers
@pytest.mark.parametrize("index", ["k-sii", "stii"])
def test_other_indices_of_many_groups_go_through_shapiq(index: Any) -> None:
    batch = noise(2, 14, 1, seed=5)
    answer = ask(ShapleyInteractions(Blocks(14), index=index, budget=900), pair, batch)
    found = np.abs(answer.interaction.values)
    for sample in range(2):
        assert np.unravel_index(np.nanargmax(found[sample]), (14, 14)) == (1, 3)


def test_without_shapiq_its_indices_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "shapiq.approximator", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'aition\[interactions\]', or take index='fsii'"):
        ask(ShapleyInteractions(Blocks(14), index="stii", budget=300), pair, noise(1, 14, 1))


def test_a_seed_draws_other_coalitions_for_all_samples_alike() -> None:
    batch = noise(2, 14, 1, seed=6)
    function = lambda one: one.x[:, :, 0].sum(dim=1).tanh()  # noqa: E731
    one, other = (ask(ShapleyInteractions(Blocks(14), budget=300, seed=seed), function, batch) for seed in (0, 1))
    alone = ask(ShapleyInteractions(Blocks(14), budget=300), function, batch.take([1]))
    assert not np.allclose(one.attribution_group.values, other.attribution_group.values, atol=1e-6)
    np.testing.assert_allclose(one.attribution_group.values[1:], alone.attribution_group.values, atol=1e-6)


def test_static_values_belong_to_no_group_and_stay() -> None:
    batch = from_tensors(torch.ones(1, 3, 1), static=torch.full((1, 1), 5.0))
    answer = ask(ShapleyInteractions(), lambda one: one.static[:, 0] * one.x[:, 0, 0], batch)
    assert answer.attribution_group.values[0].tolist() == pytest.approx([5.0, 0.0, 0.0], abs=1e-5)


def test_cells_of_nobody_stay_present() -> None:
    batch = from_tensors(torch.ones(1, 3, 2))
    answer = ask(ShapleyInteractions(GivenGroups(((0, -1),))), lambda one: one.x[:, 0, 0] * (1 + one.x[:, 0, 1]), batch)
    assert answer.attribution_group.values[0].tolist() == pytest.approx([2.0])
    assert answer.attribution.values[0, :, 1].tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(("company", "wanted"), [("absent", 0.0), ("present", 1.0), ("both", 0.5)])
def test_removal_sees_a_triple_in_the_company_of_the_third_only(company: Any, wanted: float) -> None:
    answer = ask(RemovalPairs(company=company), triple, from_tensors(torch.ones(1, 4, 1)))
    assert answer.interaction.values[0, 0, 1] == pytest.approx(wanted, abs=1e-6)


def test_islands_are_what_is_joined_by_pairs_and_add_up_where_they_do_not_touch() -> None:
    def function(one: Batch) -> Tensor:
        x = one.x[:, :, 0]
        return x[:, 0] * x[:, 2] * x[:, 5] + 2 * x[:, 1] * x[:, 4] + x[:, 3]

    answer = ask(Archipelago(least=0.2), function, from_tensors(torch.ones(1, 6, 1)))
    assert answer.group_island.values[0].tolist() == [0, 1, 0, 2, 1, 0]
    assert answer.attribution_island.values[0].tolist() == pytest.approx([1, 2, 1, *[np.nan] * 3], nan_ok=True)
    assert float(answer.completeness[0]) == pytest.approx(0.0, abs=1e-6)
    assert answer.attribution.values[0, :, 0].tolist() == pytest.approx([1 / 3, 1, 1 / 3, 1, 1, 1 / 3], abs=1e-6)


def test_strength_is_the_root_of_the_mean_square_in_both_companies() -> None:
    batch = noise(1, 4, 1, seed=7)
    function = lambda one: one.x[:, :, 0].sum(dim=1).sigmoid() * one.x[:, 1, 0]  # noqa: E731
    found = ask(Archipelago(), function, batch).strength.values[0]

    def value(members: set[int]) -> float:
        kept = torch.zeros(1, 4, 1)
        kept[:, list(members)] = batch.x[:, list(members)]
        return float(function(batch.with_x(kept)))

    every = set(range(4))
    for i, j in combinations(range(4), 2):
        low = value({i, j}) - value({i}) - value({j}) + value(set())
        high = value(every) - value(every - {i}) - value(every - {j}) + value(every - {i, j})
        assert found[i, j] == pytest.approx(np.sqrt((low**2 + high**2) / 2), abs=1e-5)


def test_where_nothing_interacts_every_group_is_its_own_island() -> None:
    answer = ask(Archipelago(), lambda one: one.x.sum(dim=(1, 2)), noise(2, 5, 1))
    assert answer.group_island.values.tolist() == [[0, 1, 2, 3, 4]] * 2


def test_integrated_hessians_add_up() -> None:
    batch = noise(3, 4, 1)
    answer = ask(IntegratedHessians(), network(nn.Tanh), batch)
    assert np.abs(answer.completeness.values).max() < 1e-4
    assert np.abs(answer.smoothing.values).max() == 0.0


def test_integrated_hessians_are_the_double_integral_by_finite_differences() -> None:
    model, batch = network(nn.Tanh), noise(1, 4, 1)
    answer = ask(IntegratedHessians(steps=48), model, batch)
    x = batch.x[0, :, 0].double()

    def slope(t: float, one: int) -> np.ndarray[Any, Any]:
        values = (t * x).clone().requires_grad_()
        said = model.module(values[None, :, None])[0, 0]
        (gradient,) = torch.autograd.grad(said, values, create_graph=True)
        return torch.autograd.grad(gradient[one], values)[0].numpy()

    nodes = (np.arange(24) + 0.5) / 24
    literal = np.zeros(4)
    for a in nodes:
        for b in nodes:
            literal += a * b * slope(a * b, 0) / 24**2
    literal *= float(x[0]) * x.numpy() * 2
    np.testing.assert_allclose(answer.interaction.values[0, 0, 1:], literal[1:], atol=1e-3)


def test_relu_has_interactions_only_when_it_is_smoothed() -> None:
    batch = noise(2, 4, 1)
    hard = ask(IntegratedHessians(smooth=0.0), network(nn.ReLU), batch)
    soft = ask(IntegratedHessians(smooth=10.0), network(nn.ReLU), batch)
    assert np.nanmax(np.abs(hard.interaction.values)) == 0.0
    assert np.nanmax(np.abs(soft.interaction.values)) > 1e-3
    assert np.abs(soft.smoothing.values).max() > 1e-6


def written(x: Tensor) -> Tensor:
    hidden = x.clone()
    hidden.relu_()
    return hidden


RELUS = {
    "relu_": written,
    "inplace": lambda x: nn.functional.relu(x * 1.0, inplace=True),
    "clamp": lambda x: x.clamp(min=0),
    "clamp_min": lambda x: torch.clamp_min(x, 0),
    "clamp_max": lambda x: -(-x).clamp(max=0.0),
    "relu6": lambda x: nn.functional.relu6(x),
    "hardtanh": lambda x: nn.functional.hardtanh(x, 0.0, 50.0),
    "leaky": lambda x: nn.LeakyReLU(0.0)(x),
    "hardswish": lambda x: 6 * nn.functional.hardsigmoid(x - 3),
}


@pytest.mark.parametrize("name", RELUS)
def test_relu_by_any_name_has_the_same_interactions(name: str) -> None:
    draw = torch.Generator().manual_seed(3)
    batch = from_tensors(torch.rand(2, 3, 1, generator=draw, dtype=torch.float64) - 0.3)

    def found(function: Any) -> Any:
        model = TorchModel(nn.Identity(), lambda _, one: function(one.x[..., 0].sum(dim=1) - 0.2))
        return ask(IntegratedHessians(), model, batch)

    own, plain = found(RELUS[name]), found(torch.relu)
    assert np.nanmax(np.abs(plain.interaction.values)) > 0.01
    np.testing.assert_allclose(own.interaction, plain.interaction, atol=1e-9)
    np.testing.assert_allclose(own.smoothing, plain.smoothing, atol=1e-9)


def test_what_hangs_on_no_value_is_not_smoothed() -> None:
    model = TorchModel(
        nn.Identity(), lambda _, one: (one.x[..., 0] * one.exists).sum(dim=1) / one.exists.sum(dim=1).clamp(min=1.0)
    )
    answer = ask(IntegratedHessians(), model, noise(2, 1, 1))
    np.testing.assert_array_equal(answer.smoothing, 0.0)


def test_cells_of_nobody_stay_on_the_way_of_integrated_hessians() -> None:
    model = TorchModel(nn.Identity(), lambda _, one: one.x.prod(dim=1)[:, 0])
    answer = ask(IntegratedHessians(GivenGroups(((0,), (1,), (-1,)))), model, from_tensors(torch.full((1, 3, 1), 2.0)))
    assert float(answer.interaction[0, 0, 1]) == pytest.approx(4.0, abs=1e-3)
    assert float(answer.completeness[0]) == pytest.approx(0.0, abs=1e-3)


def test_kinks_that_stay_are_named() -> None:
    model = TorchModel(nn.Identity(), lambda _, one: one.x[..., 0].amax(dim=1))
    with pytest.warns(AitionWarning, match="do not see the kinks of amax"):
        ask(IntegratedHessians(), model, noise(1, 3, 1))


def test_smoothing_ends_with_the_explanation() -> None:
    ask(IntegratedHessians(steps=2), network(nn.ReLU), noise(1, 4, 1))
    assert float(nn.ReLU()(torch.zeros(1))) == 0.0


def test_the_quadrature_integrates_the_density_of_a_product_of_uniform_numbers() -> None:
    nodes, weights, curved = quadrature(24)
    for power in range(4):
        assert float((weights * nodes**power).sum()) == pytest.approx(1 / (power + 1) ** 2, abs=1e-4)
        assert float((curved * nodes**power).sum()) == pytest.approx(1 / (power + 2) ** 2, abs=1e-4)


def test_integrated_hessians_refuse_a_black_box() -> None:
    with pytest.raises(RefusalError, match="black box"):
        ask(IntegratedHessians(), pair, noise(1, 5, 1))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: ShapleyInteractions(index="sii"), "index must be one of"),  # type: ignore[arg-type]
        (lambda: ShapleyInteractions(budget=-1), "budget must be 0"),
        (lambda: ShapleyInteractions(groups=Blocks), "groups must be a function"),  # type: ignore[arg-type]
        (lambda: RemovalPairs(company="none"), "company must be one of"),  # type: ignore[arg-type]
        (lambda: Archipelago(least=0.0), "least must be above 0"),
        (lambda: IntegratedHessians(steps=0), "steps must be 1 or more"),
    ],
)
def test_settings_out_of_range_are_refused(make: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        make()


def test_several_targets_are_answered_as_each_alone() -> None:
    batch = noise(2, 4, 1)
    model = FunctionModel(lambda one: torch.stack([pair(one), triple(one)], dim=1))
    for explainer in EXPLAINERS:
        both = explain(explainer, model, batch, Target.each("class", range(2)), progress="off")
        one = explain(explainer, model, batch, Target.of_class(1), progress="off")
        np.testing.assert_allclose(both.interaction.values[:, 1], one.interaction.values, atol=1e-6)
        assert both.membership.dims == ("sample", "target", "group", "time", "feature")
