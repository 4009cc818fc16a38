"""What happens along the way while cells are removed: how far the outputs travel, and the area under a curve.

Answers are kept for each sample; the published figures are their means.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from aition.core.axes import check_axes
from aition.core.errors import InputError


def cumulative_difference(outputs: NDArray[Any]) -> NDArray[np.float64]:
    """How far the outputs have travelled, ``sum over j < k of ||F(x_j) - F(x_j+1)||_1``, while cells go one by one.

    Unlike a fall of the target it cannot cancel: cells for and against a class both count.

    Args:
        outputs: Outputs along the way, ``[sample, step, output]``, step 0 for the untouched input. An output that is
            NaN at every step of a sample does not exist there and is left out.

    Returns:
        ``cumulative_difference``, ``[sample, step]``, in units of the outputs, from 0 never falling.

    Raises:
        InputError: If the shape does not fit, or an output is not finite at some steps only.

    References:
        Jang et al., "TIMING: Temporality-Aware Integrated Gradients for Time Series Explanation", ICML 2025.

    >>> import numpy as np
    >>> cumulative_difference(np.array([[[1., 0.], [.6, .4], [.8, .2]]])).round(6).tolist()
    [[0.0, 0.8, 1.2]]
    """
    outputs = np.asarray(outputs)
    if outputs.ndim != 3 or 0 in outputs.shape[1:]:
        raise InputError(
            f"outputs must be [sample step output], step 0 for the untouched input, but is {list(outputs.shape)}"
        )
    values = outputs.astype(np.float64)
    absent = absent_parts("outputs", values, along=(1,))
    travelled = np.zeros(values.shape[:2])
    moves = np.sum(np.abs(np.diff(values, axis=1)), axis=2, where=~absent)
    travelled[:, 1:] = np.cumsum(moves, axis=1)
    return np.where(absent.all(axis=2), np.nan, travelled)


def cpd(outputs: NDArray[Any]) -> NDArray[np.float64]:
    """Cumulative prediction difference: how far the outputs travel while the most important cells go first.

    Args:
        outputs: Outputs while cells are removed by falling absolute attribution, ``[sample, step, output]``, step 0 for
            the untouched input. Published figures take probabilities, and one cell a step.

    Returns:
        ``cpd``, ``[sample]``, in units of the outputs, at least ``||F(x_0) - F(x_K)||_1``; higher is better.

    Raises:
        InputError: If the shape does not fit, or an output is not finite at some steps only.

    References:
        Jang et al., "TIMING: Temporality-Aware Integrated Gradients for Time Series Explanation", ICML 2025.

    >>> import numpy as np
    >>> cpd(np.array([[[0.], [2.], [-1.]]])).tolist()
    [5.0]
    """
    return cumulative_difference(outputs)[:, -1]


def cpp(outputs: NDArray[Any]) -> NDArray[np.float64]:
    """Cumulative prediction preservation: how far the outputs travel while the LEAST important cells go first.

    The same sum as :func:`cpd`, along the opposite order.

    Args:
        outputs: Outputs while cells are removed by rising absolute attribution, ``[sample, step, output]``, step 0 for
            the untouched input. Published figures take probabilities, and one cell a step.

    Returns:
        ``cpp``, ``[sample]``, in units of the outputs, at least ``||F(x_0) - F(x_K)||_1``; LOWER is better.

    Raises:
        InputError: If the shape does not fit, or an output is not finite at some steps only.

    References:
        Jang et al., "TIMING: Temporality-Aware Integrated Gradients for Time Series Explanation", ICML 2025.

    >>> import numpy as np
    >>> cpp(np.array([[[2.], [2.], [2.]]])).tolist()
    [0.0]
    """
    return cumulative_difference(outputs)[:, -1]


def removal_area(curve: NDArray[Any], at: NDArray[Any]) -> NDArray[np.float64]:
    """Mean height of a removal curve: the area under straight lines, over the length of the axis.

    Args:
        curve: Any measure after each removal, ``[sample, step]``.
        at: Share or number of cells removed, ``[step]``, rising.

    Returns:
        ``area``, ``[sample]``, in units of the curve, between its lowest and its highest value.

    Raises:
        InputError: If shapes do not fit, ``at`` does not rise, or a curve is not finite at some steps only.

    References:
        Samek et al., "Evaluating the Visualization of What a Deep Neural Network Has Learned", IEEE Transactions on
        Neural Networks and Learning Systems 28, 2017 (area over the perturbation curve), for steps of any width.

    >>> import numpy as np
    >>> removal_area(np.array([[0., 1., 1.]]), np.array([0., .2, 1.])).round(6).tolist()
    [0.9]
    """
    curve, at = np.asarray(curve), np.asarray(at)
    if curve.ndim != 2:
        raise InputError(f"curve must be [sample step], but is {list(curve.shape)}")
    check_axes("at", at, ("step",), {"step": curve.shape[1]})
    place = at.astype(np.float64)
    if place.size < 2 or not np.isfinite(place).all() or not (np.diff(place) > 0).all():
        raise InputError(f"at must be two or more rising numbers, but is {place.tolist()}")
    height = curve.astype(np.float64)
    absent_parts("curve", height, along=(1,))
    return np.asarray(np.trapezoid(height, place, axis=1) / (place[-1] - place[0]))


def absent_parts(name: str, values: NDArray[np.float64], *, along: tuple[int, ...]) -> NDArray[np.bool_]:
    """Which parts are NaN throughout ``along`` and so do not exist; those axes keep length 1.

    Raises:
        InputError: If a part is NaN here and there only, or anything is infinite.
    """
    missing = np.isnan(values)
    absent = missing.all(axis=along, keepdims=True)
    bad = np.isinf(values) | (missing & ~absent)
    if bad.any():
        first = [int(place) for place in np.argwhere(bad)[0]]
        raise InputError(
            f"{name} must be finite, or NaN throughout where a sample has no answer, but {int(bad.sum())} values are "
            f"NaN or infinite, the first at {first}; look for overflow in the model or the removal"
        )
    return np.asarray(absent)
