"""A table of findings: rows of several explainers and checks, within some seconds."""

from dataclasses import dataclass

import pytest

from aition import FunctionModel, Target
from aition.bench.blind import Magnitude
from aition.checks import Effort, as_json, quick_checks, run_checks
from aition.core.errors import InputError, RefusalError, TargetError
from aition.methods import InputXGradient
from stand_ins.explainers import Chance

SMALL = Effort(samples=24, fractions=(0.2,), n_draw=2, n_random=2, n_model=2, n_noise=1, seeds=(0, 1))


@dataclass(frozen=True)
class Refusing:
    """Refuses."""

    def __call__(self, model, batch, question):
        raise RefusalError("this model is not for me.")


def findings(rows):
    return {(one.explainer, one.verdict.check): one.verdict.finding for one in rows}


@pytest.fixture(scope="module")
def rows(trained):
    model, train, test = trained(0)
    explainers = {"honest": InputXGradient(), "blind": Magnitude(), "chance": Chance(), "refusing": Refusing()}
    return run_checks(explainers, model, test.batch, Target.predicted(), train.batch, effort=SMALL, progress="off")


def test_honest_blind_and_random_explainers_are_told_apart(rows):
    found = findings(rows)
    assert found["honest", "removal"] == found["honest", "fresh weights"] == "passed"
    assert found["honest", "stability under noise"] == found["honest", "agreement with others"] == "passed"
    assert found["blind", "fresh weights"] == "alarm"
    assert found["chance", "removal"] != "passed"
    assert found["chance", "stability over seeds of the explainer"] == "alarm"
    assert found["chance", "agreement with others"] == "alarm"


def test_who_refuses_has_a_row_for_each_check_that_says_why(rows):
    mine = [one for one in rows if one.explainer == "refusing"]
    assert len(mine) == len([one for one in rows if one.explainer == "honest"])
    assert {one.verdict.finding for one in mine} == {"not measured"}
    assert mine[0].verdict.words == "Not measured: this model is not for me."
    assert "mean" not in as_json(mine[0].verdict)


def test_without_time_nothing_is_measured_and_words_say_what_it_would_take(trained):
    model, train, test = trained(0)
    found = quick_checks({"honest": InputXGradient()}, model, test.batch, Target.predicted(), train.batch, 1e-9)
    assert {one.verdict.finding for one in found} == {"not measured"}
    assert "s of the budget are left" in found[0].verdict.words


def test_a_black_box_is_checked_by_what_needs_no_weights(trained):
    model, train, test = trained(0)
    box = FunctionModel(lambda batch: model(batch).detach())
    found = findings(run_checks({"blind": Magnitude()}, box, test.batch, Target.predicted(), train.batch, effort=SMALL))
    assert found["blind", "fresh weights"] == "not measured"
    assert found["blind", "stability under noise"] == "passed"
    assert found["blind", "agreement with others"] == "not measured"


def test_what_is_not_known_is_refused(trained):
    model, train, test = trained(0)
    asked = model, test.batch, Target.predicted(), train.batch
    with pytest.raises(InputError, match="at least one explainer"):
        run_checks({}, *asked)
    with pytest.raises(InputError, match="hold 'hope'"):
        run_checks({"blind": Magnitude()}, *asked, checks=("hope",))
    with pytest.raises(InputError, match="are empty"):
        run_checks({"blind": Magnitude()}, *asked, checks=())
    with pytest.raises(RefusalError, match="not for me"):
        run_checks({"refusing": Refusing()}, *asked)
    with pytest.raises(TargetError, match="one number a sample"):
        run_checks({"blind": Magnitude()}, *asked[:2], Target.whole("class"), asked[3])
    with pytest.raises(InputError, match="budget must be"):
        quick_checks({"blind": Magnitude()}, *asked, 0)


def test_only_the_checks_that_are_asked_for_are_made(trained):
    model, train, test = trained(0)
    asked = model, test.batch.take(range(5)), Target.predicted(), train.batch
    found = run_checks({"blind": Magnitude()}, *asked, checks=("stability",), effort=SMALL)
    assert [one.verdict.check for one in found] == ["stability under noise", "stability over seeds of the explainer"]
