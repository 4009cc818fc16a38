"""Dreams are shown beside where real series lie, and nobody's verdict is invented."""

import numpy as np
import pytest

from aition.core.errors import InputError
from aition.store.summary.axes.draws import bands, draws, looking, pictures, real_margins, real_names
from stand_ins.axes import dreams, groups
from stand_ins.cube_runs import write_run

BOTH = np.array([0, 1])


@pytest.fixture
def part():
    return dreams()


@pytest.fixture
def run(tmp_path, part):
    return write_run(tmp_path / "run", [part.isel(draw=slice(0, 4)), part.isel(draw=slice(4, 6))])


def test_every_draw_is_told_with_its_figures(run, part):
    found = draws(run)
    assert found.columns["id"].tolist() == [f"dream {i}" for i in range(6)]
    np.testing.assert_array_equal(found.columns["target_class"], part["target_class"])
    np.testing.assert_allclose(found.columns["margin"], part["margin"])
    np.testing.assert_array_equal(found.columns["nearest"], part["nearest"])
    assert list(found.judged) == ["neighbours", "spectrum"]


def test_a_draw_that_one_judge_finds_too_far_does_not_look_real(run):
    assert draws(run).looks_real.tolist() == [1, 1, 1, 1, 0, 1]


@pytest.mark.parametrize(("percentile", "verdict"), [(0.4, 0), (0.5, 1), (99.0, 1), (99.1, 0), (np.nan, -1)])
def test_too_like_is_as_suspicious_as_too_unlike(percentile, verdict):
    assert looking({"one": np.array([percentile])}, 1).tolist() == [verdict]


def test_without_judges_nothing_is_said(tmp_path, part):
    left = [name for name in part.data_vars if not name.startswith("percentile")]
    found = draws(write_run(tmp_path / "bare", [part[left]]))
    assert found.judged == {}
    assert (found.looks_real == -1).all()


def test_what_a_run_does_not_say_is_unknown(tmp_path, part):
    run = write_run(tmp_path / "bare", [part[["value"]]])
    found = draws(run)
    assert (found.columns["target_class"] == -1).all()
    assert np.isnan(found.columns["margin"]).all()
    picture = pictures(run, np.arange(6), np.arange(2), nearest=found.columns["nearest"])
    assert np.isnan(picture.nearest).all()
    assert picture.objective.shape == (6, 0)
    assert np.isnan(bands(run, BOTH, np.arange(2))[0]).all()
    assert np.isnan(real_margins(run, BOTH)[0]["median"])


def test_a_run_of_samples_has_no_draws(tmp_path):
    run = write_run(tmp_path / "groups", [groups()])
    with pytest.raises(InputError, match=r"value \[draw time feature\]"):
        draws(run)


def test_pictures_are_the_series_and_their_nearest_real_ones(run, part):
    places, features = np.array([5, 0]), np.array([1])
    found = pictures(run, places, features, nearest=part["nearest"].values[places])
    np.testing.assert_array_equal(found.value[0], part["value"].values[5][:, [1]])
    np.testing.assert_allclose(
        found.nearest[0], part["real_value"].values[part["nearest"].values[5]][:, [1]], rtol=1e-6
    )
    np.testing.assert_array_equal(found.objective, part["objective"].values[places])


def test_steps_behind_the_end_are_empty(run):
    found = pictures(run, np.array([0]), np.arange(2), nearest=np.array([-1]))
    assert np.isnan(found.value[0, -2:]).all()
    assert np.isfinite(found.value[0, :-2]).all()


def test_a_feature_that_there_is_not_is_refused(run):
    with pytest.raises(InputError, match="0 to 1"):
        pictures(run, np.array([0]), np.array([2]), nearest=np.array([-1]))


def test_long_series_are_thinned_evenly(run, part, monkeypatch):
    monkeypatch.setattr("aition.store.summary.axes.draws.MOST_STEPS", 7)
    found = pictures(run, np.array([3]), np.arange(2), nearest=np.array([-1]))
    assert found.steps.tolist() == [0, 3, 6, 9, 12, 15, 18]
    np.testing.assert_array_equal(found.value[0], part["value"].values[3][::3])


def test_bands_hold_eight_of_ten_real_series_of_the_class(run, part):
    band, count = bands(run, BOTH, np.arange(2))
    real, label = part["real_value"].values, part["real_label"].values
    assert count.tolist() == [15, 15]
    for one in BOTH:
        np.testing.assert_allclose(band[one], np.quantile(real[label == one], [0.1, 0.5, 0.9], axis=0), rtol=1e-6)


def test_a_class_without_real_series_has_no_band(run):
    band, count = bands(run, np.array([7]), np.arange(2))
    assert count.tolist() == [0]
    assert np.isnan(band).all()


def test_without_labels_the_band_is_that_of_all(tmp_path, part):
    run = write_run(tmp_path / "run", [part.drop_vars(["real_label", "real_margin"])])
    band, count = bands(run, BOTH, np.arange(2))
    assert count.tolist() == [30, 30]
    np.testing.assert_array_equal(band[0], band[1])


def test_margins_of_real_series_stand_beside(run, part):
    margin, label = part["real_margin"].values, part["real_label"].values
    found = real_margins(run, BOTH)
    assert found[1]["median"] == pytest.approx(np.median(margin[label == 1]))
    assert found[1]["most"] == pytest.approx(4)
    assert real_names(run)[3] == "series 3"
