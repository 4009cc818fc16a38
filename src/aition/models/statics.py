"""Static columns, in deviations from their means, beside a state."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from aition.core.errors import InputError


class BesideStatic(nn.Module):
    """Put static columns beside a state, or nothing where there is none to be read.

    Args:
        n_static: Static columns that are read; 0: none, whatever the batch has.
        mean: Of each; all 0 where nothing is said.
        scale: What a deviation of 1 is, likewise; all 1 where nothing is said.

    Raises:
        InputError: There is not one mean and one positive scale for each column.

    >>> BesideStatic(1, mean=[60.0], scale=[10.0])(torch.zeros(1, 2), torch.tensor([[80.0]])).tolist()
    [[0.0, 0.0, 2.0]]
    """

    def __init__(self, n_static: int, *, mean: Sequence[float] = (), scale: Sequence[float] = ()) -> None:
        super().__init__()
        check_moments(n_static, mean, scale, what="static column")
        self.n_static = n_static
        for name, given, nothing in (("mean", mean, 0.0), ("scale", scale, 1.0)):
            if mean or scale:
                self.register_buffer(name, torch.tensor(given or [nothing] * n_static, dtype=torch.float32))

    def forward(self, state: Tensor, static: Tensor) -> Tensor:
        """From ``[sample, state]`` and ``[sample, static]`` to ``[sample, state + n_static]``."""
        check_static(self.n_static, static, needed=False)
        if not self.n_static:
            return state
        buffers = dict(self.named_buffers())
        return torch.cat([state, (static - buffers["mean"]) / buffers["scale"] if buffers else static], dim=1)


def check_static(n_static: int, static: Tensor, *, needed: bool = True) -> None:
    """Raise unless a batch has the static columns that a network reads; a network that reads none takes any."""
    if static.shape[1] != n_static and (needed or n_static):
        raise InputError(f"the network reads n_static={n_static} static columns, but the batch has {static.shape[1]}")


def check_moments(width: int, mean: Sequence[float], scale: Sequence[float], *, what: str) -> None:
    """Raise unless there is one mean and one positive scale for each column, or none is given."""
    for name, given in (("mean", mean), ("scale", scale)):
        if len(given) not in (0, width):
            raise InputError(f"{name} must be {width} values, one a {what}, but is {len(given)}")
    if any(not one > 0 for one in scale):
        raise InputError(f"scale must be above 0 everywhere, but is {min(scale)} somewhere")
