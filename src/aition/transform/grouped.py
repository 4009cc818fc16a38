"""Components of a transform joined into groups."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from aition.core.errors import InputError
from aition.transform.components import Components, Transform


@dataclass(frozen=True)
class Grouped:
    """Groups of another transform's components; those of no group are held fixed.

    Args:
        transform: Whose components are joined.
        groups: By name, the places of its components; none in two groups.

    >>> from aition.transform import Fourier
    >>> slow = Grouped(Fourier(), {"slow": (0, 1), "fast": (3,)})
    >>> slow.components(6, 1).of.tolist()
    [0, 0, 0, -1, -1, 1]
    """

    transform: Transform
    groups: Mapping[str, tuple[int, ...]]

    def __post_init__(self) -> None:
        places = [place for group in self.groups.values() for place in group]
        if not places or min(places) < 0 or len(set(places)) != len(places):
            raise InputError(f"groups must hold places of components from 0, each once, but are {dict(self.groups)}")

    def forward(self, x: Tensor) -> Tensor:
        """From series to coefficients."""
        return self.transform.forward(x)

    def inverse(self, coefficients: Tensor, *, n_time: int) -> Tensor:
        """From coefficients to series."""
        return self.transform.inverse(coefficients, n_time=n_time)

    def components(self, n_time: int, n_feature: int) -> Components:
        """A component a group; its frequencies reach from the lowest to the highest of its parts."""
        inner = self.transform.components(n_time, n_feature)
        beyond = [place for group in self.groups.values() for place in group if place >= len(inner)]
        if beyond:
            raise InputError(
                f"groups must hold components 0 to {len(inner) - 1} of series of {n_time} steps, but hold {beyond[0]}"
            )
        table = torch.full((len(inner) + 1,), -1)
        for number, group in enumerate(self.groups.values()):
            table[list(group)] = number
        groups = self.groups.values()
        return Components(
            table[inner.of],
            tuple(self.groups),
            tuple(min(inner.low[place] for place in group) for group in groups) if inner.low else (),
            tuple(max(inner.high[place] for place in group) for group in groups) if inner.high else (),
            tuple(min(inner.first[place] for place in group) for group in groups) if inner.first else (),
            tuple(max(inner.last[place] for place in group) for group in groups) if inner.last else (),
            inner.by_feature,
            inner.linear,
        )
