"""The judge: what is drawn for a mask, and what its gradient asks."""

from dataclasses import dataclass

import pytest
import torch
from torch import Tensor, nn

from aition import Batch, Target, TorchModel, from_tensors
from aition.core.batch import sample_keys
from aition.impute.groups import EachCell
from aition.methods.lex.candidates import Candidates
from aition.methods.lex.estimators import Estimate, StraightThrough, Trial
from aition.methods.lex.judge import Judge
from aition.methods.lex.likelihood import Classes
from aition.methods.lex.selection import ExactK


@dataclass(frozen=True)
class Counting:
    """Draws the number of the draw plus the share that is kept, and writes down how many cells it was told."""

    told: list[int]
    causal: bool = True

    def draw(self, batch: Batch, kept: Tensor, numbers: Tensor) -> Tensor:
        self.told.append(int(kept.sum()))
        level = numbers.to(batch.x) + kept.to(batch.x).mean(dim=(1, 2))[:, None]
        return level[:, :, None, None].expand(-1, -1, batch.n_time, batch.n_feature)


def estimated(through: str, told: list[int]) -> tuple[Estimate, Tensor]:
    x = torch.randn(4, 3, 2, generator=torch.Generator().manual_seed(0))
    batch = from_tensors(x, layout="sample time feature")
    model = TorchModel(nn.Flatten(), lambda module, given: module(given.x.sin())[:, :2])
    candidates = Candidates.of(batch, EachCell())
    question = Target.whole("class").resolve(model(batch), batch, axes=model.axes)
    wanted = torch.full((4, 2), 0.5)
    judge = Judge(model, batch, candidates, question, wanted, Classes(), nn.Module(), Counting(told))
    logits = torch.zeros(4, 6, requires_grad=True)
    trial = Trial(ExactK(2), logits, candidates, judge, wanted, sample_keys(["a", "b", "c", "d"]))
    found = StraightThrough(3, through=through)(trial, nn.Module())
    (slope,) = torch.autograd.grad(found.surrogate.sum(), logits)
    return found, slope


@pytest.mark.parametrize(("through", "draws"), [("taken", [24]), ("all", [24, 0])])
def test_a_draw_that_knows_nothing_is_made_where_the_gradient_asks_for_it_alone(through, draws):
    told: list[int] = []
    estimated(through, told)
    assert told == draws


def test_what_is_lost_of_the_subset_moves_the_gradient_and_not_the_bound():
    (one, taken), (other, everything) = estimated("taken", []), estimated("all", [])
    assert torch.equal(one.bound, other.bound)
    assert not torch.allclose(taken, everything)
