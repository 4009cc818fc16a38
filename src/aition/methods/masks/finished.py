"""What is told of finished masks."""

from collections.abc import Sequence

import torch
from torch import Tensor

from aition.core.variables import Variables
from aition.methods.masks.objective import DRAWS, Objective

CELLS = ("sample", "time", "feature")


def finished(objective: Objective, share: Tensor, values: Sequence[Tensor], *, signed: bool) -> Variables:
    """The variables of some series.

    Args:
        objective: The series, and what their masks are held to.
        share: Masks in [0, 1], ``[sample, time, feature]``; 0 where there is no cell.
        values: What stands where a mask takes a value away, over which distances are averaged.
        signed: Whether cells have the sign of their push.
    """
    with torch.no_grad():
        distance = torch.stack([objective.distance(share, value) for value in values]).mean(dim=0)
    answer: Variables = {
        "attribution": (CELLS, share),
        "perturbation": (CELLS, values[0]),
        "fidelity": (("sample",), distance),
        "effect": (("sample",), objective.effect),
        "size": (("sample",), share.flatten(1).sum(dim=1) / objective.count),
    }
    if not signed:
        return answer
    push = objective.pushes(share, values[: DRAWS // 2])
    return answer | {"attribution": (CELLS, share * push.sign()), "push": (CELLS, push)}
