"""Relevance: groups are scored by contextual decomposition, and hierarchies grow by it."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from aition import Batch, FunctionModel, Target, TorchModel, explain, from_series, from_tensors, registry
from aition.core.errors import InputError, RefusalError
from aition.core.tree import owners
from aition.impute.baseline import ConstantBaseline
from aition.impute.groups import EachCell
from aition.methods import AgglomerativeHierarchy, ContextualPairs
from aition.methods.cd.scorer import Relevance
from aition.models import ConvClassifier, LSTMClassifier, as_model

TARGET = Target.of_class(1)


def network(make: type[nn.Module] = LSTMClassifier) -> TorchModel:
    torch.manual_seed(5)
    return as_model(make(2, 3))


def series() -> Batch:
    x = torch.randn(3, 7, 2, generator=torch.Generator().manual_seed(6))
    return from_series([x[0], x[1, :4], x[2, :6]])


def scores_of(scorer: Relevance, model: TorchModel, batch: Batch, cells: Tensor, rows: list[int]) -> Tensor:
    question = TARGET.resolve(model(batch), batch)
    return scorer(model, batch, question)(torch.tensor(rows), cells)


def linear() -> TorchModel:
    torch.manual_seed(7)
    return TorchModel(nn.Linear(14, 3), lambda module, batch: module(batch.x.flatten(1)), head="none")


def test_in_a_linear_model_a_group_counts_for_its_cells():
    model, batch = linear(), from_tensors(torch.randn(2, 7, 2))
    with torch.no_grad():
        model.module.bias.zero_()
    cells = torch.rand(4, 7, 2, generator=torch.Generator().manual_seed(8)) < 0.4
    rows = [1, 0, 1, 0]
    wanted = ((batch.x[rows] * cells).flatten(1) @ model.module.weight[1]).detach()
    torch.testing.assert_close(scores_of(Relevance(), model, batch, cells, rows), wanted)


@pytest.mark.parametrize("make", [LSTMClassifier, ConvClassifier])
def test_no_cell_counts_for_nothing_and_all_for_the_output(make):
    model, batch = network(make), series()
    cells = torch.stack([torch.zeros(7, 2), torch.ones(7, 2)]).bool()
    nothing, everything = scores_of(Relevance("acd", strict=True), model, batch, cells, [1, 1]).tolist()
    assert nothing == pytest.approx(0, abs=1e-6)
    assert everything == pytest.approx(model(batch)[1, 1].item(), abs=1e-5)


def test_what_is_asked_at_once_does_not_matter():
    model, batch = network(), series()
    cells = torch.rand(5, 7, 2, generator=torch.Generator().manual_seed(9)) < 0.5
    rows = [0, 1, 2, 0, 2]
    together = scores_of(Relevance(), model, batch, cells, rows)
    alone = [scores_of(Relevance(), model, batch, cells[[i]], [rows[i]]) for i in range(5)]
    torch.testing.assert_close(together, torch.cat(alone), atol=1e-6, rtol=0)


def test_a_pass_has_three_rows_for_each_group_and_no_more_than_allowed():
    seen: list[int] = []

    def counted(module: nn.Module, batch: Batch) -> Tensor:
        seen.append(len(batch))
        return module(batch.x.flatten(1))

    batch = from_tensors(torch.randn(2, 7, 2))
    model = TorchModel(linear().module, counted, rows=7, head="none")
    cells = torch.ones(5, 7, 2, dtype=torch.bool)
    question = TARGET.resolve(model(batch), batch)
    seen.clear()
    Relevance()(model, batch, question)(torch.zeros(5, dtype=torch.int64), cells)
    assert seen == [2, 2, 1]


def test_the_baseline_is_what_counts_for_nothing():
    model = linear()
    batch = from_tensors(torch.full((1, 7, 2), 2.0))
    cells = torch.ones(1, 7, 2, dtype=torch.bool)
    found = scores_of(Relevance(baseline=ConstantBaseline(2.0)), model, batch, cells, [0])
    assert found.item() == pytest.approx(0, abs=1e-6)


def test_a_hierarchy_by_relevance_has_the_relevance_of_its_groups():
    model, batch = network(), series()
    answer = explain(AgglomerativeHierarchy(Relevance()), model, batch, TARGET, progress="off")
    for row in range(len(batch)):
        own = answer.isel(sample=row)
        n_merge = int((~np.isnan(own["attribution_merge"].values)).sum())
        joined, again = own["group_joined"].values, own["merge_joined"].values[:n_merge]
        for merge in range(n_merge):
            owner = owners(joined, again, n_merge=merge + 1)
            cells = own["membership"].values[owner == len(joined) + merge].any(axis=0)
            (found,) = scores_of(Relevance(), model, batch, torch.from_numpy(cells)[None], [row]).tolist()
            assert own["attribution_merge"].values[merge] == pytest.approx(found, abs=1e-5)


@pytest.mark.parametrize("scorer", [Relevance(strict=True), Relevance("acd", company="all", strict=True)])
def test_a_product_is_joined_before_what_is_added(scorer):
    model = TorchModel(nn.Identity(), lambda _, batch: batch.x[:, 0, 0] + batch.x[:, 1, 0] * batch.x[:, 2, 0])
    batch = from_tensors(torch.ones(1, 3, 1))
    answer = explain(AgglomerativeHierarchy(scorer), model, batch, Target.scalar(), progress="off")
    assert answer["group_joined"].values.tolist() == [[1, 0, 0]]


def test_what_two_cells_have_beyond_each_is_the_interaction_of_contextual_pairs():
    model, batch = network(), series().take([0])
    pairs = explain(ContextualPairs(groups=EachCell()), model, batch, TARGET, progress="off").interaction.values[0]
    one, other = torch.zeros(2, 1, 7, 2, dtype=torch.bool)
    one[0, 2, 1], other[0, 5, 0] = True, True
    question = TARGET.resolve(model(batch), batch)
    found = Relevance()(model, batch, question).beyond(torch.tensor([0]), one, other)
    assert found.item() == pytest.approx(pairs[2 * 2 + 1, 5 * 2], abs=1e-6)


def test_the_model_is_left_as_it_was_found():
    model, batch = network(), series()
    model.module.train()
    explain(AgglomerativeHierarchy(Relevance()), model, batch, TARGET, progress="off")
    assert all(part.training for part in model.module.modules())
    assert all(weight.grad is None for weight in model.module.parameters())


def test_a_hierarchy_takes_it_by_name():
    made = registry.explainer("agglomerative-hierarchy", {"scorer": '{"name": "relevance", "rules": "murdoch"}'})
    assert made == AgglomerativeHierarchy(Relevance("murdoch"))


def test_a_black_box_is_refused():
    model = FunctionModel(lambda batch: batch.x[:, 0, :1])
    with pytest.raises(RefusalError, match="Relevance needs a network, but FunctionModel is a black box; take Removal"):
        explain(AgglomerativeHierarchy(Relevance()), model, series(), Target.of_class(0), progress="off")


def test_other_rules_are_refused():
    with pytest.raises(InputError, match="rules must be one of acd"):
        Relevance("lrp")
    with pytest.raises(InputError, match="company must be one of others, all"):
        Relevance(company="none")
