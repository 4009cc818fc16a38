"""Patterns, pairs and maps: planted ones are found, and none where there are none."""

import numpy as np
import pytest

from aition.core.errors import InputError
from aition.store.cube.build import build
from aition.store.cube.opened import open_cube
from aition.store.cube.stopping import unhindered
from aition.store.summary.clusters import alike, how_many, k_means
from aition.store.summary.embedding import arrange, components, embedding, placed
from aition.store.summary.pairs import pairs
from aition.store.summary.patterns import QUANTILES, patterns
from aition.store.summary.selection import Selection
from stand_ins.cube_runs import series, write_run

N_SAMPLE = 150


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """Three courses of lactate, one of them with the opposite attribution; pulse is high just when lactate is."""
    part = series(7, sizes=(N_SAMPLE,))[0]
    draw = np.random.default_rng(7)
    kind = np.arange(N_SAMPLE) % 3
    step = np.arange(6)
    course = np.stack([0 * step, step, 5 - step])[kind] + 0.1 * draw.normal(size=(N_SAMPLE, 6))
    part["exists"].values[:] = True
    part["times"].values[:] = step
    part["observed"].values[:] = True
    part["value"].values[:, :, 0] = course
    part["value"].values[:, :, 1] = course + 0.1 * draw.normal(size=course.shape)
    part["value"].values[:, :, 2] = draw.integers(0, 3, course.shape)
    part["attribution"].values[:] = 0.1 * draw.normal(size=(N_SAMPLE, 6, 3))
    part["attribution"].values[:, :, 0] += np.array([0, 1, -1])[kind][:, None]
    run = write_run(tmp_path_factory.mktemp("planted") / "run", [part])
    build(run, progress="off")
    return open_cube(run), kind


def everybody(cube):
    return np.ones(len(cube), dtype=bool)


def test_planted_courses_are_found_and_so_is_their_number(planted):
    cube, kind = planted
    found = patterns(cube, everybody(cube), Selection(), feature=0)
    assert found.n_cluster == 3
    own = found.member < 3
    assert own.mean() > 0.9
    assert alike(kind[found.sample][own], found.member[own]) == 1
    assert found.n.sum() == N_SAMPLE


def test_the_same_question_has_the_same_answer(planted):
    cube, _ = planted
    one, other = (patterns(cube, everybody(cube), Selection(), feature=0) for _ in range(2))
    np.testing.assert_array_equal(one.member, other.member)
    assert (one.stability, one.medoid.tolist()) == (other.stability, other.medoid.tolist())


def test_bands_are_quantiles_of_the_members(planted):
    cube, _ = planted
    found = patterns(cube, everybody(cube), Selection(), feature=0, n_cluster=3)
    whole = cube.run.explanation()
    for cluster in range(3):
        own = found.sample[found.member == cluster]
        for name, bands in (("value", found.value), ("attribution", found.attribution)):
            expected = np.quantile(whole[name].values[own, :, 0], QUANTILES, axis=0)
            np.testing.assert_allclose(bands[cluster], expected, rtol=1e-5, atol=1e-6)


def test_only_what_is_brushed_takes_part(planted):
    cube, _ = planted
    found = patterns(cube, everybody(cube), Selection(time=(2, 4)), feature=0, n_cluster=2)
    there = ~np.isnan(found.value[0]).all(axis=0)
    assert there.nonzero()[0].tolist() == [2, 3, 4]


def test_a_sequence_like_no_other_is_in_no_cluster():
    points = np.concatenate([np.random.default_rng(0).normal(size=(60, 2)), [[50.0, 50.0]]])
    from aition.store.summary.patterns import far_out

    assert far_out(k_means(points, 1)).nonzero()[0].tolist() == [60]


def test_nothing_brushed_has_no_clusters(planted):
    cube, _ = planted
    found = patterns(cube, np.zeros(len(cube), dtype=bool), Selection(), feature=0)
    assert (found.n_cluster, found.n.sum()) == (0, 0)
    assert np.isnan(found.value).all()


def test_a_feature_that_is_not_there_is_refused(planted):
    cube, _ = planted
    with pytest.raises(InputError, match="feature must be 0 to 2"):
        patterns(cube, everybody(cube), Selection(), feature=3)


@pytest.mark.parametrize("stretch", [1, 5])
def test_a_cloud_has_one_cluster(stretch):
    points = np.random.default_rng(1000).normal(size=(300, 3)) * [stretch, 1, 1]
    assert how_many(points, 6, unhindered)[0] == 1


@pytest.mark.parametrize("n", [2, 3, 5])
def test_far_clouds_are_as_many_clusters(n):
    draw = np.random.default_rng(1000)
    centre = 12 * np.eye(5)[:n]
    points = np.concatenate([draw.normal(size=(60, 5)) + one for one in centre])
    assert how_many(points[draw.permutation(len(points))], 8, unhindered)[0] == n


