"""What a transform is: coefficients of series, and the components that they belong to."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import InputError, RefusalError


@dataclass(frozen=True, eq=False)
class Components:
    """The components of series of one length: which coefficients make each, and where it lies.

    Args:
        of: The component of each coefficient, ``[coefficient]``, int64; -1: of none, held fixed.
        names: One a component, no two alike.
        low: Lowest frequency of each, in cycles per step; empty where components have none.
        high: Highest frequency of each; as ``low`` where a component is a single frequency.
        first: First step in which each lies; empty where every component lies in all steps.
        last: Step behind the last; may lie behind the end of the series.
        by_feature: Whether every feature has its own coefficients; else there is one column for all.
        linear: Whether the coefficients are a linear function of the series.

    Raises:
        InputError: Two components have the same name.
    """

    of: Tensor
    names: tuple[str, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    first: tuple[int, ...] = ()
    last: tuple[int, ...] = ()
    by_feature: bool = True
    linear: bool = True

    def __post_init__(self) -> None:
        if len(set(self.names)) != len(self.names):
            twice = next(name for name in self.names if self.names.count(name) > 1)
            raise InputError(f"components must have different names, but two are {twice!r}; name each by what it is")

    def __len__(self) -> int:
        return len(self.names)

    @property
    def labels(self) -> tuple[str, ...] | tuple[float, ...]:
        """Frequencies in cycles per step where each component is a single one; else names."""
        return self.low if self.low and self.low == self.high else self.names

    def mask(self, component: int) -> Tensor:
        """Coefficients of a component, ``[coefficient]``, bool."""
        return self.of == component


@runtime_checkable
class Transform(Protocol):
    """A frozen dataclass that turns series into coefficients and back.

    ``inverse`` is affine in the coefficients, and gradients flow through it. What it does not bring back of a series is
    the residual ``x - inverse(forward(x))``. Series have no padding here: unequal ones go through by length.
    """

    def forward(self, x: Tensor) -> Tensor:
        """From series ``[sample, time, feature]`` to coefficients ``[sample, coefficient, feature]``."""

    def inverse(self, coefficients: Tensor, *, n_time: int) -> Tensor:
        """From coefficients to series of ``n_time`` steps."""

    def components(self, n_time: int, n_feature: int) -> Components:
        """The components of series of this length."""


def check_series(x: Tensor) -> None:
    """Raise unless series are ``[sample, time, feature]`` with at least one step.

    Raises:
        InputError: Naming the shape.
    """
    if x.ndim != 3 or not x.shape[1]:
        raise InputError(f"series must be [sample time feature] with at least one step, but are {list(x.shape)}")


def check_gapless(batch: Batch) -> None:
    """Raise where a step that exists has no measured value: a transform would take what fills the gap for the series.

    Raises:
        RefusalError: Saying how many values were not measured, and the first feature that lacks one.
    """
    gaps = batch.cells & ~batch.observed
    if missing := int(gaps.sum()):
        name = batch.feature_names[int(gaps.flatten(0, 1).any(dim=0).nonzero()[0])]
        raise RefusalError(
            f"a transform needs a value at every step, but {missing} of {int(batch.cells.sum())} were not measured, of "
            f"{name!r} among others; fill them in and say so by dataclasses.replace(batch, observed=batch.cells), or "
            "leave such features out"
        )


def check_edges(edges: tuple[float, ...], largest: float) -> None:
    """Raise unless inner edges of bands rise between 0 and the largest frequency.

    Raises:
        InputError: Naming the edges.
    """
    rising = all(one < other for one, other in pairwise(edges))
    if not rising or not all(0 < edge < largest for edge in edges):
        raise InputError(f"edges must rise between 0 and {largest:g} cycles per step, but are {list(edges)}")


def banded(frequency: Tensor, edges: tuple[float, ...]) -> Tensor:
    """The band of each frequency: a band begins with its lower edge.

    >>> banded(torch.tensor([0.0, 0.1, 0.25, 0.5]), (0.1, 0.25)).tolist()
    [0, 1, 2, 2]
    """
    # k / n and an edge such as 0.1 are rounded apart.
    borders = torch.tensor(edges, dtype=torch.float64, device=frequency.device)
    return torch.bucketize(frequency.double() + 1e-9, borders, right=True)


def band_names(edges: tuple[float, ...], largest: float) -> tuple[str, ...]:
    """Names of bands by their borders.

    >>> band_names((0.125,), 0.5)
    ('0 to 0.125', '0.125 to 0.5')
    """
    return tuple(f"{low} to {high}" for low, high in pairwise(told_apart((0.0, *edges, largest))))


def told_apart(values: tuple[float, ...]) -> tuple[str, ...]:
    """Different values as different words, in four digits or as many as that needs.

    >>> told_apart((0.12341, 0.12342, 0.5))
    ('0.12341', '0.12342', '0.5')
    """
    words = (tuple(f"{value:.{digits}g}" for value in values) for digits in range(4, 18))
    return next(some for some in words if len(set(some)) == len(set(values)))
