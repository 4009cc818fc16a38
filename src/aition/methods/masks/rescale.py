"""A mask brought to the distance that it was aimed at, its order kept."""

import warnings
from collections.abc import Sequence

import torch
from torch import Tensor

from aition.core.errors import AitionWarning, InputError
from aition.methods.masks.objective import Objective

HALVINGS = 12


def check_aim(target_fidelity: float, *, together: int, size_weight: float) -> None:
    """Raise where no price can be found for a distance that is aimed at."""
    if target_fidelity and (together or not size_weight):
        raise InputError(
            "target_fidelity needs masks that are learned apart (together=0) and a size_weight above 0 to begin with, "
            f"but together is {together} and size_weight {size_weight}"
        )


def rescaled(objective: Objective, mask: Tensor, replacements: Sequence[Tensor], *, aim: float) -> Tensor:
    """Masks shrunk towards 0 or raised towards 1 until each leaves the same distance.

    The place is found by halving, which needs no monotony. An aim that lies beyond what a mask of 0 or of 1 leaves
    can't be met, such as one below what random replacements leave in the deletion game: such a mask stays as it is,
    and a warning says so.

    Args:
        objective: The series, and what their masks are held to.
        mask: In [0, 1], ``[sample, time, feature]``.
        replacements: Over which the distance is averaged.
        aim: Distance to be left, in the objective's unit.

    Returns:
        Masks ``[sample, time, feature]``, in [0, 1].
    """

    def left(place: Tensor) -> Tensor:
        moved = shifted(mask, place)
        return torch.stack([objective.distance(moved, value) for value in replacements]).mean(dim=0) / objective.unit

    low, high = (torch.full((len(mask), 1, 1), edge, device=mask.device, dtype=mask.dtype) for edge in (-1.0, 1.0))
    with torch.no_grad():
        met = (left(low) >= aim) & (left(high) <= aim)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            enough = (left(middle) <= aim)[:, None, None]
            low, high = torch.where(enough, low, middle), torch.where(enough, middle, high)
    if not bool(met.all()):
        warnings.warn(
            f"target_fidelity {aim} lies beyond what a mask of 0 or of 1 leaves in {int((~met).sum())} of {len(met)} "
            "series; their masks are as λ1 left them, see fidelity and effect",
            AitionWarning,
            stacklevel=3,
        )
    return torch.where(met[:, None, None], shifted(mask, high), mask)


def shifted(mask: Tensor, place: Tensor) -> Tensor:
    """The mask at 0, nothing at -1, all cells that it keeps at all at 1/2, everything at 1, and curves between.

    >>> mask = torch.tensor([0.0, 0.25])
    >>> [shifted(mask, torch.tensor(place)).tolist() for place in (-1.0, -0.5, 0.0, 0.25, 0.5, 0.75, 1.0)]
    [[0.0, 0.0], [0.0, 0.125], [0.0, 0.25], [0.0, 0.5], [0.0, 1.0], [0.5, 1.0], [1.0, 1.0]]
    """
    lifted = torch.where(mask > 0, mask ** (1 - 2 * place).clamp(0, 1), 0)
    lowered = lifted * (1 + place).clamp(0, 1)
    return lowered + (1 - lowered) * (2 * place - 1).clamp(0, 1)
