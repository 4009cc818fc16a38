"""Colours of figures, readable with every kind of colour vision, and the scales that they stand for."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.colors import Colormap

MOST, RANDOM, LEAST = "#b2182b", "#6b7280", "#2166ac"
"""Lines of the three orders of removal."""
STRONG = "#5e3c99"
"""Bars and marks of what counts, without a sign."""


@dataclass(frozen=True)
class Scale:
    """A range of attributions: diverging around 0, or from 0 upwards.

    Args:
        limit: What the end of the scale stands for, above 0.
        signed: Whether it reaches from ``-limit``.
        clipped: Whether attributions lie beyond it.
    """

    limit: float
    signed: bool
    clipped: bool

    @property
    def low(self) -> float:
        return -self.limit if self.signed else 0.0

    @property
    def extend(self) -> Any:
        """Which ends of a colour bar get an arrow."""
        return ("both" if self.signed else "max") if self.clipped else "neither"

    def colours(self) -> "Colormap":
        """Blue to red through white with a sign, white to violet without; its ends light enough for a line on top."""
        return ramp("RdBu_r", 0.08, 0.92) if self.signed else ramp("Purples", 0.0, 0.85)


def scale_of(values: NDArray[Any], *, signed: bool, limit: float = 0.0) -> Scale:
    """The scale of some attributions.

    A few extreme cells would bleach all others, so the scale ends where 99.5 % of the cells that are not 0 do, unless
    the largest is less than twice that.

    Args:
        values: Attributions; NaN is left out.
        signed: Whether the scale reaches below 0.
        limit: The end of the scale if above 0, such as to compare figures.

    >>> scale_of(np.array([-3., 1., np.nan]), signed=True)
    Scale(limit=3.0, signed=True, clipped=False)
    """
    size = np.abs(values[np.isfinite(values)])
    size = size[size > 0]
    largest = float(size.max()) if size.size else 0.0
    if limit > 0:
        return Scale(limit, signed, largest > limit * (1 + 1e-9))
    if not largest:
        return Scale(1.0, signed, False)
    if not signed and 0.9 <= largest <= 1:
        return Scale(1.0, signed, False)
    common = float(np.quantile(size, 0.995))
    return Scale(common, signed, True) if largest > 2 * common else Scale(largest, signed, False)


def ramp(name: str, first: float, last: float) -> "Colormap":
    """A part of one of matplotlib's colour maps; for NaN nothing is drawn, as in every map."""
    from matplotlib import colormaps
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list(f"{name}-part", colormaps[name](np.linspace(first, last, 256)), N=511)


def value_colours() -> "Colormap":
    """Colours of values, from low to high."""
    return ramp("cividis", 0.0, 1.0)
