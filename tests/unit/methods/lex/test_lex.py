"""LEX: what is learned is the true selection, in every regime, and nothing else is touched."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from aition import Batch, FunctionModel, Target, TorchModel, explain, from_tensors
from aition.core.errors import InputError, RefusalError, TargetError
from aition.impute.constant import ConstantImputer
from aition.impute.groups import EachCell
from aition.methods.lex.budget import Rate
from aition.methods.lex.candidates import Candidates
from aition.methods.lex.estimators import LeaveOneOut, StraightThrough
from aition.methods.lex.fitted import FittedLex
from aition.methods.lex.imputing import Ready
from aition.methods.lex.lex import Lex
from aition.methods.lex.selection import Bernoulli, ExactK
from aition.models.selector import DenseSelector

N_SAMPLE, N_FEATURE = 300, 5
SMALL = {
    "selection": ExactK(2),
    "selector": DenseSelector((24,)),
    "estimators": (LeaveOneOut(4),),
    "epochs": 10,
    "batch_size": 50,
    "rate": 2e-2,
    "draws": 8,
    "rivals": 0,
}


class Switch(nn.Module):
    """Where the last feature is below 0 the first decides, else the second."""

    def __init__(self) -> None:
        super().__init__()
        self.strength = nn.Parameter(torch.tensor(6.0))

    def odds(self, x):
        return self.strength * torch.where(x[:, 0, -1] < 0, x[:, 0, 0], x[:, 0, 1])

    def forward(self, x):
        return torch.stack([-self.odds(x), self.odds(x)], dim=1)


def drawn(n_sample: int = N_SAMPLE, *, seed: int = 0, scale: float = 1.0, shift: float = 0.0) -> Batch:
    x = torch.randn(n_sample, 1, N_FEATURE, generator=torch.Generator().manual_seed(seed))
    label = (Switch().odds(x) > 0).long()
    return from_tensors(x * scale + shift, layout="sample time feature", label=label)


def truth(batch: Batch) -> torch.Tensor:
    true = torch.zeros(len(batch), N_FEATURE, dtype=torch.bool)
    true[:, -1] = True
    below = batch.x[:, 0, -1] < 0
    true[:, 0], true[:, 1] = below, ~below
    return true


@pytest.fixture(scope="module")
def model() -> TorchModel:
    return TorchModel(Switch())


@pytest.fixture(scope="module")
def fitted(model) -> FittedLex:
    return Lex(**SMALL).fit(model, drawn(), Target.predicted(), progress="off")


@pytest.fixture(scope="module")
def answer(fitted, model):
    return explain(fitted, model, drawn(200, seed=1))


def hits(answer, batch: Batch) -> float:
    selected = torch.tensor(answer.selected.values)[:, 0]
    return float((selected & truth(batch)).sum() / truth(batch).sum())


def test_a_fixed_model_is_explained_by_what_it_reads(answer):
    assert hits(answer, drawn(200, seed=1)) > 0.9


def test_so_many_cells_are_selected_as_were_asked_for(answer):
    assert bool((answer.selected.sum(("time", "feature")) == 2).all())


def test_probabilities_of_selection_sum_to_the_number_selected(answer):
    torch.testing.assert_close(torch.tensor(answer.attribution.values).sum(dim=(1, 2)), torch.full((200,), 2.0))


def test_the_likelihood_is_that_of_masks_and_imputations_drawn_one_by_one(fitted, model):
    batch, n_draw = drawn(200, seed=1), 64
    many = replace(fitted, settings=replace(fitted.settings, draws=n_draw))
    chance = fitted.logits(batch, Candidates.of(batch, EachCell())).softmax(dim=1)
    random, donors = torch.Generator().manual_seed(9), drawn().x
    total = torch.zeros(200, 2)
    for _ in range(n_draw):
        kept = torch.zeros(200, N_FEATURE).scatter(1, torch.multinomial(chance, 2, generator=random), 1.0)[:, None] > 0
        rows = donors[torch.randint(len(donors), (200,), generator=random)]
        with torch.no_grad():
            total += model(batch.with_x(torch.where(kept, batch.x, rows))).softmax(dim=1)
    with torch.no_grad():
        slow = (model(batch).softmax(dim=1) * (total / n_draw).log()).sum(dim=1)
    assert float(slow.mean()) == pytest.approx(float(explain(many, model, batch).log_likelihood.mean()), abs=0.02)


def test_the_same_seed_gives_the_same_weights(fitted, model):
    torch.manual_seed(5)
    again = Lex(**SMALL).fit(model, drawn(), Target.predicted(), progress="off")
    pairs = zip(fitted.selector.state_dict().values(), again.selector.state_dict().values(), strict=True)
    assert all(torch.equal(one, other) for one, other in pairs)


def test_the_model_and_the_global_generator_are_left_as_they_were():
    module = Switch().train()
    model = TorchModel(module)
    before, state = module.strength.detach().clone(), torch.get_rng_state()
    Lex(**{**SMALL, "epochs": 1}, predictor="joint").fit(model, drawn(60), progress="off")
    assert torch.equal(module.strength.detach(), before)
    assert module.training
    assert module.strength.requires_grad
    assert module.strength.grad is None
    assert torch.equal(torch.get_rng_state(), state)


def test_a_model_in_training_mode_is_explained_in_evaluation_mode(model, fitted):
    dropping = TorchModel(nn.Sequential(nn.Dropout(0.9), Switch()).train())
    again = Lex(**SMALL).fit(dropping, drawn(), Target.predicted(), progress="off")
    assert again.notes["held_out_bound"] == fitted.notes["held_out_bound"]


@pytest.mark.parametrize("regime", ["joint", "surrogate"])
def test_a_predictor_that_is_trained_on_labels_selects_the_truth(regime):
    weak = Switch()
    weak.strength.data.fill_(0.5)
    lex = Lex(**SMALL, predictor=regime, guide="labels", predictor_rate=5e-2, predictor_epochs=3)
    found = lex.fit(TorchModel(weak), drawn(), Target.predicted(), progress="off")
    batch = drawn(200, seed=1)
    assert hits(explain(found, found.own[0], batch), batch) > 0.9


def test_other_units_select_the_same_cells(answer):
    class Rescaled(Switch):
        def odds(self, x):
            return super().odds((x - 30) / 4)

    found = Lex(**SMALL).fit(TorchModel(Rescaled()), drawn(scale=4, shift=30), progress="off")
    other = explain(found, TorchModel(Rescaled()), drawn(200, seed=1, scale=4, shift=30))
    assert float((other.selected.values == answer.selected.values).mean()) > 0.99


def test_weights_that_decay_select_the_same_of_every_series(model):
    one = Lex(**{**SMALL, "epochs": 3, "decay": 49.0}).fit(model, drawn(), progress="off")
    assert float(explain(one, model, drawn(200, seed=1)).attribution.std("sample").max()) < 1e-3
    with pytest.raises(InputError, match="decay"):
        Lex(**SMALL, decay=50.0)


def test_a_rate_is_kept_without_a_price(model):
    lex = Lex(**{**SMALL, "selection": Bernoulli(), "budget": Rate(0.4), "epochs": 5, "judged": False, "rivals": 0})
    found = lex.fit(model, drawn(1000), progress="off")
    learned, others = (explain(found, model, some) for some in (drawn(1000), drawn(1000, seed=3)))
    assert abs(float(learned.attribution.mean()) - 0.4) < 0.002
    assert abs(float(others.attribution.mean()) - 0.4) < 0.01
    assert hits(others, drawn(1000, seed=3)) > 0.85


def test_the_best_of_several_estimators_goes_on(model):
    lex = Lex(**{**SMALL, "estimators": (LeaveOneOut(4), StraightThrough(4, 1e-3)), "epochs": 6})
    assert lex.fit(model, drawn(), progress="off").notes["estimator"] == "LeaveOneOut"


def test_a_black_box_is_explained_without_its_gradients(model, answer):
    box = FunctionModel(lambda batch: model(batch).detach().numpy())
    found = Lex(**SMALL).fit(box, drawn(), progress="off")
    other = explain(found, box, drawn(200, seed=1))
    assert bool((other.selected.values == answer.selected.values).all())


def test_values_are_explained_by_their_density():
    value = TorchModel(Switch(), lambda module, batch: module.odds(batch.x))
    found = Lex(**SMALL).fit(value, drawn(), Target.scalar(), progress="off")
    batch = drawn(200, seed=1)
    assert hits(explain(found, value, batch, Target.scalar()), batch) > 0.9


def test_horizons_of_a_forecast_are_explained_together():
    forecast = TorchModel(
        Switch(), lambda module, batch: module.odds(batch.x)[:, None] * torch.tensor([1.0, 0.5]), axes=("horizon",)
    )
    found = Lex(**SMALL).fit(forecast, drawn(), Target.whole("horizon"), progress="off")
    batch = drawn(200, seed=1)
    assert hits(explain(found, forecast, batch, Target.whole("horizon")), batch) > 0.9


def test_missing_and_padded_cells_are_never_selected(model):
    x = drawn(60).x.repeat(1, 3, 1)
    x[:, 1, 2] = float("nan")
    batch = from_tensors(x, layout="sample time feature", lengths=[2] * 60)
    found = Lex(**{**SMALL, "epochs": 1, "imputer": Ready(ConstantImputer())}).fit(model, batch, progress="off")
    whole = explain(found, model, batch)
    assert not whole.selected.values[:, 1, 2].any()
    assert bool((whole.attribution.values[:, 1, 2] == 0).all())
    assert not whole.selected.values[:, 2].any()


@pytest.mark.parametrize("longest", [0, 1])
def test_series_that_are_held_out_may_be_longer_than_all_that_are_learned_from(model, longest):
    lengths = [2 + (row == longest) for row in range(10)]
    batch = from_tensors(drawn(10).x.repeat(1, 3, 1), layout="sample time feature", lengths=lengths)
    short = {"epochs": 1, "imputer": Ready(ConstantImputer()), "held_out": 0.9, "judged": False}
    found = Lex(**{**SMALL, **short}).fit(model, batch, progress="off")
    assert explain(found, model, batch).selected.values[longest].sum() == 2


def test_what_is_not_fitted_refuses_to_explain(model):
    with pytest.raises(RefusalError, match="call fit"):
        explain(Lex(), model, drawn(4))


def test_labels_must_be_there_to_learn_from(model):
    bare = from_tensors(drawn(20).x, layout="sample time feature")
    with pytest.raises(TargetError, match="every series must have a label"):
        Lex(**SMALL, guide="labels").fit(model, bare)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"selection": Bernoulli()}, "selects everything where that costs nothing"),
        ({"budget": Rate(0.2)}, "ExactK selects 5 groups whatever they cost"),
        ({"predictor": "posthoc"}, "predictor must be"),
        ({"guide": "truth"}, "guide must be"),
        ({"estimators": ()}, "estimators must be one or more"),
        ({"epochs": 0}, "epochs must be a whole number"),
        ({"held_out": 1.0}, "held_out must be a share"),
    ],
)
def test_a_setting_out_of_range_is_refused(settings, words):
    with pytest.raises(InputError, match=words):
        Lex(**settings)


def test_a_black_box_is_refused_where_gradients_or_training_are_needed():
    box = FunctionModel(lambda batch: batch.x[:, 0, :2].numpy())
    with pytest.raises(RefusalError, match="StraightThrough needs gradients"):
        Lex().fit(box, drawn(20))
    with pytest.raises(RefusalError, match="trains a copy of the model"):
        Lex(predictor="joint").fit(box, drawn(20))
