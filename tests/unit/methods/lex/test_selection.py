"""Distributions over subsets: they sum to one, and their samples, marginals and conditionals are theirs."""

import pytest
import torch

from aition import from_tensors
from aition.core.batch import sample_keys
from aition.core.draws import uniform
from aition.core.errors import InputError
from aition.impute.groups import EachCell, EachStep, GivenGroups, Segments
from aition.methods.lex.at_most import AtMostK
from aition.methods.lex.candidates import Candidates
from aition.methods.lex.selection import Bernoulli, ExactK
from aition.methods.lex.with_replacement import WithReplacement

N_GROUP = 5
SMOOTH = [Bernoulli(), ExactK(1), ExactK(3), ExactK(4), AtMostK(2, among=5)]
LAWS = [*SMOOTH, ExactK(9), ExactK(2, "threshold"), AtMostK(1, among=4), WithReplacement(3)]
LOGITS = torch.tensor([[0.3, -1.2, 2.0, 0.0, -0.4], [5.0, -4.0, 1.0, 0.5, 9.0]], dtype=torch.float64)


def candidates(n_sample: int = 2, *, there=None) -> Candidates:
    ones = torch.ones(n_sample, 1, 1, dtype=torch.bool)
    every = torch.ones(n_sample, N_GROUP, dtype=torch.bool)
    return Candidates(ones.long(), ones, every if there is None else torch.tensor(there))


def noise(n_sample: int, n_draw: int, seed: int = 0):
    keys = sample_keys([str(i) for i in range(n_sample)])
    return uniform(keys[:, None, None], seed, torch.arange(n_draw)[None, :, None], torch.arange(N_GROUP)[None, None])


def every(law, given: Candidates):
    return law.outcomes(given).expand(len(given.there), -1, -1)


@pytest.mark.parametrize("law", LAWS, ids=str)
@pytest.mark.parametrize("there", [None, [[True] * 5, [True, False, True, True, False]]], ids=["all", "some"])
def test_the_probabilities_of_all_subsets_sum_to_one(law, there):
    given = candidates(there=there)
    total = law.log_prob(LOGITS, given, every(law, given)).exp().sum(dim=1)
    torch.testing.assert_close(total, torch.ones_like(total))


@pytest.mark.parametrize("law", LAWS, ids=str)
@pytest.mark.parametrize("there", [None, [[True] * 5, [True, False, True, True, False]]], ids=["all", "some"])
def test_inclusion_is_the_sum_over_the_subsets_that_hold_a_group(law, there):
    given = candidates(there=there)
    turns = every(law, given)
    exact = (law.log_prob(LOGITS, given, turns).exp()[:, :, None] * (turns > 0)).sum(dim=1)
    torch.testing.assert_close(law.inclusion(LOGITS, given), exact, atol=1e-5, rtol=0)


@pytest.mark.parametrize("law", [*SMOOTH, WithReplacement(3)], ids=str)
def test_subsets_are_drawn_as_often_as_they_are_probable(law):
    n_draw = 40_000
    given = candidates(1)
    turns = law.turns(law.perturbed(LOGITS[:1], given, noise(1, n_draw)), given)
    outcomes = every(law, given)
    chance = law.log_prob(LOGITS[:1], given, outcomes).exp()[0]
    code = 7 ** torch.arange(N_GROUP)
    met = torch.stack([((turns @ code) == one).double().mean() for one in outcomes[0] @ code])
    assert bool(((met - chance).abs() < 4.5 * (chance * (1 - chance) / n_draw).sqrt() + 1e-4).all())


@pytest.mark.parametrize("law", SMOOTH, ids=str)
def test_scores_drawn_anew_stand_for_the_same_subset(law):
    given = candidates()
    turns = law.turns(law.perturbed(LOGITS, given, noise(2, 50)), given)
    again = law.again(LOGITS, given, turns, noise(2, 50, seed=1))
    assert torch.equal(law.turns(again, given), turns)


@pytest.mark.parametrize("law", SMOOTH, ids=str)
def test_scores_drawn_anew_have_the_law_of_the_first(law):
    given = candidates()
    first = law.perturbed(LOGITS, given, noise(2, 20_000))
    again = law.again(LOGITS, given, law.turns(first, given), noise(2, 20_000, seed=1))
    for moment in (lambda score: score, lambda score: score**2):
        gap = (moment(first) - moment(again)).mean(dim=1)
        error = ((moment(first).var(dim=1) + moment(again).var(dim=1)) / 20_000).sqrt()
        assert bool((gap.abs() < 4.5 * error).all())


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_softened_masks_tend_to_the_subset(law):
    given = candidates(there=[[True] * 5, [True, False, True, True, False]])
    scores = law.perturbed(LOGITS, given, noise(2, 60))
    soft = law.softened(scores, given, 1e-4)
    assert float((soft - (law.turns(scores, given) > 0).double()).abs().mean()) < 0.01


