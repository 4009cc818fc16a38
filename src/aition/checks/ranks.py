"""Agreement: do two explainers rank the values of a sample alike?"""

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from aition.core.errors import InputError


def agreement(first: xr.DataArray, second: xr.DataArray) -> NDArray[np.float64]:
    """Spearman's rank correlation of two attributions' magnitudes over the cells of each sample.

    Magnitudes, because masks and saliencies know no sign; equal cells share their mean rank. Where most values are
    missing, leave them out, or what is 0 for both is ranked alike: ``attribution.where(explanation["observed"])``.

    Args:
        first: A variable of an explanation, with the axis sample; NaN is padding.
        second: The same cells of the same samples, explained otherwise; samples are matched by their ids.

    Returns:
        ``agreement``, ``[sample]``, in [-1, 1], in the order of ``first``; NaN where an attribution is the same in all
        cells, or a sample has fewer than two.

    Raises:
        InputError: The samples or the cells differ.

    >>> cells = xr.DataArray([[1., -3., 2.]], dims=("sample", "time"), coords={"sample": ["a"]})
    >>> agreement(cells, -cells).tolist(), agreement(cells, 4 - abs(cells)).tolist()
    ([1.0], [-1.0])
    """
    if set(first.dims) != set(second.dims) or "sample" not in first.dims:
        raise InputError(f"attributions must have the same axes with sample, but have {first.dims} and {second.dims}")
    ids = first.coords["sample"].values
    if set(ids.tolist()) != set(second.coords["sample"].values.tolist()):
        raise InputError("attributions must be of the same samples, but their ids differ")
    other = second.sel(sample=ids).transpose(*first.dims)
    if other.shape != first.shape:
        raise InputError(f"attributions must have one shape, but have {list(first.shape)} and {list(other.shape)}")
    axis = first.dims.index("sample")
    left, right = (np.moveaxis(np.abs(part.values), axis, 0).reshape(len(ids), -1) for part in (first, other))
    return np.array([rank_correlation(one, two) for one, two in zip(left, right, strict=True)])


def rank_correlation(first: NDArray[Any], second: NDArray[Any]) -> float:
    """Spearman's correlation over the places where neither is NaN; NaN where there is nothing to rank."""
    both = ~(np.isnan(first) | np.isnan(second))
    one, two = mean_ranks(first[both]), mean_ranks(second[both])
    if one.size < 2 or np.ptp(one) == 0 or np.ptp(two) == 0:
        return float("nan")
    return float(np.clip(np.corrcoef(one, two)[0, 1], -1.0, 1.0))


def mean_ranks(values: NDArray[Any]) -> NDArray[np.float64]:
    """Ranks from 1; equal values share the mean of theirs.

    >>> mean_ranks(np.array([5, 1, 5])).tolist()
    [2.5, 1.0, 2.5]
    """
    _, group, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return np.asarray((last - (count - 1) / 2)[group], dtype=np.float64)
