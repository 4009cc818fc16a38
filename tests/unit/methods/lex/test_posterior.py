"""What speaks for a class: beside every subset gone through by Bayes' rule."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from aition import FunctionModel, Target, TorchModel, explain, from_tensors
from aition.core.errors import InputError
from aition.impute.constant import ConstantImputer
from aition.impute.groups import EachCell, EachStep
from aition.methods.lex import Bernoulli, ClassPosterior, DenseSelector, ExactK, Lex, Rate, Ready, WithReplacement
from aition.methods.lex.candidates import Candidates
from aition.methods.lex.posterior import weighted_inclusion
from aition.view.plots import plot_class_against

SETTINGS = {
    "selector": DenseSelector((8,)),
    "imputer": Ready(ConstantImputer()),
    "epochs": 2,
    "batch_size": 20,
    "rivals": 0,
}
LAWS = [ExactK(2), Bernoulli(), WithReplacement(2)]


class Odds(nn.Module):
    """Three classes, each with a cell of its own."""

    def forward(self, x):
        return 3 * x[:, 0, :3]


def drawn(n_sample: int = 40, seed: int = 0):
    return from_tensors(torch.randn(n_sample, 1, 5, generator=torch.Generator().manual_seed(seed)))


def fitted_of(law):
    budget = {"budget": Rate(0.4)} if isinstance(law, Bernoulli) else {}
    return Lex(selection=law, **SETTINGS, **budget).fit(TorchModel(Odds()), drawn(), progress="off")


def gone_through(fitted, batch):
    """Inclusion by class and ``p(c | x)``, over every subset; the imputer is 0 everywhere."""
    law = fitted.settings.selection
    candidates = Candidates.of(batch, EachCell())
    turns = law.outcomes(candidates)
    chance = law.log_prob(fitted.logits(batch, candidates), candidates, turns.expand(len(batch), -1, -1)).exp()
    subset = (turns > 0).float()
    said = torch.stack([Odds()(batch.x * one).softmax(dim=1) for one in subset], dim=1)
    joint = chance[:, :, None] * said
    return torch.einsum("skc,kg->scg", joint, subset) / joint.sum(dim=1)[:, :, None], joint.sum(dim=1)


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_inclusion_by_class_is_that_of_every_subset_by_the_rule_of_bayes(law):
    fitted, batch = fitted_of(law), drawn(6, seed=1)
    answer = explain(ClassPosterior(fitted, draws=6000), TorchModel(Odds()), batch)
    exact, chance = gone_through(fitted, batch)
    torch.testing.assert_close(torch.tensor(answer.inclusion.values)[:, :, 0], exact, atol=0.03, rtol=0)
    torch.testing.assert_close(torch.tensor(answer.expected.values), chance, atol=0.02, rtol=0)


@pytest.fixture(scope="module")
def fitted():
    return fitted_of(ExactK(2))


def test_the_cell_of_a_class_is_what_speaks_for_it(fitted):
    batch = from_tensors(torch.full((1, 1, 5), 1.5))
    inclusion = explain(ClassPosterior(fitted), TorchModel(Odds()), batch).inclusion.values[0, :, 0]
    assert inclusion[:, :3].argmax(axis=0).tolist() == [0, 1, 2]


def test_what_all_classes_give_the_same_weight_is_the_selection_itself(fitted):
    even = TorchModel(nn.Sequential(nn.Flatten(), nn.Linear(5, 3).requires_grad_(False)))
    even.module[1].weight.zero_()
    answer = explain(ClassPosterior(fitted, draws=7), even, drawn(4, seed=2))
    gap = answer.inclusion.values - answer.attribution.values[:, None]
    assert abs(gap).max() < 1e-6
    assert answer.effective_sample_size.values == pytest.approx(7)


def test_the_effective_sample_size_is_that_of_the_weights(fitted):
    answer = explain(ClassPosterior(fitted, draws=16), TorchModel(Odds()), drawn(20, seed=1))
    size = answer.effective_sample_size.values
    assert 1 <= size.min() < 12 < size.max() <= 16 + 1e-4


def test_other_series_beside_change_nothing(fitted):
    model = TorchModel(Odds())
    whole = explain(ClassPosterior(fitted), model, drawn(9, seed=1))
    apart = explain(ClassPosterior(fitted), model, drawn(9, seed=1).take([5, 2]))
    assert abs(whole.inclusion.values[[5, 2]] - apart.inclusion.values).max() < 1e-6


def test_groups_are_selected_together():
    batch = from_tensors(torch.randn(40, 3, 5, generator=torch.Generator().manual_seed(0)))
    settings = SETTINGS | {"groups": EachStep(), "selection": ExactK(1)}
    found = Lex(**settings).fit(TorchModel(Odds()), batch, progress="off")
    inclusion = explain(ClassPosterior(found), TorchModel(Odds()), batch).inclusion.values
    assert abs(inclusion - inclusion[..., :1]).max() == 0


def test_one_output_speaks_for_two_classes():
    model = TorchModel(nn.Sequential(nn.Flatten(), nn.Linear(5, 1)))
    batch = replace(drawn(), label=torch.arange(40) % 2)
    found = Lex(selection=ExactK(2), **SETTINGS).fit(model, batch, Target.scalar(), progress="off")
    answer = explain(ClassPosterior(found), model, batch, Target.scalar())
    assert answer.inclusion.sizes["outcome"] == 2
    plot_class_against(answer, str(batch.ids[0]), 0, 1)


def test_what_was_not_observed_is_selected_for_no_class(fitted):
    seen = torch.ones(4, 1, 5, dtype=torch.bool)
    seen[:, 0, 1] = False
    batch = replace(drawn(4), observed=seen)
    assert abs(explain(ClassPosterior(fitted), TorchModel(Odds()), batch).inclusion.values[..., 1]).max() == 0


def test_probabilities_stay_in_their_range():
    tilted = weighted_inclusion(torch.tensor([[0.9, 0.1]]), torch.tensor([[[1, 0], [0, 1]]]), torch.eye(2)[None])
    assert 0 <= float(tilted.min()) < float(tilted.max()) <= 1


def test_a_selector_of_values_is_refused():
    model = FunctionModel(lambda batch: batch.x.sum(dim=(1, 2)))
    settings = {**SETTINGS, "selection": ExactK(2), "estimators": (Lex().estimators[0],)}
    values = Lex(**settings).fit(model, drawn(), Target.scalar(), progress="off")
    with pytest.raises(InputError, match="for a model of classes"):
        ClassPosterior(values)
