"""Presets: each is the published case, by what only that case does."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from aition import Target, TorchModel, explain, from_series, from_tensors
from aition.core.errors import InputError
from aition.impute.groups import EachStep
from aition.methods.lex import Coherence, DenseSelector, FastShap, Lex, WithReplacement
from aition.methods.lex.budget import mean_change
from aition.methods.lex.candidates import Candidates
from aition.registry import explainer

QUICK = {
    "selector": DenseSelector((16,)),
    "epochs": 6,
    "batch_size": 50,
    "rate": 2e-2,
    "draws": 4,
    "judged": False,
    "rivals": 0,
}


class Steps(nn.Module):
    """The first of four steps decides, by its sign."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(4, 2))
        with torch.no_grad():
            self.layers[1].weight.zero_()
            self.layers[1].weight[1, 0] = 6.0

    def forward(self, x):
        return self.layers(x)


def drawn(seed: int = 0, n_sample: int = 300):
    x = torch.randn(n_sample, 4, 1, generator=torch.Generator().manual_seed(seed))
    return from_tensors(x, label=(x[:, 0, 0] > 0).long())


@pytest.mark.parametrize("preset", Lex.PRESETS)
def test_a_preset_finds_the_step_that_decides(preset):
    changes = {"l2x": {"selection": WithReplacement(1)}, "realx": {"predictor_epochs": 4}}.get(preset, {})
    lex = getattr(Lex, preset)(**QUICK, **changes)
    found = lex.fit(TorchModel(Steps()), drawn(), Target.predicted(), progress="off")
    attribution = torch.tensor(explain(found, TorchModel(Steps()), drawn(1, 100)).attribution.values)[:, :, 0]
    assert float((attribution.argmax(dim=1) == 0).float().mean()) > 0.9


@pytest.mark.parametrize("preset", Lex.PRESETS)
def test_a_preset_is_asked_for_by_name(preset):
    assert explainer("lex", {"epochs": "7"}, preset=preset) == getattr(Lex, preset)(epochs=7)


def test_the_published_game_of_fast_shap_is_asked_for_by_name():
    assert explainer("fast-shap", {"epochs": "7"}, preset="paper") == replace(FastShap.paper(), epochs=7)


def test_draws_with_replacement_name_fewer_groups_than_there_are_draws():
    one = torch.ones(1, 1, 1, dtype=torch.bool)
    candidates = Candidates(one.long(), one, torch.ones(1, 4, dtype=torch.bool))
    logits = torch.tensor([[8.0, 0.0, 0.0, 0.0]])
    assert float(WithReplacement(3).inclusion(logits, candidates).sum()) < 1.1


def test_the_cost_of_a_rationale_is_that_of_masks_drawn_one_by_one():
    batch = from_tensors(torch.zeros(1, 5, 2))
    candidates = Candidates.of(batch, EachStep())
    chance = torch.tensor([[0.9, 0.1, 0.5, 0.3, 0.7]])
    masks = torch.rand(40_000, 5, generator=torch.Generator().manual_seed(0)) < chance
    slow = masks.float().mean() + 2 * (masks[:, 1:] != masks[:, :-1]).float().mean()
    assert float(Coherence(1.0, 2.0).measure(chance, candidates)) == pytest.approx(float(slow), abs=0.01)


def test_changes_in_the_padding_cost_nothing():
    whole = from_tensors(torch.zeros(1, 3, 1))
    padded = from_series([torch.zeros(3, 1), torch.zeros(5, 1)]).take([0])
    chance = torch.tensor([[0.2, 0.9, 0.4, 0.0, 0.0]])
    costs = [mean_change(chance[:, : batch.n_time], Candidates.of(batch, EachStep())) for batch in (whole, padded)]
    assert float(costs[0]) == pytest.approx(float(costs[1]))


def test_a_price_below_nothing_is_refused():
    with pytest.raises(InputError, match="breaks must be 0 or more"):
        Lex.rationale(breaks=-1.0)
