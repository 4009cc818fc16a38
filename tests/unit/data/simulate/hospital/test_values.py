"""The planted truth by value: in closed form, and as it is met in many stays."""

import numpy as np
import pytest

from aition.data.simulate.hospital import Hospital, precision
from aition.data.simulate.hospital.law import COURSES, EFFECTS
from aition.data.simulate.hospital.measures import FEATURES, MEASURES, N_BIN, PLACE, bins_of
from aition.data.simulate.hospital.values import NOT_MEASURED, box


@pytest.fixture(scope="module")
def met():
    """Cells and summed contributions by feature and bin, and stays that reach each hour."""
    hospital = Hospital(n_sample=8000, shortest=30)
    count, added, reached = np.zeros((34, 6, 48)), np.zeros((34, 6, 48)), np.zeros(48)
    for stays in hospital.stays(seed=1006):
        exists = np.arange(48) < stays.length[:, None]
        bins = np.where(exists[:, :, None], bins_of(stays.value, stays.observed), 9)
        bins[bins == -1] = NOT_MEASURED
        reached += exists.sum(axis=0)
        for bin_ in range(6):
            inside = bins == bin_
            count[:, bin_] += inside.sum(axis=0).T
            added[:, bin_] += np.where(inside, stays.contribution, 0).sum(axis=0).T
    return hospital.value_truth(), count, added, reached


def test_shares_add_up_to_one(met):
    assert np.allclose(met[0].share.sum(axis=1), 1, atol=1e-9)


def test_shares_are_those_of_many_stays(met):
    truth, count, _, reached = met
    share = count / reached
    error = np.sqrt(truth.share * (1 - truth.share) / reached)
    assert (np.abs(share - truth.share) <= 5 * error + 1e-9).mean() > 0.999


def test_contributions_are_those_of_many_stays(met):
    truth, count, added, _ = met
    for feature, name in enumerate(FEATURES):
        for bin_ in range(N_BIN):
            cells = count[feature, bin_].sum()
            if cells < 500:
                continue
            wanted = (truth.contribution[feature, bin_] * count[feature, bin_]).sum() / cells
            assert added[feature, bin_].sum() / cells == pytest.approx(wanted, rel=0.15, abs=1e-4), (name, bin_)


def test_what_is_planted_alone_is_the_weight_times_its_course(met):
    effect = EFFECTS[[one.feature for one in EFFECTS].index("albumin")]
    wanted = np.array(effect.weights)[:, None] * COURSES[effect.course]
    assert np.allclose(met[0].contribution[PLACE["albumin"], :N_BIN], wanted, atol=0)


def test_inert_features_and_what_is_not_measured_add_nothing(met):
    truth = met[0]
    assert not truth.contribution[:, NOT_MEASURED].any()
    for name in ("sodium", "bun", "gcs_eye", "meanbp"):
        assert not truth.contribution[PLACE[name]].any()


def test_the_ranking_holds_all_that_is_planted_in_order(met):
    truth = met[0]
    sizes = [one.size for one in truth.ranking]
    assert sizes == sorted(sizes, reverse=True)
    assert len(sizes) == int((truth.contribution != 0).any(axis=2).sum())
    assert (truth.ranking[0].feature, truth.ranking[0].bin) == ("glucose", 4)


def test_the_twenty_largest_stand_apart_from_the_rest(met):
    sizes = [one.size for one in met[0].ranking]
    assert sizes[19] > 1.25 * sizes[20]


def test_the_truth_itself_has_full_precision(met):
    truth = met[0]
    assert precision(truth.size, truth) == 1
    assert precision(-truth.size, truth) == 0
    size = truth.size
    size[truth.share.sum(axis=2) == 0] = np.nan
    assert precision(size, truth) == 1


def test_bins_are_named_by_their_edges(met):
    names = met[0].bins[PLACE["lactate"]]
    assert names == ("< 0.75", "0.75 to 1.35", "1.35 to 2.35", "2.35 to 4.15", "> 4.15", "not measured")
    assert met[0].bins[PLACE["gcs_eye"]][4] == ""


def test_no_value_that_can_be_recorded_lies_on_an_edge():
    levels = np.linspace(-5, 5, 20_001)
    for measure in MEASURES:
        values = np.unique(measure.value(levels))
        assert np.abs(values[:, None] - np.array(measure.edges)).min() > 0.4 * 10.0**-measure.decimals


def test_levels_in_successive_hours_have_the_chance_of_their_boxes():
    place = PLACE["spo2"]
    every = [box(place, [(first, first), (second, second)]) for first in range(4) for second in range(4)]
    assert sum(every) == pytest.approx(1, abs=1e-6)
