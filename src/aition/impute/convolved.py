"""Convolutions over time that begin at 0: what learned imputers are made of."""

from torch import Tensor, nn

KERNEL = 3
"""Steps that a convolution sees at once."""


class Convolution(nn.Module):
    """Dilated convolutions on either side, each added to what it was given; the last weights are 0 at first.

    Args:
        n_input: Channels that come.
        n_output: Channels that go.
        channels: Between.
        dilations: Steps between what a convolution sees, one a convolution.
    """

    def __init__(self, n_input: int, n_output: int, *, channels: int, dilations: tuple[int, ...]) -> None:
        super().__init__()
        self.first = nn.Linear(n_input, channels)
        self.between = nn.ModuleList(
            nn.Conv1d(channels, channels, KERNEL, dilation=apart, padding=apart) for apart in dilations
        )
        self.last = nn.Linear(channels, n_output)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)

    def forward(self, value: Tensor) -> Tensor:
        """``[row, step, output]`` of ``[row, step, input]``."""
        state = self.first(value).mT
        for layer in self.between:
            state = state + layer(nn.functional.silu(state))
        answer: Tensor = self.last(nn.functional.silu(state).mT)
        return answer


class Convolved(nn.Module):
    """The same of cells in a row: ``[row, cell, output]`` of ``[row, cell, input]``, cells ordered by steps.

    Args:
        n_feature: Cells of a step.
        n_input: Numbers of a cell that come.
        n_output: Numbers of a cell that go.
        channels: Between.
        dilations: Steps between what a convolution sees, one a convolution.
    """

    def __init__(
        self, n_feature: int, n_input: int, n_output: int, *, channels: int, dilations: tuple[int, ...]
    ) -> None:
        super().__init__()
        self.n_feature = n_feature
        self.inner = Convolution(n_feature * n_input, n_feature * n_output, channels=channels, dilations=dilations)

    def forward(self, value: Tensor) -> Tensor:
        by_steps = value.unflatten(1, (-1, self.n_feature)).flatten(2)
        answer: Tensor = self.inner(by_steps).unflatten(2, (self.n_feature, -1)).flatten(1, 2)
        return answer
