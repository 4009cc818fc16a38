"""LastHead: a softmax or sigmoid is not taken off where anything was written since."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from aition import TorchModel, from_tensors
from aition.methods.cd import decompose


def scaled(logits: Tensor) -> Tensor:
    chances = logits.sigmoid()
    chances *= 2
    return chances


def scaled_then_taken(logits: Tensor) -> Tensor:
    chances = logits.sigmoid()
    chances.mul_(2)
    return chances[:, 0]


def taken_then_scaled(logits: Tensor) -> Tensor:
    chances = logits.sigmoid()
    first = chances[:, :2]
    chances.mul_(2)
    return first


def overwritten(logits: Tensor) -> Tensor:
    chances = logits.softmax(dim=-1)
    chances[:, 0] = 0.5
    return chances.squeeze()


def with_logits_changed(logits: Tensor) -> Tensor:
    chances = logits.sigmoid()
    logits.mul_(3)
    return chances[:, 0]


WRITES = [scaled, scaled_then_taken, taken_then_scaled, overwritten, with_logits_changed]


def ending(end: Callable[[Tensor], Tensor]) -> TorchModel:
    torch.manual_seed(3)
    return TorchModel(nn.Linear(4, 3), lambda module, batch: end(module(batch.x[:, 0])))


@pytest.mark.parametrize("end", WRITES)
@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_a_head_stays_where_something_was_written_since(end: Callable[[Tensor], Tensor], mode: type) -> None:
    model = ending(end)
    with mode():
        batch = from_tensors(torch.randn(2, 1, 4))
        assert torch.equal(model(batch), model.said(batch))
        assert model.head_found(batch) == "none"


@pytest.mark.parametrize("end", WRITES)
def test_a_head_stays_likewise_while_it_is_decomposed(end: Callable[[Tensor], Tensor]) -> None:
    model, batch = ending(end), from_tensors(torch.randn(2, 1, 4))
    found = decompose(model, batch, torch.ones(1, 1, 4, dtype=torch.bool))
    torch.testing.assert_close(found.total, model.said(batch))


def test_a_copy_that_was_made_before_a_write_loses_its_head() -> None:
    def copied(logits: Tensor) -> Tensor:
        chances = logits.sigmoid()
        copy = chances.clone()
        chances.mul_(2)
        return copy

    model, batch = ending(copied), from_tensors(torch.randn(2, 1, 4))
    torch.testing.assert_close(model(batch), model.module(batch.x[:, 0]))
