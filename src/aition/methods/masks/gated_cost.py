"""What gates cost: how many are open, how far outputs are left from those wanted, and what replacements resemble."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from aition.methods.masks.cost import these
from aition.methods.masks.gate import Gates
from aition.methods.masks.objective import Objective
from aition.methods.masks.replacement import Draws, Replacement

Contrast = Callable[[Sequence[range], Sequence[Tensor]], Tensor]
"""From the parts of a mini-batch and their replacements to what these cost, one number."""


@dataclass(frozen=True, eq=False)
class OwnGates:
    """Cost of each series by itself: the expected share of open gates, and ``distance / unit`` behind drawn gates.

    Args:
        objective: The series, and what their gates are held to.
        gates: Their gates.
        replacement: What stands where a gate takes a value away.
        draws: Its draws for these series.
    """

    objective: Objective
    gates: Gates
    replacement: Replacement
    draws: Draws

    def __call__(self, mask: Tensor, step: int) -> tuple[Tensor, Tensor]:
        """Expected shares and distances at a step, ``[sample]`` both."""
        with torch.no_grad():
            value = self.draws(step)
        return gated(self.objective, self.gates, mask, value, draw=step)

    def take(self, rows: Tensor) -> "OwnGates":
        """The cost of some of the series."""
        some = self.objective.take(rows)
        gates = replace(self.gates, batch=some.batch, tau=self.gates.tau[rows])
        return replace(self, objective=some, gates=gates, draws=self.replacement(some.batch, seed=gates.seed))


@dataclass(frozen=True, eq=False)
class JointGates:
    """Cost of a mini-batch whose generator and trend are being learned: the mean over its series.

    The contrast holds replacements of a mini-batch against each other, so it is computed once for all of its parts,
    however small these are.

    Args:
        pieces: Parts of all mini-batches, and what their gates are held to.
        gates: The gates of a part, with the trend as it is by now.
        draws: Replacements of a part, as the generator has them by now.
        contrast: What the replacements of a mini-batch cost.
        size_weight: α, what the expected share of open gates costs.
    """

    pieces: Mapping[range, Objective]
    gates: Callable[[range], Gates]
    draws: Mapping[range, Draws]
    contrast: Contrast
    size_weight: float

    def __call__(self, mask: Tensor, rows: range, *, batch: Sequence[range], epoch: int) -> Tensor:
        """What one part of a mini-batch adds to its cost."""
        value, n_sample = self.draws[rows](epoch), sum(len(part) for part in batch)
        size, distance = gated(self.pieces[rows], self.gates(rows), these(mask, rows), value, draw=epoch)
        cost = (self.size_weight * size + distance).sum() / n_sample
        if rows != batch[0]:
            return cost
        return cost + self.contrast(batch, [value, *(self.draws[part](epoch) for part in batch[1:])])


def gated(objective: Objective, gates: Gates, mask: Tensor, value: Tensor, *, draw: int) -> tuple[Tensor, Tensor]:
    """The expected share of open gates, and the distance behind gates of a draw in units of the effect."""
    size = (gates.chance(mask) * objective.cells).flatten(1).sum(dim=1) / objective.count
    return size, objective.distance(gates.drawn(mask, draw), value) / objective.unit
