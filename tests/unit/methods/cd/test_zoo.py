"""Twenty networks are decomposed by every rule set, strictly: nothing is left out, made up or owned twice."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from aition import Batch, TorchModel, from_tensors
from aition.methods.cd import SETS, Decomposition, decompose
from stand_ins.zoo import N_FEATURE, N_TIME, ZOO, network

pytestmark = pytest.mark.filterwarnings("ignore:the model chooses by")
MIRRORED = {"alone": "last", "last": "alone"}


def asked(name: str, dtype: torch.dtype = torch.float32) -> tuple[TorchModel, Batch]:
    """A network of the zoo and four samples."""
    series = torch.randn(4, N_TIME, N_FEATURE, generator=torch.Generator().manual_seed(1)).to(dtype)
    model = TorchModel(network(name, dtype=dtype), embedding="embedding" if name == "embedded" else "")
    return model, model.embedded(from_tensors(series))


def groups(n_group: int = 3) -> Tensor:
    """Random groups of cells, the same for all samples."""
    return torch.rand(n_group, N_TIME, N_FEATURE, generator=torch.Generator().manual_seed(2)) > 0.5


def decomposed(name: str, membership: Tensor, rules: str, dtype: torch.dtype = torch.float32) -> Decomposition:
    model, batch = asked(name, dtype)
    with torch.no_grad():
        return decompose(model, batch, membership, rules=rules, strict=True)


@pytest.mark.parametrize("rules", SETS)
@pytest.mark.parametrize("name", ZOO)
def test_all_cells_none_and_the_total(name: str, rules: str) -> None:
    model, batch = asked(name)
    everything, nothing = torch.ones(1, N_TIME, N_FEATURE), torch.zeros(1, N_TIME, N_FEATURE)
    found = decomposed(name, torch.cat([everything, nothing]).bool(), rules)
    with torch.no_grad():
        f = model(batch)
    torch.testing.assert_close(found.total, f, atol=1e-5, rtol=0)
    torch.testing.assert_close(found.relevant[0] + found.constants[0], f, atol=1e-4, rtol=0)
    assert float(found.relevant[1].abs().max()) <= 1e-6


@pytest.mark.parametrize("rules", SETS)
@pytest.mark.parametrize("name", ZOO)
def test_what_is_irrelevant_pushed_forward_by_itself_is_the_rest(
    name: str, rules: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = SETS[rules]
    orders = {
        part: MIRRORED.get(getattr(given, part), getattr(given, part))
        for part in ("kinked", "smooth", "softmax", "product")
    }
    monkeypatch.setitem(SETS, "mirrored", replace(given, **orders))
    own = decomposed(name, groups(), rules, torch.float64)
    others = decomposed(name, ~groups(), "mirrored", torch.float64)
    torch.testing.assert_close(own.constants, others.constants, atol=1e-9, rtol=0)
    torch.testing.assert_close(own.relevant + others.relevant + own.constants, own.total.expand_as(own.relevant))


@pytest.mark.parametrize("name", ZOO)
def test_the_second_propagation_agrees_in_single_precision(name: str) -> None:
    own, others = decomposed(name, groups(), "shapley"), decomposed(name, ~groups(), "shapley")
    whole = own.relevant + others.relevant + own.constants
    torch.testing.assert_close(whole, own.total.expand_as(whole), atol=1e-5, rtol=0)


@pytest.mark.parametrize("name", ZOO)
def test_groups_are_the_same_alone_as_together(name: str) -> None:
    together = decomposed(name, groups(), "gcd", torch.float64)
    alone = [decomposed(name, one.unsqueeze(0), "gcd", torch.float64).relevant for one in groups()]
    torch.testing.assert_close(together.relevant, torch.cat(alone), atol=1e-12, rtol=0)


@pytest.mark.parametrize("name", ZOO)
def test_a_group_is_not_left_without_relevance(name: str) -> None:
    for rules in SETS:
        assert float(decomposed(name, groups(), rules).relevant.abs().mean()) > 1e-3, rules


@pytest.mark.parametrize("rules", SETS)
@pytest.mark.parametrize("name", ZOO)
def test_gradients_of_a_penalty_agree_with_finite_differences(name: str, rules: str) -> None:
    model, batch = asked(name, torch.float64)
    parameter = next(one for key, one in model.module.named_parameters() if not key.startswith("embedding"))

    def penalty() -> Tensor:
        return decompose(model, batch, groups(1), rules=rules, strict=True).relevant.square().mean()

    (slope,) = torch.autograd.grad(penalty(), parameter)
    way = torch.randn(parameter.shape, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    step = 1e-7
    values = []
    for sign in (1, -1):
        with torch.no_grad():
            parameter += sign * step * way
            values.append(float(penalty()))
            parameter -= sign * step * way
    expected = (values[0] - values[1]) / (2 * step)
    assert abs(float((slope * way).sum()) - expected) <= 1e-4 * max(1.0, abs(expected))
