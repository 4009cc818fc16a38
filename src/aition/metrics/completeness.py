"""Completeness: whether what was attributed adds up to what had to be explained."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from aition.core.axes import check_axes
from aition.core.errors import InputError
from aition.metrics.cells import checked_attribution


def attribution_total(attribution: NDArray[Any], exists: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Sum of the attribution over the existing cells of each series.

    Args:
        attribution: Score of each cell, ``[sample, time, feature]``.
        exists: Which steps are no padding, ``[sample, time]``.

    Returns:
        ``total``, ``[sample]``, in units of the attribution.

    Raises:
        InputError: If shapes do not fit, or an existing cell is not finite.

    >>> import numpy as np
    >>> attribution_total(np.array([[[1.], [2.], [np.nan]]]), np.array([[True, True, False]])).tolist()
    [3.0]
    """
    return np.asarray(np.nansum(checked_attribution(attribution, exists), axis=(1, 2)))


def completeness_error(total: NDArray[Any], difference: NDArray[Any], *, relative: bool = False) -> NDArray[np.float64]:
    """How far what was attributed is from what had to be explained, ``|total - (F(x) - F(baseline))|``.

    Args:
        total: All that was attributed to a sample, ``[sample]``: :func:`attribution_total`, plus the static columns'.
        difference: The target at the input less the target at the baseline, ``[sample]``, in the same units.
        relative: Divide by ``|difference|``.

    Returns:
        ``error``, ``[sample]``, at least 0, in units of the target, or without unit if relative; infinite relative to a
        difference of 0, unless it is 0 itself; NaN where either is NaN, because the target does not exist.

    Raises:
        InputError: If shapes do not fit, or a number is infinite.

    References:
        Sundararajan, Taly and Yan, "Axiomatic Attribution for Deep Networks", ICML 2017, proposition 1.

    >>> import numpy as np
    >>> completeness_error(np.array([1.9]), np.array([2.]), relative=True).round(6).tolist()
    [0.05]
    """
    attributed, explained = np.asarray(total, dtype=np.float64), np.asarray(difference, dtype=np.float64)
    check_axes("total", attributed, ("sample",), {})
    check_axes("difference", explained, ("sample",), {"sample": len(attributed)})
    if np.isinf(attributed).any() or np.isinf(explained).any():
        raise InputError("total and difference must not be infinite; look for overflow in the model")
    error = np.abs(attributed - explained)
    if not relative:
        return error
    scale = np.abs(explained)
    ratio = np.divide(error, scale, where=scale != 0, out=np.where(error > 0, np.inf, error))
    return np.asarray(ratio)
