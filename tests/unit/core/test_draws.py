"""Draws hang on sample, seed and coordinates, and on nothing else."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from aition import from_series, from_tensors
from aition.core.draws import mixed, normal_like, uniform, words
from aition.core.errors import InputError


def splitmix64(state: int) -> int:
    """Steele, Lea, Flood 2014, in Python's own integers."""
    word = (state + 0x9E3779B97F4A7C15) % 2**64
    word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    word = (word ^ (word >> 27)) * 0x94D049BB133111EB % 2**64
    return word ^ (word >> 31)


@given(st.integers(-(2**63), 2**63 - 1))
def test_a_round_is_splitmix64(state: int) -> None:
    assert int(mixed(torch.tensor(state))) % 2**64 == splitmix64(state % 2**64)


@given(st.permutations(range(6)), st.integers(0, 5))
def test_order_and_neighbours_change_nothing(order: list[int], first: int) -> None:
    batch = from_tensors(torch.zeros(6, 5, 2))
    whole = normal_like(batch, seed=3)
    assert torch.equal(normal_like(batch.take(order), seed=3), whole[list(order)])
    assert torch.equal(normal_like(batch.take([first]), seed=3), whole[[first]])


@pytest.mark.parametrize("side", ["left", "right"])
def test_longer_padding_changes_nothing(side: str) -> None:
    series = [torch.zeros(3, 2), torch.zeros(5, 2)]
    short = from_series(series, side=side)  # type: ignore[arg-type]
    long = from_series(series, side=side, length=9)  # type: ignore[arg-type]
    assert torch.equal(normal_like(short, seed=1)[short.cells], normal_like(long, seed=1)[long.cells])


def test_seeds_and_draws_differ() -> None:
    batch = from_tensors(torch.zeros(2, 50, 2))
    kinds = [normal_like(batch, seed=s, draw=d) for s in (0, 1) for d in (0, 1)]
    for i, one in enumerate(kinds):
        for other in kinds[i + 1 :]:
            assert abs(float(torch.corrcoef(torch.stack([one.flatten(), other.flatten()]))[0, 1])) < 0.35


def test_draws_are_standard_normal() -> None:
    values = normal_like(from_tensors(torch.zeros(500, 40, 5)), seed=7).flatten().double()
    n = len(values)
    assert abs(float(values.mean())) < 4 / n**0.5
    assert abs(float(values.var()) - 1) < 4 * (2 / n) ** 0.5
    assert abs(float((values**3).mean())) < 4 * (15 / n) ** 0.5
    assert abs(float((values**4).mean()) - 3) < 4 * (96 / n) ** 0.5


def test_neighbouring_cells_are_uncorrelated() -> None:
    values = normal_like(from_tensors(torch.zeros(400, 40, 6)), seed=2)
    for pair in ((values[:, 1:], values[:, :-1]), (values[..., 1:], values[..., :-1]), (values[1:], values[:-1])):
        left, right = (part.flatten().double() for part in pair)
        assert abs(float((left * right).mean())) < 4 / len(left) ** 0.5


def test_uniform_numbers_fill_the_unit_interval_evenly() -> None:
    keys = torch.arange(100_000)
    values = uniform(keys, 0).numpy()
    count = np.histogram(values, bins=20, range=(0, 1))[0]
    assert values.min() > 0
    assert values.max() < 1
    assert abs(count - 5000).max() < 5 * (5000 * 0.95) ** 0.5


def test_words_are_all_different() -> None:
    keys = torch.arange(50)[:, None, None]
    every = words(keys, 0, torch.arange(60)[None, :, None], torch.arange(20)[None, None])
    assert len(torch.unique(every)) == 50 * 60 * 20


def test_a_negative_draw_is_refused() -> None:
    with pytest.raises(InputError, match="draw must be 0 or more, but is -1"):
        normal_like(from_tensors(torch.zeros(1, 2, 1)), seed=0, draw=-1)
