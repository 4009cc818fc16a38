"""Whole recurrent layers: stacked, in both directions, padded or of several lengths."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from aition.methods.cd.rules.recurrent_algebra import Algebra, Share
from aition.methods.cd.rules.recurrent_cells import Cell, State

MakeCell = Callable[[Algebra, Sequence[Tensor]], Cell]
"""From how parts are shared out and the weights of one layer in one direction to its cell."""


def recurrence(
    make: MakeCell,
    algebra: Algebra,
    x: Share,
    states: State,
    weights: Sequence[Sequence[Tensor]],
    *,
    lengths: Tensor,
    both_ways: bool,
) -> tuple[Share, State]:
    """All layers and directions of a recurrent network.

    Args:
        make: Of the kind of cell.
        algebra: How parts are shared out.
        x: The input, ``[step, sample, feature]``.
        states: First states, ``[layer * direction, sample, unit]`` each.
        weights: Of each layer and direction.
        lengths: Steps of each sample; behind them states and outputs stay.
        both_ways: Whether each layer runs in both directions.

    Returns:
        The outputs of the last layer, ``[step, sample, unit * direction]``, and the last states.
    """
    ways = 2 if both_ways else 1
    alive = torch.arange(len(x.total), device=lengths.device)[:, None, None] < lengths[:, None]
    last: list[State] = []
    for layer in range(len(weights) // ways):
        outputs = []
        for way in range(ways):
            row = layer * ways + way
            start = tuple(state.at(row) for state in states)
            cell = make(algebra, weights[row])
            output, end = one_way(cell, x, start, alive, backwards=way == 1)
            outputs.append(output)
            last.append(end)
        x = outputs[0] if ways == 1 else alongside(outputs, torch.cat, -1)
    return x, tuple(alongside(each, torch.stack, -3) for each in zip(*last, strict=True))


def one_way(cell: Cell, x: Share, states: State, alive: Tensor, *, backwards: bool) -> tuple[Share, State]:
    """One layer in one direction: outputs of all steps, and the last states.

    Args:
        cell: The cell of the layer.
        x: The input, ``[step, sample, feature]``.
        states: First states, ``[sample, unit]`` each.
        alive: Which steps exist, ``[step, sample, 1]``.
        backwards: Whether it begins at the last step that exists.
    """
    projected = cell.project(x)
    everywhere = bool(alive.all())
    steps = range(len(x.total))
    outputs: list[Share] = []
    for step in reversed(steps) if backwards else steps:
        after = cell.step(projected.at(step), states)
        if not everywhere:
            after = tuple(where_alive(alive[step], new, old) for new, old in zip(after, states, strict=True))
        outputs.append(after[0])
        states = after
    return alongside(outputs[::-1] if backwards else outputs, torch.stack, -3), states


def where_alive(here: Tensor, new: Share, old: Share) -> Share:
    """New states where a step exists, else the old ones."""
    return new.of(
        torch.where(here, new.total, old.total),
        torch.where(here, new.relevant, old.relevant),
        torch.where(here, new.constant, old.constant),
    )


def alongside(values: Sequence[Share], join: Callable[..., Tensor], dim: int) -> Share:
    """Values joined part by part, along an axis counted from the last."""
    return values[0].of(
        join([value.total for value in values], dim=dim),
        join(torch.broadcast_tensors(*[value.relevant for value in values]), dim=dim),
        join(torch.broadcast_tensors(*[value.constant for value in values]), dim=dim),
    )
