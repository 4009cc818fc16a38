"""Laws of recurrent layers that are decomposed: sums, padding, directions, stacks, cells, gradients."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from aition import Batch, TorchModel, from_tensors
from aition.core.errors import RefusalError
from aition.methods.cd.decompose import Decomposition, decompose
from aition.methods.cd.sets import SETS

N_SAMPLE, N_STEP, N_FEATURE, N_UNIT = 3, 6, 4, 5
LAYERS: dict[str, Callable[..., nn.RNNBase]] = {
    "lstm": nn.LSTM,
    "projected": lambda *sizes, **settings: nn.LSTM(*sizes, proj_size=2, **settings),
    "gru": nn.GRU,
    "tanh": nn.RNN,
    "relu": lambda *sizes, **settings: nn.RNN(*sizes, nonlinearity="relu", **settings),
}
pytestmark = pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN")
STACKED = {"num_layers": 2, "bidirectional": True}


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(11)


def series(n_sample: int = N_SAMPLE, n_step: int = N_STEP) -> Tensor:
    return torch.randn(n_sample, n_step, N_FEATURE)


def batch_of(x: Tensor) -> Batch:
    return from_tensors(x, layout="sample time feature")


def some_groups(n_step: int = N_STEP) -> Tensor:
    """No cell, every cell, and three groups of some."""
    groups = torch.rand(5, n_step, N_FEATURE) > 0.5
    groups[0], groups[1] = False, True
    return groups


def parts_of(
    module: nn.Module, x: Tensor, groups: Tensor, *, rules: str, forward: Callable[[nn.Module, Batch], Tensor]
) -> Decomposition:
    return decompose(TorchModel(module, forward), batch_of(x), groups, rules=rules, strict=True)


def outputs(module: nn.Module, batch: Batch) -> Tensor:
    found: Tensor = module(batch.x)[0]
    return found


def outputs_and_states(module: nn.Module, batch: Batch) -> Tensor:
    found, states = module(batch.x)
    states = states if isinstance(states, tuple) else (states,)
    return torch.cat([found.flatten(1), *(state.transpose(0, 1).flatten(1) for state in states)], dim=1)


@pytest.mark.parametrize("rules", SETS)
@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize("settings", [{}, STACKED, {"num_layers": 2, "bias": False}], ids=["one", "stacked", "no bias"])
def test_totals_and_all_cells_with_the_constants_are_what_the_layer_answers(
    kind: str, settings: dict[str, int], rules: str
) -> None:
    layer = LAYERS[kind](N_FEATURE, N_UNIT, batch_first=True, **settings)
    x = series()
    parts = parts_of(layer, x, some_groups(), rules=rules, forward=outputs_and_states)
    want = outputs_and_states(layer, batch_of(x)).detach()
    torch.testing.assert_close(parts.total, want, rtol=0, atol=1e-6)
    torch.testing.assert_close(parts.relevant[1] + parts.constants[1], want, rtol=0, atol=1e-5)
    torch.testing.assert_close(parts.relevant[0], torch.zeros_like(want), rtol=0, atol=1e-7)


@pytest.mark.parametrize("rules", SETS)
def test_steps_before_samples_give_what_samples_before_steps_give(rules: str) -> None:
    layer = nn.GRU(N_FEATURE, N_UNIT)
    x, groups = series(), some_groups()
    turned = parts_of(layer, x, groups, rules=rules, forward=lambda m, b: m(b.x.transpose(0, 1))[0].transpose(0, 1))
    layer.batch_first = True
    plain = parts_of(layer, x, groups, rules=rules, forward=outputs)
    torch.testing.assert_close(turned.relevant, plain.relevant, rtol=0, atol=1e-7)


@pytest.mark.parametrize("rules", SETS)
@pytest.mark.parametrize("kind", ["lstm", "gru", "tanh"])
def test_a_reversed_direction_is_a_layer_of_reversed_time(kind: str, rules: str) -> None:
    both = LAYERS[kind](N_FEATURE, N_UNIT, batch_first=True, bidirectional=True)
    single = LAYERS[kind](N_FEATURE, N_UNIT, batch_first=True)
    with torch.no_grad():
        for name, weight in single.named_parameters():
            weight.copy_(both.get_parameter(f"{name}_reverse"))
    x, groups = series(), some_groups()
    found = parts_of(both, x, groups, rules=rules, forward=outputs)
    want = parts_of(single, x.flip(1), groups.flip(1), rules=rules, forward=outputs)
    torch.testing.assert_close(found.relevant[..., N_UNIT:], want.relevant.flip(2), rtol=0, atol=1e-6)


@pytest.mark.parametrize("rules", SETS)
@pytest.mark.parametrize("kind", LAYERS)
def test_a_stack_is_one_layer_behind_another(kind: str, rules: str) -> None:
    stack = LAYERS[kind](N_FEATURE, N_UNIT, batch_first=True, num_layers=2)
    first = LAYERS[kind](N_FEATURE, N_UNIT, batch_first=True)
    second = LAYERS[kind](2 if kind == "projected" else N_UNIT, N_UNIT, batch_first=True)
    with torch.no_grad():
        for row, layer in enumerate((first, second)):
            for name, weight in layer.named_parameters():
                weight.copy_(stack.get_parameter(name.replace("l0", f"l{row}")))
    x, groups = series(), some_groups()
    found = parts_of(stack, x, groups, rules=rules, forward=outputs)
    want = parts_of(nn.ModuleList([first, second]), x, groups, rules=rules, forward=lambda m, b: m[1](m[0](b.x)[0])[0])
    torch.testing.assert_close(found.relevant, want.relevant, rtol=0, atol=1e-6)


@pytest.mark.parametrize("rules", SETS)
@pytest.mark.parametrize("kind", LAYERS)
def test_packed_sequences_are_decomposed_as_each_alone(kind: str, rules: str) -> None:
    layer = LAYERS[kind](N_FEATURE, N_UNIT, batch_first=True, **STACKED)
    x, groups, lengths = series(), some_groups(), torch.tensor([4, 6, 1])

    def packed(module: nn.Module, batch: Batch) -> Tensor:
        pack = pack_padded_sequence(batch.x, lengths, batch_first=True, enforce_sorted=False)
        found: Tensor = pad_packed_sequence(module(pack)[0], batch_first=True)[0]
        return found

    together = parts_of(layer, x, groups, rules=rules, forward=packed)
    for row, length in enumerate(lengths.tolist()):
        alone = parts_of(layer, x[row : row + 1, :length], groups[:, :length], rules=rules, forward=outputs)
        torch.testing.assert_close(together.relevant[:, row : row + 1, :length], alone.relevant, rtol=0, atol=1e-6)
        torch.testing.assert_close(together.constants[:, row : row + 1, :length], alone.constants, rtol=0, atol=1e-6)


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_what_stands_in_the_padding_of_packed_sequences_changes_nothing(kind: str) -> None:
    layer = LAYERS[kind](N_FEATURE, N_UNIT, batch_first=True, bidirectional=True)
    x, groups, lengths = series(), some_groups(), torch.tensor([4, 6, 1])

    def packed(module: nn.Module, batch: Batch) -> Tensor:
        pack = pack_padded_sequence(batch.x, lengths, batch_first=True, enforce_sorted=False)
        found: Tensor = pad_packed_sequence(module(pack)[0], batch_first=True, padding_value=-1.0)[0]
        return found

    before = parts_of(layer, x, groups, rules="murdoch", forward=packed)
    other = x.clone()
    other[0, 4:], other[2, 1:] = 100.0, -100.0
    after = parts_of(layer, other, groups, rules="murdoch", forward=packed)
    assert torch.equal(after.relevant, before.relevant)
    assert torch.equal(after.constants, before.constants)
    assert torch.equal(before.constants[:, 2, 1:], torch.full((5, 5, 2 * N_UNIT), -1.0))


CELLS: dict[str, tuple[Callable[..., nn.RNNCellBase], Callable[..., nn.RNNBase]]] = {
    "lstm": (nn.LSTMCell, nn.LSTM),
    "gru": (nn.GRUCell, nn.GRU),
    "tanh": (nn.RNNCell, nn.RNN),
    "relu": (lambda *sizes: nn.RNNCell(*sizes, nonlinearity="relu"), LAYERS["relu"]),
}


@pytest.mark.parametrize("rules", SETS)
@pytest.mark.parametrize("kind", CELLS)
def test_cells_in_a_loop_are_decomposed_as_the_layer_of_their_weights(kind: str, rules: str) -> None:
    cell, layer = (make(N_FEATURE, N_UNIT) for make in CELLS[kind])
    layer.batch_first = True
    with torch.no_grad():
        for name, weight in cell.named_parameters():
            weight.copy_(layer.get_parameter(f"{name}_l0"))

    def loop(module: nn.Module, batch: Batch) -> Tensor:
        state, found = None, []
        for step in range(N_STEP):
            state = module(batch.x[:, step], state)
            found.append(state[0] if isinstance(state, tuple) else state)
        return torch.stack(found, dim=1)

    x, groups = series(), some_groups()
    found = parts_of(cell, x, groups, rules=rules, forward=loop)
    want = parts_of(layer, x, groups, rules=rules, forward=outputs)
    torch.testing.assert_close(found.relevant, want.relevant, rtol=0, atol=1e-6)
    torch.testing.assert_close(found.constants, want.constants, rtol=0, atol=1e-6)


def test_a_cell_written_out_is_decomposed_by_shapley_as_torchs_own() -> None:
    cell = nn.LSTMCell(N_FEATURE, N_UNIT)
    weights = {name: weight.detach() for name, weight in cell.named_parameters()}

    def written(_module: nn.Module, batch: Batch) -> Tensor:
        hidden = memory = batch.x.new_zeros(N_SAMPLE, N_UNIT)
        for step in range(N_STEP):
            before = batch.x[:, step] @ weights["weight_ih"].T + hidden @ weights["weight_hh"].T
            i, f, g, o = (before + weights["bias_ih"] + weights["bias_hh"]).chunk(4, dim=1)
            memory = f.sigmoid() * memory + i.sigmoid() * g.tanh()
            hidden = o.sigmoid() * memory.tanh()
        return hidden

    def own(module: nn.Module, batch: Batch) -> Tensor:
        state = module(batch.x[:, 0])
        for step in range(1, N_STEP):
            state = module(batch.x[:, step], state)
        found: Tensor = state[0]
        return found

    x, groups = series(), some_groups()
    found = parts_of(cell, x, groups, rules="shapley", forward=written)
    want = parts_of(cell, x, groups, rules="shapley", forward=own)
    torch.testing.assert_close(found.relevant, want.relevant, rtol=0, atol=1e-6)
    torch.testing.assert_close(found.constants, want.constants, rtol=0, atol=1e-6)


@pytest.mark.parametrize("rules", ["gcd", "cdt"])
def test_relevance_under_frozen_gates_without_other_functions_adds_up_over_groups(rules: str) -> None:
    cell = nn.ModuleDict({name: nn.Linear(N_FEATURE + N_UNIT, N_UNIT, bias=name == "gate") for name in ("gate", "new")})

    def gated(module: nn.Module, batch: Batch) -> Tensor:
        hidden = batch.x.new_zeros(N_SAMPLE, N_UNIT)
        for step in range(N_STEP):
            seen = torch.cat([batch.x[:, step], hidden], dim=1)
            keep = module["gate"](seen).sigmoid()  # type: ignore[index]
            hidden = keep * hidden + (1 - keep) * module["new"](seen)  # type: ignore[index]
        return hidden

    owner = torch.randint(3, (N_STEP, N_FEATURE))
    parts = parts_of(cell, series(), torch.stack([owner == place for place in range(3)]), rules=rules, forward=gated)
    torch.testing.assert_close(parts.relevant.sum(dim=0), parts.total, rtol=0, atol=1e-6)


@pytest.mark.parametrize("rules", ["murdoch", "gcd", "shapley"])
def test_first_states_that_are_given_belong_to_the_constants(rules: str) -> None:
    layer = nn.LSTM(N_FEATURE, N_UNIT, batch_first=True)
    first = torch.randn(1, 1, N_UNIT).expand(1, N_SAMPLE, N_UNIT).contiguous()
    x = series()
    parts = parts_of(layer, x, some_groups(), rules=rules, forward=lambda m, b: m(b.x, (first, first))[0])
    want = layer(x, (first, first))[0].detach()
    torch.testing.assert_close(parts.relevant[1] + parts.constants[1], want, rtol=0, atol=1e-5)
    torch.testing.assert_close(parts.relevant[0], torch.zeros_like(want), rtol=0, atol=1e-7)


def test_first_states_made_of_the_input_keep_their_parts() -> None:
    layer = nn.GRU(N_FEATURE, N_FEATURE, batch_first=True)
    x = series()
    groups = torch.zeros(1, N_STEP, N_FEATURE, dtype=torch.bool)
    groups[:, 0] = True

    def started(module: nn.Module, batch: Batch) -> Tensor:
        found: Tensor = module(batch.x[:, 1:], batch.x[:, :1].transpose(0, 1).contiguous())[0]
        return found

    parts = parts_of(layer, x, groups, rules="shapley", forward=started)
    assert parts.relevant.abs().amin(dim=-1).min() > 0
    torch.testing.assert_close(parts.total, started(layer, batch_of(x)).detach(), rtol=0, atol=1e-6)


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_constants_of_murdoch_are_what_the_layer_makes_of_zeros_under_the_gates_that_read(kind: str) -> None:
    layer = LAYERS[kind](N_FEATURE, N_UNIT, batch_first=True)
    x = torch.zeros(N_SAMPLE, N_STEP, N_FEATURE)
    parts = parts_of(layer, x, some_groups(), rules="murdoch", forward=outputs)
    want = layer(x)[0].detach()
    torch.testing.assert_close(parts.constants, want.expand(5, -1, -1, -1), rtol=0, atol=1e-6)


@pytest.mark.parametrize("rules", SETS)
@pytest.mark.parametrize("kind", ["lstm", "gru", "tanh"])
def test_gradients_of_relevance_are_those_of_finite_differences(kind: str, rules: str) -> None:
    layer = LAYERS[kind](2, 2, batch_first=True).double()
    x = torch.randn(1, 3, 2, dtype=torch.float64)
    groups = torch.tensor([[[True, False], [False, False], [True, True]]])
    weights = list(layer.parameters())
    ways = [torch.randn_like(weight) for weight in weights]

    def relevance(step: float) -> Tensor:
        with torch.no_grad():
            for weight, way in zip(weights, ways, strict=True):
                weight.add_(step * way)
        return parts_of(layer, x, groups, rules=rules, forward=outputs).relevant.square().sum()

    slopes = torch.autograd.grad(relevance(0.0), weights)
    slope = sum((slope * way).sum() for slope, way in zip(slopes, ways, strict=True))
    above, below = relevance(1e-5), relevance(-2e-5)
    torch.testing.assert_close((above - below) / 2e-5, slope, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("rules", SETS)
def test_relevance_of_groups_together_is_that_of_each_alone(rules: str) -> None:
    layer = nn.LSTM(N_FEATURE, N_UNIT, batch_first=True)
    x, groups = series(), some_groups()[2:]
    together = parts_of(layer, x, groups, rules=rules, forward=outputs)
    alone = [parts_of(layer, x, group[None], rules=rules, forward=outputs).relevant for group in groups]
    torch.testing.assert_close(together.relevant, torch.cat(alone), rtol=0, atol=1e-6)


def test_dropout_between_layers_does_nothing_since_the_model_is_evaluated() -> None:
    layer = nn.LSTM(N_FEATURE, N_UNIT, batch_first=True, num_layers=2, dropout=0.5).train()
    x = series()
    parts = parts_of(layer, x, some_groups(), rules="murdoch", forward=outputs)
    assert layer.training
    torch.testing.assert_close(parts.total, layer.eval()(x)[0].detach(), rtol=0, atol=1e-6)


def test_dropout_that_a_forward_function_turns_on_is_refused() -> None:
    layer = nn.LSTM(N_FEATURE, N_UNIT, batch_first=True, num_layers=2, dropout=0.5)
    with pytest.raises(RefusalError, match=r"call eval\(\)"):
        parts_of(layer, series(), some_groups(), rules="murdoch", forward=lambda m, b: m.train()(b.x)[0])


def test_weights_that_depend_on_the_sample_are_refused() -> None:
    layer = nn.RNNCell(N_FEATURE, N_UNIT)

    def hyper(module: nn.Module, batch: Batch) -> Tensor:
        scale = batch.x.mean()
        zero = torch.zeros(N_SAMPLE, N_UNIT)
        return torch.rnn_tanh_cell(batch.x[:, 0], zero, module.weight_ih * scale, module.weight_hh)

    with pytest.raises(RefusalError, match="weights of rnn_tanh_cell depend on the sample"):
        parts_of(layer, series(), some_groups(), rules="murdoch", forward=hyper)
