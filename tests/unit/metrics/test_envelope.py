"""Envelope spectra: strikes that are planted show at their rate, whatever rings."""

import numpy as np
import pytest

from aition.core.errors import InputError
from aition.data.simulate import Bearing, Geometry
from aition.metrics import envelope_spectrum, strike_prominence

RATE = 4096
ORDERS = Geometry().orders[1:]


def strokes(rate: float, *, rings: float = 1100.0, n: int = 512) -> np.ndarray:
    """A resonance that is struck so many times a second, without noise."""
    time = np.arange(n) / RATE
    since = time % (1 / rate)
    return (np.exp(-since / 0.002) * np.sin(2 * np.pi * rings * since))[None]


@pytest.mark.parametrize("rate", [90.0, 107.0, 163.0])
@pytest.mark.parametrize("rings", [900.0, 1500.0])
def test_the_envelope_of_strikes_is_largest_at_their_rate_whatever_rings(rate, rings):
    frequency, amplitude = envelope_spectrum(strokes(rate, rings=rings), rate=RATE, above=500)
    low = frequency > 40
    assert frequency[low][amplitude[0][low].argmax()] == pytest.approx(rate, abs=RATE / 512 / 2)


def test_a_frequency_is_a_sum_over_steps():
    series = np.random.default_rng(0).normal(size=(2, 64))
    frequency, amplitude = envelope_spectrum(series, rate=64, above=5)
    step, bins = np.arange(64), np.fft.fftfreq(64, 1 / 64)
    for row, one in enumerate(series):
        analytic = np.zeros(64, dtype=complex)
        for place, hertz in enumerate(bins):
            if hertz >= 5:
                wave = np.exp(2j * np.pi * place * step / 64)
                analytic += 2 * (one * wave.conj()).mean() * wave
        faded = (np.abs(analytic) - np.abs(analytic).mean()) * np.hanning(64)
        for place in (3, 40, 111):
            alone = abs((faded * np.exp(-2j * np.pi * frequency[place] * step / 64)).sum())
            assert amplitude[row, place] == pytest.approx(alone * 2 / np.hanning(64).sum())


def test_prominence_does_not_hang_on_the_size():
    series = np.random.default_rng(0).normal(size=(2, 512))
    one, two = (strike_prominence(size * series, np.array([100.0]), rate=RATE, above=500) for size in (1, 1e4))
    assert one == pytest.approx(two)


def test_strikes_stand_out_at_their_own_rate_alone_and_noise_at_none():
    rates = np.array([107.0, 141.0, 163.0])
    found = np.concatenate([strike_prominence(strokes(one), rates, rate=RATE, above=500) for one in rates])
    assert (np.diag(found) > 20).all()
    assert (found.argmax(axis=1) == np.arange(3)).all()
    noise = np.random.default_rng(0).normal(size=(200, 512))
    assert np.abs(strike_prominence(noise, rates, rate=RATE, above=500)).mean() < 4


def test_bearings_are_told_apart_by_the_rate_of_their_strikes():
    drawn = Bearing(n_sample=120)(seed=1000).batch
    vibration, fault = drawn.x[:, :, 0].numpy(), drawn.label.numpy()
    found = strike_prominence(vibration, 30 * np.array(ORDERS), rate=RATE, above=500)
    assert (found.argmax(axis=1) == fault - 1)[fault > 0].mean() > 0.95
    own = found[np.arange(len(fault)), np.maximum(fault - 1, 0)]
    assert np.median(own[fault > 0]) > np.quantile(found[fault == 0], 0.99)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: envelope_spectrum(np.zeros(9), rate=10, above=1), r"\[sample, time\]"),
        (lambda: envelope_spectrum(np.full((1, 9), np.nan), rate=10, above=1), "finite"),
        (lambda: envelope_spectrum(np.zeros((1, 9)), rate=10, above=5), "half the rate"),
        (lambda: strike_prominence(np.zeros((1, 9)), np.array([3.0]), rate=10, above=1), "must be below 5 Hz"),
        (lambda: strike_prominence(np.zeros((1, 9)), np.array([]), rate=10, above=1), "rates above 0"),
        (lambda: strike_prominence(np.zeros((1, 9)), np.array([1.0]), rate=10, above=1, harmonics=0), "1 or more"),
    ],
)
def test_what_does_not_fit_is_refused(call, message):
    with pytest.raises(InputError, match=message):
        call()
