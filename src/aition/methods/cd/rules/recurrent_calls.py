"""Rules for torch's recurrent layers and cells, padded and packed, as modules call them."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from aition.core.errors import RefusalError
from aition.methods.cd.parts import Course, Parts, constant_lanes, lifted, made, parts_among
from aition.methods.cd.rules.recurrent import MakeCell, recurrence
from aition.methods.cd.rules.recurrent_algebra import Share, algebra_of
from aition.methods.cd.rules.recurrent_cells import gru_cell, lstm_cell, rnn_cell
from aition.methods.cd.rules.table import Function, rule_for

CELLS: dict[Function, MakeCell] = {
    torch.lstm: lstm_cell,
    torch.lstm_cell: lstm_cell,
    torch.gru: gru_cell,
    torch.gru_cell: gru_cell,
    torch.rnn_tanh: partial(rnn_cell, kinked=False),
    torch.rnn_tanh_cell: partial(rnn_cell, kinked=False),
    torch.rnn_relu: partial(rnn_cell, kinked=True),
    torch.rnn_relu_cell: partial(rnn_cell, kinked=True),
}
"""The cell of each function of torch."""


@rule_for([torch.lstm, torch.gru, torch.rnn_tanh, torch.rnn_relu])
def layers(func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Recurrent layers of padded or packed sequences.

    Raises:
        RefusalError: Dropout is at work between layers, weights depend on the sample, or arguments come by name.
    """
    packed = len(args) > 3 and isinstance(args[3], list | tuple)
    if kwargs or len(args) != 9:
        raise RefusalError(f"{func.__name__} is decomposed as modules call it, with 9 arguments by place")
    x, given, weights = (args[0], args[2], args[3]) if packed else args[:3]
    has_biases, num_layers, dropout, train, both_ways = args[4:] if packed else args[3:8]
    batch_first = not packed and args[8]
    if train and dropout and num_layers > 1:
        raise RefusalError(
            f"{func.__name__} drops units out between its layers, and no two runs are alike; call eval() on the model"
        )
    course = course_of(func, x, given, weights)
    states = share_of(given, course)
    value = share(x, course)
    n_step, n_sample = (len(args[1]), int(args[1][0])) if packed else value.total.shape[:2][:: -1 if batch_first else 1]
    if packed:
        place, step, sample, lengths = (one.to(value.total.device) for one in places(args[1]))
        value = value.each(lambda part: part[..., place, :])
    else:
        value = value.each(lambda part: part.transpose(-3, -2)) if batch_first else value
        lengths = torch.full((n_sample,), n_step, device=value.total.device)
    outputs, last = recurrence(
        CELLS[func],
        algebra_of(course.rules),
        value,
        states,
        grouped(weights, num_layers * (2 if both_ways else 1), has_biases=has_biases),
        lengths=lengths,
        both_ways=both_ways,
    )
    if packed:
        outputs = outputs.each(lambda part: part[..., step, sample, :])
    elif batch_first:
        outputs = outputs.each(lambda part: part.transpose(-3, -2))
    return (unshared(outputs, course), *(unshared(state, course) for state in last))


