"""Profiles name what there is, in an order that may be cut anywhere; a budget says what no longer fits."""

import math
from contextlib import suppress

import pytest

from aition.bench.blind import Magnitude, Random
from aition.bench.budget import Budget
from aition.bench.costs import Costs
from aition.bench.expectation import Expected
from aition.bench.expected import EXPECTED
from aition.bench.figures import FIGURES
from aition.bench.measure import Job, measured
from aition.bench.overtime import Overtime, limited
from aition.bench.profiles import PROFILES, Entrant, Grid, Profile, profile_named
from aition.bench.report import label_of
from aition.bench.tasks import TASKS
from aition.core.errors import InputError
from aition.core.explain import explain
from stand_ins.toy_task import TOY

HOME = "stand_ins.toy_task:"


def label(job):
    return label_of([{"method": job.method, "preset": job.preset, "given": dict(job.given)}], [])


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_asks_for_what_there_is_and_for_every_row_once(name):
    jobs = [one.job for one in PROFILES[name].planned(Costs())]
    words = [str(one) for one in jobs]
    assert len(set(words)) == len(words)
    assert {one.task for one in jobs} <= set(TASKS)
    for job in {(one.method, one.preset, str(one.given)): one for one in jobs}.values():
        assert job.explainer() is not None
    assert all(one.fold < TASKS[one.task].n_fold and one.limit > 0 for one in jobs)


def test_the_full_profile_has_every_task_five_seeds_and_five_folds_at_most():
    jobs = [one.job for one in PROFILES["full"].planned(Costs())]
    assert {one.task for one in jobs} == set(TASKS)
    assert {one.seed for one in jobs} == set(range(5))
    assert {one.fold for one in jobs if one.task == "state"} == set(range(5))
    assert {one.fold for one in jobs if one.task == "s3"} == {0, 1}


def test_blind_methods_run_on_every_task_of_every_profile():
    for profile in PROFILES.values():
        for grid in profile.grids:
            for blind in ("random", "magnitude"):
                assert all(
                    any(Entrant(blind) in other.entrants and task in other.tasks for other in profile.grids)
                    for task in grid.tasks
                )


def test_the_first_seed_comes_first_and_the_cheap_before_the_dear():
    row = {"task": "s3", "method": "saliency", "row_cpu_seconds": 9.0}
    grid = Grid(("s3", "rare-time"), (Entrant("saliency"), Entrant("occlusion")), 2, 1, seconds=1, limit=5)
    planned = Profile("toy", "", (grid,)).planned(Costs([row]), tasks=("s3",))
    assert [(one.job.seed, one.job.method, one.seconds) for one in planned] == [
        (0, "occlusion", 1), (0, "saliency", 9.0), (1, "occlusion", 1), (1, "saliency", 9.0),
    ]  # fmt: skip


def test_what_a_profile_has_not_is_named():
    with pytest.raises(InputError, match=r"--profile must be one of quick, full, but is 'slow'"):
        profile_named("slow")
    with pytest.raises(InputError, match=r"TASK of profile quick must be one of rare-time, .*, but is 'panels'"):
        profile_named("quick").planned(Costs(), tasks=["panels"])


def test_costs_are_those_of_the_task_else_of_the_method_else_what_is_said():
    rows = [
        {"task": "a", "method": "m", "row_cpu_seconds": 2.0},
        {"task": "a", "method": "m", "row_cpu_seconds": 4.0},
        {"task": "b", "method": "m", "row_cpu_seconds": 9.0},
    ]
    costs = Costs(rows)
    found = [costs.of(Job(task, how), otherwise=7.0) for task, how in (("a", "m"), ("c", "m"), ("a", "n"))]
    assert found == [3.0, 5.0, 7.0]
    assert costs.of(Job("a", "m", given={"x": "1"}), otherwise=7.0) == 7.0


