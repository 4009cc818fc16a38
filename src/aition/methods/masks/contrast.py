"""Contrast: finished masks pushed towards 0 and 1."""

from collections.abc import Sequence

import torch
from torch import Tensor

from aition.core.errors import InputError
from aition.methods.masks.objective import Objective

THRESHOLDS = 16
"""How many are tried, evenly between 0 and 1."""
WIDTH = 1 / THRESHOLDS
"""Of the ramp from 0 to 1 at a threshold: with a jump, rounding would turn cells around."""
TIE = 3e-3
"""Costs nearer than this share of the effect share the choice, for the same reason."""


def check_contrast(contrast: float, *, target_fidelity: float) -> None:
    """Raise unless a contrast is a share, and nothing is aimed at that it would move masks away from."""
    if not 0 <= contrast <= 1:
        raise InputError(f"contrast must be in [0, 1], but is {contrast}")
    if contrast and target_fidelity:
        raise InputError(
            "contrast moves masks away from the distance that target_fidelity asks for; leave one of them at 0, but "
            f"they are {contrast} and {target_fidelity}"
        )


def contrasted(
    objective: Objective, mask: Tensor, replacements: Sequence[Tensor], *, price: float, contrast: float
) -> Tensor:
    """Masks mixed with those of 0 and 1 that cost least among sixteen thresholds.

    Below a contrast of 1 the order of a series' cells is kept.

    Args:
        objective: The series, and what their masks are held to.
        mask: Masks ``[sample, time, feature]``, in [0, 1].
        replacements: What stands where a mask takes a value away; costs are averaged over them.
        price: λ1, what the mean of a mask costs beside the distance.
        contrast: Share of the masks of 0 and 1 in the answer, in [0, 1].

    Returns:
        Masks ``[sample, time, feature]``, in [0, 1].
    """
    costs = []
    for place in range(THRESHOLDS):
        step = ramp(mask, place)
        with torch.no_grad():
            distances = torch.stack([objective.distance(step, value) for value in replacements])
        costs.append(price * objective.size(step) + distances.mean(dim=0) / objective.unit)
    scale = TIE * objective.effect / objective.unit
    chosen, shares = torch.zeros_like(mask), (-torch.stack(costs) / scale).softmax(dim=0)
    for place, share in enumerate(shares):
        chosen += share[:, None, None] * ramp(mask, place)
    return torch.lerp(mask, chosen.clamp(max=1), contrast)


def ramp(mask: Tensor, place: int) -> Tensor:
    """0 below a threshold and 1 above, ``[sample, time, feature]``."""
    return ((mask - (place + 0.5) / THRESHOLDS) / WIDTH + 0.5).clamp(0, 1)