@rule_for([torch.lstm_cell, torch.gru_cell, torch.rnn_tanh_cell, torch.rnn_relu_cell])
def cell(func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """One step of a cell.

    Raises:
        RefusalError: Weights depend on the sample, or arguments come by name.
    """
    if kwargs:
        raise RefusalError(f"{func.__name__} is decomposed as modules call it, with all arguments by place")
    x, given, *weights = args
    has_biases = len(weights) == 4 and weights[2] is not None
    weights = weights if has_biases else weights[:2]
    course = course_of(func, x, given, weights)
    states = tuple(state.each(lambda part: part.unsqueeze(-3)) for state in share_of(given, course))
    value = share(x, course).each(lambda part: part.unsqueeze(-3))
    lengths = torch.ones(value.total.shape[1], dtype=torch.int64, device=value.total.device)
    _, last = recurrence(
        CELLS[func],
        algebra_of(course.rules),
        value,
        states,
        grouped(weights, 1, has_biases=has_biases),
        lengths=lengths,
        both_ways=False,
    )
    after = tuple(unshared(state.each(lambda part: part.squeeze(-3)), course) for state in last)
    return after if len(after) > 1 else after[0]


@rule_for([torch._VF._pack_padded_sequence])
def pack(func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Padded sequences packed: every part by itself."""
    x, *rest = args
    data, batch_sizes = func(x.total, *rest, **kwargs)
    lanes = [func(lane, *rest, **kwargs)[0] for lane in (*x.relevant, *x.constant)]
    return stacked(data, lanes, x.course), batch_sizes


@rule_for([torch._VF._pad_packed_sequence])
def pad_packed(func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Packed sequences padded: what is put behind them is the constants'."""
    x, batch_sizes, batch_first, value, n_step = args
    data, lengths = func(x.total, batch_sizes, batch_first, value, n_step, **kwargs)
    constant = constant_lanes(x, max(1, len(x.constant))) if value else x.constant
    lanes = [func(lane, batch_sizes, batch_first, 0.0, n_step, **kwargs)[0] for lane in x.relevant]
    lanes += [func(lane, batch_sizes, batch_first, value, n_step, **kwargs)[0] for lane in constant]
    return stacked(data, lanes, x.course), lengths


def course_of(func: Function, x: Any, states: Any, weights: Sequence[Any]) -> Course:
    """The decomposition that a call is part of.

    Raises:
        RefusalError: Weights depend on the sample.
    """
    if parts_among(weights):
        raise RefusalError(f"weights of {func.__name__} depend on the sample, which can't be decomposed")
    return parts_among((x, states))[0].course


def share(value: Tensor | Parts, course: Course) -> Share:
    """A tensor and its parts, constants always among them."""
    parts = value if isinstance(value, Parts) else lifted(value, course)
    constant = constant_lanes(parts, max(1, len(parts.constant)))
    return Share(parts.total, parts.relevant, constant, course.within)


def share_of(states: Any, course: Course) -> tuple[Share, ...]:
    """First states, one or two, as torch's functions take them."""
    return tuple(share(state, course) for state in ((states,) if isinstance(states, Tensor) else states))


def unshared(value: Share, course: Course) -> Parts:
    """A tensor that goes on through the model."""
    return made(value.total, value.relevant, value.constant, course)


def stacked(total: Tensor, lanes: list[Tensor], course: Course) -> Parts:
    """Parts from lanes one by one."""
    stack = torch.stack(lanes) if lanes else total.new_zeros(0, *total.shape)
    return made(total, stack[: course.n_group], stack[course.n_group :], course)


def grouped(weights: Sequence[Tensor], n_row: int, *, has_biases: bool) -> list[list[Tensor]]:
    """Weights of each layer and direction: of input, state, two biases, and of the projection if there is one."""
    size = len(weights) // n_row
    rows = [list(weights[row * size : (row + 1) * size]) for row in range(n_row)]
    if has_biases:
        return rows
    return [[*row[:2], *[row[0].new_zeros(len(row[0]))] * 2, *row[2:]] for row in rows]


def places(batch_sizes: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Where packed rows lie.

    Args:
        batch_sizes: Samples that have each step, ``[step]``.

    Returns:
        The row of each cell of the padded sequences, ``[step, sample]`` (0 behind the end); step and sample of each
        row; and the steps of each sample.

    >>> place, step, sample, lengths = places(torch.tensor([2, 1]))
    >>> place.tolist(), step.tolist(), sample.tolist(), lengths.tolist()
    ([[0, 1], [2, 0]], [0, 0, 1], [0, 1, 0], [2, 1])
    """
    exists = torch.arange(int(batch_sizes[0])) < batch_sizes[:, None]
    step, sample = exists.nonzero(as_tuple=True)
    place = torch.zeros(exists.shape, dtype=torch.int64)
    place[step, sample] = torch.arange(len(step))
    return place, step, sample, exists.sum(dim=0)
