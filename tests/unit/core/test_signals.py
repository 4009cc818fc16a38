"""Signals: what of a Batch is explained, and the sheet that every signal can be laid out as."""

import pytest
import torch

from aition.core.assemble import from_tensors
from aition.core.batch import Batch, Field, Role
from aition.core.errors import InputError
from aition.core.signals import answered, sheet, signals, unfolded, with_signals


def batch_with(role: Role, name: str = "future", value: torch.Tensor | None = None) -> Batch:
    given = torch.rand(2, 4, 3) if value is None else value
    axes = ("sample", "horizon", "channel")[: given.ndim]
    return from_tensors(torch.rand(2, 5, 2), fields={name: Field(given, role, axes)}, lengths=[5, 3])


def test_a_batch_without_statics_has_one_signal():
    assert list(signals(from_tensors(torch.zeros(1, 2, 3)))) == ["x"]


@pytest.mark.parametrize(("role", "found"), [("signal", True), ("known-future", True), ("context", False)])
def test_fields_are_explained_by_their_role(role, found):
    assert ("future" in signals(batch_with(role))) is found


def test_integer_fields_are_held_fixed():
    assert "future" not in signals(batch_with("signal", value=torch.zeros(2, 4, dtype=torch.int64)))


def test_a_field_named_after_a_part_of_every_batch_is_refused():
    with pytest.raises(InputError, match="a field must not be called 'static'"):
        signals(batch_with("signal", "static"))


def test_cells_of_x_exist_where_steps_do():
    batch = batch_with("signal")
    assert torch.equal(signals(batch)["x"].exists.expand(2, 5, 2), batch.cells)


def test_only_the_named_signals_are_replaced():
    batch = batch_with("signal")
    changed = with_signals(batch, {"future": torch.zeros(2, 4, 3)})
    assert changed.x is batch.x
    assert float(changed["future"].sum()) == 0


@pytest.mark.parametrize(
    "axes", [("sample", "time"), ("sample", "static"), ("sample", "horizon", "channel"), ("sample", "a", "time", "b")]
)
def test_unfolded_undoes_sheet(axes):
    value = torch.rand(2, 3, 4, 5)[(slice(None),) * len(axes) + (0,) * (4 - len(axes))]
    assert torch.equal(unfolded(sheet(value, axes), axes, value.shape), value)


def test_answers_are_zero_in_the_padding():
    batch = batch_with("signal")
    ones = {name: torch.ones_like(signal.value).unsqueeze(1) for name, signal in signals(batch).items()}
    _, attribution = answered(batch, ones, several=False)["attribution"]
    assert torch.equal(attribution, batch.cells.float())


def test_several_targets_lie_behind_the_sample():
    batch = batch_with("signal")
    ones = {name: torch.ones_like(signal.value).unsqueeze(1) for name, signal in signals(batch).items()}
    axes, value = answered(batch, ones, several=True)["attribution_future"]
    assert axes == ("sample", "target", "horizon", "channel")
    assert value.shape == (2, 1, 4, 3)
