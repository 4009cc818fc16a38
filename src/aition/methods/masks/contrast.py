"""Contrast: finished masks pushed towards 0 and 1."""

from collections.abc import Sequence

import torch
from torch import Tensor

from aition.methods.masks.objective import Objective

PLACES = 16
"""Thresholds that are tried."""
WIDTH = 0.02
"""Of the ramp from 0 to 1 at a threshold: with a jump, rounding would turn cells around."""
TIE = 1e-3
"""Costs nearer than this share the choice, for the same reason."""


def contrasted(
    objective: Objective, mask: Tensor, replacements: Sequence[Tensor], *, price: float, contrast: float
) -> Tensor:
    """Masks mixed with those of 0 and 1 that cost least among their own thresholds; the order of cells is kept.

    Args:
        objective: The series, and what their masks are held to.
        mask: Masks ``[sample, time, feature]``, in [0, 1].
        replacements: What stands where a mask takes a value away; costs are averaged over them.
        price: λ1, what the mean of a mask costs beside the distance.
        contrast: Share of the masks of 0 and 1 in the answer, in [0, 1].

    Returns:
        Masks ``[sample, time, feature]``, in [0, 1].
    """
    steps = [((mask - (place + 0.5) / PLACES) / WIDTH + 0.5).clamp(0, 1) for place in range(PLACES)]
    with torch.no_grad():
        distances = [
            torch.stack([objective.distance(step, value) for value in replacements]).mean(dim=0) for step in steps
        ]
    costs = [
        price * objective.size(step) + distance / objective.unit
        for step, distance in zip(steps, distances, strict=True)
    ]
    shares = (-torch.stack(costs) / TIE).softmax(dim=0)
    chosen = torch.einsum("pn,pntd->ntd", shares, torch.stack(steps)).clamp(max=1)
    return torch.lerp(mask, chosen, contrast)
