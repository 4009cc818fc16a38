"""Rules of layers against slow loops over numbers, written from the formulas, for a convolutional network."""

from itertools import product

import pytest
import torch
from torch import Tensor, nn

from aition import Batch, TorchModel, from_tensors
from aition.methods.cd import decompose

N_TIME, N_FEATURE = 8, 2


def convolutional() -> nn.Sequential:
    """Two convolutions, a max pool, an average and a linear layer, in double precision."""
    torch.manual_seed(21)
    layers = (
        nn.Conv1d(N_FEATURE, 3, 3, padding=1), nn.ReLU(), nn.MaxPool1d(2),
        nn.Conv1d(3, 2, 2), nn.ReLU(), nn.Flatten(), nn.Linear(6, 2),
    )  # fmt: skip
    return nn.Sequential(*layers).double()


def batch_of() -> Batch:
    return from_tensors(torch.randn(2, N_TIME, N_FEATURE, dtype=torch.float64))


def literal_conv(layer: nn.Conv1d, part: list[list[float]]) -> list[list[float]]:
    """A convolution without bias of one part, ``[channel][step]``."""
    weight, (pad,) = layer.weight.tolist(), layer.padding
    padded = [[0.0] * pad + row + [0.0] * pad for row in part]
    steps = range(len(padded[0]) - len(weight[0][0]) + 1)
    return [
        [sum(w * padded[c][t + k] for c, row in enumerate(kernel) for k, w in enumerate(row)) for t in steps]
        for kernel in weight
    ]


def literal_acd(module: nn.Sequential, own: list[list[float]], others: list[list[float]]) -> tuple[list, list]:
    """Relevant and irrelevant outputs by Singh, Murdoch and Yu 2019, section 3.2, cell by cell."""

    def biased(left: float, right: float, bias: float) -> tuple[float, float]:
        rate = bias / (abs(left) + abs(right))
        return left + rate * abs(left), right + rate * abs(right)

    for layer in module[:5]:
        if isinstance(layer, nn.Conv1d):
            own, others = literal_conv(layer, own), literal_conv(layer, others)
            for c, t in product(range(len(own)), range(len(own[0]))):
                own[c][t], others[c][t] = biased(own[c][t], others[c][t], layer.bias[c].item())
        elif isinstance(layer, nn.ReLU):
            for c, t in product(range(len(own)), range(len(own[0]))):
                total = max(own[c][t] + others[c][t], 0.0)
                own[c][t] = max(own[c][t], 0.0)
                others[c][t] = total - own[c][t]
        else:
            pairs = range(0, len(own[0]) - 1, 2)
            picks = [
                [max((t, t + 1), key=lambda at, c=c: own[c][at] + others[c][at]) for t in pairs]
                for c in range(len(own))
            ]
            own = [[row[at] for at in picks[c]] for c, row in enumerate(own)]
            others = [[row[at] for at in picks[c]] for c, row in enumerate(others)]
    flat = [value for row in own for value in row], [value for row in others for value in row]
    relevant, irrelevant = [], []
    for row, bias in zip(module[6].weight.tolist(), module[6].bias.tolist(), strict=True):
        sums = (sum(w * v for w, v in zip(row, part, strict=True)) for part in flat)
        left, right = biased(*sums, bias)
        relevant.append(left)
        irrelevant.append(right)
    return relevant, irrelevant


def channels(x: Tensor) -> list[list[float]]:
    return x.T.tolist()


def test_a_convolutional_network_is_decomposed_as_by_loops_over_numbers() -> None:
    module, batch = convolutional(), batch_of()
    groups = torch.rand(3, 2, N_TIME, N_FEATURE, generator=torch.Generator().manual_seed(22)) > 0.5
    model = TorchModel(module, lambda m, b: m(b.x.transpose(1, 2)))
    found = decompose(model, batch, groups, rules="acd", strict=True)
    for group, sample in product(range(3), range(2)):
        x, own = batch.x[sample], groups[group, sample]
        relevant, irrelevant = literal_acd(module, channels(x * own), channels(x * ~own))
        assert found.relevant[group, sample].tolist() == pytest.approx(relevant, abs=1e-12)
        assert found.irrelevant[group, sample].tolist() == pytest.approx(irrelevant, abs=1e-12)


def two_layers(activation: nn.Module) -> tuple[nn.Sequential, Tensor, Tensor]:
    """Linear, activation, linear in double precision, a series of one step, and which of its features are a group."""
    torch.manual_seed(23)
    module = nn.Sequential(nn.Linear(4, 3), activation, nn.Linear(3, 2)).double()
    return module, torch.randn(4, dtype=torch.float64), torch.tensor([True, False, True, False])


def one_step(module: nn.Module, x: Tensor, own: Tensor, rules: str) -> tuple[Tensor, Tensor]:
    """Relevance of a group of features, and what is due to constants."""
    model = TorchModel(module, lambda m, b: m(b.x[:, 0]))
    found = decompose(model, from_tensors(x[None, None]), own[None, None], rules=rules, strict=True)
    return found.relevant[0, 0].detach(), found.constants[0, 0].detach()


