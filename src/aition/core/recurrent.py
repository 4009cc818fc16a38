"""Gradients through GRU and LSTM layers on the CPU, faster than torch's, and for several outputs at once.

torch's own backward pass spends most of its time on small copies (GRU), or computes gradients of frozen weights (LSTM).
Here each layer is one node of the graph: products of matrices in place, no gradient of weights, and with ``torch.vmap``
over cotangents one pass for all. Values agree with torch's to rounding.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from aition.core.gates import GruLayer, LstmLayer

Layer = Callable[[Tensor, tuple[Tensor, ...], Sequence[Tensor]], tuple[Tensor, tuple[Tensor, ...]]]


class FastRecurrence(TorchFunctionMode):
    """While active, frozen GRU and LSTM layers on the CPU through which a gradient is asked are replaced by our own.

    Everything else goes to torch unchanged: packed sequences, projections, dropout in training, weights that want
    gradients, calls without gradients, other devices and types.

    >>> layer, x = torch.nn.GRU(2, 3).requires_grad_(False), torch.randn(4, 1, 2, requires_grad=True)
    >>> with FastRecurrence():
    ...     (one,) = torch.autograd.grad(layer(x)[0].sum(), x)
    >>> torch.allclose(one, torch.autograd.grad(layer(x)[0].sum(), x)[0], atol=1e-6)
    True
    """

    def __torch_function__(
        self, function: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        named = kwargs or {}
        if function is torch.gru and not named and replaceable(args, states=1, gates=3):
            outputs, (hidden,) = stacked(gru_layer, args[0], (args[1],), args[2:])
            return outputs, hidden
        if function is torch.lstm and not named and replaceable(args, states=2, gates=4):
            outputs, (hidden, cell) = stacked(lstm_layer, args[0], tuple(args[1]), args[2:])
            return outputs, hidden, cell
        return function(*args, **named)


def fast_recurrence(module: nn.Module) -> AbstractContextManager[Any]:
    """:class:`FastRecurrence` around a module that has a recurrent layer; nothing, which costs nothing, around others.

    >>> fast_recurrence(torch.nn.Linear(2, 2)).__class__.__name__
    'nullcontext'
    """
    return FastRecurrence() if any(isinstance(part, nn.RNNBase) for part in module.modules()) else nullcontext()


def replaceable(args: tuple[Any, ...], *, states: int, gates: int) -> bool:
    """Whether these arguments of ``torch.gru`` or ``torch.lstm`` are of the padded kind that we can do."""
    if len(args) != 9 or not isinstance(args[2], list | tuple) or isinstance(args[1], Tensor) != (states == 1):
        return False
    x, hidden, weights, has_biases, num_layers, dropout, train, bidirectional, _ = args
    start = [hidden] if states == 1 else list(hidden)
    tensors = [x, *start, *weights]
    return (
        torch.is_grad_enabled()
        and any(tensor.requires_grad for tensor in (x, *start))
        and not any(tensor.requires_grad for tensor in weights)
        and x.ndim == 3
        and x.numel() > 0
        and not (train and dropout)
        and len(weights) == num_layers * (2 if bidirectional else 1) * (4 if has_biases else 2)
        and weights[1].shape[0] == gates * weights[1].shape[1]
        and all(t.device.type == "cpu" and t.dtype == x.dtype for t in tensors)
        and x.dtype in (torch.float32, torch.float64)
    )


def stacked(
    layer: Layer, x: Tensor, start: tuple[Tensor, ...], rest: tuple[Any, ...]
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """All layers and directions: outputs in the layout of ``x``, and last states ``[layer * direction, sample, unit]``.

    Args:
        layer: One layer in one direction.
        x: The input as the module was given it.
        start: First states.
        rest: All further arguments of ``torch.gru`` and ``torch.lstm``, in their order.
    """
    weights, has_biases, num_layers, _, _, bidirectional, batch_first = rest
    value = x.transpose(0, 1) if batch_first else x
    each, ways = (4 if has_biases else 2), (2 if bidirectional else 1)
    last: list[tuple[Tensor, ...]] = []
    for place in range(num_layers):
        directions = []
        for way in range(ways):
            row = place * ways + way
            outputs, ends = layer(
                value.flip(0) if way else value,
                tuple(state[row] for state in start),
                weights[row * each : (row + 1) * each],
            )
            directions.append(outputs.flip(0) if way else outputs)
            last.append(ends)
        value = torch.cat(directions, dim=2) if ways == 2 else directions[0]
    states = tuple(torch.stack(each_state) for each_state in zip(*last, strict=True))
    return (value.transpose(0, 1) if batch_first else value), states


def biases(weights: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Biases of the input and of the hidden state; zeros where the layer has none."""
    if len(weights) == 4:
        return weights[2], weights[3]
    none = weights[0].new_zeros(weights[0].shape[0])
    return none, none


def gru_layer(x: Tensor, start: tuple[Tensor, ...], weights: Sequence[Tensor]) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Outputs ``[time, sample, unit]`` and the last hidden state of one GRU layer in one direction."""
    outputs = GruLayer.apply(x, start[0], weights[0], weights[1], *biases(weights))  # type: ignore[no-untyped-call]
    return outputs, (outputs[-1],)


def lstm_layer(x: Tensor, start: tuple[Tensor, ...], weights: Sequence[Tensor]) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Outputs ``[time, sample, unit]``, the last hidden and the last cell state of one LSTM layer in one direction."""
    first, second = biases(weights)
    outputs, cell = LstmLayer.apply(x, *start, weights[0], weights[1], first + second)  # type: ignore[no-untyped-call]
    return outputs, (outputs[-1], cell)
