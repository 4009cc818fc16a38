"""ContextualDecomposition: the relevance of its group in every cell, constants, targets, signals, and refusals."""

import pytest
import torch
from torch import Tensor, nn

from aition import Batch, Field, FunctionModel, Target, TorchModel, explain, from_series, from_tensors, registry
from aition.core.errors import InputError, RefusalError
from aition.impute.baseline import ConstantBaseline
from aition.impute.groups import EachCell, EachFeature, EachStep, GivenGroups, Segments
from aition.methods import ContextualDecomposition
from aition.methods.cd import SETS, decompose
from aition.models import ConvClassifier, LSTMClassifier, as_model

KEPT = ("gcd", "murdoch", "shapley")


def network(make: type[nn.Module] = ConvClassifier) -> TorchModel:
    torch.manual_seed(41)
    return as_model(make(2, 3))


def series() -> Batch:
    x = torch.randn(3, 6, 2, generator=torch.Generator().manual_seed(42))
    return from_series([x[0], x[1, :4], x[2, :6]])


def linear() -> TorchModel:
    torch.manual_seed(43)
    return TorchModel(nn.Linear(12, 3), lambda module, batch: module(batch.x.flatten(1)))


def full() -> Batch:
    return from_tensors(torch.randn(3, 6, 2, generator=torch.Generator().manual_seed(44)))


@pytest.mark.parametrize("rules", KEPT)
def test_of_a_linear_model_cells_have_weight_times_value_and_constants_the_bias(rules: str) -> None:
    model, batch = linear(), full()
    answer = explain(ContextualDecomposition(rules=rules), model, batch, Target.of_class(1))
    weight, bias = model.module.weight[1].detach(), model.module.bias[1].detach()
    found = torch.from_numpy(answer.attribution.values)
    torch.testing.assert_close(found, batch.x * weight.reshape(6, 2))
    torch.testing.assert_close(torch.from_numpy(answer.constants.values), bias.expand(3))


