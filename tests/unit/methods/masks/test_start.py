"""First masks: even, or ranks of a gradient."""

import pytest
import torch
from torch import nn

from aition.core.assemble import from_tensors
from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.model import TorchModel
from aition.core.target import Target
from aition.methods.masks import Even, Fixed, GradientRank
from aition.methods.masks.objective import Objective
from aition.methods.masks.start import ranked


def objective_of(model: TorchModel, batch: Batch) -> Objective:
    return Objective.of(
        model,
        batch,
        Target.scalar().resolve(model(batch), batch),
        game="preservation",
        loss="squared",
        relative=True,
        absence=Fixed(),
        seed=0,
    )


def test_a_rank_is_the_share_of_cells_below() -> None:
    value, cells = torch.randn(4, 6, 2), torch.rand(4, 6, 2) > 0.3
    ranks = ranked(value, cells)
    for i, t, d in cells.nonzero().tolist():
        others = value[i][cells[i]]
        assert float(ranks[i, t, d]) == pytest.approx(float((others < value[i, t, d]).sum()) / (len(others) - 1))


def test_ties_share_their_mean_rank() -> None:
    ranks = ranked(torch.tensor([[[2.0], [1.0], [2.0], [5.0], [2.0]]]), torch.ones(1, 5, 1, dtype=torch.bool))
    assert ranks.flatten().tolist() == [0.5, 0, 0.5, 1, 0.5]


def test_cells_that_do_not_count_have_no_rank() -> None:
    assert ranked(torch.ones(1, 2, 1), torch.zeros(1, 2, 1, dtype=torch.bool)).flatten().tolist() == [0, 0]


def test_the_mask_begins_with_the_steepest_cell_at_1() -> None:
    weight = torch.tensor([0.0, -3.0, 1.0])
    model = TorchModel(nn.Identity(), lambda _, batch: batch.x[:, 0] @ weight, head="none")
    one = objective_of(model, from_tensors(torch.ones(2, 1, 3), layout="sample time feature"))
    assert GradientRank()(one, torch.zeros(2, 1, 3))[0, 0].tolist() == [0, 1, 0.5]


def test_outputs_of_opposite_sign_do_not_cancel() -> None:
    model = TorchModel(
        nn.Identity(), lambda _, batch: torch.stack([batch.x[:, 0, 0], -batch.x[:, 0, 0]], dim=1), head="none"
    )
    batch = from_tensors(torch.ones(1, 2, 2), layout="sample time feature")
    whole = Target.whole("class").resolve(model(batch), batch)
    one = Objective.of(model, batch, whole, game="preservation", loss="squared", relative=True, absence=Fixed(), seed=0)
    assert GradientRank()(one, torch.zeros(1, 2, 2)).flatten().argmax() == 0


def test_an_even_mask_of_half_precision_values_is_finer() -> None:
    model = TorchModel(nn.Identity(), lambda _, batch: batch.x.sum(dim=(1, 2)), head="none")
    batch = from_tensors(torch.ones(1, 2, 1)).to(device="cpu", dtype=torch.bfloat16)
    assert Even(1.0)(objective_of(model, batch), batch.x).dtype == torch.float32


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
def test_a_start_outside_0_and_1_is_refused(value: float) -> None:
    with pytest.raises(InputError, match=r"^value must be in \[0, 1\]"):
        Even(value)
