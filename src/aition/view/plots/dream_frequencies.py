"""Frequencies of dreams and of real series."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from aition.core.explanation import Explanation
from aition.view.plots.canvas import RULE, canvas, dress
from aition.view.plots.dreamt import COLOURS, Array, feature_of, feature_words, features_of, wish_name, wishes_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STYLES = ("-", "--", "-.", ":")


def plot_dream_frequencies(dreams: Explanation, *, feature: str = "", class_names: Sequence[str] = ()) -> "Figure":
    """Show the power of dreams at each frequency over that of real series.

    Args:
        dreams: What :func:`aition.dream.dream` answered.
        feature: Which feature; the first where nothing is said.
        class_names: What the classes are called; as the dreams know them where nothing is said.

    Returns:
        A figure of its own, not known to pyplot.

    Raises:
        InputError: It holds no dreams, or no such feature.
        MissingExtraError: matplotlib is not installed.
    """
    column = feature_of(dreams, feature)
    name = f": {feature_words(dreams, column)}" if len(features_of(dreams)) > 1 else ""
    figure = canvas(
        7.0,
        3.0,
        title=f"Frequencies of dreams and of real series{name}",
        subtitle="Lines: the middle of the dreams of each objective; grey: four fifths of all real series",
    )
    axes = figure.subplots()
    dress(axes, grid=True)
    frequency, low, high = power_band(dreams["real_value"].values[:, :, column])
    axes.fill_between(frequency, low, high, color=RULE, alpha=0.45, linewidth=0)
    for place, wish in enumerate(wishes_of(dreams)):
        power = power_of(dreams["value"].values[dreams["target_wish"].values == wish, :, column])
        look: dict[str, Any] = {"color": COLOURS[place % len(COLOURS)], "linestyle": STYLES[place % len(STYLES)]}
        label = wish_name(dreams, wish, class_names)
        axes.plot(frequency, np.median(power, axis=0), linewidth=1.3, label=label, **look)
    axes.set_yscale("log")
    axes.set_ylim(bottom=max(1e-6, float(low.min()) / 30))
    axes.set_xlabel("frequency (cycles per step)")
    axes.set_ylabel("power (squared units)")
    axes.legend(fontsize=7.5, frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure


def power_of(series: Array) -> Array:
    """Power at each frequency above 0, ``[series, frequency]``; what is not there counts as 0."""
    whole = np.nan_to_num(series - np.nanmean(series, axis=1, keepdims=True))
    power: Array = np.abs(np.fft.rfft(whole, axis=1)[:, 1:]) ** 2 / series.shape[1]
    return np.maximum(power, 1e-12)


def power_band(series: Array) -> tuple[Array, Array, Array]:
    """Frequencies, and where the power of four fifths of the series lies."""
    power = power_of(series)
    low, high = np.quantile(power, (0.1, 0.9), axis=0)
    return np.fft.rfftfreq(series.shape[1])[1:], low, high
