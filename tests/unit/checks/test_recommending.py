"""Recommending: honest explainers are chosen and confirmed, blind ones never; models that know nothing have none."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch

from aition import FunctionModel, Target, from_tensors
from aition.bench.blind import Magnitude
from aition.checks import Region, candidates_for, recommend, recommendation_json, strangers
from aition.checks.candidates import affordable
from aition.checks.finding import CheckVerdict
from aition.checks.halves import halves, timely
from aition.checks.leant import Place
from aition.checks.places import Part
from aition.checks.recommendation import Candidate, ranked, said, standing_of
from aition.checks.stranger import stranger
from aition.cli.recommend import lines_of, next_step
from aition.core.errors import InputError, RefusalError
from aition.core.model import outputs_of
from aition.methods import InputXGradient, Occlusion
from aition.metrics.interval import Interval
from aition.view.report import html, recommendation_report
from stand_ins.explainers import Chance, Edges

BLIND = {"sizes": Magnitude(), "edges": Edges(), "chance": Chance()}


@dataclass(frozen=True)
class Refusing:
    """Refuses."""

    def __call__(self, model, batch, question):
        raise RefusalError("this model is not for me")


@dataclass(frozen=True)
class Tiring:
    """Explains a few samples, and refuses more."""

    def __call__(self, model, batch, question):
        if len(batch) > 4:
            raise RefusalError("five are too many")
        return {"attribution": (("sample", "time", "feature"), torch.ones_like(batch.x))}


@dataclass(frozen=True)
class Choosy:
    """Refuses some samples, by their keys."""

    unwanted: tuple[int, ...]

    def __call__(self, model, batch, question):
        if set(batch.keys.tolist()) & set(self.unwanted):
            raise RefusalError("not these")
        return InputXGradient()(model, batch, question)


def asked(trained):
    model, train, test = trained(0)
    return model, test.batch, Target.predicted(), train.batch


def found(trained, explainers, *, model=None, **more):
    own, batch, target, background = asked(trained)
    look = {"background": background, "explainers": explainers, "progress": "off"}
    return recommend(model or own, batch, target, **{**look, **more})


def verdict(finding, check="removal"):
    return CheckVerdict(check, finding, f"{check} {finding}", Interval(0.3, 0.2, 0.4, 0.95, 40, 0), 0.0, False, "")


def stands(removal="passed", weights="passed", noise="passed", seeds="passed", *, n=2, draws=True):
    parts = {"removal": [verdict(removal)], "randomisation": [verdict(weights)]}
    parts["stability"] = [verdict(noise), verdict(seeds)]
    return standing_of(parts, n_replacement=n, draws=draws)[0]


def test_every_check_that_is_needed_is_needed():
    assert stands() == "passed"
    for part in ("removal", "weights", "noise", "seeds"):
        assert stands(**{part: "alarm"}) == "failed"
        for open_one in ("not decided", "too few samples", "not measured"):
            assert stands(**{part: open_one}) == "open"
    assert stands(n=1) == "open"
    assert stands(seeds="not measured", draws=False) == "passed"


def test_those_that_pass_come_first_and_then_the_larger_sure_gain():
    rows = [("a", "failed", 0.9), ("b", "passed", 0.1), ("c", "passed", 0.2), ("d", "refused", np.nan)]
    several = [Candidate(name, standing, "", (), gain, 0.0) for name, standing, gain in rows]
    assert [one.explainer for one in ranked(several)] == ["c", "b", "a", "d"]


def test_an_honest_explainer_is_chosen_among_blind_ones_and_told_on_other_samples(trained):
    what = found(trained, {"sizes": Magnitude(), "honest": InputXGradient(), "refusing": Refusing()})
    assert (what.ending, what.chosen) == ("recommended", "honest")
    assert what.words.startswith("Trust honest here")
    assert {one.finding for one in what.final} <= {"passed", "not measured"}
    assert next(one for one in what.final if one.check == "removal").figure.n_sample == what.n_final == 20
    standing = {one.explainer: one.standing for one in what.candidates}
    assert (standing.pop("honest"), standing.pop("refusing")) == ("passed", "refused")
    assert set(standing.values()) <= {"failed", "open"}
    assert recommendation_json(what)["chosen"] == "honest"
    assert len(what.leaning.features) == 1
    lines = lines_of(what)
    assert lines[0] == what.words
    assert any(line.startswith("On 20 samples that had no part in the choice") for line in lines)
    command = next_step(what, "m", "d", "", more=["--target class=1"], settings={"steps": "3"})
    assert command == "aition explain m d --target class=1 --explainer honest --set steps=3 --to runs/honest"
    near = replace(what, chosen="")
    closer = next_step(near, "m", "d", "b", settings={"steps": "3"})
    assert closer == "aition check m d --explainer honest --set honest.steps=3 --background b"
    page = html(recommendation_report(what, model="m", data="d", command=command))
    for part in (
        "Trust honest",
        "honest on the other half",
        "Features, by honest",
        "this model is not for me",
        command,
    ):
        assert part in page


def test_explainers_that_ignore_the_model_are_never_recommended(trained):
    what = found(trained, BLIND)
    assert (what.ending, what.chosen) == ("none passed", "")
    assert what.words.startswith("Trust none of the 3 explainers here")
    assert what.leaning.features == ()


def test_a_black_box_is_held_beside_networks_that_never_saw_the_data(trained):
    model, batch, target, background = asked(trained)
    box, few = FunctionModel(lambda batch: model(batch).detach()), batch.take(range(32))
    several = {"sizes": Magnitude(), "occlusion": Occlusion()}
    what = recommend(box, few, target, background=background, explainers=several, progress="off")
    assert what.chosen == "occlusion"
    sizes = next(one for one in what.candidates if one.explainer == "sizes")
    assert sizes.standing == "failed"
    assert any(one.check == "networks that never saw the data" and one.finding == "alarm" for one in sizes.verdicts)
    with pytest.raises(InputError, match="n_model must be 2"):
        strangers(Magnitude(), box, few, target, n_model=1)


def test_a_model_whose_answers_have_nothing_to_do_with_the_labels_has_nothing_to_explain(trained):
    model, batch, target, background = asked(trained)
    order = torch.randperm(len(batch), generator=torch.Generator().manual_seed(5))
    mixed = replace(batch, label=batch.label[order])
    what = recommend(model, mixed, target, background=background, explainers={"a": InputXGradient()}, progress="off")
    assert (what.ending, what.chosen) == ("nothing to explain", "")
    assert what.model.finding != "passed"


def test_an_explainer_that_fails_after_its_trial_stops_nothing(trained):
    model, batch, target, background = asked(trained)
    few, several = batch.take(range(12)), {"tiring": Tiring(), "sizes": Magnitude()}
    what = recommend(model, few, target, background=background, explainers=several, progress="off")
    assert what.chosen == ""
    assert [one.explainer for one in what.candidates] == ["tiring", "sizes"]
    assert what.candidates[0].standing == "open"
    assert "five are too many" in what.candidates[0].why


def test_the_best_that_refuses_the_other_half_is_not_held(trained):
    few = asked(trained)[1].take(range(24))
    unwanted = tuple(halves(few, seed=0)[1].keys.tolist())
    model, _, target, background = asked(trained)
    several = {"choosy": Choosy(unwanted)}
    what = recommend(model, few, target, background=background, explainers=several, progress="off")
    assert (what.ending, what.chosen, what.final) == ("not held", "", ())
    assert "did not pass again. not these. More samples may decide it." in what.words


def test_strangers_do_not_hang_on_units():
    x = torch.randn(6, 9, 2, generator=torch.Generator().manual_seed(1))
    box = FunctionModel(lambda batch: batch.x.sum(dim=1))
    said = []
    for units in (torch.tensor([1.0, 1.0]), torch.tensor([1.0, 1000.0])):
        batch = from_tensors(x * units + 5 * (units - 1))
        said.append(outputs_of(stranger(box, batch, seed=0), batch))
    assert torch.allclose(*said, atol=1e-4)
    assert said[0].std() > 1e-3


def test_few_samples_are_told_in_the_verdict():
    best = (Candidate("a", "passed", "", (), 0.1, 0.0),)
    enough = (verdict("passed"),)
    few = (replace(enough[0], figure=Interval(0.3, 0.2, 0.4, 0.95, 14, 0)),)
    assert "too few" in said("recommended", best, few, 14)
    assert "too few" not in said("recommended", best, enough, 40)


@pytest.mark.parametrize(("n_sample", "leans"), [(4, False), (5, True)])
def test_a_model_leans_on_nothing_by_fewer_than_five_samples(n_sample, leans):
    share, cost = (Interval(mean, mean - 0.1, mean + 0.1, 0.95, n_sample, 0) for mean in (0.5, 0.3))
    assert Place(Region("pulse", 0, 3), False, Part("pulse", 0.1, share), (("means", cost),), "score").leans == leans


def test_halves_do_not_hang_on_the_order_and_share_nothing(trained):
    batch = asked(trained)[1]
    parts = [set(one.ids.tolist()) for one in halves(batch, seed=0)]
    other = [set(one.ids.tolist()) for one in halves(batch.take(list(range(len(batch)))[::-1]), seed=0)]
    assert parts == other
    assert not parts[0] & parts[1]
    assert parts != [set(one.ids.tolist()) for one in halves(batch, seed=1)]


def test_what_there_is_no_time_for_is_told(trained):
    what = found(trained, {"honest": InputXGradient()}, seconds=1e-6)
    assert (what.chosen, what.candidates[0].standing) == ("", "no time")
    assert "for 1 there was no time" in what.words
    assert affordable({"a": 3.0, "b": 1.0}, 2.0) == ("b",)


def test_the_choice_is_confirmed_on_what_there_is_time_for_and_forty_at_least():
    best, final = Candidate("a", "passed", "", (), 0.1, 20.0), from_tensors(torch.zeros(100, 3, 1))
    counts = [len(timely(final, best, seen=40, seconds=left)) for left in (-1.0, 10.0, 30.0, 90.0)]
    assert counts == [40, 40, 60, 100]
    assert len(timely(final.take(range(7)), best, seen=7, seconds=1.0)) == 7


def test_a_suspect_is_measured_and_what_is_not_there_is_refused(trained):
    name = asked(trained)[1].feature_names[0]
    what = found(trained, {"honest": InputXGradient()}, suspects=[Region(name, 0, 1)])
    (place,) = [one for one in what.leaning.places if one.suspected]
    assert str(place.region) == f"{name} at steps 0 to 1"
    assert place.words.startswith("The model was not shown to lean on" if not place.leans else "The model leans on")
    assert what.leaning.raised[0] is place
    for wrong in (Region("hope"), Region(name, 0, 400), Region(name, 3, 1)):
        with pytest.raises(InputError, match="suspect"):
            found(trained, {"honest": InputXGradient()}, suspects=[wrong])


def test_what_can_not_be_asked_is_refused(trained):
    model, batch, target, background = asked(trained)
    with pytest.raises(InputError, match="4 or more"):
        recommend(model, batch.take([0, 1, 2]), target)
    with pytest.raises(InputError, match="seconds must be above 0"):
        recommend(model, batch, target, seconds=0)
    with pytest.raises(InputError, match="at least one explainer"):
        recommend(model, batch, target, explainers={})
    with pytest.raises(RefusalError, match="not for me"):
        recommend(model, batch, target, explainers={"refusing": Refusing()})
    assert set(candidates_for(FunctionModel(lambda one: model(one)), background)) < set(
        candidates_for(model, background)
    )
