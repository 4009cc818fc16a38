"""The bound: a logarithm of a mean of probabilities, which grows with the draws towards the log-likelihood."""

import math

import pytest
import torch

from aition.core.batch import sample_keys
from aition.methods.lex.bound import log_mean, log_mean_of_others
from aition.methods.lex.candidates import Candidates
from aition.methods.lex.estimators import Enumeration, LeaveOneOut, Trial
from aition.methods.lex.selection import Bernoulli, ExactK

N_GROUP = 8


def trial(selection, n_sample: int) -> Trial:
    random = torch.Generator().manual_seed(4)
    logits = torch.randn(1, N_GROUP, generator=random, dtype=torch.float64).expand(n_sample, -1)
    slope = torch.randn(N_GROUP, 5, generator=random, dtype=torch.float64)

    def score(mask, _subset):
        odds = torch.tanh(mask.double() @ slope).sum(dim=2, keepdim=True)
        return torch.cat([torch.nn.functional.logsigmoid(odds), torch.nn.functional.logsigmoid(-odds)], dim=2)

    ones = torch.ones(n_sample, 1, 1, dtype=torch.bool)
    candidates = Candidates(ones.long(), ones, torch.ones(n_sample, N_GROUP, dtype=torch.bool))
    weight = torch.tensor([[1.0, 0.0]], dtype=torch.float64).expand(n_sample, -1)
    return Trial(selection, logits, candidates, score, weight, sample_keys([str(i) for i in range(n_sample)]))


def test_the_mean_of_probabilities_is_taken_and_not_of_their_logarithms():
    assert -float(log_mean(torch.tensor([0.9, 0.1]).log(), dim=0)) == pytest.approx(math.log(2), abs=1e-6)


def test_the_others_of_a_draw_do_not_count_it():
    log_prob = torch.rand(2, 6, 3, dtype=torch.float64).log()
    slow = torch.stack([torch.cat([log_prob[:, :k], log_prob[:, k + 1 :]], 1).exp().mean(1) for k in range(6)], 1)
    torch.testing.assert_close(log_mean_of_others(log_prob).exp(), slow)


@pytest.mark.parametrize("selection", [Bernoulli(), ExactK(3)])
def test_the_bound_of_512_masks_is_within_a_hundredth_of_the_log_likelihood(selection):
    exact = float(Enumeration()(trial(selection, 1), torch.nn.Module()).bound)
    some = LeaveOneOut(512)(trial(selection, 40), torch.nn.Module()).bound
    assert abs(float(some.mean()) - exact) < 0.01


def test_the_bound_grows_with_the_masks():
    means = [float(LeaveOneOut(k)(trial(Bernoulli(), 3000), torch.nn.Module()).bound.mean()) for k in (2, 4, 16)]
    exact = float(Enumeration()(trial(Bernoulli(), 1), torch.nn.Module()).bound)
    assert means[0] < means[1] < means[2] < exact + 0.005
