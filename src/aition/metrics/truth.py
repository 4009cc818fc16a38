"""Attributions held against the truth: AUROC, AUPRC, AUP, AUR, information and entropy.

Every function takes ``attribution [sample, time, feature]``, ``truth`` of the same shape and ``exists [sample, time]``,
and answers for each series, or, with ``pool=True``, for the cells of all series thrown together. The two differ:
pooled, a series with large scores outweighs the others and a map that is the same in every series is flattered.
Padding never counts. A series without a true cell has no answer: NaN, which an average must leave out (``np.nanmean``).
"""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from aition.core.errors import InputError
from aition.metrics.cells import check_unit, checked_attribution, checked_truth
from aition.metrics.curves import Points, over_series, trapezoid

FLOOR = 1e-5
"""Keeps logarithms finite, and the quotient of a constant series: the number in the papers' code."""


def minmax(attribution: NDArray[Any], exists: NDArray[np.bool_], *, floor: float = FLOOR) -> NDArray[np.float64]:
    """Bring each series to [0, 1]: ``(a - min) / (max - min + floor)`` over its existing cells.

    AUP, AUR, information and entropy read the value as a probability; published figures pass attributions through this
    first (most explainers' absolute values; masks as they are). The largest cell ends a little below 1.

    Args:
        attribution: Score of each cell, ``[sample, time, feature]``.
        exists: Which steps are no padding, ``[sample, time]``.
        floor: Added to the range, above 0; 1e-5 in Enguehard's evaluation, 1e-9 in that of TimeX.

    Returns:
        ``attribution``, ``[sample, time, feature]``, in [0, 1); a constant series is 0, padding NaN.

    Raises:
        InputError: If shapes do not fit, an existing cell is not finite, or ``floor`` is not positive.

    References:
        Enguehard, "Learning Perturbations to Explain Time Series Predictions", ICML 2023.

    >>> import numpy as np
    >>> minmax(np.array([[[-1.], [3.]]]), np.array([[True, True]]), floor=1e-9).round(6).tolist()
    [[[0.0], [1.0]]]
    """
    if not floor > 0:
        raise InputError(f"floor must be above 0, but is {floor}")
    scores = checked_attribution(attribution, exists)
    low = np.min(scores, axis=(1, 2), keepdims=True, initial=np.inf, where=~np.isnan(scores))
    high = np.max(scores, axis=(1, 2), keepdims=True, initial=-np.inf, where=~np.isnan(scores))
    return np.asarray((scores - low) / (high - low + floor))


def auroc(
    attribution: NDArray[Any], truth: NDArray[np.bool_], exists: NDArray[np.bool_], *, pool: bool = False
) -> NDArray[np.float64]:
    """Area under the ROC curve: the chance that a true cell scores above another one, a tie counting half.

    Args:
        attribution: Score of each cell, ``[sample, time, feature]``; only its order matters.
        truth: Which cells matter in truth, ``[sample, time, feature]``.
        exists: Which steps are no padding, ``[sample, time]``.
        pool: One answer over the cells of all series. Then scores of different series are compared, so published
            figures pass ``minmax(attribution, exists)``.

    Returns:
        ``auroc``, ``[sample]`` (``[]`` if pooled), in [0, 1]; .5 for a constant, NaN where no cell or all are true.

    Raises:
        InputError: If shapes or dtypes do not fit, or an existing cell is not finite.

    References:
        Fawcett, "An introduction to ROC analysis", Pattern Recognition Letters 27, 2006.

    >>> import numpy as np
    >>> truth = np.array([[[True], [False], [False]]])
    >>> auroc(np.array([[[.5], [.5], [.1]]]), truth, np.ones((1, 3), bool)).tolist()
    [0.75]
    """

    def area(at: Points) -> NDArray[np.float64]:
        return trapezoid(at, at.false_alarm, at.recall, x_start=0.0, y_start=0.0)

    return over_series(area, attribution, truth, exists, pool=pool, unit=False)


