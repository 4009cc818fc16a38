"""Innovations: cells that are not kept as independent standard normal numbers, were the law Gaussian; and back."""

from collections.abc import Iterator

import torch
from torch import Tensor

from aition.impute.conditioning import Law, factored, parts, places


def innovated(law: Law, gap: Tensor, lost: Tensor) -> Tensor:
    """What each lost cell brings that neither the kept cells nor later lost ones say, in its own deviations.

    Of a value of the Gaussian law, given what is kept, innovations are independent and standard normal.

    Args:
        law: Of the cells.
        gap: Values less their conditional mean, ``[row, draw, cell]``; not read where a cell is kept.
        lost: ``[row, cell]``, bool.

    Returns:
        ``[row, draw, cell]``; 0 where a cell is kept.

    References:
        Rue and Held, "Gaussian Markov random fields", 2005, theorem 2.7 (the Cholesky factor of a precision).

    >>> law = Law.of(torch.tensor([[1.0, 0.6], [0.6, 1.0]]))
    >>> gap = torch.tensor([[[1.0, 0.5]]], dtype=torch.float64)
    >>> innovated(law, gap, torch.tensor([[True, True]])).round(decimals=4).tolist()
    [[[0.875, 0.5]]]
    """
    answer = torch.zeros_like(gap)
    for rows, place, root, seated in factors(law, gap, lost):
        answer[rows] = answer[rows].scatter(2, place, seated @ root)
    return answer


def restored(law: Law, innovation: Tensor, lost: Tensor) -> Tensor:
    """The gaps to the conditional mean that have these innovations: the inverse of :func:`innovated`."""
    answer = torch.zeros_like(innovation)
    for rows, place, root, seated in factors(law, innovation, lost):
        gap = torch.linalg.solve_triangular(root.mT, seated.mT, upper=True).mT
        answer[rows] = answer[rows].scatter(2, place, gap)
    return answer


def factors(law: Law, value: Tensor, lost: Tensor) -> Iterator[tuple[Tensor, Tensor, Tensor, Tensor]]:
    """Rows, places of their lost cells, the factor of the precision among these, and what ``value`` holds there."""
    for rows in parts(torch.ones_like(lost[:, 0]), lost):
        place, real = places(lost[rows])
        root = factored(law.precision, place, real)
        place = place[:, None].expand(-1, value.shape[1], -1)
        yield rows, place, root, value[rows].gather(2, place).masked_fill(~real[:, None], 0.0)
