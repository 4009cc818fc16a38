"""A report says of rows what can be worked out by hand."""

import math

import numpy as np
import pytest
from scipy import stats

from aition.bench.figures import FIGURES, MAIN
from aition.bench.published import PUBLISHED, published
from aition.bench.report import boards
from aition.bench.student import interval_of, quantile
from aition.core.errors import InputError


def row(seed, auprc, *, task="toy", how="mask", fold=0, recipe="r", **changes):
    known = {"task": task, "recipe": recipe, "method": how, "preset": "", "settings": {"steps": 50, "rate": 0.1}}
    known |= {"seed": seed, "fold": fold, "lead": "auprc", "pool": True, "n_series": 6, "n_time": 4, "n_feature": 2}
    known |= {"metrics": {"auprc": auprc, "cpp": 1 - auprc}, "cpu_seconds": 2.0 * seed, "peak_rss_mb": 300.0}
    return known | {"model": {"digest": "0", "accuracy": 0.75}, "versions": {"aition": "1"}} | changes


def only(rows):
    (board,) = boards(rows)
    return board


def test_mean_and_interval_of_three_seeds_are_those_made_by_hand():
    one = only([row(1, 0.1), row(2, 0.2), row(3, 0.6)]).standings[0]
    assert one.figures["auprc"].mean == pytest.approx(0.3)
    half = 4.302652729911275 * math.sqrt(0.07 / 3)
    assert one.figures["auprc"].high == pytest.approx(0.3 + half)
    assert one.figures["auprc"].low == pytest.approx(0.3 - half)
    assert one.costs["cpu_seconds"].mean == pytest.approx(4)
    assert one.values["auprc"] == (0.1, 0.2, 0.6)


def test_folds_of_a_seed_are_one_value():
    one = only([row(1, 0.1), row(1, 0.3, fold=1), row(2, 0.5), row(2, 0.7, fold=1)]).standings[0]
    assert one.values["auprc"] == pytest.approx((0.2, 0.6))
    assert (one.seeds, one.n_fold, one.n_row) == ((1, 2), 2, 4)


def test_folds_of_a_single_seed_are_values_with_a_warning():
    board = only([row(1, 0.1), row(1, 0.3, fold=1)])
    assert board.standings[0].values["auprc"] == (0.1, 0.3)
    assert any("too narrow" in note for note in board.notes)


def test_one_row_has_no_interval():
    board = only([row(1, 0.4)])
    assert math.isnan(board.standings[0].figures["auprc"].low)
    assert any("no interval" in note for note in board.notes)


def test_the_best_stands_first_and_what_refused_last():
    refused = {"metrics": None, "refused": "no gradients"}
    rows = [row(1, 0.4, how="a"), row(1, 0.0, how="b", **refused), row(1, 0.8, how="c")]
    rows[1].pop("metrics")
    board = only(rows)
    assert [one.label for one in board.standings] == ["c", "a", "b"]
    assert board.standings[2].refused == "no gradients"


def test_of_a_figure_whose_lower_is_better_the_lowest_stands_first():
    board = only([row(1, 0.4, how="a", lead="cpp"), row(1, 0.8, how="b", lead="cpp")])
    assert [one.label for one in board.standings] == ["b", "a"]


def test_only_the_settings_that_differ_are_told():
    rows = [row(1, 0.4), row(1, 0.5, settings={"steps": 90, "rate": 0.1}), row(1, 0.3, how="other")]
    assert [one.label for one in only(rows).standings] == ["mask steps=90", "mask steps=50", "other"]


def test_a_preset_is_told():
    rows = [row(1, 0.4), row(1, 0.5, preset="paper", settings={"steps": 500, "rate": 0.1})]
    assert [one.label for one in only(rows).standings] == ["mask (paper)", "mask"]


def test_recipes_of_a_task_never_mix():
    names = [board.task for board in boards([row(1, 0.4), row(1, 0.5, recipe="s")])]
    assert names == ["toy (recipe r)", "toy (recipe s)"]


def test_a_row_that_stands_in_two_files_counts_once():
    assert only([row(1, 0.4), row(1, 0.9)]).standings[0].figures["auprc"].mean == 0.4


def refusal(seed, why="no gradients", **changes):
    return {name: value for name, value in row(seed, 0.0, **changes).items() if name != "metrics"} | {"refused": why}


def test_a_row_with_figures_counts_before_a_refusal_wherever_it_stands():
    for rows in ([refusal(1), row(1, 0.4)], [row(1, 0.4), refusal(1)]):
        one = only(rows).standings[0]
        assert (one.seeds, one.n_refused, one.figures["auprc"].mean) == ((1,), 0, 0.4)


