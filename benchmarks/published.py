"""LSTM cells as first published: what the constants write at a step of a window is the window's.

Murdoch, Liu and Yu 2018 give the product of constant gate and constant candidate, i_κ ⊙ g_κ, to the relevant part where
the step lies in the window, and else to the irrelevant one. Aition keeps it apart; here it is owned, for comparison.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from unittest.mock import patch

import torch
from torch import Tensor

from aition.methods.cd.rules.recurrent_algebra import Algebra, Share
from aition.methods.cd.rules.recurrent_calls import CELLS
from aition.methods.cd.rules.recurrent_cells import (
    Cell,
    State,
    activated,
    arranged,
    beside,
    biased,
    cut,
    narrow,
    weighed,
)

Owner = Callable[[Share], Tensor]
"""From a layer's input ``[step, sample, feature]`` to the share, 0 to 1, of the constants of each step that the group
owns: ``[group, step, sample, 1]``."""


def by_input(x: Share) -> Tensor:
    """Constants of a step are a group's as far as the input is, by absolute values; all or nothing for whole steps."""
    size = x.relevant.abs().sum(dim=-1, keepdim=True)
    sizes = size + (x.faced() - x.relevant - x.constant).abs().sum(dim=-1, keepdim=True)
    return size / sizes.masked_fill(sizes == 0, 1)


def published_lstm(algebra: Algebra, weights: Sequence[Tensor], *, owner: Owner = by_input) -> Cell:
    """A cell of an LSTM without projection; who owns the step goes along as one more column of the projected input."""
    order = (2, 0, 1, 3)
    of_input, of_state = (arranged(weight, order, 4) for weight in weights[:2])
    bias = arranged(weights[2] + weights[3], order, 4)
    n_unit = len(bias) // 4
    n_shared = algebra.n_split(3) * n_unit

    def project(x: Share) -> Share:
        found, nothing = weighed(x, of_input, n_shared), x.total.new_zeros(1)
        return x.of(wider(found.total, nothing), wider(found.relevant, owner(x)), wider(found.constant, nothing))

    def step(x: Share, states: State) -> State:
        mine, x = x.relevant[..., -1:], x.each(lambda part: part[..., :-1])
        hidden, cell = states
        candidate, gates = cut(biased(algebra, x + weighed(hidden, of_state, n_shared), bias), n_unit)
        opened = activated(algebra, gates)
        both = algebra.write(
            narrow(opened, 0, 2 * n_unit), beside(algebra.smooth(torch.tanh, candidate), cell)
        )  # fmt: skip
        cell = both.each(lambda part: part[..., :n_unit] + part[..., n_unit:])
        cell = cell.of(cell.total, cell.relevant + mine * cell.constant, torch.zeros_like(cell.constant))
        return algebra.read(narrow(opened, 2 * n_unit, n_unit), algebra.smooth(torch.tanh, cell)), cell

    return Cell(project, step)


def wider(part: Tensor, column: Tensor) -> Tensor:
    """A part with one more column."""
    return torch.cat([part, column.expand(*part.shape[:-1], 1)], dim=-1)


@contextmanager
def owned_by_windows(owner: Owner = by_input) -> Iterator[None]:
    """While active, LSTMs are decomposed as published."""
    with patch.dict(CELLS, {torch.lstm: partial(published_lstm, owner=owner)}):
        yield
