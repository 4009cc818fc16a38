"""One step of LSTM, GRU and plain recurrent cells, and what it does to relevant, irrelevant and constant parts.

Only rows of the weights that the algebra shares out are multiplied with the parts; of the other gates the total is all
that is needed. Rows are put in the order in which they are used, once a layer.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from aition.methods.cd.rules.recurrent_algebra import Algebra, Share

State = tuple[Share, ...]
Step = Callable[[Share, State], State]
"""From the projected input and the last states to the next."""


@dataclass(frozen=True, eq=False)
class Cell:
    """A recurrent cell with its weights in place.

    Args:
        project: From the input of all steps to what the weights make of it, for all steps at once.
        step: One step.
    """

    project: Callable[[Share], Share]
    step: Step


def weighed(value: Share, weight: Tensor, n_shared: int) -> Share:
    """A linear map without bias, of the parts only the first ``n_shared`` rows."""
    return value.of(
        value.total @ weight.T, value.relevant @ weight[:n_shared].T, value.constant @ weight[:n_shared].T
    )  # fmt: skip


def biased(algebra: Algebra, linear: Share, bias: Tensor) -> Share:
    """A bias added to a linear map of whose parts there may be fewer rows than of its total."""
    n_shared = linear.relevant.shape[-1]
    if n_shared == 0:
        return linear.of(linear.total + bias, linear.relevant, linear.constant)
    front = algebra.bias(linear.of(linear.total[..., :n_shared], linear.relevant, linear.constant), bias[:n_shared])
    behind = linear.total[..., n_shared:] + bias[n_shared:]
    return linear.of(torch.cat([front.total, behind], dim=-1), front.relevant, front.constant)


def arranged(tensor: Tensor, order: Sequence[int], n_gate: int) -> Tensor:
    """Rows of the gates in another order."""
    pieces = tensor.chunk(n_gate)
    return torch.cat([pieces[place] for place in order])


def lstm_cell(algebra: Algebra, weights: Sequence[Tensor]) -> Cell:
    """A cell of an LSTM, with or without projection of its output.

    c' = f ⊙ c + i ⊙ g and h' = o ⊙ tanh(c'), with i, f, o = σ(W x + V h + b) and g = tanh(W x + V h + b).

    Args:
        algebra: How parts are shared out.
        weights: Of the input ``[4 unit, feature]`` and of the state ``[4 unit, state]``, two biases, and of the
            projection ``[state, unit]`` or nothing.
    """
    n_split = algebra.n_split(3)
    order = (2, 0, 1, 3)
    by_input, by_state = (arranged(weight, order, 4) for weight in weights[:2])
    bias = arranged(weights[2] + weights[3], order, 4)
    n_unit = len(bias) // 4
    n_shared = n_split * n_unit

    def step(x: Share, states: State) -> State:
        hidden, cell = states
        before = biased(algebra, x + weighed(hidden, by_state, n_shared), bias)
        candidate, gates = cut(before, n_unit)
        candidate = algebra.smooth(torch.tanh, candidate)
        opened = activated(algebra, gates)
        both = algebra.write(narrow(opened, 0, 2 * n_unit), beside(candidate, cell))
        cell = both.each(lambda part: part[..., :n_unit] + part[..., n_unit:])
        said = algebra.read(narrow(opened, 2 * n_unit, n_unit), algebra.smooth(torch.tanh, cell))
        return (said.each(lambda part: part @ weights[4].T) if len(weights) == 5 else said), cell

    return Cell(lambda x: weighed(x, by_input, n_shared), step)


def gru_cell(algebra: Algebra, weights: Sequence[Tensor]) -> Cell:
    """A cell of a GRU.

    h' = (1 − z) ⊙ n + z ⊙ h, with r, z = σ(W x + V h + b) and n = tanh(W x + b + r ⊙ (V h + b')).

    Args:
        algebra: How parts are shared out.
        weights: Of the input ``[3 unit, feature]`` and of the state ``[3 unit, unit]``, and two biases.
    """
    n_split = algebra.n_split(2)
    order = (2, 1, 0)
    by_input, by_state, input_bias, state_bias = (arranged(weight, order, 3) for weight in weights)
    n_unit = len(input_bias) // 3
    n_shared = n_split * n_unit

    def step(x: Share, states: State) -> State:
        (hidden,) = states
        new_x, gates_x = cut(x, n_unit)
        new_h, gates_h = cut(weighed(hidden, by_state, n_shared), n_unit)
        opened = activated(
            algebra, biased(algebra, gates_x + gates_h, input_bias[n_unit:] + state_bias[n_unit:])
        )  # fmt: skip
        keep, reset = narrow(opened, 0, n_unit), narrow(opened, n_unit, n_unit)
        recalled = algebra.read(reset, algebra.bias(new_h, state_bias[:n_unit]))
        new = algebra.smooth(torch.tanh, algebra.bias(new_x, input_bias[:n_unit]) + recalled)
        change = keep.of(1 - keep.total, -keep.relevant, 1 - keep.constant)
        return (algebra.write(change, new) + algebra.write(keep, hidden),)

    return Cell(lambda x: weighed(x, by_input, n_shared), step)


def rnn_cell(algebra: Algebra, weights: Sequence[Tensor], *, kinked: bool) -> Cell:
    """A plain cell: h' = tanh(W x + V h + b), or ReLU of the same.

    Args:
        algebra: How parts are shared out.
        weights: Of the input ``[unit, feature]`` and of the state ``[unit, unit]``, and two biases.
        kinked: Whether it is ReLU.
    """
    by_input, by_state = weights[:2]
    bias = weights[2] + weights[3]
    n_unit = len(bias)

    def step(x: Share, states: State) -> State:
        before = algebra.bias(x + weighed(states[0], by_state, n_unit), bias)
        return (algebra.kinked(torch.relu, before) if kinked else algebra.smooth(torch.tanh, before),)

    return Cell(lambda x: weighed(x, by_input, n_unit), step)


def cut(value: Share, size: int) -> tuple[Share, Share]:
    """The first ``size`` columns, and the rest, of whose parts there may be fewer than of its total."""
    return (
        value.each(lambda part: part[..., :size]),
        value.each(lambda part: part[..., size:]),
    )


def activated(algebra: Algebra, gates: Share) -> Share:
    """Gates after the sigmoid; those whose parts are not needed have none."""
    n_shared = gates.relevant.shape[-1]
    total = torch.sigmoid(gates.total)
    if n_shared == 0:
        return gates.of(total, gates.relevant, gates.constant)
    front = algebra.smooth(torch.sigmoid, gates.of(gates.total[..., :n_shared], gates.relevant, gates.constant))
    return gates.of(total, front.relevant, front.constant)


def narrow(gates: Share, start: int, length: int) -> Share:
    """Some gates; their parts are empty where they are not shared out."""
    return gates.each(lambda part: part[..., start : start + length])


def beside(first: Share, second: Share) -> Share:
    """Two values side by side."""
    parts = (
        torch.cat(torch.broadcast_tensors(a, b), dim=-1)
        for a, b in ((first.total, second.total), (first.relevant, second.relevant), (first.constant, second.constant))
    )
    return first.of(*parts)
