"""Dreams are shown beside where real series lie, and nobody's verdict is invented."""

import numpy as np
import pytest

from aition.core.errors import InputError
from aition.core.realism import looks_unreal
from aition.dream import verdicts_of
from aition.store import keep
from aition.store.summary.axes.draws import bands, draws, looking, pictures
from aition.store.summary.axes.kinds import copies, kinds
from aition.view.plots.dreamt import copies_of
from stand_ins.axes import dreams, groups
from stand_ins.cube_runs import write_run
from stand_ins.dreams import dreamed

BOTH = [(0,), (1,)]
NOWHERE = np.array([-1])


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
    said = np.array([[percentile]])
    assert looking(said, looks_unreal(said, ["one"])).tolist() == [verdict]


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
    picture = pictures(run, np.arange(6), np.arange(2), nearest=found.columns["nearest"], top=found.columns["top"])
    assert np.isnan(picture.nearest).all()
    assert np.isnan(picture.top).all()
    assert picture.objective.shape == (6, 0)
    assert np.isnan(bands(run, BOTH, np.arange(2))[0]).all()
    (kind,) = kinds(run, found)
    assert (kind.name, kind.classes, kind.n, kind.n_real, kind.top, kind.finding) == ("", (), 6, 0, -1, "")
    assert np.isnan([kind.wanted, kind.median, kind.most]).all()
    assert not copies(run, found).any()


def test_a_run_of_samples_has_no_draws(tmp_path):
    run = write_run(tmp_path / "groups", [groups()])
    with pytest.raises(InputError, match=r"value \[draw time feature\]"):
        draws(run)


def test_pictures_are_the_series_and_their_nearest_real_ones(run, part):
    places, features = np.array([5, 0]), np.array([1])
    found = pictures(run, places, features, nearest=part["nearest"].values[places], top=np.array([3, -1]))
    np.testing.assert_array_equal(found.value[0], part["value"].values[5][:, [1]])
    np.testing.assert_allclose(
        found.nearest[0], part["real_value"].values[part["nearest"].values[5]][:, [1]], rtol=1e-6
    )
    np.testing.assert_allclose(found.top[0], part["real_value"].values[3][:, [1]], rtol=1e-6)
    assert np.isnan(found.top[1]).all()
    np.testing.assert_array_equal(found.objective, part["objective"].values[places])


def test_steps_behind_the_end_are_empty(run):
    found = pictures(run, np.array([0]), np.arange(2), nearest=NOWHERE, top=NOWHERE)
    assert np.isnan(found.value[0, -2:]).all()
    assert np.isfinite(found.value[0, :-2]).all()


def test_a_feature_that_there_is_not_is_refused(run):
    with pytest.raises(InputError, match="0 to 1"):
        pictures(run, np.array([0]), np.array([2]), nearest=NOWHERE, top=NOWHERE)


def test_long_series_are_thinned_evenly(run, part, monkeypatch):
    monkeypatch.setattr("aition.store.summary.axes.draws.MOST_STEPS", 7)
    found = pictures(run, np.array([3]), np.arange(2), nearest=NOWHERE, top=NOWHERE)
    assert found.steps.tolist() == [0, 3, 6, 9, 12, 15, 18]
    np.testing.assert_array_equal(found.value[0], part["value"].values[3][::3])


def test_bands_hold_eight_of_ten_real_series_of_the_class(run, part):
    band, count = bands(run, BOTH, np.arange(2))
    real, label = part["real_value"].values, part["real_label"].values
    assert count.tolist() == [15, 15]
    for one in (0, 1):
        np.testing.assert_allclose(band[one], np.quantile(real[label == one], [0.1, 0.5, 0.9], axis=0), rtol=1e-6)


def test_a_class_without_real_series_has_no_band(run):
    band, count = bands(run, [(7,)], np.arange(2))
    assert count.tolist() == [0]
    assert np.isnan(band).all()


def test_without_labels_the_band_is_that_of_all(tmp_path, part):
    run = write_run(tmp_path / "run", [part.drop_vars(["real_label", "real_margin"])])
    band, count = bands(run, BOTH, np.arange(2))
    assert count.tolist() == [30, 30]
    np.testing.assert_array_equal(band[0], band[1])


def test_margins_of_real_series_stand_beside(run, part):
    margin, label = part["real_margin"].values, part["real_label"].values
    found = kinds(run, draws(run))
    assert [(one.classes, one.n, one.n_real) for one in found] == [((0,), 3, 15), ((1,), 3, 15)]
    assert found[1].median == pytest.approx(np.median(margin[label == 1]))
    assert found[1].most == pytest.approx(4)


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """A kept run of the driver, and what it keeps."""
    one = dreamed()
    return keep(one, tmp_path_factory.mktemp("told") / "dreams"), one


def test_dreams_are_told_by_what_they_were_driven_to(told):
    run, one = told
    known = draws(run)
    np.testing.assert_array_equal(known.columns["kind"], one["target_wish"])
    found = kinds(run, known)
    assert [(kind.name, kind.classes, kind.n) for kind in found] == [
        ("class 0", (0,), 3),
        ("class 1", (1,), 3),
        ("border 0|1", (0, 1), 3),
    ]
    first, reached = found[0], one["real_reached"].values[one["real_label"].values == 0, 0]
    assert (first.wanted, first.median, first.most) == pytest.approx(
        (float(one["wanted"][0]), float(np.median(reached)), float(reached.max()))
    )
    assert first.judged["spectrum"] == pytest.approx(float(one["real_percentile_spectrum"][first.top]))
    assert found[2].n_real == 80
    assert found[2].gap == pytest.approx(float(one["real_gap"][found[2].top, 2]))
    assert np.isnan(first.gap)


def test_verdicts_are_those_that_were_kept(told):
    run, one = told
    assert [kind.words for kind in kinds(run, draws(run))] == [verdict.words for verdict in verdicts_of(one)]


def test_the_band_of_a_border_is_that_of_both_classes(told):
    run, one = told
    band, count = bands(run, [(0, 1)], np.arange(1))
    assert count.tolist() == [80]
    np.testing.assert_allclose(band[0], np.quantile(one["real_value"].values, [0.1, 0.5, 0.9], axis=0), rtol=1e-5)


def test_a_copy_is_nearer_to_a_real_series_than_these_are(tmp_path):
    one = dreamed().copy(deep=True)
    one["nearest_distance"].values[4] = 0.0
    run = keep(one, tmp_path / "copied")
    assert copies(run, draws(run))[4]
    assert copies(run, draws(run)).tolist() == copies_of(one).tolist()
