"""Shapley values by all orders, LIME by scikit-learn, TimeSHAP step by step, and peers."""

from collections.abc import Callable, Sequence
from functools import cache
from itertools import permutations

import numpy as np
import pytest
import torch
from torch import Tensor

from aition import Batch, Explanation, FunctionModel, Target, explain, from_tensors
from aition.impute.baseline import ConstantBaseline
from aition.impute.coalitions import everyone
from aition.impute.groups import Blocks, EachStep
from aition.methods import SegmentLime, SegmentShap, TimeShap
from aition.methods.captum import Captum

Value = Callable[[frozenset[int]], float]


def curved(batch: Batch) -> Tensor:
    """Steps and features that act together."""
    x = batch.x.double()
    weight = torch.linspace(0.2, 1.5, x.shape[1], dtype=torch.float64)
    return (weight * x[..., 0]).sum(dim=1).tanh() + (x[:, 1:, 0] * x[:, :-1, 1]).sum(dim=1) + x[:, -1].prod(dim=1)


def noise(*shape: int, seed: int = 0) -> Batch:
    return from_tensors(torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64))


def asked(explainer: object, batch: Batch, function: Callable[[Batch], Tensor] = curved) -> Explanation:
    return explain(explainer, FunctionModel(function, dtype=torch.float64), batch, Target.scalar(), progress="off")


def game(batch: Batch, cells: Tensor, baseline: float = 0.0) -> Value:
    """What the function says of the first sample where only some players' cells hold their values."""

    @cache
    def value(players: frozenset[int]) -> float:
        kept = torch.isin(cells, torch.tensor(sorted(players), dtype=cells.dtype))
        return float(curved(batch.with_x(torch.where(kept, batch.x, baseline)))[0])

    return value


def by_all_orders(value: Value, players: Sequence[int]) -> dict[int, float]:
    """The mean over all orders of what a player adds to those before it."""
    found = dict.fromkeys(players, 0.0)
    orders = list(permutations(players))
    for order in orders:
        for place, player in enumerate(order):
            added = value(frozenset(order[: place + 1])) - value(frozenset(order[:place]))
            found[player] += added / len(orders)
    return found


def test_values_of_segments_are_means_over_all_orders() -> None:
    batch, groups = noise(1, 7, 2), Blocks(2)
    found = asked(SegmentShap(groups, baseline=ConstantBaseline(0.4)), batch).attribution_group.values[0]
    literal = by_all_orders(game(batch, groups(batch)["x"], 0.4), range(4))
    np.testing.assert_allclose(found, [literal[player] for player in range(4)], atol=1e-10)


def test_least_squares_on_all_coalitions_are_the_exact_values() -> None:
    batch, groups = noise(2, 11, 2), EachStep()
    exact = asked(SegmentShap(groups, budget=2**11), batch).attribution_group.values
    fitted = asked(SegmentShap(groups, budget=2**11 - 1), batch).attribution_group.values
    np.testing.assert_allclose(fitted, exact, atol=0.02 * np.abs(exact).max())


def test_weights_of_segments_are_those_of_scikit_learn() -> None:
    linear_model = pytest.importorskip("sklearn.linear_model")
    batch, groups = noise(1, 6, 2), Blocks(3)
    answer = asked(SegmentLime(groups, ridge=0.3, width=0.5), batch)
    value, present = game(batch, groups(batch)["x"]), everyone(6)
    scores = [value(frozenset(torch.arange(6)[row].tolist())) for row in present]
    near = np.exp(-(((1 - np.sqrt(present.double().mean(dim=1).numpy())) / 0.5) ** 2))
    ridge = linear_model.Ridge(alpha=0.3).fit(present.numpy(), scores, sample_weight=near)
    np.testing.assert_allclose(answer.attribution_group.values[0], ridge.coef_, atol=1e-8)
    assert float(answer.fit[0]) == pytest.approx(ridge.score(present.numpy(), scores, sample_weight=near), abs=1e-8)


