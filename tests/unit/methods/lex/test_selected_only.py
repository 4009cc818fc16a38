"""A model that sees the selected cells and nothing else."""

import pytest
import torch
from torch import nn

from aition import Target, TorchModel, from_tensors
from aition.core.errors import InputError
from aition.impute.constant import ConstantImputer
from aition.methods.lex.candidates import Candidates
from aition.methods.lex.estimators import LeaveOneOut
from aition.methods.lex.imputing import Ready
from aition.methods.lex.lex import Lex
from aition.methods.lex.selected_only import SelectedOnly
from aition.methods.lex.selection import ExactK
from aition.models.selector import DenseSelector


@pytest.fixture(scope="module")
def settled():
    chance = torch.Generator().manual_seed(0)
    module = nn.Sequential(nn.Flatten(), nn.Linear(6, 3))
    with torch.no_grad():
        for weight in module.parameters():
            weight.copy_(torch.randn(weight.shape, generator=chance))
    batch = from_tensors(torch.randn(12, 2, 3, generator=chance))
    lex = Lex(
        ExactK(2),
        selector=DenseSelector((8,)),
        imputer=Ready(ConstantImputer()),
        estimators=(LeaveOneOut(2),),
        epochs=1,
    )
    model = TorchModel(module)
    return model, batch, lex.fit(model, batch, Target.predicted())


def test_the_answer_is_that_of_the_series_with_the_constant_in_place_of_what_was_not_selected(settled):
    model, batch, fitted = settled
    candidates = Candidates.of(batch, fitted.settings.groups)
    kept = torch.zeros(12, 6).scatter(1, fitted.logits(batch, candidates).topk(2, dim=1).indices, 1.0).reshape(12, 2, 3)
    by_hand = model.module(batch.x * kept).log_softmax(dim=1)
    torch.testing.assert_close(SelectedOnly(fitted, model, draws=3)(batch), by_hand)


def test_no_draws_are_refused(settled):
    model, _, fitted = settled
    with pytest.raises(InputError, match="draws must be a whole number, 1 or more"):
        SelectedOnly(fitted, model, draws=0)
