"""Least squares whose numbers add up to what is known."""

import torch
from torch import Tensor

from aition.core.errors import InputError


def summing(values: Tensor, whole: Tensor, design: Tensor, weights: Tensor, *, of: str, enough: int) -> Tensor:
    """Numbers that come nearest to the scores of coalitions, and add up to the whole exactly.

    Args:
        values: Scores of the coalitions less that of nobody, ``[…, coalition]``, float64.
        whole: The score of all less that of nobody, ``[…]``.
        design: Which numbers count in each coalition, ``[coalition, number]``, float64.
        weights: Of the squared errors, ``[coalition]``.
        of: What the numbers belong to, for an error's message.
        enough: A budget of coalitions that would do, likewise.

    Returns:
        ``[…, number]``, in units of the scores.

    Raises:
        InputError: The coalitions do not tell all numbers that are looked for.

    References:
        Lundberg and Lee, "A unified approach to interpreting model predictions", NeurIPS 2017, theorem 2; Tsai, Yeh
        and Ravikumar, "Faith-Shap: the faithful Shapley interaction index", JMLR 2023, equation 16: the constraint is
        put in by Lagrange's multiplier.

    >>> design = torch.tensor([[1.0, 0.0], [0.0, 1.0]], dtype=torch.float64)
    >>> values = torch.tensor([1.0, 2.0], dtype=torch.float64)
    >>> summing(values, torch.tensor(5.0), design, torch.ones(2), of="two groups", enough=4)
    tensor([2., 3.], dtype=torch.float64)
    """
    count = design.shape[1]
    told = int(torch.linalg.matrix_rank(design.T @ design + 1, hermitian=True))  # + 1: the sum of all is known
    check_told(told, count, asked=len(design) + 2, of=of, enough=enough)
    sums = design.new_ones(count)
    weighted = design * weights.to(values)[:, None]
    inverse = torch.linalg.pinv(design.T @ weighted, hermitian=True)
    free = values @ weighted @ inverse
    along = inverse @ sums
    found: Tensor = free - ((free.sum(dim=-1) - whole) / along.sum())[..., None] * along
    return found


def check_told(told: int, count: int, *, asked: int, of: str, enough: int) -> None:
    """Raise where coalitions tell fewer numbers than are looked for.

    Args:
        told: Numbers that they tell.
        count: Numbers that are looked for.
        asked: Coalitions.
        of: What the numbers belong to.
        enough: A budget of coalitions that would do.
    """
    if told < count:
        raise InputError(
            f"{asked} coalitions tell {told} of the {count} numbers that are looked for, of {of}; budget must be "
            f"larger, such as {enough}, which 0 takes"
        )
