"""Histograms, lists and the rows of one sequence."""

from dataclasses import replace

import numpy as np
import pytest

from aition.core.errors import InputError
from aition.store.cube.build import build
from aition.store.cube.opened import open_cube
from aition.store.cube.settle import Fineness
from aition.store.summary.brushed import brushed
from aition.store.summary.columns import column_of, columns_of, static_columns, technical
from aition.store.summary.listing import listing
from aition.store.summary.selection import Selection
from aition.store.summary.sequence import nearest, sequence
from aition.store.summary.sequences import half_of_share, sequences
from stand_ins.cube_runs import events, series, write_run

BRUSH = Selection(time=(4, 5))


def everybody(cube):
    return np.ones(len(cube), dtype=bool)


def test_histograms_count_each_sequence_once(cube):
    names = [one.name for one in columns_of(cube)]
    found = sequences(cube, everybody(cube), BRUSH, columns=names)
    long = cube.samples["length"] > 4
    for one in found.histograms:
        assert one.everybody.sum() == len(cube) - one.column.n_missing
        known = one.column.bins(cube.samples[one.column.name]) >= 0
        assert one.brushed.sum() == (long & known).sum()
    np.testing.assert_array_equal(found.everybody, np.bincount(cube.group))
    np.testing.assert_array_equal(found.brushed, np.bincount(cube.group[long], minlength=len(found.everybody)))
    assert (found.half_width, found.share) == (0.0, 1.0)


def test_a_part_is_scaled_to_all_with_an_interval(tmp_path):
    run = write_run(tmp_path / "run", series(2, sizes=(400,)))
    build(run, progress="off")
    cube = open_cube(run)
    part = sequences(cube, everybody(cube), BRUSH, columns=["predicted"], most=100)
    whole = sequences(cube, everybody(cube), BRUSH, columns=["predicted"])
    assert part.histograms[0].everybody.sum() == 400
    assert part.half_width > 0
    assert abs(part.brushed.sum() - whole.brushed.sum()) < 2 * part.half_width


def test_classes_categories_and_numbers_are_told_apart():
    classes = column_of("predicted", np.array([0, 1, -1]), ("well", "ill"))
    assert (classes.kind, classes.labels) == ("class", ("unknown", "well", "ill"))
    assert column_of("ward", np.array(["b", "a"]), ()).values == ("a", "b")
    assert column_of("male", np.array([True, False]), ()).values == (0.0, 1.0)
    number = column_of("age", np.arange(99.0), ())
    assert (number.kind, number.n_bin) == ("number", 20)
    assert np.bincount(number.bins(np.arange(99.0))).sum() == 99


@pytest.mark.parametrize(("most", "last"), [(0.03, 0.05), (0.4, 0.5), (0.97, 1.0)])
def test_probabilities_are_numbers_however_few_there_are(most, last):
    column = column_of("probability", np.array([0.01, most]), ())
    assert (column.kind, column.n_bin) == ("number", 20)
    assert column.edges[-1] == pytest.approx(0.95 * last)


def test_parts_of_whole_numbers_are_no_categories():
    assert column_of("score", np.array([0.5, 1.0]), ()).kind == "number"


def test_predictions_come_first_and_what_the_explainer_left_last(cube):
    columns = columns_of(cube)
    names = [one.name for one in columns]
    assert names[:4] == ["predicted", "label", "outcome", "probability"]
    assert [technical(cube, one) for one in columns] == sorted(technical(cube, one) for one in columns)
    own = {one.name for one in columns if technical(cube, one)}
    assert {"score", "total", "n_row", "completeness"} <= own
    assert not own & {"length", *static_columns(cube)}


def test_predictions_that_are_unknown_have_no_outcome(cube):
    column = next(one for one in columns_of(cube) if one.name == "outcome")
    unknown = (cube.samples["label"] < 0) | (cube.samples["predicted"] < 0)
    assert column.n_missing == unknown.sum()
    assert (column.bins(cube.samples["outcome"]) == -1).tolist() == unknown.tolist()


def test_a_missing_value_is_in_no_bin():
    column = column_of("age", np.array([1.0, np.nan]), ())
    np.testing.assert_array_equal(column.bins(np.array([1.0, np.nan])), [0, -1])


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("sort", ["in_brush", "n_brush", "score", "id"])
def test_a_list_is_sorted_and_has_only_what_is_brushed(cube, sort, descending):
    found = brushed(cube, everybody(cube), BRUSH)
    page = listing(cube, found, sort=sort, descending=descending, n=200)
    assert page.n == len(page.sample) == (found.n > 0).sum()
    np.testing.assert_array_equal(found.n[page.sample], page.n_brush)
    own = {"in_brush": page.in_brush, "n_brush": page.n_brush}
    keys = own[sort] if sort in own else cube.samples[sort][page.sample]
    assert sorted(keys.tolist(), reverse=descending) == keys.tolist()