@pytest.mark.parametrize("from_recent", [False, True])
def test_time_shap_is_its_paper_step_by_step(from_recent: bool) -> None:
    for seed in range(4):
        batch, tolerance = noise(1, 6, 2, seed=seed), 0.6
        answer = asked(TimeShap(tolerance, from_recent, n_step=2, n_feature=1), batch)
        value = game(batch, torch.arange(6)[None, :, None].expand(1, 6, 2))
        steps, whole, nobody = frozenset(range(6)), value(frozenset(range(6))), value(frozenset())
        past = [
            (value(frozenset(range(cut))) - nobody + whole - value(steps - frozenset(range(cut)))) / 2
            for cut in range(6)
        ]
        within = [abs(one) <= tolerance for one in past]
        if from_recent:
            pruned = max(cut for cut in range(6) if within[cut])
        else:
            pruned = max(cut for cut in range(6) if all(within[: cut + 1]))
        assert int(answer.pruned[0]) == pruned
        assert float(answer.pruned_value[0]) == pytest.approx(past[pruned], abs=1e-10)

        step = torch.arange(6)[None, :, None].expand(1, 6, 2)
        events = torch.where(step < pruned, -9, step)
        players = sorted(set(events.flatten().tolist()))
        literal = by_all_orders(game(batch, events), players)
        np.testing.assert_allclose(
            answer.step_value.values[0, pruned:], [literal[one] for one in range(pruned, 6)], atol=1e-10
        )
        if pruned:
            assert float(answer.step_value[0, :pruned].sum()) == pytest.approx(literal[-9], abs=1e-10)

        feature = torch.where(step < pruned, -9, torch.arange(2).expand(1, 6, 2))
        literal = by_all_orders(game(batch, feature), sorted(set(feature.flatten().tolist())))
        np.testing.assert_allclose(answer.feature_value.values[0], [literal[0], literal[1]], atol=1e-10)

        top_steps = sorted(range(pruned, 6), key=lambda one: -abs(answer.step_value.values[0, one]))[:2]
        top_feature = int(np.abs(answer.feature_value.values[0]).argmax())
        names: dict[tuple[int, int], int] = {}
        cells = torch.zeros(1, 6, 2, dtype=torch.int64)
        for t in range(6):
            for d in range(2):
                high, wide = t in top_steps, d == top_feature
                name = (-1, -1) if t < pruned else (t if high else 99, d if wide else 99)
                cells[0, t, d] = names.setdefault(name, len(names))
        literal = by_all_orders(game(batch, cells), range(len(names)))
        size = torch.bincount(cells.flatten())
        expected = [literal[int(one)] / int(size[one]) for one in cells.flatten()]
        np.testing.assert_allclose(answer.attribution.values[0].ravel(), expected, atol=1e-10)


@pytest.mark.peers
def test_values_are_those_of_captum_where_settings_coincide() -> None:
    batch = noise(2, 10, 2)
    ours = asked(SegmentShap(Blocks(4, together=True)), batch).attribution.values
    theirs = asked(Captum("ShapleyValues", settings={"segments": 4}), batch).attribution.values
    np.testing.assert_allclose(ours, theirs, atol=1e-10)


@pytest.mark.peers
def test_values_are_those_of_shapiq_where_settings_coincide() -> None:
    shapiq = pytest.importorskip("shapiq")
    batch = noise(1, 6, 2)
    value = game(batch, torch.arange(6)[None, :, None].expand(1, 6, 2))

    def played(coalitions: np.ndarray) -> np.ndarray:
        return np.array([value(frozenset(np.flatnonzero(row).tolist())) for row in coalitions])

    theirs = shapiq.ExactComputer(played, 6)("SV", 1).get_n_order_values(1)
    for explainer, name in ((SegmentShap(EachStep()), "attribution_group"), (TimeShap(0.0), "step_value")):
        np.testing.assert_allclose(asked(explainer, batch)[name].values[0], theirs, atol=1e-10)


@pytest.mark.peers
def test_as_many_draws_come_nearer_than_captums_kernel_shap() -> None:
    batch = noise(4, 12, 2)
    groups, settings = Blocks(12, together=True), {"segments": 12, "by_feature": False, "n_samples": 320}
    exact = asked(SegmentShap(groups, budget=2**12), batch).attribution.values
    ours, theirs = (
        np.abs(asked(explainer, batch).attribution.values - exact).mean()
        for explainer in (SegmentShap(groups, budget=320), Captum("KernelShap", settings=settings))
    )
    assert ours < theirs
