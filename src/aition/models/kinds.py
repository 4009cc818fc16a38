"""Kinds of networks, by their layers: what a measurement on networks of a kind is told of."""

import math
from collections.abc import Mapping

from torch import nn

from aition.core.model import Model, TorchModel

LAYERS: tuple[tuple[str, tuple[type[nn.Module], ...]], ...] = (
    ("lstm", (nn.LSTM, nn.LSTMCell)),
    ("gru", (nn.GRU, nn.GRUCell)),
    ("transformer", (nn.MultiheadAttention,)),
    ("cnn", (nn.Conv1d, nn.Conv2d)),
)
ACTIVATIONS: tuple[tuple[str, tuple[type[nn.Module], ...]], ...] = (
    ("mlp-tanh", (nn.Tanh, nn.Sigmoid)),
    ("mlp-relu", (nn.ReLU,)),
)


def kinds_of(model: Model) -> tuple[str, ...]:
    """The kinds of network, among those that were tried, that a model has layers of; none where nothing is known.

    >>> kinds_of(TorchModel(nn.Sequential(nn.Conv1d(1, 2, 3), nn.GRU(2, 3))))
    ('gru', 'cnn')
    """
    if not isinstance(model, TorchModel):
        return ()
    parts = list(model.module.modules())
    found = tuple(kind for kind, layers in LAYERS if any(isinstance(part, layers) for part in parts))
    return found or tuple(kind for kind, layers in ACTIVATIONS if any(isinstance(part, layers) for part in parts))[:1]


def lowest(rates: Mapping[str, float], model: Model) -> float:
    """What was measured on networks of this kind, the lowest where a model has layers of several kinds.

    Args:
        rates: By kind.
        model: Any.

    Returns:
        NaN where no network of this kind was tried: a black box, or other layers.

    >>> lowest({"gru": 0.9, "cnn": 1.0}, TorchModel(nn.Sequential(nn.Conv1d(1, 2, 3), nn.GRU(2, 3))))
    0.9
    """
    return min((rates[kind] for kind in kinds_of(model) if kind in rates), default=math.nan)