@pytest.mark.parametrize("sign", [1, -1])
def test_those_come_first_that_are_moved_most_the_way_all_are(cube, sign):
    found = brushed(cube, everybody(cube), BRUSH)
    total = sign * np.abs(found.total)
    page = listing(cube, replace(found, total=total), n=200)
    assert page.descending is (sign > 0)
    np.testing.assert_array_equal(np.abs(page.in_brush), np.sort(np.abs(total[found.n > 0]))[::-1])


def test_pages_follow_one_another(cube):
    found = brushed(cube, everybody(cube), Selection())
    whole = listing(cube, found, n=200).sample
    parts = [listing(cube, found, first=first, n=5).sample for first in (0, 5, 10)]
    np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_what_is_missing_comes_last(cube):
    cube.samples["score"] = np.where(np.arange(len(cube)) == 2, np.nan, cube.samples["score"])
    found = brushed(cube, everybody(cube), Selection())
    for descending in (True, False):
        assert listing(cube, found, sort="score", descending=descending, n=200).sample[-1] == 2


def test_a_page_that_is_too_long_is_refused(cube):
    found = brushed(cube, everybody(cube), Selection())
    with pytest.raises(InputError, match="1 to 200 entries"):
        listing(cube, found, n=201)


def test_the_sum_of_what_is_brushed_is_that_of_the_table(cube):
    found = brushed(cube, everybody(cube), BRUSH)
    meant = BRUSH.mask(cube.spec)
    assert found.n.sum() == cube.everybody.n[:, meant].sum()
    assert found.total.sum() == pytest.approx(cube.everybody.total[:, meant].sum())


def test_samples_of_other_groups_have_nothing(cube):
    found = brushed(cube, everybody(cube), Selection(groups=(0,)))
    assert set(cube.group[found.sample[found.n > 0]].tolist()) == {0}


def test_a_sequence_has_its_values_attributions_and_times(cube):
    whole = cube.run.explanation_of(["s9"])
    found = sequence(cube, "s9")
    n_step = int(whole["exists"].values.sum())
    np.testing.assert_array_equal(found.attribution, whole["attribution"].values[0, :n_step])
    value = np.where(whole["observed"], whole["value"], np.nan)[0, :n_step]
    np.testing.assert_array_equal(found.value, value)
    np.testing.assert_array_equal(found.times, whole["times"].values[0, :n_step])


def test_steps_that_share_a_time_bin_are_still_told_apart(run):
    build(run, fineness=Fineness(n_time=2), progress="off")
    whole = run.explanation_of(["s3"])
    found = sequence(open_cube(run), "s3")
    np.testing.assert_array_equal(found.attribution, whole["attribution"].values[0, : len(found.attribution)])


def test_a_sequence_of_events_has_the_codes_that_happen(tmp_path):
    run = write_run(tmp_path / "run", events(0))
    build(run, progress="off")
    whole = run.explanation_of(["s0"])
    found = sequence(open_cube(run), "s0")
    assert found.feature.tolist() == sorted(set(whole["row_feature"].values.tolist()))
    assert np.nansum(found.attribution) == pytest.approx(float(whole["attribution"].sum()), abs=1e-6)


def test_values_of_events_are_in_the_units_of_their_records(tmp_path):
    run = write_run(tmp_path / "run", events(0, n_code=1, n_step=400, scaled=True))
    build(run, progress="off")
    one = run.explanation_of(["s0"])
    value = one["value_mean"].values + one["value_deviation"].values * one["row_value"].values.astype("f8")
    found = sequence(open_cube(run), "s0").value[one["row_time"].values, 0]
    np.testing.assert_array_equal(found, np.where(one["row_observed"].values, value, np.nan))


def test_a_sequence_without_explained_rows_is_empty(tmp_path):
    run = write_run(tmp_path / "run", events(0))
    build(run, progress="off")
    assert sequence(open_cube(run), "s1").attribution.shape == (0, 0)


def test_the_nearest_are_of_another_class_and_in_order(cube):
    found = nearest(cube, "s0", n=3)
    predicted = cube.samples["predicted"]
    assert (predicted[found.sample] != predicted[0]).all()
    assert (np.diff(found.distance) >= 0).all()
    away = (cube.profiles - cube.profiles[0]) / cube.profiles.std(axis=0)
    others = np.sqrt((away[predicted != predicted[0]] ** 2).mean(axis=1))
    np.testing.assert_allclose(found.distance, np.sort(others)[:3], rtol=1e-5)


def test_of_a_part_that_is_not_touched_more_may_be():
    assert half_of_share(0, 1000, share=0.1) == pytest.approx(0.0034, abs=1e-4)
    assert half_of_share(0, 1000, share=1.0) == 0


@pytest.mark.parametrize("true", [0.003, 0.02, 0.5, 0.98])
def test_intervals_of_a_share_hold_the_true_one(true):
    drawn = np.random.default_rng(1000).binomial(1000, true, 2000)
    held = [abs(one / 1000 - true) <= half_of_share(int(one), 1000, share=0.01) for one in drawn]
    assert np.mean(held) > 0.94
