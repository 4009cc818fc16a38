"""A change held against a planted pattern: how like it is, where, and in how many cells.

Changes are ``[sample, time, feature]``, such as a dream less the real series that it began at; a pattern is
``[step, feature]``. Padding, NaN, counts as no change.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from aition.core.errors import InputError


def pattern_likeness(
    change: NDArray[Any], pattern: NDArray[Any], *, local: bool = False
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The largest normalised cross-correlation of a change with a pattern that lies wholly within the series.

    ``max_p <c, m_p> / (|c| |m|)``, with the pattern beginning at step ``p`` in ``m_p``: the cosine of the whole change
    and the pattern at its best place. Whatever is changed elsewhere counts against it. No mean is taken off, and a
    pattern upside down counts below 0.

    Args:
        change: ``[sample, time, feature]``.
        pattern: ``[step, feature]``, not longer than the series and not 0.
        local: Whether only the change within the steps of the pattern is in ``|c|``: how like it is there, whatever is
            elsewhere. By chance that is large: hold it against series without the pattern.

    Returns:
        ``likeness``, ``[sample]``, from -1 to 1, and ``place``, ``[sample]``, the step where the pattern begins then; 0
        and the first step where nothing is changed.

    Raises:
        InputError: Shapes do not fit, or the pattern is 0.

    >>> change = np.zeros((1, 6, 1))
    >>> change[0, 2:5, 0] = [2.0, -4.0, 2.0]
    >>> pattern_likeness(change, np.array([[1.0], [-2.0], [1.0]]))
    (array([1.]), array([2]))
    >>> change[0, 0, 0] = 24**0.5  # as much again elsewhere
    >>> pattern_likeness(change, np.array([[1.0], [-2.0], [1.0]]))[0].round(3)
    array([0.707])
    """
    values = checked(change, pattern)
    n_step = len(pattern)
    windows = np.lib.stride_tricks.sliding_window_view(values, n_step, axis=1)
    alike = np.einsum("npfs,sf->np", windows, pattern)
    energy = within(values, n_step) if local else (values**2).sum(axis=(1, 2))[:, None]
    size = np.sqrt(np.maximum(energy, 0)) * np.linalg.norm(pattern)
    likeness = np.divide(alike, size, out=np.zeros_like(alike), where=size > 1e-12 * np.abs(alike).max(initial=1))
    place = likeness.argmax(axis=1)
    return np.clip(np.take_along_axis(likeness, place[:, None], axis=1)[:, 0], -1, 1), place


def active_share(change: NDArray[Any], *, least: float = 0.0) -> NDArray[np.float64]:
    """Which share of the cells is changed, ``[sample]``, from 0 to 1.

    Args:
        change: ``[sample, time, feature]``; NaN in padding, which is not counted.
        least: A change of this size or less is none, in units of the change.

    Raises:
        InputError: It is of another shape.

    >>> active_share(np.array([[[0.0], [3.0], [np.nan]]]))
    array([0.5])
    """
    check_shape(change)
    there = ~np.isnan(change)
    moved = np.sum(np.abs(np.nan_to_num(change)) > least, axis=(1, 2))
    return np.asarray(moved / np.maximum(1, there.sum(axis=(1, 2))))


def energy_within(change: NDArray[Any], place: NDArray[np.int64], length: int) -> NDArray[np.float64]:
    """The share of a change's energy, its sum of squares, that lies in a window: is the change of one piece?

    Args:
        change: ``[sample, time, feature]``.
        place: First step of the window, ``[sample]``.
        length: Its steps; what hangs over an end is cut.

    Returns:
        ``share``, ``[sample]``, from 0 to 1; NaN where nothing is changed.

    Raises:
        InputError: Shapes do not fit.

    >>> energy_within(np.array([[[1.0], [3.0], [0.0], [0.0]]]), np.array([1]), 2)
    array([0.9])
    """
    check_shape(change)
    if np.shape(place) != change.shape[:1]:
        raise InputError(f"place must be [sample={len(change)}], but is {list(np.shape(place))}")
    step = np.arange(change.shape[1])
    inside = (step >= place[:, None]) & (step < place[:, None] + length)
    energy = (np.nan_to_num(change) ** 2).sum(axis=2)
    whole = energy.sum(axis=1)
    inner = (energy * inside).sum(axis=1)
    return np.asarray(np.divide(inner, whole, out=np.full(len(whole), np.nan), where=whole > 0))


def within(values: NDArray[np.float64], n_step: int) -> NDArray[np.float64]:
    """The energy of every window of so many steps, ``[sample, place]``."""
    # Not from running sums: beside a large change, rounding would swallow a small one.
    windows = np.lib.stride_tricks.sliding_window_view((values**2).sum(axis=2), n_step, axis=1)
    return np.asarray(windows.sum(axis=2))


def checked(change: NDArray[Any], pattern: NDArray[Any]) -> NDArray[np.float64]:
    """The change with 0 in padding.

    Raises:
        InputError: Shapes do not fit, or the pattern is 0.
    """
    check_shape(change)
    if pattern.ndim != 2 or pattern.shape[1] != change.shape[2] or not 1 <= len(pattern) <= change.shape[1]:
        raise InputError(
            f"pattern must be [step, feature={change.shape[2]}] of 1 to {change.shape[1]} steps, but is "
            f"{list(pattern.shape)}"
        )
    if not np.isfinite(pattern).all() or not np.any(pattern):
        raise InputError("pattern must be finite and not 0 everywhere")
    return np.nan_to_num(np.asarray(change, dtype=np.float64))


def check_shape(change: NDArray[Any]) -> None:
    """Raise unless it has the three axes of series."""
    if change.ndim != 3:
        raise InputError(f"change must be [sample, time, feature], but is {list(change.shape)}")