@pytest.mark.parametrize("activation", [nn.ReLU(), nn.Tanh(), nn.GELU()], ids=["relu", "tanh", "gelu"])
def test_murdoch_keeps_biases_apart_and_halves_each_activation(activation: nn.Module) -> None:
    module, x, own = two_layers(activation)
    first, last = module[0], module[2]
    b, g, k = first.weight @ (x * own), first.weight @ (x * ~own), first.bias
    halved = (activation(b + k) - activation(k) + activation(b + g + k) - activation(g + k)) / 2
    relevant, constants = one_step(module, x, own, "murdoch")
    torch.testing.assert_close(relevant, (last.weight @ halved).detach())
    torch.testing.assert_close(constants, (last.weight @ activation(k) + last.bias).detach())


@pytest.mark.parametrize("activation", [nn.ReLU(), nn.Tanh()], ids=["relu", "tanh"])
def test_cdt_gives_a_group_what_it_adds_to_the_others(activation: nn.Module) -> None:
    module, x, own = two_layers(activation)
    parts = [x * own, x * ~own]
    for layer in (module[0], activation, module[2]):
        if isinstance(layer, nn.Linear):
            mapped = [layer.weight @ part for part in parts]
            sizes = mapped[0].abs() + mapped[1].abs()
            parts = [part + layer.bias * part.abs() / sizes for part in mapped]
        else:
            parts = [activation(parts[0] + parts[1]) - activation(parts[1]), activation(parts[1])]
    relevant, constants = one_step(module, x, own, "cdt")
    torch.testing.assert_close(relevant, parts[0].detach())
    torch.testing.assert_close(constants, torch.zeros_like(constants))


def test_gcd_is_shapleys_value_of_three_players_at_each_activation() -> None:
    module, x, own = two_layers(nn.Tanh())
    first, last = module[0], module[2]
    players = {"own": first.weight @ (x * own), "others": first.weight @ (x * ~own), "bias": first.bias}
    orders = [(a, b, c) for a in players for b in players for c in players if len({a, b, c}) == 3]
    shares = {name: torch.zeros(3, dtype=torch.float64) for name in players}
    for order in orders:
        before = torch.zeros(3, dtype=torch.float64)
        for name in order:
            shares[name] = shares[name] + (torch.tanh(before + players[name]) - torch.tanh(before)) / len(orders)
            before = before + players[name]
    relevant, constants = one_step(module, x, own, "gcd")
    torch.testing.assert_close(relevant, (last.weight @ shares["own"]).detach())
    torch.testing.assert_close(constants, (last.weight @ shares["bias"] + last.bias).detach())


def test_shapley_halves_a_product_and_acd_gives_none_of_it() -> None:
    x = torch.tensor([3.0, 5.0], dtype=torch.float64)
    model = TorchModel(nn.Identity(), lambda m, b: m(b.x[:, 0, 0] * b.x[:, 0, 1]))
    groups = torch.tensor([[[True, False]], [[True, True]]])

    def relevance(rules: str) -> list[float]:
        return decompose(model, from_tensors(x[None, None]), groups, rules=rules, strict=True).relevant[:, 0].tolist()

    assert relevance("shapley") == [7.5, 15.0]
    assert relevance("acd") == [0.0, 15.0]


def test_attention_of_cdt_is_frozen_at_its_weights() -> None:
    torch.manual_seed(24)
    keys, own = torch.randn(1, 5, 3, dtype=torch.float64), torch.tensor([True, False, True, True, False])
    query = torch.randn(3, 1, dtype=torch.float64)
    model = TorchModel(nn.Identity(), lambda m, b: (torch.softmax(m(b.x) @ query, dim=1) * b.x).sum(dim=1))
    found = decompose(model, from_tensors(keys), own[:, None].expand(5, 3)[None], rules="cdt", strict=True)
    weights = torch.softmax(keys @ query, dim=1)
    torch.testing.assert_close(found.relevant[0], (weights * keys * own[:, None]).sum(dim=1))


def test_a_layer_norm_divides_each_part_by_the_deviation_of_the_total() -> None:
    torch.manual_seed(25)
    x, own = torch.randn(6, dtype=torch.float64), torch.tensor([True, True, False, False, True, False])
    norm = nn.LayerNorm(6, elementwise_affine=False).double()
    relevant, _ = one_step(norm, x, own, "shapley")
    part = x * own
    deviation = (x.var(unbiased=False) + norm.eps).sqrt()
    torch.testing.assert_close(relevant, (part - part.mean()) / deviation)


def test_a_batch_norm_is_one_map_with_one_bias() -> None:
    torch.manual_seed(26)
    norm = nn.BatchNorm1d(4).double().eval()
    with torch.no_grad():
        for tensor in (norm.running_mean, norm.weight, norm.bias):
            tensor.normal_()
        norm.running_var.uniform_(0.5, 2)
    linear = nn.Linear(4, 4).double()
    with torch.no_grad():
        scale = norm.weight / (norm.running_var + norm.eps).sqrt()
        linear.weight.copy_(torch.diag(scale))
        linear.bias.copy_(norm.bias - norm.running_mean * scale)
    x, own = torch.randn(4, dtype=torch.float64), torch.tensor([True, False, False, True])
    for rules in ("acd", "shapley"):
        for one, other in zip(one_step(norm, x, own, rules), one_step(linear, x, own, rules), strict=True):
            torch.testing.assert_close(one, other)
