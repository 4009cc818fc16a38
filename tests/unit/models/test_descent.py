"""The descent: the weights that are kept are those of the best epoch, and what can't be learned is told."""

import math

import pytest
import torch
from torch import nn

from aition.core.draws import FRESH
from aition.core.errors import ModelError
from aition.models.descent import Pace, descended

PACE = Pace(epochs=8, batch_size=4, rate=0.05, seed=0)


class Numbers:
    """Rows that are nothing but counted."""

    def __init__(self, count: int) -> None:
        self.count = count

    def __len__(self) -> int:
        return self.count

    def take(self, rows):
        return Numbers(len(rows))


class One(nn.Module):
    """One weight."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(()))


def descent(error):
    """Where the weight ends."""
    module, passes = One(), []
    parts = {"learn": Numbers(4), "held": Numbers(3), "pace": PACE, "tick": passes.append}
    descended((module,), lambda some, step: error(module.weight, step), **parts)
    assert len(passes) == PACE.epochs
    return module.weight.item()


def test_the_weights_are_those_of_the_epoch_that_did_best_on_what_was_held_out():
    """Each of the eight steps goes up by what is left of the rate; the first is where it was to stop."""
    kept = descent(lambda weight, step: (weight - 0.05).square() if step == FRESH else -weight)
    assert kept == pytest.approx(0.05, abs=1e-3)


def test_steps_fall_to_nothing_along_a_cosine():
    whole = descent(lambda weight, step: -weight)
    assert whole == pytest.approx(sum(0.025 * (1 + math.cos(math.pi * epoch / 8)) for epoch in range(8)), rel=1e-4)


def test_an_error_that_is_no_number_is_told():
    with pytest.raises(ModelError, match="take a smaller rate"):
        descent(lambda weight, step: weight * math.nan)


def test_weights_that_were_not_asked_are_told():
    with pytest.raises(ModelError, match="use its module"):
        descent(lambda weight, step: torch.zeros(()))
