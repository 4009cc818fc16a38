"""The generator reads a series from end to end, or forwards only."""

import torch

from aition.methods.masks.generator import RecurrentGenerator

X = torch.randn(2, 7, 3, generator=torch.Generator().manual_seed(0))
ALL = torch.ones(2, 7, dtype=torch.bool)


def test_it_begins_with_the_weights_that_torch_would_draw() -> None:
    ours = RecurrentGenerator(3, causal=False, seed=5)
    torch.manual_seed(5)
    layer, read = torch.nn.GRU(3, 3, bidirectional=True, batch_first=True), torch.nn.Linear(6, 3)
    theirs = read(torch.nn.functional.normalize(layer(X)[0], dim=-1))
    assert torch.allclose(ours(X, ALL), theirs, atol=1e-6)


def test_making_one_leaves_the_global_random_state() -> None:
    before = torch.get_rng_state()
    RecurrentGenerator(3, causal=False, seed=5)
    assert torch.equal(torch.get_rng_state(), before)


def changed_steps(*, causal: bool) -> list[bool]:
    """Whether each step of the answer changes with the fourth value."""
    generator = RecurrentGenerator(3, causal=causal, seed=0)
    other = X.clone()
    other[:, 3] += 1
    gap = (generator(other, ALL) - generator(X, ALL)).abs().amax(dim=(0, 2))
    return [bool(step > 1e-7) for step in gap]


def test_a_causal_one_knows_no_future() -> None:
    assert changed_steps(causal=True) == [False] * 3 + [True] * 4


def test_a_bidirectional_one_knows_the_future() -> None:
    assert changed_steps(causal=False) == [True] * 7
