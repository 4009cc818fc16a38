"""Rules that turn an integral over [0, 1] into a weighted sum."""

from typing import Literal, get_args

import numpy as np
import torch
from torch import Tensor

from aition.core.errors import InputError

Rule = Literal["gauss-legendre", "midpoint", "trapezoid", "left", "right"]
RULES: tuple[Rule, ...] = get_args(Rule)


def nodes_of(rule: Rule, steps: int) -> tuple[Tensor, Tensor]:
    """Nodes in [0, 1] and weights that sum to 1, ``[step]`` each, float64.

    Args:
        rule: "gauss-legendre" is exact for polynomials up to degree 2 ``steps`` - 1, "midpoint" and "trapezoid" for
            lines, "left" and "right" for constants.
        steps: How many nodes; two or more for "trapezoid".

    Raises:
        InputError: The rule is unknown, or there are too few steps.

    References:
        Golub and Welsch, "Calculation of Gauss quadrature rules", Mathematics of Computation 1969.

    >>> nodes, weights = nodes_of("gauss-legendre", 2)
    >>> round(float((weights * nodes**3).sum()), 12)
    0.25
    """
    if rule not in RULES:
        raise InputError(f"rule must be one of {', '.join(RULES)}, but is {rule!r}")
    least = 2 if rule == "trapezoid" else 1
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < least:
        raise InputError(f"steps must be {least} or more for the rule {rule!r}, but is {steps!r}")
    if rule == "gauss-legendre":
        nodes, weights = np.polynomial.legendre.leggauss(steps)
        return torch.from_numpy((nodes + 1) / 2), torch.from_numpy(weights / 2)
    place = torch.arange(steps, dtype=torch.float64)
    if rule == "trapezoid":
        weight = torch.full((steps,), 1 / (steps - 1), dtype=torch.float64)
        weight[[0, -1]] /= 2
        return place / (steps - 1), weight
    shift = {"left": 0.0, "midpoint": 0.5, "right": 1.0}[rule]
    return (place + shift) / steps, torch.full((steps,), 1 / steps, dtype=torch.float64)
