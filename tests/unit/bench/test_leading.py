"""What several boards say together can be worked out by hand."""

import math

import pytest

from aition.bench.expectation import Expected
from aition.bench.leading import NO_WEIGHTS, differences, printed, ranks, verdicts
from aition.bench.report import boards


def row(task, how, mean, *, seed=0, fold=0, lead="auprc", digest="7f", **changes):
    known = {"task": task, "recipe": "r", "method": how, "preset": "", "given": {}, "settings": {}, "seed": seed}
    known |= {"fold": fold, "lead": lead, "pool": True, "n_series": 6, "n_time": 4, "n_feature": 2, "summed": False}
    known |= {"metrics": {lead: mean}, "cpu_seconds": 2.0, "fit_cpu_seconds": 0.0, "peak_rss_mb": 300.0}
    return known | {"model": {"digest": digest}} | changes


def silent(task, how, why="no gradients"):
    made = row(task, how, 0.0, refused=why)
    del made["metrics"], made["cpu_seconds"], made["fit_cpu_seconds"], made["peak_rss_mb"]
    return made


def places(*rows):
    return {one.label: one.places.mean for one in ranks(boards(rows))}


def test_ranks_are_means_over_tasks_and_equal_means_share_theirs():
    first = [row("one", "a", 0.9), row("one", "b", 0.90004), row("one", "c", 0.5)]
    second = [row("two", "a", 0.4), row("two", "b", 0.2), row("two", "c", 0.3)]
    assert places(*first, *second) == {"a": (1.5 + 1) / 2, "b": (1.5 + 3) / 2, "c": (3 + 2) / 2}


def test_those_that_told_nothing_share_the_last_ranks():
    rows = [row("one", "a", 0.1), silent("one", "b"), silent("one", "c", "stopped after 5 CPU s"), row("one", "d", 0.2)]
    assert places(*rows) == {"d": 1, "a": 2, "b": 3.5, "c": 3.5}
    (one,) = (one for one in ranks(boards(rows)) if one.label == "c")
    assert (one.n_task, one.n_silent) == (1, 1)
    assert math.isnan(one.cpu_seconds)


def test_a_method_that_was_asked_on_few_tasks_has_no_rank():
    rows = [row(task, how, 0.5) for task in ("one", "two", "three") for how in ("a", "b")]
    assert set(places(*rows, row("one", "c", 0.9))) == {"a", "b"}


def test_the_lowest_is_best_where_less_is_better():
    assert places(row("one", "a", 0.1, lead="cpp"), row("one", "b", 0.2, lead="cpp")) == {"a": 1, "b": 2}


def test_methods_are_ranked_by_order_where_the_lead_is_a_figure_of_values():
    rows = [row("one", "a", 0.1, metrics={"aur": 0.1, "auprc": 1.0}, lead="aur")]
    rows += [row("one", "b", 0.5, metrics={"aur": 0.5, "auprc": 0.1}, lead="aur")]
    assert places(*rows) == {"a": 1, "b": 2}


def test_intervals_of_ranks_are_those_of_student_over_the_tasks():
    rows = [row("one", "a", 0.9), row("one", "b", 0.1), row("two", "a", 0.2), row("two", "b", 0.3)]
    one = ranks(boards(rows))[0]
    assert one.places.high - one.places.mean == pytest.approx(12.7062047 * 0.5)


@pytest.fixture
def _said(monkeypatch):
    found = [
        Expected("toy", "a", "auprc", "finds", 0.9, math.inf, "it must"),
        Expected("toy", "b", "auprc", "cannot", -math.inf, math.inf, "it has no gradients"),
        Expected("toy", "c", "auprc", "finds", 0.9, math.inf, "it must"),
        Expected("else", "a", "auprc", "finds", 0.9, math.inf, "it must"),
    ]
    monkeypatch.setattr("aition.bench.expected.EXPECTED", found)
    monkeypatch.setattr("aition.bench.leading.DEVIATIONS", {("toy", "a", "auprc"): "it did not"})


@pytest.mark.usefixtures("_said")
def test_a_deviation_has_its_reason_and_what_was_not_run_no_verdict():
    (board,) = boards([row("toy", "a", 0.8), silent("toy", "b")])
    assert [(one.expected.label, one.met, one.reason) for one in verdicts(board)] == [
        ("a", False, "it did not"), ("b", True, ""),
    ]  # fmt: skip


@pytest.mark.usefixtures("_said")
def test_what_is_met_has_no_reason_and_who_can_against_expectation_deviates():
    (board,) = boards([row("toy", "a", 0.9), row("toy", "b", 0.9), silent("toy", "c")])
    found = {one.expected.label: one for one in verdicts(board)}
    assert (found["a"].met, found["a"].reason) == (True, "")
    assert (found["b"].met, found["b"].mean) == (False, 0.9)
    assert not found["c"].met
    assert math.isnan(found["c"].mean)


def test_differences_are_paired_by_seed_and_fold_and_folds_averaged_first():
    base, mine = [0.5, 0.6, 0.1, 0.2], [0.7, 0.6, 0.4, 0.3]
    rows = []
    for place, (one, other) in enumerate(zip(base, mine, strict=True)):
        where = {"seed": place // 2, "fold": place % 2, "digest": f"net {place}"}
        rows += [row("toy", "integrated-gradients", one, **where), row("toy", "mask", other, **where)]
    (found,) = differences(rows)
    assert (found.task, found.label, found.metric) == ("toy", "mask", "auprc")
    assert found.values == pytest.approx((0.1, 0.2))
    assert found.gain.mean == pytest.approx(0.15)


def test_laws_other_networks_and_other_seeds_are_not_paired():
    base = row("toy", "integrated-gradients", 0.5)
    assert differences([base, row("toy", "mask", 0.6, digest="other")]) == ()
    assert differences([base, row("toy", "mask", 0.6, seed=1)]) == ()
    law = [row("toy", how, 0.5, digest=NO_WEIGHTS) for how in ("integrated-gradients", "mask")]
    assert differences(law) == ()
    weighted = [row("toy-white-box", how, 0.5) for how in ("integrated-gradients", "mask")]
    assert differences(weighted) == ()


def test_a_row_that_two_files_hold_counts_once_in_differences():
    rows = [row("toy", "integrated-gradients", 0.5), row("toy", "mask", 0.6)]
    (found,) = differences([*rows, *rows])
    assert found.values == pytest.approx((0.1,))


def test_differences_of_other_recipes_are_told_apart():
    rows = [row("toy", "mask", mean, recipe=recipe) for recipe, mean in (("r", 0.6), ("s", 0.9))]
    rows += [row("toy", "integrated-gradients", 0.5, recipe=recipe) for recipe in "rs"]
    found = {one.task: one.gain.mean for one in differences(rows)}
    assert found == pytest.approx({"toy (recipe r)": 0.1, "toy (recipe s)": 0.4})


def test_printed_differences_are_within_one_source():
    found = printed("state", "auprc", "extremal-mask")
    assert list(found.values()) == [pytest.approx(0.883 - 0.909)]
    assert printed("state", "auprc", "magnitude") == {}
