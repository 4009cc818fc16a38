"""Learned constants: what stands for "unknown" to a model that is held fixed."""

import pytest
import torch

from aition import FunctionModel, Target, TorchModel, from_tensors
from aition.core.batch import Batch
from aition.core.errors import InputError, RefusalError
from aition.impute.baseline import ConstantBaseline
from aition.impute.constant import ConstantImputer
from aition.methods.lex import LearnedConstant, Lex, Ready

QUICK = LearnedConstant(epochs=10)


def squares(batch: Batch) -> torch.Tensor:
    return batch.x.square().sum(dim=(1, 2))


def odds(batch: Batch) -> torch.Tensor:
    """Class 1 where the first feature is above 2; the second says nothing."""
    one = 4 * (batch.x[..., 0] - 2).mean(dim=1)
    return torch.stack([-one, one], dim=1)


def white(read) -> TorchModel:
    return TorchModel(torch.nn.Identity(), lambda _, batch: read(batch))


def series(n_sample: int = 200, *, gaps: float = 0.0, n_feature: int = 1) -> Batch:
    numbers = torch.Generator().manual_seed(0)
    x = 0.5 + torch.randn(n_sample, 4, n_feature, generator=numbers)
    return from_tensors(x.masked_fill(torch.rand(x.shape, generator=numbers) < gaps, torch.nan))


@pytest.mark.parametrize("gaps", [0.0, 0.3])
@pytest.mark.parametrize("share", [0.0, 0.3])
def test_the_constant_of_a_sum_of_squares_is_the_root_of_their_mean(gaps, share):
    batch = series(gaps=gaps)
    imputer = LearnedConstant(epochs=10, share=share).fit(white(squares), batch, Target.scalar())
    (found,) = imputer.baseline.x
    assert abs(found) == pytest.approx(float(batch.x[batch.observed].square().mean().sqrt()), rel=0.08)


def test_the_constant_of_a_line_is_the_mean():
    batch = series()
    imputer = QUICK.fit(white(lambda one: one.x.sum(dim=(1, 2))), batch, Target.scalar())
    assert imputer.baseline.x[0] == pytest.approx(float(batch.x.mean()), abs=0.1)


def test_hidden_cells_cost_less_than_by_zeros_where_zeros_are_far_off():
    batch = series(n_feature=2)
    model = white(odds)
    learned = LearnedConstant(share=0.3).fit(model, batch, Target.of_class(1))
    kept = torch.rand(batch.x.shape, generator=torch.Generator().manual_seed(1)) < 0.3
    wanted = odds(batch).softmax(dim=1)

    def cost(imputer: ConstantImputer) -> float:
        absent = imputer.draw(batch, kept, torch.zeros(len(batch), 1, dtype=torch.int64))[:, 0]
        said = odds(batch.with_x(torch.where(kept, batch.x, absent))).log_softmax(dim=1)
        return float(-(wanted * said).sum(dim=1).mean())

    assert cost(learned) < 0.8 * cost(ConstantImputer(ConstantBaseline(0.0)))


def test_the_order_of_the_series_changes_nothing():
    batch = series(60)
    one, other = (
        QUICK.fit(white(squares), data, Target.scalar()).baseline.x[0]
        for data in (batch, batch.take(range(59, -1, -1)))
    )
    assert one == pytest.approx(other, abs=1e-4)


def test_a_selector_takes_it():
    batch, model = series(40), white(odds)
    imputer = QUICK.fit(model, batch, Target.of_class(1))
    how = Lex(imputer=Ready(imputer), epochs=1, judged=False, rivals=0)
    assert how.fit(model, batch, Target.of_class(1), progress="off").imputer is imputer


def test_without_gradients_it_is_refused():
    with pytest.raises(RefusalError, match="LearnedConstant"):
        QUICK.fit(FunctionModel(squares), series(), Target.scalar())


@pytest.mark.parametrize("setting", [{"share": 1.0}, {"held_out": 0.0}, {"epochs": 0}, {"rate": 0.0}])
def test_settings_out_of_range_are_refused(setting):
    with pytest.raises(InputError, match="but are"):
        LearnedConstant(**setting)
