"""Intervals: they hold the true mean as often as they say, although rows of one sequence are alike."""

import numpy as np
import pytest

from aition.store.cube.build import build
from aition.store.cube.opened import open_cube
from aition.store.summary.intervals import Ratio, deviations, intervals
from aition.store.summary.selection import Selection
from stand_ins.cube_runs import series, write_run


def clustered(draw, n_sequence, n_row=8):
    """Rows of sequences that differ by much more than their rows do, and more in long ones; their true mean is .3."""
    length = draw.integers(1, n_row + 1, n_sequence)
    own = draw.normal(size=n_sequence) + 0.3
    sequence = np.repeat(np.arange(n_sequence), length)
    return sequence, own[sequence] + 0.2 * draw.normal(size=len(sequence))


@pytest.mark.parametrize(("n_sequence", "least"), [(8, 0.90), (40, 0.92), (400, 0.93)])
def test_intervals_hold_the_true_mean_in_19_of_20_fresh_simulations(n_sequence, least):
    draw = np.random.default_rng(1000 + n_sequence)
    held = []
    for _ in range(1000):
        sequence, attribution = clustered(draw, n_sequence)
        ratio = Ratio(1)
        ratio.add(sequence, np.zeros_like(sequence), attribution)
        held.append(abs(ratio.mean[0] - 0.3) <= ratio.half_width(1.0)[0])
    assert least <= np.mean(held) <= 0.98


def test_rows_taken_as_independent_would_hold_it_far_less_often():
    draw = np.random.default_rng(1001)
    held = []
    for _ in range(300):
        _, attribution = clustered(draw, 40)
        held.append(abs(attribution.mean() - 0.3) <= 1.96 * attribution.std() / np.sqrt(len(attribution)))
    assert np.mean(held) < 0.75


def slowly(sequence, attribution):
    """The variance of a ratio by its definition, one sequence after another."""
    n = np.array([np.sum(sequence == one) for one in np.unique(sequence)])
    total = np.array([attribution[sequence == one].sum() for one in np.unique(sequence)])
    left = total - total.sum() / n.sum() * n
    return np.sqrt((left**2).sum() * len(n) / (len(n) - 1)) / n.sum()


@pytest.mark.parametrize("n_place", [3, 5000, 200_000])
def test_sums_give_the_variance_of_the_definition(n_place):
    draw = np.random.default_rng(0)
    ratio, rows = Ratio(n_place), []
    for first in (0, 10):
        sequence = np.sort(draw.integers(0, 10, 300))
        place, attribution = draw.choice([0, n_place - 1], 300), draw.normal(size=300)
        ratio.add(sequence, place, attribution)
        rows.append((sequence + first, place, attribution))
    sequence, place, attribution = (np.concatenate(each) for each in zip(*rows, strict=True))
    for one in (0, n_place - 1):
        own = place == one
        expected = slowly(sequence[own], attribution[own]) * deviations(ratio.n_sequence[one] - 1)
        assert ratio.half_width(1.0)[one] == pytest.approx(float(expected))


def test_students_quantiles_are_those_of_scipy():
    from scipy import stats

    freedom = np.arange(1, 200)
    np.testing.assert_allclose(deviations(freedom), stats.t.ppf(0.975, freedom), rtol=2e-3)


def test_one_sequence_has_no_interval():
    ratio = Ratio(1)
    ratio.add(np.array([0, 0]), np.array([0, 0]), np.array([1.0, 2.0]))
    assert np.isnan(ratio.half_width(1.0)[0])


def test_cells_are_those_of_the_selected_rows(cube):
    everybody = np.ones(len(cube), dtype=bool)
    found = intervals(cube, everybody, Selection(time=(2, 3), features=(1,)))
    values, times = np.isfinite(found.cell).nonzero()
    assert set(times.tolist()) <= {2, 3}
    assert set(cube.spec.feature_of_value[values].tolist()) == {1}
    table = cube.everybody
    own = table.n[:, cube.spec.feature_of_value == 1, 2:4].sum()
    total = table.total[:, cube.spec.feature_of_value == 1, 2:4].sum()
    assert found.mean == pytest.approx(total / own)


def test_rows_of_all_that_is_selected_are_counted(cube):
    selection = Selection(time=(0, 2))
    found = intervals(cube, np.ones(len(cube), dtype=bool), selection)
    assert found.n_whole == cube.everybody.n[:, selection.mask(cube.spec)].sum()


def test_pieces_do_not_matter(cube, monkeypatch):
    everybody = np.ones(len(cube), dtype=bool)
    whole = intervals(cube, everybody, Selection())
    monkeypatch.setattr("aition.store.cube.opened.AT_ONCE", 5)
    parts = intervals(cube, everybody, Selection())
    np.testing.assert_allclose(parts.cell, whole.cell)
    np.testing.assert_allclose(parts.row, whole.row)


def test_intervals_of_a_part_are_about_those_of_all(tmp_path):
    run = write_run(tmp_path / "run", series(3, sizes=(600,)))
    build(run, progress="off")
    cube = open_cube(run)
    everybody = np.ones(len(cube), dtype=bool)
    part, whole = (intervals(cube, everybody, Selection(), most=most) for most in (200, 10_000))
    assert (part.share, whole.share) == (pytest.approx(1 / 3), 1.0)
    assert part.whole == pytest.approx(whole.whole, rel=0.25)
