"""Bearing: a fault strikes at the rate of its geometry, and rings where the truth says."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy.signal import hilbert

from aition.core.errors import InputError
from aition.data.simulate.bearing import Bearing, Geometry, turned
from aition.models import accuracy_of

SEED = 1003


def faulty(drawn):
    return drawn.take((drawn.batch.label > 0).nonzero()[:, 0])


def envelope(drawn):
    return np.abs(hilbert(drawn.batch.x[:, :, 0].double().numpy(), axis=1))


def test_orders_are_those_that_are_published_for_this_bearing():
    assert Geometry().orders == pytest.approx((0, 3.5848, 5.4152, 4.7135), abs=2e-3)
    assert Geometry().cage == pytest.approx(0.39828, abs=2e-4)


def test_orders_of_the_races_add_up_to_the_balls():
    geometry = Geometry(n_ball=8, ball=15.0, pitch=65.0, angle=30.0)
    assert geometry.orders[1] + geometry.orders[2] == pytest.approx(8)


@pytest.mark.parametrize("n_time", [512, 1024])
def test_the_envelope_spectrum_of_clean_vibration_peaks_at_the_characteristic_frequency(n_time):
    drawn = faulty(Bearing(n_sample=120, n_time=n_time, noise=0.0)(seed=SEED))
    rings = envelope(drawn)
    size = np.abs(np.fft.rfft(rings - rings.mean(axis=1, keepdims=True), axis=1))
    frequency = np.fft.rfftfreq(n_time, 1 / 4096)
    above_the_shaft = frequency > 1.5 * 30
    peak = frequency[above_the_shaft][size[:, above_the_shaft].argmax(axis=1)]
    assert np.abs(peak - drawn.batch["frequency"].numpy()).max() <= 4096 / n_time


def test_the_truth_is_where_clean_vibration_rings():
    drawn = faulty(Bearing(n_sample=60, noise=0.0)(seed=SEED))
    agrees = (envelope(drawn) > 0.25 * 4.0) == drawn.truth[:, :, 0].numpy()
    assert agrees.mean() > 0.95


def test_without_slip_the_strikes_of_an_outer_race_are_evenly_apart_in_turns_of_the_shaft():
    drawn = Bearing(n_sample=40, slip=0.0, noise=0.0)(seed=SEED)
    speed = 30 * (1 + drawn.batch.x[:, :, 2].double() / 10)
    rows = (drawn.batch.label == 1).nonzero()[:, 0]
    turns = turned((speed / 4096).numpy())
    for row in rows.tolist():
        steps = drawn.batch["strikes"][row].nonzero()[:, 0].tolist()
        apart = [turns[row, after] - turns[row, before] for before, after in pairwise(steps)]
        assert np.abs(np.array(apart) - 1 / Geometry().orders[1]).max() < 1.1 * 30 / 4096
    assert len(rows)


def test_slip_sets_strikes_a_little_off():
    one, other = (Bearing(n_sample=20, slip=slip)(seed=SEED).batch["strikes"] != 0 for slip in (0.0, 0.02))
    assert not torch.equal(one, other)


def test_strikes_number_what_their_frequency_says():
    drawn = faulty(Bearing(n_sample=60)(seed=SEED))
    count = (drawn.batch["strikes"] != 0).sum(dim=1)
    assert float((count - drawn.batch["frequency"] * 512 / 4096).abs().max()) < 2


def test_a_healthy_bearing_has_no_strike_and_no_true_cell():
    drawn = Bearing(n_sample=60)(seed=SEED)
    healthy = drawn.batch.label == 0
    assert bool(healthy.any())
    assert not bool(drawn.batch["strikes"][healthy].any())
    assert not bool(drawn.truth[healthy].any())
    assert not bool(drawn.batch["frequency"][healthy].any())


def test_strikes_of_an_outer_race_follow_the_load_alone():
    drawn = Bearing(n_sample=60, noise=0.0)(seed=SEED)
    outer = drawn.batch.label == 1
    load = 1 + drawn.batch.x[:, :, 1]
    struck = drawn.batch["strikes"] != 0
    ratio = (drawn.batch["strikes"] / load)[struck & outer[:, None]]
    assert torch.allclose(ratio, torch.tensor(4.0), rtol=1e-4)
    assert float((drawn.batch["strikes"] / load)[struck & ~outer[:, None]].std()) > 0.5


def test_the_load_changes_within_a_series_and_slows_the_shaft():
    x = Bearing(n_sample=60, noise=0.0)(seed=SEED).batch.x
    levels = [len(np.unique(series.round(decimals=4))) for series in x[:, :, 1].numpy()]
    assert 2 <= np.median(levels) <= 3
    within = x - x.mean(dim=1, keepdim=True)
    assert float((within[:, :, 1] * within[:, :, 2]).sum()) < 0


def test_the_law_meets_the_class():
    drawn = Bearing(n_sample=400)(seed=SEED)
    assert accuracy_of(drawn.white_box(drawn.batch), drawn.batch) > 0.99


def test_times_are_in_seconds():
    batch = Bearing(n_sample=1, n_time=64)(seed=SEED).batch
    assert batch.time_unit == "s"
    assert float(batch.times[0, 1]) == 1 / 4096


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Geometry(n_ball=0), "n_ball must be 1 or more"),
        (lambda: Geometry(pitch=5.0), "pitch must be above the diameter of a ball"),
        (lambda: Geometry(angle=90.0), "angle must be above -90 and below 90"),
        (lambda: Bearing(share=5.0), "share must be at least 0 and below 1"),
    ],
)
def test_a_bearing_that_cannot_be_is_refused(make, said):
    with pytest.raises(InputError, match=said):
        make()
