"""Behaviour consistency sees how series lie to each other, and nothing else."""

import math

import pytest
import torch

from aition.methods.surrogate.behaviour import Behaviour, consistency, distances

PLACE = torch.randn(6, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def test_turned_and_moved_latents_behave_the_same() -> None:
    turn = torch.linalg.qr(torch.randn(3, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64))[0]
    assert float(consistency(PLACE, PLACE @ turn + 7)) == pytest.approx(0, abs=1e-20)
    assert float(consistency(PLACE, 1.5 * PLACE)) > 0.01


def test_it_is_its_definition_pair_by_pair() -> None:
    latent = torch.randn(6, 5, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    total = 0.0
    for i in range(6):
        for j in range(6):
            one, other = (
                math.sqrt(sum((float(place[i, k]) - float(place[j, k])) ** 2 for k in range(n)) / n)
                for place, n in ((PLACE, 3), (latent, 5))
            )
            total += (one - other) ** 2 / 36
    assert float(consistency(PLACE, latent)) == pytest.approx(total)


def test_its_gradient_is_finite_where_series_meet_and_true_elsewhere() -> None:
    latent = PLACE[[0, 0, 1, 2, 3, 4]].clone().requires_grad_()
    (gradient,) = torch.autograd.grad(consistency(PLACE, latent), latent)
    assert bool(torch.isfinite(gradient).all())
    costs = []
    for move in (1e-6, -1e-6):
        other = latent.detach().clone()
        other[4, 1] += move
        costs.append(float(consistency(PLACE, other)))
    assert float(gradient[4, 1]) == pytest.approx((costs[0] - costs[1]) / 2e-6, abs=1e-7)
    assert abs(float(gradient[4, 1])) > 1e-4


def test_what_is_added_to_all_logits_does_not_count() -> None:
    outputs = torch.randn(5, 3)
    behaviour = Behaviour.of(outputs, classes=True)
    assert torch.allclose(behaviour.place(outputs + torch.arange(5.0)[:, None]), behaviour.place(outputs), atol=1e-5)
    assert float(behaviour.distance(outputs, outputs + 3).abs().max()) < 1e-5
    assert float(behaviour.distance(outputs, outputs.flip(1)).min()) > 0


def test_a_distance_of_classes_is_the_divergence_of_their_chances() -> None:
    outputs, said = torch.randn(4, 3), torch.randn(4, 3)
    p, q = outputs.softmax(dim=1), said.softmax(dim=1)
    expected = (p * (p / q).log()).sum(dim=1)
    assert torch.allclose(Behaviour.of(outputs, classes=True).distance(outputs, said), expected, atol=1e-5)


def test_a_distance_of_values_is_in_deviations_of_the_background() -> None:
    outputs = torch.tensor([[10.0], [14.0]])
    behaviour = Behaviour.of(outputs, classes=False)
    assert behaviour.distance(outputs, torch.tensor([[-1.0], [3.0]])).tolist() == [0, 4]
    assert Behaviour.of(torch.ones(3, 1), classes=False).place(torch.ones(3, 1)).tolist() == [[0.0]] * 3


def test_series_are_as_far_from_each_other_as_back() -> None:
    gaps = distances(PLACE)
    assert torch.equal(gaps, gaps.T)
    assert not gaps.diagonal().any()