def test_a_budget_lets_begin_what_ends_in_time_and_learns_what_rows_cost():
    now = [0.0]
    grid = Grid(("s3",), (Entrant("saliency"),), n_seed=3, n_fold=1, seconds=50, limit=60)
    planned = Profile("toy", "", (grid,)).planned(Costs())
    watch = Budget(planned, Costs(), workers=2, minutes=1, clock=lambda: now[0])
    first, second, third = (one.job for one in planned)
    assert watch.minutes_left == 1.0
    assert watch.may_begin(first)
    now[0] = 20.0
    assert not watch.may_begin(second)
    watch.ended(first, {"task": "s3", "method": "saliency", "row_cpu_seconds": 30.0})
    assert watch.minutes_left == 0.5
    assert watch.may_begin(second)
    watch.ended(second, {})
    assert watch.minutes_left == 0.25
    now[0] = 50.0
    assert not watch.may_begin(third)


def test_without_a_budget_every_row_begins():
    watch = Budget([], Costs(), workers=1, clock=lambda: math.pi)
    assert watch.may_begin(Job("s3", "saliency"))
    with pytest.raises(InputError, match="budget must be above 0 minutes"):
        Budget([], Costs(), workers=1, minutes=-1)


def test_what_works_longer_than_its_limit_is_stopped_though_it_catches_every_exception():
    def stubborn():
        while True:
            with suppress(Exception):
                sum(range(1000))

    with pytest.raises(Overtime), limited(0.05):
        stubborn()


def test_a_row_over_its_limit_says_so_and_one_within_it_is_made(tmp_path, monkeypatch):
    row = measured(Job(HOME + "TOY", "saliency", limit=60.0), cache=tmp_path)
    assert row["metrics"]
    assert row["row_cpu_seconds"] >= row["cpu_seconds"]

    def endless(*_):
        while True:
            sum(range(1000))

    monkeypatch.setattr("aition.bench.measure.answered", endless)
    monkeypatch.setattr("aition.bench.measure.warm_up", lambda *_: None)
    row = measured(Job(HOME + "TOY", "saliency", limit=0.05), cache=tmp_path)
    assert row["refused"] == "stopped after 0.05 CPU s"
    assert row["stopped"] == 0.05
    assert "metrics" not in row


def test_a_limit_below_0_is_refused():
    with pytest.raises(InputError, match="limit must be 0 CPU seconds or more, but is -1"):
        Job(HOME + "TOY", "saliency", limit=-1).begun()


def test_blind_methods_never_ask_the_model_and_random_hangs_on_the_cell_alone():
    drawn = TOY.simulator(seed=0)

    def of(how, batch):
        return explain(how, drawn.white_box, batch, drawn.target, progress="off")["attribution"].values

    assert (of(Magnitude(), drawn.batch) == drawn.batch.x.abs().numpy()).all()
    assert (of(Random(), drawn.batch)[::-1] == of(Random(), drawn.batch.take(range(5, -1, -1)))).all()
    assert (of(Random(), drawn.batch) != of(Random(seed=1), drawn.batch)).any()


def test_expectations_are_of_figures_tasks_and_methods_that_a_profile_has_and_each_is_there_once():
    cells = {(one.job.task, label(one.job)) for one in PROFILES["quick"].planned(Costs())}
    keys = [(one.task, one.label, one.metric) for one in EXPECTED]
    assert len(set(keys)) == len(keys)
    assert {(one.task, one.label) for one in EXPECTED} == cells
    assert {one.metric for one in EXPECTED} <= set(FIGURES)
    assert all(one.why and one.low <= one.high for one in EXPECTED)


def test_an_expectation_is_met_within_its_bounds_and_cannot_by_no_figure_alone():
    one = Expected("s3", "lex", "tpr", "in part", 0.5, 0.9, "because")
    assert [one.met(mean) for mean in (0.4, 0.5, 0.9, 0.91, None)] == [False, True, True, False, False]
    assert one.words == "in part: tpr at least 0.5 and at most 0.9"
    none = Expected("s3", "lex", "tpr", "cannot", -math.inf, math.inf, "because")
    assert [none.met(mean) for mean in (0.4, None)] == [False, True]
