"""Warmth: at first being undecided is worth something, so that no group is given up before it is met with others."""

import math

import pytest
import torch
from torch import nn

from aition import Target, TorchModel, explain, from_tensors
from aition.core.errors import InputError
from aition.impute.groups import EachCell
from aition.methods.lex import AtMostK, Bernoulli, Contiguous, DenseSelector, ExactK, LeaveOneOut, Lex, Rate
from aition.methods.lex.candidates import Candidates
from aition.methods.lex.saved import load_lex, save_lex
from aition.methods.lex.schedule import COOLED, Schedule, doubt

N_FEATURE = 6
SMALL = {
    "budget": Rate(0.3),
    "selector": DenseSelector((12,)),
    "estimators": (LeaveOneOut(3),),
    "epochs": 5,
    "batch_size": 40,
    "rate": 2e-2,
    "judged": False,
    "rivals": 0,
}
GRADED = (Bernoulli(), Contiguous(), AtMostK(3, among=N_FEATURE))


class Mute(nn.Module):
    """A model that says the same of every series."""

    def forward(self, x):
        return 0 * x[:, 0, :2]


class First(nn.Module):
    """A model that reads the first feature."""

    def forward(self, x):
        return torch.stack([-x[:, 0, 0], x[:, 0, 0]], dim=1)


def series(n_sample: int = 120):
    x = torch.randn(n_sample, 1, N_FEATURE, generator=torch.Generator().manual_seed(3))
    return from_tensors(x, layout="sample time feature")


def fitted(module: nn.Module, selection=Bernoulli(), **changes):  # noqa: B008 - frozen
    lex = Lex(selection, **(SMALL | changes))
    return lex.fit(TorchModel(module), series(), Target.predicted(), progress="off")


def chances(found, module: nn.Module) -> torch.Tensor:
    return torch.tensor(explain(found, TorchModel(module), series(), progress="off").attribution.values)[:, 0]


def test_doubt_is_that_of_coins_and_none_where_all_is_settled():
    assert float(doubt(torch.full((3, 4), 0.5))) == pytest.approx(4 * math.log(2))
    assert float(doubt(torch.tensor([[0.0, 1.0]]))) == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize("selection", GRADED, ids=lambda one: type(one).__name__)
def test_doubt_has_a_gradient_wherever_warmth_is_taken(selection):
    logits = torch.linspace(-2, 3, 2 * N_FEATURE).reshape(2, N_FEATURE).requires_grad_()
    candidates = Candidates.of(series(2), EachCell())
    (slope,) = torch.autograd.grad(doubt(selection.inclusion(logits, candidates)), logits)
    assert bool((slope != 0).any())


def test_no_warmth_is_left_after_two_fifths_of_the_epochs():
    schedule = Schedule(20, 100, 1e-3, 1e-3, 0, warmth=0.03)
    assert [schedule.warmth_at(COOLED * 20 * share) for share in (0, 1, 2)] == [0.03, 0.0, 0.0]
    assert schedule.warmth_at(4) == pytest.approx(0.015)


def test_where_nothing_is_told_a_warm_selector_gives_all_groups_the_same_chance():
    several = {"epochs": 20, "batch_size": 12}
    cold, warm = (chances(fitted(Mute(), **several, warmth=warmth), Mute()) for warmth in (0.0, 0.2))
    assert float((warm - 0.3).abs().mean()) < 0.25 * float((cold - 0.3).abs().mean())


def test_what_is_told_is_found_though_a_selector_was_warm():
    found = chances(fitted(First(), warmth=0.02), First()).mean(dim=0)
    assert int(found.argmax()) == 0


def test_the_same_seed_gives_the_same_weights_when_warm():
    one, same, cold = (fitted(First(), warmth=warmth).selector.state_dict() for warmth in (0.02, 0.02, 0.0))
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert not all(torch.equal(one[name], cold[name]) for name in one)


def test_exactly_so_many_groups_can_not_be_warm():
    with pytest.raises(InputError, match="warmth=0"):
        Lex(ExactK(2), warmth=0.01)


def test_warmth_is_0_or_more():
    with pytest.raises(InputError, match="warmth must be 0 or more"):
        Lex(Bernoulli(), budget=Rate(0.3), warmth=-0.01)


def test_warmth_is_kept_in_a_file(tmp_path):
    found = fitted(First(), warmth=0.02)
    save_lex(found, tmp_path / "warm.safetensors")
    assert load_lex(tmp_path / "warm.safetensors").settings.warmth == 0.02