def auprc(
    attribution: NDArray[Any],
    truth: NDArray[np.bool_],
    exists: NDArray[np.bool_],
    *,
    pool: bool = False,
    rule: Literal["step", "trapezoid"] = "step",
) -> NDArray[np.float64]:
    """Area under the precision-recall curve.

    The step rule is average precision: precision at each threshold, weighted by the recall gained there. It needs no
    curve between the points, and the published AUPRC of Enguehard (2023) and TimeX are of this kind. The trapezoid rule
    joins the points by straight lines from (0, 1), which lie above what any classifier between two points attains; the
    more the scores tie, the more the two differ, in either direction. It is here only to compare with figures that were
    made so.

    Args:
        attribution: Score of each cell, ``[sample, time, feature]``; only its order matters.
        truth: Which cells matter in truth, ``[sample, time, feature]``.
        exists: Which steps are no padding, ``[sample, time]``.
        pool: One answer over the cells of all series. Then scores of different series are compared, so published
            figures pass ``minmax(attribution, exists)``.
        rule: How the points are joined.

    Returns:
        ``auprc``, ``[sample]`` (``[]`` if pooled), in [0, 1]; the share of true cells for a constant, 1 where every
        cell is true, NaN where none is.

    Raises:
        InputError: If shapes or dtypes do not fit, an existing cell is not finite, or the rule is unknown.

    References:
        Davis and Goadrich, "The relationship between precision-recall and ROC curves", ICML 2006.

    >>> import numpy as np
    >>> truth = np.array([[[True], [False], [False], [False]]])
    >>> constant = np.zeros((1, 4, 1))
    >>> auprc(constant, truth, np.ones((1, 4), bool)).tolist()
    [0.25]
    >>> auprc(constant, truth, np.ones((1, 4), bool), rule="trapezoid").tolist()
    [0.625]
    """
    if rule not in ("step", "trapezoid"):
        raise InputError(f"rule must be 'step' or 'trapezoid', but is {rule!r}")

    def steps(at: Points) -> NDArray[np.float64]:
        return at.sums((at.recall - at.before(at.recall, 0.0)) * at.precision)

    def lines(at: Points) -> NDArray[np.float64]:
        return trapezoid(at, at.recall, at.precision, x_start=0.0, y_start=1.0)

    return over_series(steps if rule == "step" else lines, attribution, truth, exists, pool=pool, unit=False)


def aup(
    attribution: NDArray[Any], truth: NDArray[np.bool_], exists: NDArray[np.bool_], *, pool: bool = False
) -> NDArray[np.float64]:
    """Area under precision as a function of the threshold's VALUE (not of recall).

    It judges calibration rather than order: rescale the attribution and it changes. Thresholds are the values that
    occur, and precision is joined linearly between them, so it is at most the attribution's range.

    Args:
        attribution: Score of each cell, ``[sample, time, feature]``, in [0, 1]: see :func:`minmax`.
        truth: Which cells matter in truth, ``[sample, time, feature]``.
        exists: Which steps are no padding, ``[sample, time]``.
        pool: One answer over the cells of all series, as in Enguehard's tables; TimeX averages over series.

    Returns:
        ``aup``, ``[sample]`` (``[]`` if pooled), in [0, 1]; 0 for a constant, NaN where no cell is true.

    Raises:
        InputError: If shapes or dtypes do not fit, or an existing cell is outside [0, 1].

    References:
        Crabbé and van der Schaar, "Explaining Time Series Predictions with Dynamic Masks", ICML 2021.
        Their code and ContraLSP's pair each threshold with the precision of the next; here, as in Enguehard (2023),
        with its own.

    >>> import numpy as np
    >>> truth = np.array([[[True], [False]]])
    >>> aup(np.array([[[1.], [0.]]]), truth, np.ones((1, 2), bool)).tolist()
    [0.75]
    """

    def area(at: Points) -> NDArray[np.float64]:
        return over_threshold(at, at.precision)

    return over_series(area, attribution, truth, exists, pool=pool, unit=True)


def aur(
    attribution: NDArray[Any], truth: NDArray[np.bool_], exists: NDArray[np.bool_], *, pool: bool = False
) -> NDArray[np.float64]:
    """Area under recall as a function of the threshold's VALUE: near 1 when every true cell scores near 1.

    Thresholds are all values that occur, also those below the lowest true cell, where recall stays 1.

    Args:
        attribution: Score of each cell, ``[sample, time, feature]``, in [0, 1]: see :func:`minmax`.
        truth: Which cells matter in truth, ``[sample, time, feature]``.
        exists: Which steps are no padding, ``[sample, time]``.
        pool: One answer over the cells of all series, as in Enguehard's tables; TimeX averages over series.

    Returns:
        ``aur``, ``[sample]`` (``[]`` if pooled), in [0, 1]; 0 for a constant, NaN where no cell is true.

    Raises:
        InputError: If shapes or dtypes do not fit, or an existing cell is outside [0, 1].

    References:
        Crabbé and van der Schaar, "Explaining Time Series Predictions with Dynamic Masks", ICML 2021.
        Curves made with scikit-learn before 1.1 end where recall reaches 1 and so give a lower area.

    >>> import numpy as np
    >>> truth = np.array([[[True], [False]]])
    >>> aur(np.array([[[1.], [0.]]]), truth, np.ones((1, 2), bool)).tolist()
    [1.0]
    """

    def area(at: Points) -> NDArray[np.float64]:
        return over_threshold(at, at.recall)

    return over_series(area, attribution, truth, exists, pool=pool, unit=True)