@pytest.mark.parametrize(
    "groups", [EachCell(), EachStep(), EachFeature(), Segments(2), GivenGroups(((0, -1),))], ids=repr
)
def test_a_cell_has_what_is_due_to_its_group(groups: object) -> None:
    model, batch = network(), series()
    question = Target.of_class(2).resolve(model(batch), batch)
    answer = ContextualDecomposition(groups, rules="gcd")(model, batch, question)
    numbers, found = groups(batch)["x"], answer["attribution"][1]
    for sample, step, column in [(0, 0, 0), (0, 5, 1), (1, 3, 0), (2, 2, 1)]:
        number = int(numbers[sample, step, column])
        if number == -1:
            assert float(found[sample, step, column]) == 0
            continue
        own = (numbers == number) & batch.exists[:, :, None]
        wanted = decompose(model, batch, own[None], rules="gcd").relevant[0, sample, 2]
        torch.testing.assert_close(found[sample, step, column], wanted.detach(), atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("make", [ConvClassifier, LSTMClassifier])
@pytest.mark.parametrize("rules", SETS)
def test_a_group_of_all_cells_and_the_constants_add_up_to_the_target(make: type[nn.Module], rules: str) -> None:
    model, batch = network(make), series()
    explainer = ContextualDecomposition(GivenGroups(((0, 0),)), rules=rules, strict=True)
    target = Target.of_class(1).against(**{"class": 0})
    answer = explain(explainer, model, batch, target)
    with torch.no_grad():
        score = target.resolve(model(batch), batch).score(model(batch))
    whole = torch.from_numpy(answer.attribution.values[:, 0, 0] + answer.constants.values)
    torch.testing.assert_close(whole, score, atol=1e-5, rtol=0)


def test_a_sample_without_a_group_has_the_constants_that_it_has_among_others() -> None:
    model, batch = linear(), full()

    def groups(batch: Batch) -> dict[str, Tensor]:
        numbers = EachStep()(batch)["x"].clone()
        numbers[batch.x[:, 0, 0] == full().x[1, 0, 0]] = -1
        return {"x": numbers}

    answer = explain(ContextualDecomposition(groups, rules="gcd"), model, batch, Target.of_class(1))
    bias = model.module.bias[1].detach()
    assert not answer.attribution.values[1].any()
    torch.testing.assert_close(torch.from_numpy(answer.constants.values), bias.expand(3))


def test_several_targets_are_answered_as_one_by_one() -> None:
    model, batch = network(), series()
    targets = Target.each("class", range(3))
    together = explain(ContextualDecomposition(EachStep()), model, batch, targets)
    for place, target in enumerate(targets):
        alone = explain(ContextualDecomposition(EachStep()), model, batch, target)
        for name in ("attribution", "constants"):
            one = torch.from_numpy(together[name].isel(target=place).values)
            torch.testing.assert_close(one, torch.from_numpy(alone[name].values), equal_nan=True)


def test_static_columns_and_fields_have_their_own_cells() -> None:
    batch = from_tensors(
        torch.randn(2, 4, 2),
        layout="sample time feature",
        static=torch.randn(2, 3),
        fields={"future": Field(torch.randn(2, 5), "known-future", ("sample", "horizon"))},
    )
    model = TorchModel(
        nn.Identity(), lambda m, b: m(b.x).sum(dim=(1, 2)) + 2 * b.static.sum(dim=1) + 3 * b["future"].sum(dim=1)
    )
    answer = explain(ContextualDecomposition(), model, batch, Target.scalar())
    torch.testing.assert_close(torch.from_numpy(answer.attribution_static.values), 2 * batch.static)
    torch.testing.assert_close(torch.from_numpy(answer.attribution_future.values), 3 * batch["future"])


def test_a_sample_is_explained_alike_in_any_company_and_number_of_rows() -> None:
    batch = series()
    many = explain(ContextualDecomposition(), network(), batch, Target.of_class(0)).attribution.values
    model = network()
    few = TorchModel(model.module, model.forward, rows=40)
    alone = explain(ContextualDecomposition(), few, batch.take([1]), Target.of_class(0)).attribution.values
    torch.testing.assert_close(torch.from_numpy(alone[0, :4]), torch.from_numpy(many[1, :4]), atol=1e-6, rtol=1e-5)


def test_the_baseline_is_due_to_constants() -> None:
    model, batch = network(), full()
    answer = explain(
        ContextualDecomposition(rules="shapley", baseline=ConstantBaseline(0.5)), model, batch, Target.of_class(0)
    )
    with torch.no_grad():
        said = model(from_tensors(torch.full((3, 6, 2), 0.5)))[:, 0]
    torch.testing.assert_close(torch.from_numpy(answer.constants.values), said)


def test_a_decomposition_takes_no_more_rows_than_allowed() -> None:
    seen: list[int] = []

    class Counting(torch.overrides.TorchFunctionMode):
        def __torch_function__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
            if func is nn.functional.linear and type(args[0]) is Tensor:
                seen.append(args[0].flatten(0, -2).shape[0])
            return func(*args, **(kwargs or {}))

    model = TorchModel(linear().module, linear().forward, rows=30)
    with Counting():
        explain(ContextualDecomposition(), model, full(), Target.of_class(0))
    assert seen
    assert max(seen) <= 30


def test_a_black_box_is_refused() -> None:
    model = FunctionModel(lambda batch: batch.x.sum(dim=(1, 2)))
    with pytest.raises(RefusalError, match="FunctionModel is a black box; take Occlusion"):
        explain(ContextualDecomposition(), model, full(), Target.scalar())


@pytest.mark.parametrize(
    ("settings", "said"),
    [({"rules": "lrp"}, "acd, cdt, gcd"), ({"groups": EachStep}, "groups must be a function")],
    ids=["rules", "groups"],
)
def test_settings_that_there_are_not_are_told(settings: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        ContextualDecomposition(**settings)


def test_it_is_made_from_words() -> None:
    made = registry.explainer("contextual-decomposition", {"rules": "cdt", "strict": "true", "groups": "each-step"})
    assert made == ContextualDecomposition(EachStep(), "cdt", strict=True)
