"""Our GRU and LSTM layers give torch's values and gradients, and stand aside where they can't."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from aition.core.recurrent import FastRecurrence

KINDS = [nn.GRU, nn.LSTM]
SHAPES = [
    {},
    {"bias": False},
    {"num_layers": 2},
    {"bidirectional": True},
    {"num_layers": 2, "bidirectional": True, "batch_first": False},
]


def layer_of(kind: type[nn.RNNBase], **settings: object) -> nn.RNNBase:
    return kind(3, 5, **{"batch_first": True, **settings}).double().requires_grad_(requires_grad=False)


def states(kind: type[nn.RNNBase], value: Tensor) -> Tensor | tuple[Tensor, Tensor]:
    return value if kind is nn.GRU else (value, (3 * value).cos())


def read(layer: nn.RNNBase, x: Tensor, start: Tensor) -> Tensor:
    """Three numbers that hang on every output and every last state."""
    outputs, last = layer(x, states(type(layer), start))
    ends = torch.cat([part.flatten() for part in (last if isinstance(last, tuple) else (last,))])
    weights = torch.linspace(-1, 1, outputs.numel(), dtype=x.dtype).reshape(outputs.shape)
    return torch.stack([(outputs * weights).sum(), (outputs**2).sum() + ends.sum(), (ends**3).sum()])


def inputs(layer: nn.RNNBase) -> tuple[Tensor, Tensor]:
    n_sample = 4 if layer.batch_first else 6
    n_state = layer.num_layers * (2 if layer.bidirectional else 1)
    x = torch.randn(4, 6, 3, dtype=torch.float64, requires_grad=True)
    return x, torch.randn(n_state, n_sample, 5, dtype=torch.float64, requires_grad=True)


def nodes(tensor: Tensor) -> set[str]:
    """Names of all nodes of a tensor's graph."""
    found, open_nodes = set(), [tensor.grad_fn]
    while open_nodes:
        node = open_nodes.pop()
        if node is not None and node not in found:
            found.add(node)
            open_nodes += [following for following, _ in node.next_functions]
    return {node.name() for node in found}


def replaced(call: Callable[[], Tensor]) -> bool:
    """Whether the call's graph holds one of our layers."""
    with FastRecurrence():
        return bool(nodes(call()) & {"GruLayerBackward", "LstmLayerBackward"})


@pytest.mark.parametrize("settings", SHAPES, ids=str)
@pytest.mark.parametrize("kind", KINDS)
def test_outputs_and_last_states_are_those_of_torch(kind, settings):
    layer = layer_of(kind, **settings)
    x, start = inputs(layer)
    with FastRecurrence():
        outputs = read(layer, x, start)
    torch.testing.assert_close(outputs, read(layer, x, start))


@pytest.mark.parametrize("settings", SHAPES, ids=str)
@pytest.mark.parametrize("kind", KINDS)
def test_gradients_of_inputs_and_first_states_are_those_of_torch(kind, settings):
    layer = layer_of(kind, **settings)
    x, start = inputs(layer)
    with FastRecurrence():
        outputs = read(layer, x, start)
    torch.testing.assert_close(
        torch.autograd.grad(outputs.sum(), (x, start)), torch.autograd.grad(read(layer, x, start).sum(), (x, start))
    )


@pytest.mark.parametrize("settings", SHAPES, ids=str)
@pytest.mark.parametrize("kind", KINDS)
def test_several_cotangents_at_once_are_those_one_by_one(kind, settings):
    layer = layer_of(kind, **settings)
    x, start = inputs(layer)
    with FastRecurrence():
        outputs = read(layer, x, start)

    def pulled(cotangent: Tensor) -> tuple[Tensor, ...]:
        return torch.autograd.grad(outputs, (x, start), cotangent, retain_graph=True)

    directions = torch.eye(3, dtype=x.dtype)
    together = torch.vmap(pulled)(directions)
    single = [torch.stack(parts) for parts in zip(*(pulled(one) for one in directions), strict=True)]
    torch.testing.assert_close(together, tuple(single))


def test_several_cotangents_of_the_outputs_of_an_lstm_alone():
    layer = layer_of(nn.LSTM)
    x, _ = inputs(layer)
    with FastRecurrence():
        outputs = layer(x)[0].sum(dim=(0, 1))

    def pulled(cotangent: Tensor) -> Tensor:
        return torch.autograd.grad(outputs, x, cotangent, retain_graph=True)[0]

    directions = torch.eye(5, dtype=x.dtype)
    torch.testing.assert_close(torch.vmap(pulled)(directions), torch.stack([pulled(one) for one in directions]))


@pytest.mark.parametrize("kind", KINDS)
def test_frozen_layers_are_replaced(kind):
    layer = layer_of(kind, num_layers=2)
    x, _ = inputs(layer)
    assert replaced(lambda: layer(x)[0])


@pytest.mark.parametrize("kind", KINDS)
def test_an_output_may_be_written_into(kind):
    layer = layer_of(kind)
    x, _ = inputs(layer)

    def squashed() -> Tensor:
        return layer(x)[0].relu_().sum()

    with FastRecurrence():
        ours = squashed()
    torch.testing.assert_close(torch.autograd.grad(ours, x), torch.autograd.grad(squashed(), x))


@pytest.mark.parametrize("kind", KINDS)
def test_weights_that_want_gradients_are_left_to_torch(kind):
    layer = layer_of(kind).requires_grad_()
    x, _ = inputs(layer)
    assert not replaced(lambda: layer(x)[0])


@pytest.mark.parametrize("kind", KINDS)
def test_packed_sequences_are_left_to_torch(kind):
    layer = layer_of(kind)
    x, _ = inputs(layer)
    packed = nn.utils.rnn.pack_padded_sequence(x, torch.tensor([6, 5, 5, 2]), batch_first=True)
    assert not replaced(lambda: layer(packed)[0].data)


@pytest.mark.filterwarnings("ignore:LSTM with projections")
def test_projections_are_left_to_torch():
    layer = layer_of(nn.LSTM, proj_size=2)
    x, _ = inputs(layer)
    assert not replaced(lambda: layer(x)[0])


def test_dropout_in_training_is_left_to_torch():
    layer = layer_of(nn.GRU, num_layers=2, dropout=0.5)
    x, _ = inputs(layer)
    assert not replaced(lambda: layer(x)[0])
    assert replaced(lambda: layer.eval()(x)[0])


def test_other_functions_pass_through():
    x = torch.randn(3, requires_grad=True)
    with FastRecurrence():
        assert torch.equal(torch.tanh(x), x.detach().tanh())
