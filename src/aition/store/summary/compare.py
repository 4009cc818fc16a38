"""Another run in the cells of this one: the same sequences, explained by another method, model or seed."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from aition.store.cube.opened import Mask, OpenCube
from aition.store.cube.stopping import Check, unhindered
from aition.store.cube.table import Table


@dataclass(frozen=True, eq=False)
class Comparison:
    """What another run says of a cohort.

    Args:
        table: Its counts in this cube's cells; each sequence is in the group that it has here.
        n_shared: Sequences of the cohort that both runs have; the others are in neither count.
        mask: Which these are, by their positions in this run, ``[sample]``.
    """

    table: Table
    n_shared: int
    mask: Mask


def compare(
    cube: OpenCube, other: OpenCube, mask: Mask, *, features: tuple[int, ...] = (), check: Check = unhindered
) -> Comparison:
    """Count another run's rows of a cohort.

    Args:
        cube: The cube of this run.
        other: The cube of the other run, built like this one.
        mask: The cohort, by positions in this run, ``[sample]``.
        features: Of which features, in their order; of all where none is named.
        check: Called again and again; what it raises ends the work.
    """
    here, there = shared(cube, other)
    own = mask[here]
    group = {name: np.full(len(other), cube.samples[name][0]) for name in ("predicted", "label")}
    for name, column in group.items():
        column[there] = cube.samples[name][here]
    regrouped = replace(other, spec=cube.spec, samples={**other.samples, **group})
    looked = np.zeros(len(other), dtype=np.bool_)
    looked[there[own]] = True
    both = np.zeros(len(cube), dtype=np.bool_)
    both[here[own]] = True
    return Comparison(regrouped.counted(looked, features, 1.0, check), int(own.sum()), both)


def shared(cube: OpenCube, other: OpenCube) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Positions of the sequences that both runs have, in each of them."""
    _, here, there = np.intersect1d(cube.samples["id"], other.samples["id"], return_indices=True)
    return here, there