def test_partitions_that_have_nothing_to_do_with_each_other_are_not_alike():
    draw = np.random.default_rng(0)
    assert abs(alike(draw.integers(0, 3, 5000), draw.integers(0, 3, 5000))) < 0.01


def slow_lift(cube, one, other):
    """Mean shares of time bins by loops over sequences."""
    shares = []
    for position in range(len(cube)):
        piece = cube.piece(np.array([position]))
        value, time = np.divmod(piece.code // cube.spec.n_attribution, cube.spec.n_time)
        first, second = set(time[value == one].tolist()), set(time[value == other].tolist())
        length = cube.samples["length"][position]
        shares.append([len(first) / length, len(second) / length, len(first & second) / length])
    each = np.array(shares)
    return each[:, 2].mean() / (each[:, 0].mean() * each[:, 1].mean())


def test_lift_is_how_much_more_often_values_meet_than_by_chance(cube):
    found = pairs(cube, everybody(cube), Selection(), top=3)
    first = cube.spec.first_value
    for place, other in ((0, -1), (1, -2)):
        values = [first[feature] + value_bin for feature, value_bin in (found.values[place], found.values[other])]
        assert found.lift[place, other] == pytest.approx(slow_lift(cube, *values))
    np.testing.assert_allclose(found.lift, found.lift.T)


def test_planted_pairs_are_above_chance_and_others_are_not(planted):
    cube, _ = planted
    found = pairs(cube, everybody(cube), Selection(), top=3)
    place = {value: one for one, value in enumerate(found.values)}
    for value_bin in (1, cube.spec.features[0].n_bin - 1):
        assert found.low[place[0, value_bin], place[1, value_bin]] > 1.5
    chance = [[place[0, one], place[2, other]] for one in (1, 3) for other in (1, 2, 3)]
    assert np.mean([found.low[one, other] <= 1 <= found.high[one, other] for one, other in chance]) >= 0.8


def test_intervals_of_lift_hold_1_where_values_meet_by_chance():
    from aition.store.summary.pairs import Together

    draw = np.random.default_rng(1000)
    held = []
    for _ in range(400):
        often = draw.beta(2, 2, size=(1, 1, 2))
        together = Together(2)
        together.add(np.full(50, 12), (draw.random((50, 12, 2)) < often).astype("f4"))
        _, low, high = together.lifts(1.0, apart=~np.eye(2, dtype=bool))
        held.append(low[0, 1] <= 1 <= high[0, 1])
    assert 0.91 <= np.mean(held) <= 0.98


def test_values_of_one_feature_are_no_pairs(planted):
    cube, _ = planted
    found = pairs(cube, everybody(cube), Selection())
    feature = np.array([one for one, _ in found.values])
    assert np.isnan(found.lift[feature[:, None] == feature]).all()
    assert (0, 0) not in found.values


def test_batches_of_sequences_do_not_matter(cube, monkeypatch):
    whole = pairs(cube, everybody(cube), Selection())
    monkeypatch.setattr("aition.store.summary.pairs.AT_ONCE", 1)
    monkeypatch.setattr("aition.store.cube.opened.AT_ONCE", 9)
    parts = pairs(cube, everybody(cube), Selection())
    np.testing.assert_allclose(parts.lift, whole.lift)
    np.testing.assert_allclose(parts.high, whole.high)


def test_principal_components_keep_the_largest_spread():
    draw = np.random.default_rng(0)
    points = draw.normal(size=(200, 3)) * [1, 9, 3]
    found = components(points, 2)
    expected = np.linalg.svd(points - points.mean(axis=0), full_matrices=False)[1][:2]
    np.testing.assert_allclose(np.sqrt((found**2).sum(axis=0)), expected)


def test_a_map_is_there_at_once_and_better_when_it_was_arranged(cube):
    assert embedding(cube).method.startswith("principal components")
    arrange(cube)
    found = embedding(open_cube(cube.run))
    assert found.method.startswith("t-SNE")
    assert np.isfinite(found.place).all()


def test_a_torn_map_is_not_taken(cube):
    arrange(cube)
    path = cube.folder / "t-sne.f4"
    path.write_bytes(path.read_bytes()[:-4])
    assert embedding(cube).method.startswith("principal components")


def test_who_was_not_arranged_stands_among_the_nearest():
    values = np.array([[0.0], [1.0], [10.0], [0.5]])
    places = np.array([[0.0, 0.0], [2.0, 0.0], [99.0, 99.0]])
    found = placed(values, np.array([0, 1, 2]), places)
    np.testing.assert_allclose(found[3], places.mean(axis=0))
