"""Pairs by contextual decomposition: mixed differences, the formula of one layer, and what published ones lose."""

from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from aition import Batch, FunctionModel, Target, TorchModel, explain, from_series, from_tensors
from aition.core.errors import InputError, RefusalError
from aition.impute.baseline import ConstantBaseline
from aition.impute.groups import EachCell, EachStep, GivenGroups
from aition.methods import ContextualPairs
from aition.methods.cd import SETS, decompose, decompose_signals
from stand_ins.zoo import N_FEATURE, N_TIME, network

N_STEP = 5


class Readout(nn.Module):
    """The last state of a recurrent layer, read out."""

    def __init__(self, layer: nn.RNNBase) -> None:
        super().__init__()
        self.layer, self.head = layer, nn.Linear(layer.hidden_size * (2 if layer.bidirectional else 1), 1)

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.head(self.layer(x)[0][:, -1])[:, 0]
        return found


def stacked(activation: nn.Module) -> nn.Sequential:
    return nn.Sequential(
        nn.Flatten(), nn.Linear(N_STEP, 7), activation, nn.Linear(7, 7), activation, nn.Linear(7, 1), nn.Flatten(0)
    )


NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "lstm": lambda: Readout(nn.LSTM(1, 6, batch_first=True)),
    "two-way lstm": lambda: Readout(nn.LSTM(1, 4, num_layers=2, bidirectional=True, batch_first=True)),
    "gru": lambda: Readout(nn.GRU(1, 6, batch_first=True)),
    "rnn": lambda: Readout(nn.RNN(1, 6, batch_first=True)),
    "tanh": lambda: stacked(nn.Tanh()),
    "relu": lambda: stacked(nn.ReLU()),
}


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(21)


def made(name: str) -> nn.Module:
    module = NETWORKS[name]().double()
    with torch.no_grad():
        for weight in module.parameters():
            weight.mul_(2)
    return module


def batch_of(x: Tensor) -> Batch:
    return from_tensors(x, layout="sample time feature")


def interactions(explainer: ContextualPairs, module: nn.Module, x: Tensor) -> Tensor:
    answer = explain(explainer, TorchModel(module), batch_of(x), Target.scalar(), progress="off")
    return torch.from_numpy(answer.interaction.values)


@pytest.mark.parametrize("baseline", [0.0, 0.7])
@pytest.mark.parametrize("name", NETWORKS)
def test_of_two_cells_alone_the_interaction_is_the_mixed_difference(name: str, baseline: float) -> None:
    module = made(name)
    x = torch.full((1, N_STEP, 1), baseline, dtype=torch.float64)
    x[0, 1], x[0, 3] = 1.3, -0.8
    empty, one, other = (torch.full_like(x, baseline) for _ in range(3))
    one[0, 1], other[0, 3] = 1.3, -0.8
    with torch.no_grad():
        want = module(x) - module(one) - module(other) + module(empty)
    found = interactions(ContextualPairs(baseline=ConstantBaseline(baseline), strict=True), module, x)
    assert float(want.abs()) > 1e-4
    torch.testing.assert_close(found[:, 1, 3], want, rtol=0, atol=1e-10)


@pytest.mark.parametrize("rules", ["murdoch", "shapley"])
def test_of_one_layer_it_is_the_mean_mixed_difference_with_and_without_all_others(rules: str) -> None:
    module = nn.Sequential(nn.Flatten(), nn.Linear(N_STEP, 4), nn.Tanh(), nn.Linear(4, 1), nn.Flatten(0)).double()
    x = torch.randn(2, N_STEP, 1, dtype=torch.float64)
    found = interactions(ContextualPairs(rules=rules), module, x)  # type: ignore[arg-type]
    inner, bias, outer = (part.detach().numpy() for part in (module[1].weight, module[1].bias, module[3].weight))
    for sample, (i, j) in ((s, pair) for s in range(2) for pair in combinations(range(N_STEP), 2)):
        each = inner * x[sample, :, 0].numpy()
        one, other = each[:, i], each[:, j]
        others = each.sum(axis=1) - one - other
        mixed = [
            np.tanh(c + one + other) - np.tanh(c + one) - np.tanh(c + other) + np.tanh(c) for c in (bias, bias + others)
        ]
        want = float(outer[0] @ (mixed[0] + mixed[1]) / 2)
        assert float(found[sample, i, j]) == pytest.approx(want, abs=1e-12)
        assert float(found[sample, j, i]) == pytest.approx(want, abs=1e-12)


