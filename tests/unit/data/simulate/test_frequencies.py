"""PlantedFrequency and GaussianField: their labels, spectra and truth."""

import numpy as np
import pytest
import torch

from aition.core.errors import InputError
from aition.data.simulate import GaussianField, PlantedFrequency


def test_the_label_is_the_amplitude_of_the_planted_frequency():
    drawn = PlantedFrequency(n_sample=5, n_time=20, waves=3)(seed=1000)
    literal = np.abs(np.fft.fft(drawn.batch.x[:, :, 0].numpy(), axis=1)[:, 3]) / 20**0.5
    np.testing.assert_allclose(drawn.batch.label.numpy(), literal, rtol=1e-5)


def test_the_law_reads_no_other_frequency():
    drawn = PlantedFrequency(n_sample=5, n_time=20, waves=3)(seed=1000)
    step = torch.arange(20.0)
    other = drawn.batch.x + 3 * torch.cos(2 * torch.pi * 4 * step / 20)[None, :, None]
    torch.testing.assert_close(
        drawn.white_box(drawn.batch.with_x(other))[:, 0], drawn.batch.label, rtol=1e-4, atol=1e-5
    )


def test_the_same_seed_begins_with_the_same_series_however_many_there_are():
    for law in (PlantedFrequency, GaussianField):
        few, many = law(n_sample=2)(seed=3), law(n_sample=4)(seed=3)
        torch.testing.assert_close(few.batch.x, many.batch.x[:2], rtol=0, atol=0)
        assert not torch.equal(few.batch.x, law(n_sample=2)(seed=4).batch.x)


def test_fields_have_the_spectrum_that_they_say():
    law = GaussianField(n_sample=4000, size=8, low=2, high=3, strength=1e-6)
    power = (np.abs(np.fft.fft2(law(seed=1000).batch.x.numpy(), norm="ortho")) ** 2).mean(axis=0)
    np.testing.assert_allclose(power[0, 0], 0, atol=1e-6)
    np.testing.assert_allclose(power.ravel()[1:] / law.spectrum.ravel()[1:], 1, atol=0.12)


def test_only_the_ring_hangs_on_the_label():
    law = GaussianField(n_sample=4000, size=8, low=2, high=3)
    drawn = law(seed=1000)
    power = np.abs(np.fft.fft2(drawn.batch.x.numpy(), norm="ortho")) ** 2 / law.spectrum.clip(1e-12)
    factor = drawn.batch["power"].numpy()
    inside, outside = power[:, law.ring].mean(axis=1), power[:, ~law.ring & (law.length > 0)].mean(axis=1)
    np.testing.assert_allclose((inside / factor).mean(), 1, atol=0.05)
    assert abs(np.corrcoef(outside, factor)[0, 1]) < 0.05


def test_the_law_of_fields_comes_near_the_label():
    drawn = GaussianField(n_sample=500)(seed=1000)
    guess = drawn.white_box(drawn.batch)[:, 0].numpy()
    assert np.corrcoef(guess, drawn.batch.label.numpy())[0, 1] > 0.85


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: PlantedFrequency(waves=0), "waves must be 1 to below 16"),
        (lambda: PlantedFrequency(n_time=2), "n_time must be 3 or more"),
        (lambda: GaussianField(size=3), "size must be 4 or more"),
        (lambda: GaussianField(slope=float("nan")), "slope must be finite"),
        (lambda: GaussianField(low=5.01, high=5.05), "must hold some"),
        (lambda: GaussianField(strength=0), "strength must be above 0"),
    ],
)
def test_settings_that_do_not_fit_are_refused(make, words):
    with pytest.raises(InputError, match=words):
        make()
