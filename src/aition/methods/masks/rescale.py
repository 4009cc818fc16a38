"""A mask brought to the distance that it was aimed at, its order kept."""

from collections.abc import Sequence

import torch
from torch import Tensor

from aition.methods.masks.objective import Objective

HALVINGS = 12


def rescaled(objective: Objective, mask: Tensor, replacements: Sequence[Tensor], *, aim: float) -> Tensor:
    """Masks shrunk towards 0 or raised towards 1 until each leaves the same distance.

    With nothing kept the distance is the effect and with everything kept it is 0, so every aim between can be met. The
    place is found by halving, which needs no monotony.

    Args:
        objective: The series, and what their masks are held to.
        mask: In [0, 1], ``[sample, time, feature]``.
        replacements: Over which the distance is averaged.
        aim: Distance to be left, in the objective's unit.

    Returns:
        Masks ``[sample, time, feature]``, in [0, 1].
    """
    low, high = (torch.full((len(mask), 1, 1), edge, device=mask.device, dtype=mask.dtype) for edge in (-1.0, 1.0))
    with torch.no_grad():
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            moved = shifted(mask, middle)
            distance = torch.stack([objective.distance(moved, value) for value in replacements]).mean(dim=0)
            enough = (distance / objective.unit <= aim)[:, None, None]
            low, high = torch.where(enough, low, middle), torch.where(enough, middle, high)
    return shifted(mask, high)


def shifted(mask: Tensor, place: Tensor) -> Tensor:
    """The mask at 0, nothing at -1, all cells that it keeps at all at 1/2, everything at 1, and curves between.

    >>> mask = torch.tensor([0.0, 0.25])
    >>> [shifted(mask, torch.tensor(place)).tolist() for place in (-1.0, -0.5, 0.0, 0.25, 0.5, 0.75, 1.0)]
    [[0.0, 0.0], [0.0, 0.125], [0.0, 0.25], [0.0, 0.5], [0.0, 1.0], [0.5, 1.0], [1.0, 1.0]]
    """
    lifted = torch.where(mask > 0, mask ** (1 - 2 * place).clamp(0, 1), 0)
    lowered = lifted * (1 + place).clamp(0, 1)
    return lowered + (1 - lowered) * (2 * place - 1).clamp(0, 1)
