"""Moments: mean and deviation of each feature's values, the same whatever the order in which they came."""

from dataclasses import dataclass, replace

DIGITS = 7


@dataclass(frozen=True)
class Moments:
    """How the values of one feature lie, in the training samples (in all where there are none).

    Args:
        n_value: How many there are.
        mean: Of them; 0 where there are none.
        scale: Their deviation (of the population); 1 where they do not differ.
    """

    n_value: int
    mean: float
    scale: float


NOTHING = Moments(0, 0.0, 1.0)
"""Moments of no value."""


def moments_of(n_value: int, mean: float, scale: float) -> Moments:
    """Rounded, so that the order in which values were added does not show.

    >>> moments_of(3, 1 / 3, 0.0)
    Moments(n_value=3, mean=0.3333333, scale=1.0)
    """
    return Moments(n_value, rounded(mean), rounded(scale) if scale > 1e-6 * abs(mean) else 1.0)


def taken(earlier: Moments, own: Moments) -> Moments:
    """Mean and scale of an earlier folder, beside the count of one's own."""
    return replace(earlier, n_value=own.n_value)


def merged(one: tuple[int, float, float], other: tuple[int, float, float]) -> tuple[int, float, float]:
    """Count, mean and sum of squared deviations of two parts together.

    References:
        Chan, Golub and LeVeque (1979), "Updating formulae and a pairwise algorithm for computing sample variances".

    >>> merged((1, 1.0, 0.0), (1, 3.0, 0.0))
    (2, 2.0, 2.0)
    """
    n_value = one[0] + other[0]
    if not n_value:
        return 0, 0.0, 0.0
    apart = other[1] - one[1]
    share = other[0] / n_value
    return n_value, one[1] + apart * share, one[2] + other[2] + apart * apart * one[0] * share


def rounded(value: float) -> float:
    """A number to some digits."""
    return float(f"{value:.{DIGITS - 1}e}")
