"""Recurrent layers beside slow loops over single numbers, in which irrelevance is computed by itself."""

import math
from collections.abc import Callable, Sequence
from itertools import permutations

import pytest
import torch
from torch import Tensor, nn

from aition.methods.cd.rules.recurrent import MakeCell, recurrence
from aition.methods.cd.rules.recurrent_algebra import Algebra, Share, algebra_of
from aition.methods.cd.rules.recurrent_cells import gru_cell, lstm_cell, rnn_cell
from aition.methods.cd.sets import SETS

Three = tuple[float, float, float]
"""Relevant, irrelevant and constant part of one number."""
N_STEP, N_FEATURE, N_UNIT = 5, 2, 3


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def activation(rules: str, function: Callable[[float], float], parts: Three, *, kinked: bool = False) -> Three:
    r, i, c = parts
    if rules == "gcd":
        return shapley_of_three(function, parts)
    if rules == "cdt":
        return function(r + i + c) - function(i + c), function(i + c) - function(c), function(c)
    if rules == "acd" and kinked:
        return function(r + c) - function(c), function(r + i + c) - function(r + c), function(c)
    relevant = (function(r + c) - function(c) + function(r + i + c) - function(i + c)) / 2
    irrelevant = (function(i + c) - function(c) + function(r + i + c) - function(r + c)) / 2
    return relevant, irrelevant, function(c)


def shapley_of_three(function: Callable[[float], float], parts: Three) -> Three:
    found = [0.0, 0.0, function(0.0)]
    for order in permutations(range(3)):
        value = 0.0
        for player in order:
            found[player] += (function(value + parts[player]) - function(value)) / 6
            value += parts[player]
    return found[0], found[1], found[2]


def product(rules: str, a: Three, b: Three, *, reads: bool) -> Three:
    if rules in ("gcd", "cdt") or (rules in ("murdoch", "acd") and reads):
        whole = sum(a)
        return whole * b[0], whole * b[1], whole * b[2]
    mixed = a[0] * b[1] + a[1] * b[0]
    to_relevant = 0.5 if rules == "shapley" else 0.0
    return (
        a[0] * b[0] + a[0] * b[2] + a[2] * b[0] + to_relevant * mixed,
        a[1] * b[1] + a[1] * b[2] + a[2] * b[1] + (1 - to_relevant) * mixed,
        a[2] * b[2],
    )


def with_bias(rules: str, parts: Three, bias: float) -> Three:
    r, i, c = parts
    if rules not in ("acd", "cdt") or (whole := abs(r) + abs(i) + abs(c)) == 0:
        return r, i, c + bias
    return r + bias * abs(r) / whole, i + bias * abs(i) / whole, c + bias * abs(c) / whole


def linear(rows: Sequence[Sequence[float]], vector: Sequence[Three]) -> list[Three]:
    return [
        tuple(sum(weight * parts[part] for weight, parts in zip(row, vector, strict=True)) for part in range(3))  # type: ignore[misc]
        for row in rows
    ]


def plus(*parts: Three) -> Three:
    return tuple(map(sum, zip(*parts, strict=True)))  # type: ignore[return-value]


def lstm_step(rules: str, x: list[Three], states: list[list[Three]], weights: list[Tensor]) -> list[list[Three]]:
    by_input, by_state, one, two = (weight.tolist() for weight in weights)
    hidden, cell = states
    pairs = zip(linear(by_input, x), linear(by_state, hidden), one, two, strict=True)
    before = [with_bias(rules, plus(new, old), first + second) for new, old, first, second in pairs]
    after: list[list[Three]] = [[], []]
    for unit in range(N_UNIT):
        i, f, g, o = (before[gate * N_UNIT + unit] for gate in range(4))
        i, f, o = (activation(rules, sigmoid, gate) for gate in (i, f, o))
        kept = product(rules, f, cell[unit], reads=False)
        new = product(rules, i, activation(rules, math.tanh, g), reads=False)
        after[1].append(plus(kept, new))
        after[0].append(product(rules, o, activation(rules, math.tanh, after[1][-1]), reads=True))
    return after


def gru_step(rules: str, x: list[Three], states: list[list[Three]], weights: list[Tensor]) -> list[list[Three]]:
    by_input, by_state, one, two = (weight.tolist() for weight in weights)
    (hidden,) = states
    new, old = linear(by_input, x), linear(by_state, hidden)
    after = []
    for unit in range(N_UNIT):
        r, z = (
            activation(rules, sigmoid, with_bias(rules, plus(new[row], old[row]), one[row] + two[row]))
            for row in (unit, N_UNIT + unit)
        )
        row = 2 * N_UNIT + unit
        recalled = product(rules, r, with_bias(rules, old[row], two[row]), reads=True)
        n = activation(rules, math.tanh, plus(with_bias(rules, new[row], one[row]), recalled))
        opened = (-z[0], -z[1], 1 - z[2])
        after.append(plus(product(rules, opened, n, reads=False), product(rules, z, hidden[unit], reads=False)))
    return [after]