def test_of_refusals_of_one_key_the_last_counts():
    assert only([refusal(1, "before"), refusal(1, "after")]).standings[0].refused == "after"


def test_refused_seeds_are_no_runs():
    one = only([row(1, 0.4), row(2, 0.6), refusal(3), refusal(4), refusal(5)]).standings[0]
    assert (one.seeds, one.n_row, one.n_refused, one.refused) == ((1, 2), 2, 3, "no gradients")


def test_a_row_without_figures_is_counted_as_such():
    one = only([row(1, 0.4), row(2, 0.0, metrics={})]).standings[0]
    assert (one.seeds, one.n_row, one.n_empty) == ((1,), 1, 1)


def test_a_figure_of_one_seed_among_several_has_no_interval_from_its_folds():
    folds = [row(1, 0.1), row(1, 0.3, fold=1), row(2, 0.0, metrics={"cpp": 0.5})]
    one = only(folds).standings[0]
    assert one.values["auprc"] == (0.2,)
    assert math.isnan(one.figures["auprc"].low)
    assert one.rests["auprc"] == (1, 2)


def test_folds_of_seeds_are_counted_each():
    one = only([row(1, 0.1), row(1, 0.3, fold=1), row(2, 0.5)]).standings[0]
    assert (one.folds, one.n_fold, one.is_even) == ((2, 1), 2, False)


def test_a_figure_that_judges_nothing_never_leads():
    assert only([row(1, 0.4, lead="shortcut_share")]).lead == "auprc"


def test_a_method_that_refused_is_not_said_to_have_run_on_other_seeds():
    assert not any("different seeds" in note for note in only([row(1, 0.4), refusal(1, how="b")]).notes)


def test_different_seeds_are_noted():
    assert any("different seeds" in note for note in only([row(1, 0.4), row(2, 0.4, how="b")]).notes)


def test_what_was_explained_is_told():
    assert only([row(1, 0.4)]).shown == (
        "6 series × 4 steps × 2 features, the cells of all series judged together; "
        "the model is right on 75.0 % of the labels"
    )


def test_no_rows_are_no_report():
    with pytest.raises(InputError, match="at least one"):
        boards([])


def test_published_figures_stand_beside():
    board = only([row(1, 0.4, task="state")])
    assert ("ExtrMask", "aup", 0.885, 0.03) in [(p.method, p.metric, p.value, p.deviation) for p in board.published]


def test_published_figures_are_of_known_metrics_and_in_their_ranges():
    assert {one.metric for one in PUBLISHED} <= set(FIGURES)
    shares = [one.value for one in PUBLISHED if one.metric not in ("information", "entropy")]
    assert 0 <= min(shares) <= max(shares) <= 1
    assert len({(one.task, one.source, one.method, one.metric) for one in PUBLISHED}) == len(PUBLISHED)


def test_what_was_only_recalled_or_is_an_artefact_is_not_published():
    assert not [one for one in PUBLISHED if one.method == "TimeX++"]
    timing = {one.method for one in published("state") if "TIMING" in one.source}
    assert timing == {"TIMING", "LIME", "IG"}


def test_units_of_published_sums_are_those_of_rows():
    found = {
        one.method: one.value for one in published("state") if one.metric == "information" and "Enguehard" in one.source
    }
    assert found["ExtrMask"] == 280000


def test_main_figures_are_figures():
    assert set(MAIN) <= set(FIGURES)


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 5, 8, 9, 30, 101])
@pytest.mark.parametrize("level", [0.5, 0.95, 0.999])
def test_the_quantile_is_that_of_scipy(freedom, level):
    assert quantile(level, freedom) == pytest.approx(stats.t.ppf((1 + level) / 2, freedom), rel=1e-9)


def test_an_interval_of_five_normal_values_covers_as_often_as_it_says():
    draws = np.random.default_rng(0).normal(size=(4000, 5))
    held = [one.low <= 0 <= one.high for one in map(interval_of, draws.tolist())]
    assert np.mean(held) == pytest.approx(0.95, abs=0.012)


def test_an_interval_of_nothing_is_refused():
    with pytest.raises(InputError, match="at least one"):
        interval_of([])


def test_a_method_is_named_by_the_settings_that_were_given():
    rows = [row(seed, 0.5, given={"steps": "90", "contrast": ".5"}) for seed in (0, 1)]
    assert [one.label for one in only(rows).standings] == ["mask steps=90, contrast=.5"]
