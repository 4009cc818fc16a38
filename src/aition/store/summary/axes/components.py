"""V13: what the components of a transform count for, over sequences and in one of them, and back in time."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aition.core.errors import InputError
from aition.store.stored import StoredRun
from aition.store.summary.axes.course import course, extent
from aition.store.summary.axes.reading import along, array_of, is_shared, labels_along, shared_array

Floats = NDArray[np.float64]
MOST_COMPONENTS = 1024
"""Components that are shown, at most: the first, which of most transforms are the coarsest."""


@dataclass(frozen=True, eq=False)
class Components:
    """Components of one sample.

    Args:
        attribution: Of each, added up over features, ``[component]``.
        by_feature: ``[component, feature]``; of width 0 where the run does not tell features apart.
        size: How much of each component the sample has, ``[component, feature]``; of width 0 where it is not stored.
    """

    attribution: Floats
    by_feature: Floats
    size: Floats


@dataclass(frozen=True, eq=False)
class Part:
    """What one component is in time.

    Args:
        value: The sample as it was measured, ``[step, feature]``.
        part: What the component adds to it, ``[step, feature]``.
    """

    value: Floats
    part: Floats


def components(run: StoredRun, position: int, *, target: int = 0) -> Components:
    """What the components of a sample count for."""
    own = np.array([position])
    found = array_of(run, "attribution_component", own, target=target)[0].astype(np.float64)[:MOST_COMPONENTS]
    by_feature = found if found.ndim == 2 else np.zeros((len(found), 0))
    there = ~np.isnan(found)
    total = np.nansum(found, axis=1) if found.ndim == 2 else found
    attribution = np.where(there.any(axis=1), total, np.nan) if found.ndim == 2 else total
    size = np.zeros((len(found), 0))
    if along(run, "value_component", "sample", "component", "feature"):
        size = np.abs(array_of(run, "value_component", own)[0])[:MOST_COMPONENTS].astype(np.float64)
    return Components(attribution, by_feature, size)


def part_in_time(run: StoredRun, position: int, component: int) -> Part:
    """One component of a sample, back in time: the real part of its value times its row of the basis.

    Raises:
        InputError: There is no such component, or the run holds no basis.
    """
    if not 0 <= component < run.sizes["component"]:
        raise InputError(f"component must be 0 to {run.sizes['component'] - 1}, but is {component}")
    if not has_basis(run):
        raise InputError(
            "to show a component in time a run needs value_component [sample component feature] and "
            "basis [component time]"
        )
    value = array_of(run, "value_component", np.array([position]))[0, component]
    basis: NDArray[Any] = shared_array(run, "basis")[component]
    first, last = extent(run, position)
    return Part(course(run, position), np.real(basis[first:last, None] * value[None, :]).astype(np.float64))


def has_basis(run: StoredRun) -> bool:
    """Whether components can be shown in time."""
    stored = along(run, "value_component", "sample", "component", "feature")
    return stored and is_shared(run, "basis") and along(run, "basis", "component", "time")


def names(run: StoredRun) -> list[Any]:
    """Coordinates of the components, numbers or names; their places where they have none."""
    return (labels_along(run, "component") or list(range(run.sizes["component"])))[:MOST_COMPONENTS]
