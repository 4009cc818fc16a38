"""Regimes: every one learns the cells that matter, of classes, of values and of forecasts."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from aition import Batch, Target, TorchModel, explain, from_tensors
from aition.core.batch import Field
from aition.core.errors import InputError, RefusalError, TargetError
from aition.methods.lex import ClassPosterior, DenseSelector, EvalX, ExactK, LeaveOneOut, Lex

N_SAMPLE = 160
SMALL = {
    "selection": ExactK(1),
    "selector": DenseSelector((16,)),
    "estimators": (LeaveOneOut(4),),
    "epochs": 6,
    "predictor_epochs": 4,
    "batch_size": 40,
    "rate": 3e-2,
    "predictor_rate": 5e-2,
    "draws": 4,
    "judged": False,
    "rivals": 0,
}
REGIMES = {
    "in situ": {"predictor": "joint"},
    "surrogate": {"predictor": "surrogate"},
    "fixed": {"predictor": "fixed"},
    "guided": {"predictor": "joint", "guide": "model"},
    "self-guided": {"predictor": "self"},
}


class Scaled(nn.Module):
    """One cell times a weight, as two classes, a value, or a forecast of two horizons."""

    def __init__(self, form: str) -> None:
        super().__init__()
        self.form, self.weight = form, nn.Parameter(torch.tensor(3.0))

    def forward(self, x):
        value = self.weight * x[:, 1, 0]
        if self.form == "class":
            return torch.stack([-value, value], dim=1)
        return value if self.form == "value" else value[:, None, None] * torch.tensor([[1.0], [0.5]])


def model_of(form: str, *, weight: float = 3.0) -> TorchModel:
    module = Scaled(form)
    module.weight.data.fill_(weight)
    return TorchModel(module, axes=("horizon", "output") if form == "forecast" else ())


def target_of(form: str) -> Target:
    return {"class": Target.predicted(), "value": Target.scalar()}.get(form, Target.whole("horizon"))


def drawn(form: str, seed: int = 0) -> Batch:
    x = torch.randn(N_SAMPLE, 2, 2, generator=torch.Generator().manual_seed(seed))
    value = 3 * x[:, 1, 0]
    label = (value > 0).long() if form == "class" else value
    fields = {}
    if form == "forecast":
        future = value[:, None, None] * torch.tensor([[1.0], [0.5]])
        fields = {"future": Field(future, "context", ("sample", "horizon", "output"))}
    return from_tensors(x, layout="sample time feature", label=label, fields=fields)


@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize("form", ["class", "value", "forecast"])
def test_the_cell_that_matters_is_selected(regime, form):
    trained = regime in ("in situ", "surrogate", "self-guided")
    start = model_of(form, weight=0.3) if trained else model_of(form)
    guide = {"guide": "labels"} if regime == "surrogate" else {}
    fitted = Lex(**SMALL | REGIMES[regime] | guide).fit(start, drawn(form), target_of(form), progress="off")
    answer = explain(fitted, start, drawn(form, 1), target_of(form))
    assert answer.selected.values[:, 1, 0].mean() > 0.95
    assert bool(fitted.own) == (regime != "fixed")
    if regime in ("in situ", "self-guided"):
        assert float(fitted.own[0].module.weight.detach()) > 0.6


def fitted_of(form: str, target: Target):
    return Lex(**SMALL | {"epochs": 1}).fit(model_of(form), drawn(form), target, progress="off")


def test_a_predictor_that_guides_itself_is_held_to_what_it_says_of_whole_series():
    start = model_of("class", weight=0.3)
    fitted = Lex(**SMALL | {"predictor": "self"}).fit(start, drawn("class"), progress="off")
    batch = drawn("class", 1)
    with torch.no_grad():
        said = fitted.own[0](batch).softmax(dim=1)
    torch.testing.assert_close(fitted.asked(start, batch).wanted, said)


def test_several_targets_have_the_selection_of_the_whole():
    fitted, batch = fitted_of("forecast", Target.whole("horizon")), drawn("forecast", 1)
    several = explain(fitted, model_of("forecast"), batch, Target.each("horizon", range(2)))
    one = explain(fitted, model_of("forecast"), batch, Target.whole("horizon"))
    assert several.attribution.dims == ("sample", "target", "time", "feature")
    for place in range(2):
        assert bool((several.selected.values[:, place] == one.selected.values).all())
    assert one.expected.dims == ("sample", "outcome")


def test_each_class_has_the_selection_of_all():
    fitted, batch = fitted_of("class", Target.predicted()), drawn("class", 1)
    several = explain(fitted, model_of("class"), batch, Target.each("class", range(2)))
    assert several.expected.sizes == {"sample": N_SAMPLE, "target": 2, "output": 2}


def test_another_horizon_than_was_learned_is_refused():
    fitted = fitted_of("forecast", Target.output(horizon=0))
    with pytest.raises(RefusalError, match="fit it for the target that is asked"):
        explain(fitted, model_of("forecast"), drawn("forecast", 1), Target.output(horizon=1))


def test_another_step_than_was_learned_is_refused():
    steps = TorchModel(nn.Linear(2, 3))
    fitted = Lex(**SMALL | {"epochs": 1}).fit(steps, drawn("class"), Target.predicted(time=1), progress="off")
    batch = drawn("class", 1)
    assert explain(fitted, steps, batch, Target.predicted(time="last")).sizes["sample"] == N_SAMPLE
    for explainer in (fitted, ClassPosterior(fitted)):
        with pytest.raises(RefusalError, match="fit it for the target that is asked"):
            explain(explainer, steps, batch, Target.predicted(time=0))


def test_a_question_that_explaining_refuses_is_not_learned():
    with pytest.raises(TargetError, match=r"ask for Target\.scalar"):
        fitted_of("value", Target.of_class(1))
    one = TorchModel(nn.Sequential(nn.Flatten(), nn.Linear(4, 1)))
    with pytest.raises(TargetError, match=r"no class to choose by 'predicted'; ask for Target\.scalar"):
        Lex(**SMALL).fit(one, drawn("class"), Target.predicted(), progress="off")


def test_a_future_with_gaps_is_refused():
    batch = drawn("forecast")
    batch.fields["future"].value[3, 0, 0] = torch.nan
    with pytest.raises(TargetError, match="'future' must be finite"):
        Lex(**SMALL | {"predictor": "joint"}).fit(model_of("forecast"), batch, Target.whole("horizon"), progress="off")


def test_series_without_a_future_are_held_to_what_the_model_says():
    lex = Lex(**SMALL | {"predictor": "joint", "epochs": 1, "predictor_epochs": 1})
    fitted = lex.fit(model_of("forecast"), drawn("forecast"), Target.whole("horizon"), progress="off")
    bare = replace(drawn("forecast", 1), fields={})
    assert bool(explain(fitted, model_of("forecast"), bare, Target.whole("horizon")).log_likelihood.notnull().all())


def test_a_guide_beside_oneself_is_refused():
    with pytest.raises(InputError, match="its own guide"):
        Lex(predictor="self", guide="labels")


@pytest.mark.parametrize("regime", ["in situ", "surrogate", "self-guided"])
def test_a_model_whose_weights_were_frozen_is_trained_in_a_copy_all_the_same(regime):
    start = model_of("class", weight=0.3)
    start.module.requires_grad_(False)
    short = SMALL | {"epochs": 1, "predictor_epochs": 1}
    fitted = Lex(**short | REGIMES[regime]).fit(start, drawn("class"), target_of("class"), progress="off")
    assert float(fitted.own[0].module.weight) != pytest.approx(0.3)
    assert float(start.module.weight) == pytest.approx(0.3)
    assert not start.module.weight.requires_grad


def test_a_model_without_weights_can_not_be_trained():
    with pytest.raises(RefusalError, match="its module has no weights"):
        Lex(**SMALL | {"predictor": "surrogate"}).fit(TorchModel(nn.Flatten()), drawn("class"), progress="off")


@pytest.mark.parametrize("regime", ["fixed", "in situ"])
@pytest.mark.parametrize("form", ["class", "value", "forecast"])
def test_a_model_of_another_precision_is_explained_by_the_same_selector(form, regime):
    seen = {"epochs": 1, "judged": True, "rivals": 1, "evaluator": EvalX((4,), epochs=1)}
    fitted = Lex(**SMALL | seen | REGIMES[regime]).fit(model_of(form), drawn(form), target_of(form), progress="off")
    wide = model_of(form)
    wide.module.double()
    single, double = (explain(fitted, how, drawn(form, 1), target_of(form)) for how in (model_of(form), wide))
    assert bool((single.selected.values == double.selected.values).all())
    for name in ("log_likelihood", "own_log_likelihood", "values_log_likelihood", "chosen_log_likelihood"):
        assert double[name].values == pytest.approx(single[name].values, abs=1e-3)
