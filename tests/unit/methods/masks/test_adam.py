"""Adam moves a parameter as torch's own, and nothing else."""

import torch

from aition.methods.masks.adam import Adam, Moments


def test_many_steps_are_those_of_torch() -> None:
    parameter = torch.randn(4, 3)
    theirs = torch.nn.Parameter(parameter.clone())
    optimiser, moments = torch.optim.Adam([theirs], lr=0.03), Moments.of(parameter)
    for _ in range(50):
        theirs.grad = torch.randn(4, 3) * torch.tensor([1e-6, 1.0, 1e6])
        optimiser.step()
        parameter, moments = Adam().step(parameter, theirs.grad, moments, rate=0.03)
    assert torch.equal(parameter, theirs.detach())


def test_what_came_in_is_left_as_it_was() -> None:
    parameter = torch.ones(2)
    moments = Moments.of(parameter)
    Adam().step(parameter, torch.ones(2), moments, rate=0.1)
    assert parameter.tolist() == [1, 1]
    assert moments.first.tolist() == [0, 0]
    assert moments.count == 0


def test_a_part_of_the_samples_moves_as_in_the_whole() -> None:
    parameter, rows = torch.randn(5, 2, 2), torch.tensor([3, 1])
    gradients = torch.randn(2, 5, 2, 2)
    whole, moments = Adam().step(parameter, gradients[0], Moments.of(parameter), rate=0.1)
    both, _ = Adam().step(whole, gradients[1], moments, rate=0.1)
    part, _ = Adam().step(whole[rows], gradients[1][rows], moments.take(rows), rate=0.1)
    assert torch.equal(part, both[rows])
