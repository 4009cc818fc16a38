"""Subsets in runs: exact beside all subsets gone through, along gaps, padding and long chains."""

import math
from itertools import pairwise

import pytest
import torch

from aition import Batch, from_tensors
from aition.core.batch import sample_keys
from aition.core.draws import uniform
from aition.core.errors import InputError
from aition.impute.groups import EachCell, EachFeature, EachStep, GivenGroups, Segments
from aition.methods.lex.candidates import Candidates
from aition.methods.lex.contiguous import Contiguous
from aition.methods.lex.selection import Bernoulli

STAYS = [0.5, 0.8, 0.97]


def series(n_sample: int = 2, n_time: int = 4, n_feature: int = 2, *, side: str = "right") -> Batch:
    x = torch.randn(n_sample, n_time, n_feature, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    x[0, 1, 0] = float("nan")
    exists = torch.ones(n_sample, n_time, dtype=torch.bool)
    exists[-1, 0 if side == "left" else -1] = False
    return from_tensors(x, layout="sample time feature", exists=exists)


def logits_of(given: Candidates, scale: float = 1.5) -> torch.Tensor:
    shape = given.there.shape
    return scale * torch.randn(shape, generator=torch.Generator().manual_seed(2), dtype=torch.float64)


def noise(given: Candidates, n_draw: int) -> torch.Tensor:
    keys = sample_keys([str(i) for i in range(len(given.there))])
    places = torch.arange(n_draw)[None, :, None], torch.arange(given.n_group)[None, None]
    return uniform(keys[:, None, None], 0, *places)


def chances(law, logits, given: Candidates):
    turns = law.outcomes(given).expand(len(given.there), -1, -1)
    return turns, law.log_prob(logits, given, turns).exp()


def literal(stay: float, logits, turns, given: Candidates, n_feature: int):
    """In proportion to ``exp(logit z)`` times the law of an even chain, feature by feature, gaps left out."""
    weight = torch.zeros(turns.shape[:2], dtype=torch.float64)
    for sample in range(len(turns)):
        for outcome, mask in enumerate(turns[sample].tolist()):
            if any(one and not there for one, there in zip(mask, given.there[sample].tolist(), strict=True)):
                continue
            total = float((logits[sample] * turns[sample, outcome]).sum())
            for feature in range(n_feature):
                there = [g for g in range(feature, given.n_group, n_feature) if bool(given.there[sample, g])]
                states = [mask[g] for g in there]
                total += math.log(0.5) if states else 0.0
                for one, other in pairwise(states):
                    total += math.log(stay if one == other else 1 - stay)
            weight[sample, outcome] = math.exp(total)
    return weight / weight.sum(dim=1, keepdim=True)


@pytest.mark.parametrize("stay", STAYS)
@pytest.mark.parametrize("side", ["left", "right"])
def test_probabilities_are_those_of_a_tilted_chain_over_all_subsets(stay, side):
    given = Candidates.of(series(side=side), EachCell())
    logits = logits_of(given)
    turns, found = chances(Contiguous(stay), logits, given)
    torch.testing.assert_close(found.sum(dim=1), torch.ones(2, dtype=torch.float64))
    torch.testing.assert_close(found, literal(stay, logits, turns, given, 2))


@pytest.mark.parametrize("stay", STAYS)
@pytest.mark.parametrize("groups", [EachCell(), EachStep(), Segments(2), EachFeature()], ids=str)
def test_inclusion_is_the_sum_over_the_subsets_that_hold_a_group(stay, groups):
    given = Candidates.of(series(), groups)
    law, logits = Contiguous(stay), logits_of(given)
    turns, chance = chances(law, logits, given)
    exact = (chance[:, :, None] * (turns > 0)).sum(dim=1)
    torch.testing.assert_close(law.inclusion(logits, given), exact)


def test_the_gradient_of_inclusion_is_that_of_the_sum():
    given = Candidates.of(series(), EachCell())
    law, weight = Contiguous(0.9), torch.randn(1, given.n_group, dtype=torch.float64)
    slopes = []
    for exact in (True, False):
        logits = logits_of(given).requires_grad_()
        turns, chance = chances(law, logits, given)
        found = (chance[:, :, None] * (turns > 0)).sum(dim=1) if exact else law.inclusion(logits, given)
        slopes.append(torch.autograd.grad((found * weight).sum(), logits)[0])
    torch.testing.assert_close(*slopes)


def test_the_shown_subset_is_the_likeliest_of_all():
    given = Candidates.of(series(2, 5), EachCell())
    for scale in (0.5, 1.0, 3.0):
        logits = logits_of(given, scale)
        turns, chance = chances(Contiguous(0.85), logits, given)
        best = turns[torch.arange(2), chance.argmax(dim=1)] > 0
        assert torch.equal(Contiguous(0.85).mode(logits, given), best)


def test_subsets_are_drawn_as_often_as_they_are_probable():
    given, law, n_draw = Candidates.of(series(1, 3), EachCell()), Contiguous(0.8), 40_000
    logits = logits_of(given)
    drawn = law.turns(law.perturbed(logits, given, noise(given, n_draw)), given)
    turns, chance = chances(law, logits, given)
    code = 2 ** torch.arange(given.n_group)
    met = torch.stack([((drawn[0] @ code) == one).double().mean() for one in turns[0] @ code])
    assert bool(((met - chance[0]).abs() < 4.5 * (chance[0] * (1 - chance[0]) / n_draw).sqrt() + 1e-4).all())


def test_with_no_pull_each_group_is_drawn_by_itself():
    given = Candidates.of(series(), EachCell())
    logits, random = logits_of(given), noise(given, 20)
    one, other = (law.turns(law.perturbed(logits, given, random), given) for law in (Contiguous(0.5), Bernoulli()))
    assert torch.equal(one, other)
    torch.testing.assert_close(Contiguous(0.5).inclusion(logits, given), Bernoulli().inclusion(logits, given))


def test_a_long_chain_has_runs_of_the_length_that_staying_makes():
    batch = from_tensors(torch.zeros(1, 1000, 1), layout="sample time feature")
    given, law = Candidates.of(batch, EachCell()), Contiguous(0.95)
    state = law.turns(law.perturbed(torch.zeros(1, 1000), given, noise(given, 50)), given)[0]
    assert 50_000 / float(state.diff(dim=1).abs().sum()) == pytest.approx(20, rel=0.08)


def test_a_long_chain_with_large_logits_stays_finite_in_single_precision():
    batch = from_tensors(torch.zeros(1, 300, 1), layout="sample time feature")
    given, law = Candidates.of(batch, EachCell()), Contiguous(0.9999)
    logits = (80 * torch.randn(1, 300, generator=torch.Generator().manual_seed(0))).requires_grad_()
    chance = law.inclusion(logits, given)
    turns = law.turns(law.perturbed(logits, given, noise(given, 2)), given)
    (slope,) = torch.autograd.grad(chance.sum() + law.log_prob(logits, given, turns).sum(), logits)
    assert bool(torch.isfinite(slope).all())
    assert bool(((chance >= 0) & (chance <= 1)).all())


def test_other_series_and_padding_beside_change_nothing():
    short = series(1, 3)
    long = from_tensors(
        torch.nn.functional.pad(short.x, (0, 0, 2, 1)),
        layout="sample time feature",
        exists=torch.nn.functional.pad(short.exists, (2, 1)),
        observed=torch.nn.functional.pad(short.observed, (0, 0, 2, 1)),
    )
    law, answers = Contiguous(0.8), []
    for batch in (short, long):
        given = Candidates.of(batch, EachCell())
        logits = torch.linspace(-1, 1, 6)[: given.n_group].double()[None]
        logits = torch.nn.functional.pad(logits, (0, given.n_group - logits.shape[1]))
        answers.append(law.turns(law.perturbed(logits, given, noise(given, 30)), given)[:, :, :4])
    assert torch.equal(*answers)


def test_softened_masks_tend_to_the_subset():
    given, law = Candidates.of(series(), EachCell()), Contiguous(0.8)
    scores = law.perturbed(logits_of(given), given, noise(given, 60))
    gap = law.softened(scores, given, 1e-4) - (law.turns(scores, given) > 0).double()
    assert float(gap.abs().mean()) < 0.01


def test_groups_that_are_no_chain_are_refused():
    batch = from_tensors(torch.zeros(1, 3, 1), layout="sample time feature")
    given = Candidates.of(batch, GivenGroups(((0,), (1,), (0,))))
    with pytest.raises(InputError, match="follow one another along time"):
        Contiguous().inclusion(torch.zeros(1, 2), given)


@pytest.mark.parametrize("stay", [0.4, 1.0])
def test_staying_out_of_range_is_refused(stay):
    with pytest.raises(InputError, match=r"0\.5 to 0\.9999"):
        Contiguous(stay)
