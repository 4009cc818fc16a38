"""Kinds of networks, and what was measured on them."""

import math

import pytest
from torch import nn

from aition import FunctionModel, TorchModel
from aition.models.kinds import kinds_of, lowest


@pytest.mark.parametrize(
    ("module", "kinds"),
    [
        (nn.LSTM(1, 2), ("lstm",)),
        (nn.Sequential(nn.Conv1d(1, 1, 1), nn.ReLU()), ("cnn",)),
        (nn.TransformerEncoderLayer(4, 2), ("transformer",)),
        (nn.Sequential(nn.Linear(1, 1), nn.Tanh()), ("mlp-tanh",)),
        (nn.Sequential(nn.Linear(1, 1), nn.ReLU()), ("mlp-relu",)),
        (nn.Linear(1, 1), ()),
    ],
)
def test_the_kind_of_a_network_is_seen_by_its_layers(module: nn.Module, kinds: tuple[str, ...]) -> None:
    assert kinds_of(TorchModel(module)) == kinds


def test_of_several_kinds_the_lowest_is_told() -> None:
    both = TorchModel(nn.Sequential(nn.Conv1d(1, 2, 3), nn.GRU(2, 3)))
    assert lowest({"cnn": 0.5, "gru": 0.7, "lstm": 0.1}, both) == 0.5
    assert lowest({"cnn": 0.8, "gru": 0.7, "lstm": 0.1}, both) == 0.7


def test_nothing_is_told_of_what_was_not_tried() -> None:
    assert math.isnan(lowest({"gru": 0.7}, TorchModel(nn.Sequential(nn.Conv1d(1, 2, 3)))))
    assert math.isnan(lowest({"gru": 0.7}, FunctionModel(lambda batch: batch.x.sum(dim=(1, 2)))))
