"""How much a vibration waxes and wanes at given rates: the envelope spectrum, in which strikes show that repeat."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from aition.core.errors import InputError

FINE = 8
"""Frequencies that are looked at for each one that the length of the series tells apart."""
BASES = 21
"""Rates that are tried about each one asked for."""


def envelope_spectrum(
    series: NDArray[Any], *, rate: float, above: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Amplitudes of a series' envelope at each frequency.

    The envelope is the size of the analytic signal of what is above a frequency; its mean is taken off, and it is faded
    out at both ends (Hann).

    Args:
        series: ``[sample, time]``.
        rate: Steps a second.
        above: Frequency in Hz below which everything is taken away, such as the shaft's.

    Returns:
        ``frequency``, ``[frequency]``, in Hz, eight times as fine as the length tells apart, and ``amplitude``,
        ``[sample, frequency]``, in units of the series.

    Raises:
        InputError: Of another shape, not finite, or ``above`` is not below half the rate.

    References:
        Randall and Antoni, "Rolling element bearing diagnostics - A tutorial", Mechanical Systems and Signal Processing
        25, 2011: envelope analysis.

    >>> time = np.arange(512) / 4096  # 1100 Hz that waxes and wanes 120 times a second
    >>> sound = (1 + np.cos(2 * np.pi * 120 * time)) * np.sin(2 * np.pi * 1100 * time)
    >>> frequency, amplitude = envelope_spectrum(sound[None], rate=4096, above=500)
    >>> float(frequency[amplitude[0].argmax()])
    120.0
    """
    values = np.asarray(series, dtype=np.float64)
    if values.ndim != 2 or values.shape[1] < 4 or not np.isfinite(values).all():
        raise InputError(f"series must be finite [sample, time] of 4 steps or more, but are {list(values.shape)}")
    if not 0 <= above < rate / 2:
        raise InputError(f"above must be from 0 to below half the rate, {rate / 2:g} Hz, but is {above:g}")
    n_step = values.shape[1]
    bins = np.fft.fftfreq(n_step, 1 / rate)
    analytic = np.fft.ifft(np.where(bins >= max(above, 1e-12), 2 * np.fft.fft(values, axis=1), 0), axis=1)
    envelope = np.abs(analytic)
    fade = np.hanning(n_step)
    faded = (envelope - envelope.mean(axis=1, keepdims=True)) * fade
    size = np.abs(np.fft.rfft(faded, n=FINE * n_step, axis=1)) * 2 / fade.sum()
    return np.asarray(np.fft.rfftfreq(FINE * n_step, 1 / rate), dtype=np.float64), size


def strike_prominence(
    series: NDArray[Any],
    strikes: NDArray[Any],
    *,
    rate: float,
    above: float,
    tolerance: float = 0.05,
    harmonics: int = 3,
) -> NDArray[np.float64]:
    """How far the envelope's amplitudes at a rate of strikes and its multiples stand above the others, in decibels.

    The mean of the logarithms at the rate, at twice it, and so on; of rates within the tolerance that which gives most
    counts, all multiples moving with it. From this goes the median between half the lowest rate and the highest
    multiple. As the best of several rates is taken, noise has 2 or 3 decibels: hold it against series without strikes.

    Args:
        series: ``[sample, time]``.
        strikes: Rates that are looked for, ``[rate]``, in Hz.
        rate: Steps a second.
        above: As in :func:`envelope_spectrum`.
        tolerance: Share by which a rate may be off, such as by the shaft's speed.
        harmonics: Multiples, the rate itself included.

    Returns:
        ``prominence``, ``[sample, rate]``, in dB; the same for a series that is twice as large.

    Raises:
        InputError: A multiple is not below half the rate of the steps, or a setting is out of range.
    """
    rates = np.asarray(strikes, dtype=np.float64)
    if rates.ndim != 1 or not len(rates) or not (rates > 0).all():
        raise InputError(f"strikes must be rates above 0, [rate], but are {rates.tolist()}")
    if harmonics < 1 or not 0 <= tolerance < 1:
        raise InputError(f"harmonics must be 1 or more and tolerance in [0, 1), but are {harmonics} and {tolerance}")
    highest = float(harmonics * rates.max() * (1 + tolerance))
    if not highest < rate / 2:
        raise InputError(f"multiples must be below {rate / 2:g} Hz, half of the steps a second, but reach {highest:g}")
    frequency, amplitude = envelope_spectrum(series, rate=rate, above=above)
    level = 20 * np.log10(amplitude + 1e-12 * (1e-300 + amplitude.max(axis=1, keepdims=True)))
    around = np.median(level[:, (frequency >= rates.min() / 2) & (frequency <= highest)], axis=1)
    base = rates[:, None] * np.linspace(1 - tolerance, 1 + tolerance, BASES)
    multiple = base[:, :, None] * np.arange(1, harmonics + 1)
    place = np.rint(multiple / frequency[1]).astype(np.int64)
    found = level[:, place].mean(axis=3).max(axis=2)
    return np.asarray(found - around[:, None])
