"""The cells of a set of series: which of them exist, and whether every one of those has a value."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from aition.core.axes import check_axes
from aition.core.errors import InputError


def check_boolean(name: str, value: NDArray[Any]) -> None:
    """Raise unless an array is boolean.

    Raises:
        InputError: Naming the array and its dtype.
    """
    if value.dtype != np.bool_:
        raise InputError(f"{name} must be boolean, but is {value.dtype}; compare it first, as in {name} > 0")


def checked_attribution(attribution: NDArray[Any], exists: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The attribution in double precision, NaN wherever a cell does not exist.

    Args:
        attribution: Score of each cell, ``[sample, time, feature]``; whatever it holds in padding is ignored.
        exists: Which steps are no padding, ``[sample, time]``.

    Returns:
        ``attribution``, ``[sample, time, feature]``, a copy, in the units that came; finite where the cell exists.

    Raises:
        InputError: If shapes or dtypes do not fit, or an existing cell is NaN or infinite.

    >>> import numpy as np
    >>> checked_attribution(np.array([[[1], [2]]]), np.array([[True, False]])).tolist()
    [[[1.0], [nan]]]
    """
    scores = np.asarray(attribution)
    if scores.ndim != 3:
        raise InputError(f"attribution must be [sample time feature], but is {list(scores.shape)}")
    if scores.dtype.kind not in "fiub":
        raise InputError(f"attribution must be of real numbers, but is {scores.dtype}")
    there = np.asarray(exists)
    check_axes("exists", there, ("sample", "time"), {"sample": scores.shape[0], "time": scores.shape[1]})
    check_boolean("exists", there)
    checked = np.where(there[:, :, None], scores.astype(np.float64), np.nan)
    bad = there[:, :, None] & ~np.isfinite(checked)
    if bad.any():
        first = [int(place) for place in np.argwhere(bad)[0]]
        raise InputError(
            f"attribution must be finite wherever exists is True, but {int(bad.sum())} cells are NaN or infinite, "
            f"the first at [sample, time, feature] {first}; leave those series out or mend the explainer"
        )
    return checked


def checked_truth(truth: NDArray[np.bool_], attribution: NDArray[np.float64]) -> NDArray[np.bool_]:
    """The truth, False wherever the cell does not exist.

    Args:
        truth: Which cells matter in truth, ``[sample, time, feature]``.
        attribution: What :func:`checked_attribution` gave: NaN marks padding.

    Returns:
        ``truth``, ``[sample, time, feature]``.

    Raises:
        InputError: If the shape differs from the attribution's, or the dtype is not boolean.
    """
    cells = np.asarray(truth)
    sizes = dict(zip(("sample", "time", "feature"), attribution.shape, strict=True))
    check_axes("truth", cells, tuple(sizes), sizes)
    check_boolean("truth", cells)
    return np.asarray(cells & ~np.isnan(attribution))


def check_unit(attribution: NDArray[np.float64]) -> None:
    """Raise unless all existing cells lie in [0, 1].

    Raises:
        InputError: With the range that came.
    """
    there = attribution[~np.isnan(attribution)]
    if there.size and not (there.min() >= 0 and there.max() <= 1):
        raise InputError(
            f"attribution must lie in [0, 1], but ranges from {there.min():.6g} to {there.max():.6g}; "
            "pass minmax(attribution, exists)"
        )