def test_fewer_groups_than_k_are_all_selected():
    given = candidates(there=[[True] * 5, [True, False, False, True, False]])
    turns = ExactK(3).turns(ExactK(3).perturbed(LOGITS, given, noise(2, 4)), given)
    assert bool(((turns[1] > 0) == given.there[1]).all())


def test_groups_beyond_those_of_a_sample_change_no_draw():
    given = candidates(1, there=[[True, True, True, False, False]])
    short = Candidates(given.group, given.known, given.there[:, :3])
    law = ExactK(2)
    whole, part = (
        law.turns(law.perturbed(LOGITS[:1, : one.n_group], one, noise(1, 50)[:, :, : one.n_group]), one)
        for one in (given, short)
    )
    assert torch.equal(whole[:, :, :3], part)


def test_the_mode_holds_the_largest_logits():
    assert ExactK(2).mode(LOGITS, candidates()).nonzero()[:, 1].tolist() == [0, 2, 0, 4]


def test_only_groups_with_an_observed_member_can_be_selected():
    x = torch.tensor([[[1.0], [float("nan")], [3.0], [4.0]]])
    batch = from_tensors(x, lengths=[3])
    assert Candidates.of(batch, EachCell()).there.tolist() == [[True, False, True]]
    assert Candidates.of(batch, Segments(2)).there.tolist() == [[True, True]]


def test_logits_of_a_group_are_the_mean_over_its_observed_members():
    x = torch.tensor([[[1.0, 2.0], [float("nan"), 3.0]]])
    logits = torch.tensor([[[1.0, 2.0], [100.0, 5.0]]])
    assert Candidates.of(from_tensors(x, layout="sample time feature"), EachStep()).pooled(logits).tolist() == [
        [1.5, 5.0]
    ]


def test_a_mask_is_spread_over_the_cells_of_its_groups_and_padding_is_seen():
    batch = from_tensors(torch.zeros(1, 3, 2), lengths=[2])
    mask = torch.tensor([[[0.0, 0.25]]])
    spread = Candidates.of(batch, EachStep()).spread(mask)
    assert spread[0, 0].tolist() == [[0.0, 0.0], [0.25, 0.25], [1.0, 1.0]]


def test_k_must_be_a_positive_number():
    with pytest.raises(InputError, match="k must be a whole number"):
        ExactK(0)


def test_a_limit_that_is_kept_step_by_step_never_looks_ahead():
    batch = from_tensors(torch.zeros(1, 6, 2), layout="sample time feature")
    given, random = Candidates.of(batch, EachCell()), torch.Generator().manual_seed(4)
    logits = torch.randn(1, 12, generator=random)
    later = torch.cat([logits[:, :6], 5 * torch.randn(1, 6, generator=random)], dim=1)
    chance = torch.rand(1, 40, 12, generator=random, dtype=torch.float64)

    def shown(law, said):
        return law.mode(said, given), law.inclusion(said, given), law.turns(law.perturbed(said, given, chance), given)

    law = AtMostK(3, among=12)
    assert law.causal
    for one, other in zip(shown(law, logits), shown(law, later), strict=True):
        torch.testing.assert_close(one[..., :6], other[..., :6])
    assert not torch.allclose(*(law.inclusion(said, given)[:, 6:] for said in (logits, later)))
    assert not ExactK(3).causal
    assert not torch.allclose(*(ExactK(3).inclusion(said, given)[:, :6] for said in (logits, later)))


def test_groups_are_settled_by_their_last_step_and_not_by_their_number():
    batch = from_tensors(torch.zeros(1, 3, 1), layout="sample time feature")
    given = Candidates.of(batch, GivenGroups(((2,), (1,), (0,))))
    assert AtMostK(1, among=2).mode(torch.ones(1, 3), given).tolist() == [[False, False, True]]


def test_an_untrained_limit_is_spent_over_the_whole_series():
    given = candidates(1)
    assert float(AtMostK(1, among=5).inclusion(torch.zeros(1, 5), given)[0, 0]) == pytest.approx(0.2)
