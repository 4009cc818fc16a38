"""From an explanation alone it is told whether its selection can be believed."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import xarray as xr
from torch import nn

from aition import Batch, Target, TorchModel, explain, from_tensors
from aition.checks import EvalX, honesty
from aition.checks.finding import as_json
from aition.core.errors import InputError
from aition.impute.constant import ConstantImputer
from aition.methods.lex import DenseSelector, ExactK, LeaveOneOut, Lex, Ready
from aition.methods.lex.saying import Saying
from aition.methods.lex.witness import fingerprints, judges_of

NAMES = ("encoding gap", "encoding gap of masks", "told by the choice", "static mask", "stability over seeds")
LEX = Lex(
    ExactK(2),
    selector=DenseSelector((24,)),
    estimators=(LeaveOneOut(4),),
    epochs=8,
    batch_size=50,
    rate=2e-2,
    draws=8,
    evaluator=EvalX((32,), epochs=20, lr=4e-3),
)


class Switch(nn.Module):
    """Where the last feature is below 0 the first decides, else the second."""

    def forward(self, x):
        odds = 6 * torch.where(x[:, 0, -1] < 0, x[:, 0, 0], x[:, 0, 1])
        return torch.stack([-odds, odds], dim=1)


class Both(nn.Module):
    """The class by the first feature; where only one of the last two is not 0, by which of them that is."""

    def forward(self, x):
        told = (x[:, 0, -1] != 0).to(x) - (x[:, 0, -2] != 0).to(x)
        odds = torch.where((x[:, 0, :3] == 0).all(dim=1), told, 4 * x[:, 0, 0])
        return torch.stack([-odds, odds], dim=1)


class Tells(nn.Module):
    """A selector that knows the class by the first feature, and shows it by which of the last two it selects."""

    def __init__(self):
        super().__init__()
        self.strength = nn.Parameter(torch.tensor(9.0))
        for name in ("mean_x", "scale_x"):
            self.register_buffer(name, torch.zeros(5))
        self.register_buffer("mean_static", torch.zeros(0))

    def forward(self, batch):
        up = (batch.x[:, :, :1] > 0).to(batch.x)
        nothing = torch.zeros_like(batch.x[:, :, :3])
        return self.strength * torch.cat([nothing, 1 - up, up], dim=2)


def drawn(n_sample: int, seed: int) -> Batch:
    x = torch.randn(n_sample, 1, 5, generator=torch.Generator().manual_seed(seed))
    return from_tensors(x, layout="sample time feature", label=(Switch()(x)[:, 1] > 0).long())


@pytest.fixture(scope="module")
def fitted():
    return LEX.fit(TorchModel(Switch()), drawn(400, 0), progress="off")


@pytest.fixture(scope="module")
def answer(fitted):
    return explain(fitted, TorchModel(Switch()), drawn(300, 1), progress="off")


@pytest.fixture(scope="module")
def telling():
    """A selector that tells the class by its mask, with the judge that a fit would have given it."""
    lex = replace(LEX, selection=ExactK(1), epochs=1, imputer=Ready(ConstantImputer()), rivals=0)
    batch, model = drawn(600, 0), TorchModel(Both())
    plain = replace(lex, judged=False).fit(model, batch, progress="off")
    told = replace(plain, settings=lex, selector=Tells(), notes={})
    data = told.asked(model, batch)

    def says(some):
        return Saying(told.law(), model, told.spread, some, torch.zeros(1, 0), 1)

    learn, held = data.take(torch.arange(540)), data.take(torch.arange(540, 600))
    return replace(told, witness=judges_of(lex.evaluator, told.law(), told.selector, 0.0, says, learn, held))


def findings(explanation) -> dict[str, str]:
    return {one.check: one.finding for one in honesty(explanation)}


def test_an_honest_selection_raises_no_alarm(answer):
    found = findings(answer)
    assert tuple(found) == NAMES
    assert found["told by the choice"] == found["static mask"] == found["stability over seeds"] == "passed"
    assert found["encoding gap"] == found["encoding gap of masks"] == "passed"


def test_a_telltale_selector_is_found_out_by_its_answer_alone(telling):
    told = explain(telling, TorchModel(Both()), drawn(300, 1), progress="off")
    verdicts = {one.check: one for one in honesty(told)}
    assert verdicts["encoding gap"].finding == verdicts["encoding gap of masks"].finding == "alarm"
    assert verdicts["told by the choice"].finding == "alarm"
    assert verdicts["told by the choice"].figure.mean > 0.2
    assert verdicts["stability over seeds"].finding == "not measured"


def test_what_is_switched_off_says_that_it_was_not_measured(fitted):
    bare = replace(LEX, judged=False, rivals=0, epochs=1).fit(TorchModel(Switch()), drawn(40, 0), progress="off")
    verdicts = {one.check: one for one in honesty(explain(bare, TorchModel(Switch()), drawn(30, 1), progress="off"))}
    assert {name for name, one in verdicts.items() if one.finding == "not measured"} == {*NAMES} - {"static mask"}
    assert "judged=False" in verdicts["encoding gap"].words
    assert "rivals=0" in verdicts["stability over seeds"].words
    few = replace(LEX, rivals=0, epochs=1).fit(TorchModel(Switch()), drawn(15, 0), progress="off")
    told = honesty(explain(few, TorchModel(Switch()), drawn(30, 1), progress="off"))[0]
    assert (told.finding, "20 series or more" in told.words) == ("not measured", True)


def test_series_that_the_judge_learned_from_are_not_judged(fitted):
    whole = explain(fitted, TorchModel(Switch()), drawn(400, 0), progress="off")
    assert int(whole.judged.sum()) == 40
    assert honesty(whole)[0].figure.n_sample == 40
    seen = drawn(400, 0).take(torch.tensor(np.flatnonzero(~whole.judged.values)))
    again = honesty(explain(fitted, TorchModel(Switch()), seen, progress="off"))[0]
    assert again.finding == "not measured"
    assert "has learned from all of these series" in again.words


def test_a_series_is_known_again_whatever_its_name_and_padding():
    batch = drawn(4, 3)
    x = torch.cat([batch.x, torch.full((4, 2, 5), 7.0)], dim=1)
    longer = from_tensors(x, layout="sample time feature", lengths=[1] * 4, ids=["a", "b", "c", "d"])
    assert torch.equal(fingerprints(longer), fingerprints(batch))
    assert len(fingerprints(drawn(50, 3)).unique()) == 50


def test_where_labels_are_the_guide_series_without_them_are_not_judged():
    lex = replace(LEX, predictor="joint", predictor_epochs=2, epochs=2, rivals=0)
    model = TorchModel(nn.Sequential(nn.Flatten(), nn.Linear(5, 2)))
    fitted = lex.fit(model, drawn(60, 0), progress="off")
    some = drawn(30, 1)
    label = torch.where(torch.arange(30) < 10, -1, some.label)
    judged = explain(fitted, model, replace(some, label=label), progress="off").judged.values
    assert judged.tolist() == [False] * 10 + [True] * 20


def test_values_are_judged_by_the_interval_that_they_lie_in():
    class Value(nn.Module):
        def forward(self, x):
            return 3 * torch.where(x[:, 0, -1] < 0, x[:, 0, 0], x[:, 0, 1])

    def bare(batch):
        return from_tensors(batch.x, layout="sample time feature")

    lex = replace(LEX, rivals=0, epochs=12)
    fitted = lex.fit(TorchModel(Value()), bare(drawn(600, 0)), Target.scalar(), progress="off")
    found = explain(fitted, TorchModel(Value()), bare(drawn(200, 1)), Target.scalar(), progress="off")
    assert fitted.witness.edges.shape == (1, 4)
    assert float(found.values_log_likelihood.mean()) > np.log(1 / 5) + 0.3
    assert float(found.own_log_likelihood.max()) <= 0
    assert {one.check: one.finding for one in honesty(found)}["told by the choice"] != "alarm"


def test_the_likelihood_of_the_subset_that_is_shown_is_that_of_its_mean_chances(answer):
    np.testing.assert_allclose(answer.expected_of_selected.sum("output"), 1, atol=1e-5)
    wanted = torch.softmax(torch.tensor(answer.prediction.values), dim=1)
    own = (wanted * torch.tensor(answer.expected_of_selected.values).log()).sum(dim=1)
    torch.testing.assert_close(own, torch.tensor(answer.own_log_likelihood.values), atol=1e-4, rtol=0)


def test_overlap_with_rivals_is_that_of_their_own_explanations(fitted, answer):
    (rival,) = fitted.witness.rivals
    other = replace(fitted, selector=rival.selector, shift=rival.shift)
    theirs = explain(other, TorchModel(Switch()), drawn(300, 1), progress="off").selected.values
    mine = answer.selected.values
    both, either = (mine & theirs).sum(axis=(1, 2)), (mine | theirs).sum(axis=(1, 2))
    np.testing.assert_allclose(answer.stability.values, both / either, atol=1e-6)


def test_rivals_and_the_judge_leave_what_is_learned_as_it_is(fitted):
    bare = replace(LEX, judged=False, rivals=0).fit(TorchModel(Switch()), drawn(400, 0), progress="off")
    pairs = zip(fitted.selector.state_dict().values(), bare.selector.state_dict().values(), strict=True)
    assert all(torch.equal(one, other) for one, other in pairs)


def test_a_judge_that_comes_later_says_what_that_of_the_fit_says(fitted, answer):
    bare = replace(LEX, judged=False).fit(TorchModel(Switch()), drawn(400, 0), progress="off")
    later = bare.with_judge(TorchModel(Switch()), drawn(400, 0), LEX.evaluator)
    told = explain(later, TorchModel(Switch()), drawn(300, 1), progress="off")
    np.testing.assert_allclose(told.values_log_likelihood, answer.values_log_likelihood, atol=1e-5)
    assert "not_judged" not in told.attrs
    with pytest.raises(InputError, match="20 series or more"):
        bare.with_judge(TorchModel(Switch()), drawn(15, 0))


def test_of_another_explainer_the_masks_alone_are_known():
    rows = np.zeros((30, 1, 4), dtype=bool)
    rows[:, 0, 0] = True
    found = findings(xr.Dataset({"selected": (("sample", "time", "feature"), rows)}))
    assert found == dict.fromkeys(NAMES, "not measured") | {"static mask": "alarm"}


def test_several_targets_are_told_one_by_one(answer):
    several = answer.expand_dims(target=2, axis=1)
    assert findings(several) == findings(answer)


def test_an_explanation_without_a_selection_is_refused(answer):
    with pytest.raises(InputError, match="explanation must hold selected"):
        honesty(answer.drop_vars("selected"))


def test_a_verdict_for_programs_leaves_out_figures_that_there_are_not(answer):
    told = as_json(honesty(answer.drop_vars("stability"))[4])
    assert told["finding"] == "not measured"
    assert "mean" not in told
    assert as_json(honesty(answer)[3])["samples"] == 300


def test_series_that_the_selector_learned_from_are_not_judged_by_a_judge_of_others():
    x = torch.randn(120, 1, 3, generator=torch.Generator().manual_seed(0))
    first, other = (from_tensors(part, layout="sample time feature") for part in x.split(60))
    model, target = TorchModel(Switch()), Target.predicted()
    alone = replace(LEX, epochs=1, judged=False, rivals=0).fit(model, first, target, progress="off")
    judged = alone.with_judge(model, other, EvalX((4,), epochs=1))
    for seen in (first, other):
        # Of either, those alone that were held out: a tenth.
        assert explain(judged, model, seen, target).judged.values.sum() == 6


def test_the_predictor_is_asked_once_of_the_cells_that_are_shown(fitted, monkeypatch):
    asked = []
    outputs = Saying.outputs

    def counted(saying, cells):
        asked.append(len(cells))
        return outputs(saying, cells)

    monkeypatch.setattr(Saying, "outputs", counted)
    explain(fitted, TorchModel(Switch()), drawn(30, 9), Target.predicted())
    assert len(asked) == 1 + 4  # the mask that is shown, and 4 that are drawn
