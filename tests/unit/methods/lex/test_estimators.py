"""Estimators: those called unbiased have the gradient of the bound as their mean, found here by going through all."""

import math
from dataclasses import replace

import pytest
import torch

from aition.core.batch import sample_keys
from aition.core.errors import InputError
from aition.methods.lex.at_most import AtMostK
from aition.methods.lex.candidates import Candidates
from aition.methods.lex.contiguous import Contiguous
from aition.methods.lex.control import Rebar, Relax
from aition.methods.lex.estimators import Enumeration, LeaveOneOut, Pathwise, Reinforce, StraightThrough, Trial
from aition.methods.lex.selection import Bernoulli, ExactK

N_GROUP, N_SAMPLE = 3, 8000
LOGITS = torch.tensor([[0.4, -0.6, 0.9]], dtype=torch.float64)
SLOPE = torch.randn(N_GROUP, 8, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
BEND = torch.randn(8, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
WEIGHT = torch.tensor([[0.7, 0.3]], dtype=torch.float64)
UNBIASED = [Reinforce(2), LeaveOneOut(2), Rebar(2), Rebar(2, 0.2, 0.8), Relax(2), Enumeration()]
BIASED = [StraightThrough(2), StraightThrough(2, through="all"), Pathwise(2)]


def score(mask, _subset, *, lost=True):
    odds = torch.tanh(1.5 * mask.double() @ SLOPE) @ BEND
    return torch.stack([torch.nn.functional.logsigmoid(odds), torch.nn.functional.logsigmoid(-odds)], dim=-1)


def trial(selection, n_sample: int = N_SAMPLE) -> Trial:
    logits = LOGITS.expand(n_sample, -1).clone().requires_grad_()
    group = torch.arange(N_GROUP)[None, :, None].expand(n_sample, -1, 1)
    candidates = Candidates(group, group >= 0, torch.ones(n_sample, N_GROUP, dtype=torch.bool))
    keys = sample_keys([str(i) for i in range(n_sample)])
    return Trial(selection, logits, candidates, score, WEIGHT.expand(n_sample, -1), keys)


def gradients(estimator, selection, n_sample: int = N_SAMPLE):
    asked = trial(selection, n_sample)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        learned = estimator.weights(N_GROUP).double()
    (found,) = torch.autograd.grad(estimator(asked, learned).surrogate.sum(), asked.logits)
    return found


def literal(selection, draws: int):
    """The gradient of the expected bound, term by term over all tuples of subsets."""
    asked = trial(selection, 1)
    turns = selection.outcomes(asked.candidates)[None]
    chance = selection.log_prob(asked.logits, asked.candidates, turns)[0]
    said = score(turns > 0, turns > 0)[0]
    places = torch.cartesian_prod(*[torch.arange(len(chance))] * draws).reshape(-1, draws)
    bound = (said[places].exp().sum(dim=1) / draws).log() @ WEIGHT[0]
    return torch.autograd.grad((chance[places].sum(dim=1).exp() * bound).sum(), asked.logits)[0][0]


@pytest.mark.parametrize("selection", [Bernoulli(), ExactK(2)], ids=str)
@pytest.mark.parametrize("estimator", UNBIASED[:-1], ids=str)
def test_the_mean_of_an_unbiased_gradient_is_that_of_the_bound(estimator, selection):
    found, exact = gradients(estimator, selection), literal(selection, 2)
    error = found.std(dim=0) / math.sqrt(N_SAMPLE)
    assert estimator.unbiased
    assert bool(((found.mean(dim=0) - exact).abs() < 4.5 * error).all())
    assert float(error.norm()) < 0.06 * float(exact.norm())


@pytest.mark.parametrize(
    ("estimator", "selection"),
    [(LeaveOneOut(2), Contiguous(0.8)), (Rebar(2), AtMostK(1, among=3)), (LeaveOneOut(2), AtMostK(2, among=3))],
    ids=str,
)
def test_so_it_is_where_subsets_come_in_runs_or_step_by_step(estimator, selection):
    test_the_mean_of_an_unbiased_gradient_is_that_of_the_bound(estimator, selection)


@pytest.mark.parametrize("estimator", [Pathwise(1), Rebar(1), Relax(1)], ids=str)
def test_scores_that_jump_are_refused_where_a_path_is_needed(estimator):
    with pytest.raises(InputError, match="that of Contiguous jumps; take"):
        gradients(estimator, Contiguous(), 2)


def test_masks_in_runs_go_straight_through():
    assert float(gradients(StraightThrough(2), Contiguous(), 20).abs().sum()) > 0


@pytest.mark.parametrize("selection", [Bernoulli(), ExactK(2)], ids=str)
def test_enumeration_is_the_log_likelihood_itself(selection):
    asked = trial(selection, 1)
    subsets = selection.outcomes(asked.candidates)[None]
    chance = selection.log_prob(asked.logits, asked.candidates, subsets)[0].exp()
    exact = float(((chance[:, None] * score(subsets > 0, None)[0].exp()).sum(dim=0).log() @ WEIGHT[0]).detach())
    assert float(Enumeration()(asked, torch.nn.Module()).bound) == pytest.approx(exact, abs=1e-12)


@pytest.mark.parametrize("estimator", BIASED, ids=str)
def test_a_gradient_that_is_called_biased_is(estimator):
    found, exact = gradients(estimator, Bernoulli()), literal(Bernoulli(), 2)
    error = found.std(dim=0) / math.sqrt(N_SAMPLE)
    assert not estimator.unbiased
    assert bool(((found.mean(dim=0) - exact).abs() > 6 * error).any())


@pytest.mark.parametrize("through", ["taken", "all"])
def test_a_straight_through_gradient_goes_through_selected_groups_only_where_all_are_asked(through):
    asked = trial(Bernoulli(), 200)
    found = gradients(StraightThrough(1, through=through), Bernoulli(), 200)
    chosen = asked.drawn(1)[1][:, 0] > 0
    assert bool((found[~chosen] != 0).all())
    assert bool((found[chosen] != 0).all()) == (through == "all")
    assert bool((found[chosen] == 0).all()) == (through == "taken")


def test_straight_through_must_know_what_it_goes_through():
    with pytest.raises(InputError, match="through must be 'taken' or 'all', but is 'none'"):
        StraightThrough(through="none")


def test_leaving_one_out_lowers_the_spread():
    plain, credited = (gradients(one, Bernoulli()) for one in (Reinforce(2, "nothing"), LeaveOneOut(2)))
    assert float(credited.var(dim=0).sum()) < 0.2 * float(plain.var(dim=0).sum())


def test_what_relax_learns_lowers_its_spread():
    asked, estimator = trial(Bernoulli(), 200), Relax(1)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        learned = estimator.weights(N_GROUP).double()
    adam = torch.optim.Adam(learned.parameters(), lr=0.05)
    spreads = []
    for _ in range(25):
        spreads.append(estimator(asked, learned).spread)
        adam.zero_grad()
        spreads[-1].backward()
        adam.step()
    assert float(spreads[-1].detach()) < 0.95 * float(spreads[0].detach())


def test_a_gradient_reaches_the_predictor():
    scale = torch.ones((), dtype=torch.float64, requires_grad=True)
    asked = trial(ExactK(2), 50)
    scaled = replace(asked, score=lambda mask, subset: score(mask, subset) * scale)
    LeaveOneOut(3)(scaled, torch.nn.Module()).surrogate.sum().backward()
    assert float(scale.grad) != 0


def test_leaving_one_out_needs_two():
    with pytest.raises(InputError, match="draws must be a whole number, 2 or more"):
        LeaveOneOut(1)
