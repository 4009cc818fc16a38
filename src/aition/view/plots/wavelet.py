"""Wavelets: their filters, and the scaling function and wavelet that these draw."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from aition.core.errors import InputError
from aition.view.plots.canvas import INK, RULE, canvas, dress, head, plain
from aition.view.plots.colours import MOST, RANDOM
from aition.view.plots.reading import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TIMES = 6
"""How often a function is refined: 64 points between two steps."""


def plot_wavelet(filters: Mapping[str, ArrayLike], *, width: float = 9.0) -> "Figure":
    """Show wavelets above one another: the low-pass filter, the scaling function and the wavelet of each.

    A wavelet is known up to its sign only; here its largest swing goes up.

    Args:
        filters: Low-pass filters by what they are called, such as ``{"learned": found.lowpass, "db5": db5}``, each of
            an even length.
        width: Inches.

    Returns:
        A figure of its own, not known to pyplot: ``figure.savefig(path)``.

    Raises:
        InputError: There is no filter, or one is not of even length.
        MissingExtraError: matplotlib is not installed.
    """
    taps = {name: np.asarray(filter, dtype=np.float64) for name, filter in filters.items()}
    if not taps or any(one.ndim != 1 or len(one) < 2 or len(one) % 2 for one in taps.values()):
        shapes = {name: list(one.shape) for name, one in taps.items()}
        raise InputError(f"filters must be [length] of even length each, one or more, but are {shapes}")
    subtitle = "Low-pass filter, what it draws when refined again and again, and the wavelet that goes with it"
    figure = canvas(width, 1.75 * len(taps) + 0.3, title="Wavelets", subtitle=subtitle)
    grid: Any = figure.subplots(len(taps), 3, squeeze=False, sharex="col", width_ratios=(1, 1.2, 1.2))
    for row, (name, filter) in zip(grid, taps.items(), strict=True):
        draw_taps(row[0], filter)
        row[0].set_ylabel(plain(name, 24))
        for axes, start in ((row[1], "scaling"), (row[2], "wavelet")):
            where, curve = refined(filter, wavelet=start == "wavelet")
            axes.axhline(0, color=RULE, linewidth=0.8)
            axes.plot(where, curve, color=MOST if start == "wavelet" else INK, linewidth=1.2)
            dress(axes)
    for axes, words in zip(grid[0], ("low-pass filter", "scaling function", "wavelet"), strict=True):
        head(axes, words)
    for axes in grid[-1]:
        axes.set_xlabel("step")
    return figure


def draw_taps(axes: "Axes", filter: Array) -> None:
    """Bars from 0 with a dot each."""
    axes.axhline(0, color=RULE, linewidth=0.8)
    axes.vlines(np.arange(len(filter)), 0, filter, color=RANDOM, linewidth=1.2)
    axes.plot(filter, linestyle="", marker="o", markersize=3.5, color=INK)
    axes.set_xticks(range(0, len(filter), max(1, len(filter) // 5)))
    dress(axes)


def refined(filter: Array, *, wavelet: bool) -> tuple[Array, Array]:
    """The scaling function or the wavelet of a filter, as steps and values there, by the cascade.

    >>> where, curve = refined(np.array([1.0, 1.0]) / 2**0.5, wavelet=True)
    >>> [round(float(value), 3) for value in (curve[1], curve[-1])], round(float(where[-1]), 2)
    ([1.0, -1.0], 0.98)
    """
    mirrored = filter[::-1] * np.where(np.arange(len(filter)) % 2, -1.0, 1.0)
    curve = mirrored if wavelet else filter
    for _ in range(TIMES - 1):
        spread = np.zeros(2 * len(curve))
        spread[::2] = curve
        curve = np.convolve(spread[:-1], filter)
    curve = curve * 2 ** (TIMES / 2)
    sign = np.sign(curve[np.abs(curve).argmax()]) if wavelet else 1.0
    return np.arange(len(curve)) / 2**TIMES, sign * curve