def information(
    attribution: NDArray[Any], truth: NDArray[np.bool_], exists: NDArray[np.bool_], *, pool: bool = False
) -> NDArray[np.float64]:
    """Information of the true cells, ``sum |log2(1 - a + 1e-5)|``: high when they are marked with certainty.

    A sum: it grows with the number of true cells, so it compares only over the same cells.

    Args:
        attribution: Score of each cell, ``[sample, time, feature]``, in [0, 1]: see :func:`minmax`.
        truth: Which cells matter in truth, ``[sample, time, feature]``.
        exists: Which steps are no padding, ``[sample, time]``.
        pool: The sum over all series.

    Returns:
        ``information``, ``[sample]`` (``[]`` if pooled), in bits, at most 16.61 a true cell; NaN where no cell is true.

    Raises:
        InputError: If shapes or dtypes do not fit, or an existing cell is outside [0, 1].

    References:
        Crabbé and van der Schaar, "Explaining Time Series Predictions with Dynamic Masks", ICML 2021.

    >>> import numpy as np
    >>> information(np.array([[[.5]]]), np.array([[[True]]]), np.array([[True]])).round(3).tolist()
    [1.0]
    """

    def bits(a: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.abs(np.log2(1 - a + FLOOR)))

    return sum_over_truth(bits, attribution, truth, exists, pool=pool)


def entropy(
    attribution: NDArray[Any], truth: NDArray[np.bool_], exists: NDArray[np.bool_], *, pool: bool = False
) -> NDArray[np.float64]:
    """Entropy of the true cells, ``sum a |log2(a + 1e-5)| + (1 - a) |log2(1 - a + 1e-5)|``: low when they are decided.

    A sum: it grows with the number of true cells. It is as low for a true cell at 0 as for one at 1.

    Args:
        attribution: Score of each cell, ``[sample, time, feature]``, in [0, 1]: see :func:`minmax`.
        truth: Which cells matter in truth, ``[sample, time, feature]``.
        exists: Which steps are no padding, ``[sample, time]``.
        pool: The sum over all series.

    Returns:
        ``entropy``, ``[sample]`` (``[]`` if pooled), in bits, at most 1 a true cell; NaN where no cell is true.

    Raises:
        InputError: If shapes or dtypes do not fit, or an existing cell is outside [0, 1].

    References:
        Crabbé and van der Schaar, "Explaining Time Series Predictions with Dynamic Masks", ICML 2021.

    >>> import numpy as np
    >>> entropy(np.array([[[.5]], [[1.]]]), np.ones((2, 1, 1), bool), np.ones((2, 1), bool)).round(3).tolist()
    [1.0, 0.0]
    """

    def bits(a: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(a * np.abs(np.log2(a + FLOOR)) + (1 - a) * np.abs(np.log2(1 - a + FLOOR)))

    return sum_over_truth(bits, attribution, truth, exists, pool=pool)


def over_threshold(at: Points, height: NDArray[np.float64]) -> NDArray[np.float64]:
    """Area under ``height [point]`` over the threshold's value, ``[series]``; NaN where no cell is true."""
    area = -trapezoid(at, at.threshold, height, x_start=at.threshold, y_start=0.0)
    return np.where(at.n_true == 0, np.nan, area)


def sum_over_truth(
    bits: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    attribution: NDArray[Any],
    truth: NDArray[np.bool_],
    exists: NDArray[np.bool_],
    *,
    pool: bool,
) -> NDArray[np.float64]:
    """Sum ``bits`` of the attribution over the true cells, ``[sample]`` or ``[]``; NaN where no cell is true."""
    scores = checked_attribution(attribution, exists)
    check_unit(scores)
    matters = checked_truth(truth, scores)
    axes = (0, 1, 2) if pool else (1, 2)
    total = np.sum(bits(np.where(matters, scores, 0.0)), axis=axes, where=matters)
    return np.where(matters.any(axis=axes), total, np.nan)