def rnn_step(rules: str, x: list[Three], states: list[list[Three]], weights: list[Tensor]) -> list[list[Three]]:
    by_input, by_state, one, two = (weight.tolist() for weight in weights)
    pairs = zip(linear(by_input, x), linear(by_state, states[0]), one, two, strict=True)
    before = [with_bias(rules, plus(new, old), first + second) for new, old, first, second in pairs]
    return [[activation(rules, lambda v: max(v, 0.0), parts, kinked=True) for parts in before]]


STEPS = {"lstm": lstm_step, "gru": gru_step, "rnn": rnn_step}
MODULES = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": lambda *sizes: nn.RNN(*sizes, nonlinearity="relu")}
CELLS: dict[str, MakeCell] = {
    "lstm": lstm_cell,
    "gru": gru_cell,
    "rnn": lambda algebra, weights: rnn_cell(algebra, weights, kinked=True),
}


def layer_and_series(kind: str, seed: int, *, scale: float = 2.0) -> tuple[nn.RNNBase, Tensor, Tensor]:
    """A layer with weights of ``scale`` times their usual size, one series, and which of its cells the group has."""
    torch.manual_seed(seed)
    layer = MODULES[kind](N_FEATURE, N_UNIT).double()
    with torch.no_grad():
        for weight in layer.parameters():
            weight.mul_(scale)
    x = torch.randn(N_STEP, 1, N_FEATURE, dtype=torch.float64)
    return layer, x, torch.rand(x.shape) > 0.5


def ours(kind: str, algebra: Algebra, layer: nn.RNNBase, x: Tensor, mask: Tensor, relevant_first: float) -> Share:
    first = torch.full((1, 1, N_UNIT), 0.3, dtype=x.dtype)
    start = Share(first, (first * relevant_first)[None], (first * (1 - relevant_first))[None])
    value = Share(x, (x * mask)[None], torch.zeros_like(x)[None])
    states = (start, start) if kind == "lstm" else (start,)
    weights = [list(layer._flat_weights)]  # type: ignore[arg-type]
    with torch.no_grad():
        return recurrence(
            CELLS[kind], algebra, value, states, weights, lengths=torch.full((1,), len(x)), both_ways=False
        )[0]