class Product(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return 3 * x[:, 0, 0] * x[:, 2, 0] + x[:, 1, 0]


@pytest.mark.parametrize(("company", "want"), [("others", 3.0), ("all", 0.0)])
def test_an_even_split_of_a_product_is_no_interaction_unless_the_partner_is_absent(company: str, want: float) -> None:
    explainer = ContextualPairs(company=company)  # type: ignore[arg-type]
    found = interactions(explainer, Product(), torch.ones(1, 3, 1))
    torch.testing.assert_close(found[0, 0, 1:], torch.tensor([0.0, want]))


CARRIED: dict[str, Callable[[Tensor], Tensor]] = {
    "sqrt": lambda x: (x[:, 1] + x[:, 3]).sqrt(),
    "log1p": lambda x: (x[:, 1] + x[:, 3]).log1p(),
    "power": lambda x: (x[:, 1] + x[:, 3]) ** 1.5,
    "larger": lambda x: torch.maximum(x[:, 1], x[:, 3]),
    "amax": lambda x: x.amax(dim=1),
    "max": lambda x: x.max(dim=1).values,
    "pool": lambda x: nn.functional.max_pool1d(x[:, None], x.shape[1]).flatten(),
}


@pytest.mark.parametrize("name", CARRIED)
def test_of_two_cells_alone_scales_and_choices_carry_the_mixed_difference_too(name: str) -> None:
    function = CARRIED[name]
    x = torch.zeros(1, N_STEP, 1, dtype=torch.float64)
    x[0, 1], x[0, 3] = 1.5, 0.5
    one, other = x.clone(), x.clone()
    one[0, 3], other[0, 1] = 0.0, 0.0
    whole, first, second = (float(function(each[..., 0])) for each in (x, one, other))
    module = nn.Identity()
    model = TorchModel(module, lambda _, batch: function(batch.x[..., 0]))
    answer = explain(ContextualPairs(EachStep(), strict=True), model, batch_of(x), Target.scalar(), progress="off")
    assert abs(whole - first - second) > 0.01
    assert float(answer.interaction[0, 1, 3]) == pytest.approx(whole - first - second, abs=1e-10)


def test_a_divisor_is_what_the_partner_leaves_of_it() -> None:
    x = torch.tensor([[[1.0], [2.0]]], dtype=torch.float64)
    model = TorchModel(nn.Identity(), lambda _, batch: batch.x[:, 0, 0] / (1 + batch.x[:, 1, 0]))
    answer = explain(ContextualPairs(EachStep()), model, batch_of(x), Target.scalar(), progress="off")
    assert float(answer.interaction[0, 0, 1]) == pytest.approx(1 / 3 - 1)


@pytest.mark.parametrize("rules", SETS)
def test_cells_of_a_sum_do_not_interact(rules: str) -> None:
    module = nn.Sequential(nn.Flatten(), nn.Linear(N_STEP, 1, bias=False), nn.Flatten(0))
    found = interactions(ContextualPairs(rules=rules), module, torch.randn(2, N_STEP, 1))  # type: ignore[arg-type]
    torch.testing.assert_close(found.nan_to_num(0.0), torch.zeros(2, N_STEP, N_STEP), rtol=0, atol=1e-6)


@pytest.mark.parametrize("rules", SETS)
def test_in_the_company_of_all_it_is_the_relevance_of_both_less_that_of_each(rules: str) -> None:
    module, x = made("gru"), torch.randn(2, N_STEP, 1, dtype=torch.float64)
    found = interactions(ContextualPairs(rules=rules, company="all"), module, x)  # type: ignore[arg-type]
    groups = torch.zeros(3, N_STEP, 1, dtype=torch.bool)
    groups[[0, 0, 1, 2], [1, 4, 1, 4]] = True
    both, one, other = decompose(TorchModel(module), batch_of(x), groups, rules=rules).relevant
    torch.testing.assert_close(found[:, 1, 4], (both - one - other).detach(), rtol=0, atol=1e-12)


@pytest.mark.parametrize("rules", SETS)
def test_a_group_that_lies_in_itself_is_decomposed_as_any_other(rules: str) -> None:
    model = TorchModel(network("mixed", dtype=torch.float64))
    batch = from_tensors(torch.randn(2, N_TIME, N_FEATURE, dtype=torch.float64), layout="sample time feature")
    groups = torch.rand(2, N_TIME, N_FEATURE) > 0.5
    plain = decompose(model, batch, groups, rules=rules)
    twice = decompose_signals(model, batch, {"x": groups.repeat_interleave(2, dim=0)}, rules=rules, nested=2)
    torch.testing.assert_close(twice.relevant[::2], plain.relevant, rtol=0, atol=1e-10)
    torch.testing.assert_close(twice.relevant[1::2], plain.relevant, rtol=0, atol=1e-10)


def test_a_group_that_does_not_hold_the_others_of_its_run_is_an_error() -> None:
    groups = torch.zeros(2, 3, 1, dtype=torch.bool)
    groups[1, 1] = True
    with pytest.raises(InputError, match="must hold all cells"):
        decompose_signals(TorchModel(Product()), batch_of(torch.ones(1, 3, 1)), {"x": groups}, nested=2)


def test_recurrent_layers_and_cells_written_out_agree_on_groups_within_groups() -> None:
    cell = nn.LSTMCell(N_FEATURE, 5).double()
    weights = {name: weight.detach() for name, weight in cell.named_parameters()}

    def written(_module: nn.Module, batch: Batch) -> Tensor:
        hidden = memory = batch.x.new_zeros(2, 5)
        for step in range(4):
            before = batch.x[:, step] @ weights["weight_ih"].T + hidden @ weights["weight_hh"].T
            i, f, g, o = (before + weights["bias_ih"] + weights["bias_hh"]).chunk(4, dim=1)
            memory = f.sigmoid() * memory + i.sigmoid() * g.tanh()
            hidden = o.sigmoid() * memory.tanh()
        return hidden

    def own(module: nn.Module, batch: Batch) -> Tensor:
        state = None
        for step in range(4):
            state = module(batch.x[:, step], state)
        return state[0]

    batch = batch_of(torch.randn(2, 4, N_FEATURE, dtype=torch.float64))
    first, second = torch.rand(2, 4, N_FEATURE) > 0.6
    runs = {"x": torch.stack([first | second, first, second])}
    found, want = (
        decompose_signals(TorchModel(cell, forward), batch, runs, rules="shapley", nested=3).relevant
        for forward in (own, written)
    )
    torch.testing.assert_close(found, want, rtol=0, atol=1e-10)
    plain = decompose(TorchModel(cell, own), batch, runs["x"], rules="shapley").relevant
    assert float((found[1] - plain[1]).detach().abs().max()) > 1e-3


def test_pairs_are_the_same_however_many_go_side_by_side() -> None:
    module, x = made("lstm"), torch.randn(2, N_STEP, 1, dtype=torch.float64)
    whole = explain(ContextualPairs(), TorchModel(module), batch_of(x), Target.scalar(), progress="off")
    pieces = explain(ContextualPairs(), TorchModel(module, rows=9), batch_of(x), Target.scalar(), progress="off")
    np.testing.assert_allclose(pieces.interaction, whole.interaction, rtol=0, atol=1e-12)


@pytest.mark.parametrize("rules", ["gcd", "shapley"])
def test_longer_samples_in_the_chunk_change_no_pair(rules: str) -> None:
    torch.manual_seed(22)
    batch = from_series([torch.randn(size, 1, dtype=torch.float64) for size in (6, 3)])
    model = TorchModel(
        nn.GRU(1, 3, batch_first=True).double(),
        lambda module, one: (module(one.x)[0][..., 0] * one.exists).sum(dim=1).tanh(),
    )
    asked = ContextualPairs(EachStep(), rules=rules)  # type: ignore[arg-type]
    whole = explain(asked, model, batch, Target.scalar(), progress="off")
    alone = explain(asked, model, batch.take([1]), Target.scalar(), progress="off")
    for name in ("interaction", "attribution_alone", "completeness"):
        here = whole[name][1][tuple(slice(size) for size in alone[name].shape[1:])]
        np.testing.assert_allclose(here, alone[name][0], atol=1e-12, err_msg=name)


def test_pairs_are_laid_out_no_more_at_once_than_go_through_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def noted(model: Any, batch: Batch, membership: Any, **settings: Any) -> Any:
        seen.append(len(membership["x"]))
        return decompose_signals(model, batch, membership, **settings)

    monkeypatch.setattr("aition.methods.cd.pairs.decompose_signals", noted)
    asked = ContextualPairs(EachStep())
    explain(asked, TorchModel(Product(), rows=45), batch_of(torch.ones(1, 20, 1)), Target.scalar(), progress="off")
    assert max(seen[1:]) == 15
    assert sum(seen[1:]) == 3 * 190


def test_a_groups_relevance_is_what_it_is_alone_and_half_of_its_interactions() -> None:
    module, x = made("gru"), torch.randn(2, N_STEP, 1, dtype=torch.float64)
    model, batch = TorchModel(module), batch_of(x)
    answer = explain(ContextualPairs(), model, batch, Target.scalar(), progress="off")
    half = np.nansum(answer.interaction, axis=2) / 2
    relevance = decompose(model, batch, torch.eye(N_STEP, dtype=torch.bool)[:, :, None], rules="shapley").relevant
    np.testing.assert_allclose(answer.attribution_group, relevance.mT.detach(), rtol=0, atol=1e-12)
    np.testing.assert_allclose(answer.attribution_alone + half, answer.attribution_group, rtol=0, atol=1e-12)
    np.testing.assert_allclose(answer.attribution.sum(("time", "feature")), answer.attribution_group.sum("group"))


def test_shorter_samples_lack_the_groups_of_their_padding() -> None:
    batch = from_tensors(torch.randn(2, N_STEP, 2), lengths=torch.tensor([N_STEP, 3]))
    model = TorchModel(nn.Linear(2, 1), lambda module, b: (module(b.x)[..., 0] * b.exists).sum(dim=1).tanh())
    answer = explain(ContextualPairs(groups=EachStep()), model, batch, Target.scalar(), progress="off")
    assert np.isnan(answer.attribution_group[1, 3:]).all()
    assert np.isnan(answer.interaction[1, 3:]).all()
    assert np.isfinite(answer.interaction[1, 0, 1:3]).all()


def test_one_group_alone_has_no_pairs() -> None:
    answer = explain(
        ContextualPairs(groups=GivenGroups(((0,),))),
        TorchModel(made("gru")),
        batch_of(torch.randn(1, N_STEP, 1, dtype=torch.float64)),
        Target.scalar(),
        progress="off",
    )
    assert answer.interaction.shape == (1, 1, 1)
    assert np.isnan(answer.interaction).all()


def test_a_hundred_groups_are_the_most() -> None:
    with pytest.raises(InputError, match="there are 390"):
        explain(
            ContextualPairs(groups=EachCell()),
            TorchModel(Product()),
            batch_of(torch.randn(1, 130, 3)),
            Target.scalar(),
            progress="off",
        )


def test_black_boxes_are_refused() -> None:
    with pytest.raises(RefusalError, match="ContextualPairs"):
        explain(
            ContextualPairs(),
            FunctionModel(lambda batch: batch.x.sum(dim=(1, 2))),
            batch_of(torch.randn(1, 4, 1)),
            Target.scalar(),
            progress="off",
        )


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"groups": EachCell}, "groups must"),
        ({"rules": "none"}, "rules must"),
        ({"company": "some"}, "company must"),
    ],
)
def test_settings_that_do_not_fit_are_errors(settings: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        ContextualPairs(**settings)  # type: ignore[arg-type]
