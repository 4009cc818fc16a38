"""Covariances of standardised cells: shrunk towards independence, and by EM where values are missing."""

import torch
from torch import Tensor

from aition.impute.conditioning import Law, factored, places, told

STEPS = 50
"""Rounds of EM at most."""
CLOSE = 1e-3
"""Largest change of a correlation at which EM ends."""
COSTLY = 2e10
"""Operations of a round of EM beyond which there is none: about a minute of rounds."""
LEAST = 1e-4
"""Smallest variance of any direction where cells were compared by pairs."""
BLOCK = 2**22
"""Numbers in the matrices that are inverted at once."""


def estimated(value: Tensor, seen: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and covariance of cells, in their units of about one deviation.

    Where values are missing, each two cells are compared over the series that have both, and EM goes on from there;
    not so where the series are so long, and miss so much, that a round would take more than ``COSTLY`` operations.

    Args:
        value: ``[series, cell]``; 0 where nothing was seen.
        seen: ``[series, cell]``.

    Returns:
        ``[cell]`` and ``[cell, cell]``; a cell that nobody has seen has mean 0, variance 1 and no correlation.

    References:
        Little and Rubin, "Statistical analysis with missing data", 2nd edition, section 11.2 (EM of a Gaussian law).
    """
    live = seen.any(dim=0)
    varied = live & (value.square().sum(dim=0) > 0)
    mean = torch.zeros_like(value[0])
    if bool((seen | ~live).all()):
        return mean, alone(shrunk(value), varied)
    covariance = alone(pairwise(value, seen), varied)
    patterns, which = seen.unique(dim=0, return_inverse=True)
    if float((~patterns).sum(dim=1).double().pow(3).sum()) > COSTLY:
        return mean, covariance
    weight = torch.bincount(which, minlength=len(patterns)).to(value)
    for _ in range(STEPS):
        law = law_of(covariance)
        scale = covariance.diagonal().sqrt()
        filled = mean + told(law, ((value - mean) / scale)[:, None], seen)[:, 0] * scale
        left = left_over(law, patterns, weight) * scale * scale[:, None]
        mean = torch.where(live, filled.mean(dim=0), 0.0)
        after = alone(shrunk(filled - mean, left=left / len(value)), varied)
        change = float((after - covariance).abs().max())
        covariance = after
        if change < CLOSE:
            break
    return mean, covariance


def shrunk(value: Tensor, *, left: Tensor | float = 0.0, weight: Tensor | float = 1.0) -> Tensor:
    """The covariance of centred cells, moved towards the same variance and no correlation as far as chance asks.

    Args:
        value: ``[series, cell]``.
        left: What is added to the mean of their products: the covariance that filled-in values lack.
        weight: Of the series, ``[series]``; chance is that of as many equal ones as they are worth.

    References:
        Ledoit and Wolf, "A well-conditioned estimator for large-dimensional covariance matrices", Journal of
        Multivariate Analysis 88, 2004, equation 14 and lemmas 3.2 to 3.4.

    >>> shrunk(torch.tensor([[1.0, 1.0], [-1.0, -1.0]])).tolist()
    [[1.0, 1.0], [1.0, 1.0]]
    """
    part = torch.as_tensor(weight, dtype=value.dtype, device=value.device).expand(len(value))
    part = part / part.sum()
    plain = (value.T * part) @ value
    chance = (value.square().sum(dim=1).square() @ part - plain.square().sum()) * part.square().sum()
    return moved(plain, chance, left)


def pairwise(value: Tensor, seen: Tensor) -> Tensor:
    """The same of cells with gaps, each two compared over the series that have both.

    With nothing missing it is :func:`shrunk`; else it is made a covariance where it is none.
    """
    both = seen.to(value).T @ seen.to(value)
    count = both.clamp(min=1)
    plain = value.T @ value / count
    square = value.square()
    found = moved(plain, ((square.T @ square / count - plain.square()) / count).sum(), 0.0)
    values, vectors = torch.linalg.eigh(found)
    return (vectors * values.clamp(min=LEAST)) @ vectors.T if float(values[0]) < LEAST else found


def moved(plain: Tensor, chance: Tensor, left: Tensor | float) -> Tensor:
    """A covariance moved towards the same variance and no correlation, by how much of it chance may have made."""
    spherical = plain.diagonal().mean()
    away = plain.square().sum() - len(plain) * spherical.square()
    share = (chance.clamp(min=0) / away.clamp(min=torch.finfo(away.dtype).tiny)).clamp(max=1)
    whole = plain + left
    answer = (1 - share) * whole
    answer.diagonal().add_(share * whole.diagonal().mean())
    return answer


def alone(covariance: Tensor, varied: Tensor) -> Tensor:
    """The covariance with cells that never varied put aside: variance 1, no correlation."""
    both = varied[:, None] & varied
    return torch.where(both, covariance, torch.diag((~varied).to(covariance)))


def law_of(covariance: Tensor) -> Law:
    """The law of the standardised cells."""
    scale = covariance.diagonal().sqrt()
    return Law.of(covariance / scale / scale[:, None])


def left_over(law: Law, patterns: Tensor, weight: Tensor) -> Tensor:
    """The covariance that cells keep given those that were seen, summed over patterns by weight, ``[cell, cell]``."""
    n_cell = patterns.shape[1]
    total = torch.zeros(n_cell * n_cell, dtype=law.covariance.dtype, device=patterns.device)
    width = max(1, int((~patterns).sum(dim=1).max()))
    for part in torch.arange(len(patterns), device=patterns.device).split(max(1, BLOCK // width**2)):
        place, real = places(~patterns[part])
        inverse = torch.cholesky_inverse(factored(law.precision, place, real)) * weight[part, None, None]
        inverse = inverse.masked_fill(~(real[:, :, None] & real[:, None, :]), 0.0)
        index = place[:, :, None] * n_cell + place[:, None, :]
        total.index_add_(0, index.flatten(), inverse.flatten())
    return total.reshape(n_cell, n_cell)