def literal(
    kind: str, rules: str, layer: nn.RNNBase, x: Tensor, mask: Tensor, relevant_first: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Relevant, irrelevant and constant parts of all outputs, ``[step, unit]`` each."""
    start = [(0.3 * relevant_first, 0.0, 0.3 * (1 - relevant_first))] * N_UNIT
    states: list[list[Three]] = [start] * (2 if kind == "lstm" else 1)
    outputs = []
    for values, members in zip(x[:, 0].tolist(), mask[:, 0].tolist(), strict=True):
        parts: list[Three] = [(v, 0.0, 0.0) if own else (0.0, v, 0.0) for v, own in zip(values, members, strict=True)]
        states = STEPS[kind](rules, parts, states, [weight.detach() for weight in layer._flat_weights])  # type: ignore[union-attr]
        outputs.append(states[0])
    relevant, irrelevant, constant = torch.tensor(outputs, dtype=torch.float64).unbind(-1)
    return relevant, irrelevant, constant


@pytest.mark.parametrize("rules", SETS)
@pytest.mark.parametrize("kind", STEPS)
@pytest.mark.parametrize("relevant_first", [0.0, 0.4])
def test_relevance_and_constants_are_those_of_loops_over_numbers(kind: str, rules: str, relevant_first: float) -> None:
    layer, x, mask = layer_and_series(kind, 3)
    found = ours(kind, algebra_of(SETS[rules]), layer, x, mask, relevant_first)
    relevant, _, constant = literal(kind, rules, layer, x, mask, relevant_first)
    torch.testing.assert_close(found.relevant[0, :, 0], relevant, rtol=0, atol=1e-10)
    torch.testing.assert_close(found.constant[0, :, 0], constant, rtol=0, atol=1e-10)


@pytest.mark.parametrize("rules", SETS)
@pytest.mark.parametrize("kind", STEPS)
def test_relevance_and_irrelevance_computed_by_itself_add_up_to_the_layer(kind: str, rules: str) -> None:
    layer, x, mask = layer_and_series(kind, 4)
    found = ours(kind, algebra_of(SETS[rules]), layer, x, mask, 0.0)
    _, irrelevant, _ = literal(kind, rules, layer, x, mask, 0.0)
    first = torch.full((1, 1, N_UNIT), 0.3, dtype=x.dtype)
    with torch.no_grad():
        outputs = layer(x, (first, first) if kind == "lstm" else first)[0][:, 0]
    whole = found.relevant[0, :, 0] + found.constant.expand(1, -1, -1, -1)[0, :, 0] + irrelevant
    torch.testing.assert_close(whole, outputs, rtol=0, atol=1e-10)


@pytest.mark.parametrize("rules", SETS)
@pytest.mark.parametrize("kind", STEPS)
def test_single_precision_keeps_the_sum_to_a_hundred_thousandth(kind: str, rules: str) -> None:
    layer, x, mask = layer_and_series(kind, 5, scale=1.0)
    _, irrelevant, _ = literal(kind, rules, layer, x, mask, 0.0)
    found = ours(kind, algebra_of(SETS[rules]), layer.float(), x.float(), mask, 0.0)
    first = torch.full((1, 1, N_UNIT), 0.3)
    with torch.no_grad():
        outputs = layer(x.float(), (first, first) if kind == "lstm" else first)[0][:, 0]
    whole = found.relevant[0, :, 0] + found.constant.expand(1, -1, -1, -1)[0, :, 0] + irrelevant
    torch.testing.assert_close(whole, outputs.double(), rtol=0, atol=1e-5)


def murdoch_of_the_paper(layer: nn.RNNBase, x: Tensor, start: int, stop: int) -> tuple[Tensor, Tensor]:
    """Relevant and irrelevant last states of the steps ``start`` to ``stop``, the last included, as published."""
    by_input, by_state, one, two = (weight.detach() for weight in layer._flat_weights)  # type: ignore[union-attr]
    bias = (one + two).tolist()
    zero = torch.zeros(N_UNIT, dtype=x.dtype)
    rel_h, irr_h, rel_c, irr_c = zero, zero, zero, zero
    for step in range(len(x)):
        inside = start <= step <= stop
        new = by_input @ x[step, 0]
        rel = (by_state @ rel_h + (new if inside else 0)).tolist()
        irr = (by_state @ irr_h + (0 if inside else new)).tolist()

        def split(row: int, f: Callable[[float], float], rel: list[float] = rel, irr: list[float] = irr) -> Three:
            a, b, c = rel[row], irr[row], bias[row]
            return (
                0.5 * (f(a + c) - f(c) + f(a + b + c) - f(b + c)),
                0.5 * (f(b + c) - f(c) + f(a + b + c) - f(a + c)),
                f(c),
            )

        hidden: tuple[list[float], ...] = ([], [], [], [])
        for unit in range(N_UNIT):
            i, f = split(unit, sigmoid), split(N_UNIT + unit, sigmoid)
            g = split(2 * N_UNIT + unit, math.tanh)
            row = 3 * N_UNIT + unit
            o = sigmoid(rel[row] + irr[row] + bias[row])
            relevant = i[0] * (g[0] + g[2]) + i[2] * g[0] + (f[0] + f[2]) * float(rel_c[unit])
            irrelevant = i[1] * sum(g) + (i[0] + i[2]) * g[1] + sum(f) * float(irr_c[unit]) + f[1] * float(rel_c[unit])
            relevant, irrelevant = (
                (relevant + i[2] * g[2], irrelevant) if inside else (relevant, irrelevant + i[2] * g[2])
            )
            both = math.tanh(relevant + irrelevant)
            hidden[0].append(o * 0.5 * (math.tanh(relevant) + both - math.tanh(irrelevant)))
            hidden[1].append(o * 0.5 * (math.tanh(irrelevant) + both - math.tanh(relevant)))
            hidden[2].append(relevant)
            hidden[3].append(irrelevant)
        rel_h, irr_h, rel_c, irr_c = (torch.tensor(part, dtype=x.dtype) for part in hidden)
    return rel_h, irr_h


def test_where_constants_write_nothing_the_equations_of_the_paper_hold() -> None:
    layer, x, _ = layer_and_series("lstm", 6)
    with torch.no_grad():
        for bias in (layer.bias_ih_l0, layer.bias_hh_l0):
            bias[2 * N_UNIT : 3 * N_UNIT] = 0  # type: ignore[index]
    mask = torch.zeros(x.shape, dtype=torch.bool)
    mask[1:3] = True
    zero = torch.zeros(1, 1, N_UNIT, dtype=x.dtype)
    start = Share(zero, zero[None], zero[None])
    with torch.no_grad():
        found, _ = recurrence(
            lstm_cell,
            algebra_of(SETS["murdoch"]),
            Share(x, (x * mask)[None], torch.zeros_like(x)[None]),
            (start, start),
            [list(layer._flat_weights)],  # type: ignore[arg-type]
            lengths=torch.full((1,), N_STEP),
            both_ways=False,
        )
    relevant, irrelevant = murdoch_of_the_paper(layer, x, 1, 2)
    torch.testing.assert_close(found.relevant[0, -1, 0], relevant, rtol=0, atol=1e-10)
    torch.testing.assert_close(found.total[-1, 0], relevant + irrelevant, rtol=0, atol=1e-10)
