"""Pictures of planted truth and of the dreams that are to show it, for docs/dream_planted.md."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from bench_dreams_planted import ABOVE, BEARING, DRAWS, MOTIF, RATES, Array, dreamed, trained

from aition.metrics import envelope_spectrum, pattern_likeness
from aition.view.plots.canvas import MUTED, RULE, canvas, dress, head
from aition.view.plots.colours import LEAST, MOST

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FAULTS = ("outer race", "inner race", "ball")


def draw(folder: Path) -> None:
    """Draw both pictures."""
    draw_motif(folder / "dream_motif.png")
    draw_bearing(folder / "dream_bearing.png")


def draw_motif(path: Path) -> None:
    """Dreams of one network, a row for each preset, and where they are most like the motif."""
    model, kept, _ = trained("motif", seed=1)
    motif = MOTIF.motif[:, None]
    places = kept.take((kept.label == 0).nonzero()[: DRAWS["motif"], 0])
    figure = canvas(
        9.0,
        5.6,
        title="A motif was planted in class 1: do dreams of class 1 show it?",
        subtitle="Blue: dreams; grey: the series of class 0 that was changed; red: the motif where it fits best",
    )
    names = ("delta", "calibrated", "maco", "sequence-dreaming-style")
    for axes_row, name in zip(figure.subplots(4, 3, sharex=True), names, strict=True):
        some = places if name == "delta" else None
        found, _ = dreamed(model, kept, (1,), name, seed=1, places=some, judged=False)
        value = found["value"].values
        change = value - (places.x.numpy() if some is not None else value.mean(axis=1, keepdims=True))
        like, where = pattern_likeness(change, motif)
        for number, axes in enumerate(axes_row):
            dress(axes)
            if some is not None:
                axes.plot(places.x[number, :, 0], color=RULE, linewidth=0.8)
            step = where[number] + np.arange(MOTIF.length)
            axes.plot(step, MOTIF.motif, color=MOST, linewidth=1.0, linestyle="--")
            axes.plot((change if some is not None else value)[number, :, 0], color=LEAST, linewidth=1.0)
            head(axes, f"likeness {like[number]:.2f}")
        axes_row[0].set_ylabel("what delta changed" if some is not None else name, fontsize=7)
    figure.savefig(path, dpi=90)


def draw_bearing(path: Path) -> None:
    """Envelope spectra of dreams of each fault."""
    model, kept, _ = trained("bearing", seed=1)
    label, x = kept.label.numpy(), kept.x.numpy()
    places = kept.take(torch.as_tensor(np.flatnonzero(label == 0)[: DRAWS["bearing"]]))
    shown: dict[str, list[Array]] = {"real": [x[label == fault] for fault in (1, 2, 3)]}
    for name in ("delta", "maco", "calibrated"):
        some = places if name == "delta" else None
        found, _ = dreamed(model, kept, (1, 2, 3), name, seed=1, places=some, judged=False)
        wish = found["target_wish"].values
        shown[name] = [found["value"].values[wish == one] for one in range(3)]
    figure = canvas(
        9.0,
        4.6,
        title="Bearings whose fault strikes at a known rate: do dreams of the fault strike at it?",
        subtitle="Envelope spectra in dB, the median; red: the rate of the fault and its multiples; grey: healthy ones",
    )
    grid = figure.subplots(3, len(shown), sharex=True, sharey=True)
    for column, (name, each) in enumerate(shown.items()):
        for row, some in enumerate(each):
            axes = grid[row, column]
            dress(axes)
            for multiple in (1, 2, 3):
                axes.axvline(multiple * RATES[row], color=MOST, linewidth=0.7, linestyle="--")
            healthy(axes, x[label == 0])
            frequency, level = decibels(some)
            axes.plot(frequency, np.median(level, axis=0), color=LEAST, linewidth=1.1)
            if column == 0:
                axes.set_ylabel(FAULTS[row], fontsize=7)
            if row == 0:
                head(axes, name)
    for axes in grid[-1]:
        axes.set_xlabel("Hz")
    figure.savefig(path, dpi=90)


def healthy(axes: "Axes", calm: Array) -> None:
    """The band of four fifths of the healthy series."""
    frequency, level = decibels(calm)
    low, middle, high = np.quantile(level, (0.1, 0.5, 0.9), axis=0)
    axes.fill_between(frequency, low, high, color=RULE, alpha=0.4, linewidth=0)
    axes.plot(frequency, middle, color=MUTED, linewidth=0.7)


def decibels(x: Array) -> tuple[Array, Array]:
    """Envelope spectra up to 550 Hz, over the median of each series."""
    frequency, amplitude = envelope_spectrum(x[:, :, 0], rate=BEARING.rate, above=ABOVE)
    some = (frequency > 40) & (frequency < 550)
    level = 20 * np.log10(amplitude[:, some] + 1e-12)
    return frequency[some], level - np.median(level, axis=1, keepdims=True)
