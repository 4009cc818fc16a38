"""From the states of all steps to one: the state at the last step, or a mean whose weights are learned."""

from typing import Literal, get_args

import torch
from torch import Tensor, nn

from aition.core.errors import InputError
from aition.models.padding import last

Pool = Literal["last", "attention"]


class LastState(nn.Module):
    """The state at the last existing step of each aligned series."""

    def forward(self, states: Tensor, there: Tensor) -> Tensor:
        """From ``[sample, time, state]`` and which steps exist, ``[sample, time]``, to ``[sample, state]``."""
        return last(states, there)


class AttentionPool(nn.Module):
    """The mean of the states of existing steps, weighed by a softmax of additive scores v·tanh(W h + b).

    Args:
        n_state: Size of a step's state.

    References:
        Bahdanau, Cho and Bengio, "Neural machine translation by jointly learning to align and translate", ICLR 2015,
        section 3.1 and appendix A.1.2, without a state of a decoder.

    >>> states, there = torch.randn(2, 3, 4), torch.tensor([[True, True, True], [True, False, False]])
    >>> torch.allclose(AttentionPool(4)(states, there)[1], states[1, 0])
    True
    """

    def __init__(self, n_state: int) -> None:
        super().__init__()
        self.project = nn.Linear(n_state, n_state)
        self.score = nn.Linear(n_state, 1, bias=False)

    def forward(self, states: Tensor, there: Tensor) -> Tensor:
        """From ``[sample, time, state]`` and which steps exist, ``[sample, time]``, to ``[sample, state]``."""
        score: Tensor = self.score(torch.tanh(self.project(states)))[:, :, 0]
        weight = score.masked_fill(~there, -torch.inf).softmax(dim=1)
        return (weight[:, :, None] * states).sum(dim=1)


def pooling(pool: Pool, n_state: int) -> nn.Module:
    """The module that pools in this way.

    Raises:
        InputError: There is no such way.
    """
    if pool not in get_args(Pool):
        raise InputError(f"pool must be 'last' or 'attention', but is {pool!r}")
    return AttentionPool(n_state) if pool == "attention" else LastState()
