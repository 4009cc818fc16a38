"""The kinds of models that every explainer is tried on, small and with fixed weights."""

import torch
from torch import Tensor, nn

from aition.core.assemble import from_tensors
from aition.core.freeze import random_state_kept
from aition.core.model import TorchModel
from aition.core.target import Target
from aition.models import (
    ConvClassifier,
    EventRecurrent,
    GRUClassifier,
    LSTMClassifier,
    MLPClassifier,
    ResNetClassifier,
    TransformerClassifier,
    as_model,
    events_model,
)
from aition.testing.compare import Case
from aition.testing.events import events

N_TIME, N_FEATURE, N_CLASS = 6, 2, 3
LONGEST = 9
"""Steps of the longest padding that a check adds."""


class Formula(nn.Module):
    """A white box: each class weighs products and squares of the means of existing steps."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([[1.0, -2.0, 0.5], [0.3, 1.0, -1.5], [-1.0, 0.2, 2.0]]))

    def forward(self, x: Tensor, exists: Tensor) -> Tensor:
        there = exists[:, :, None].to(x.dtype)
        mean = (x * there).sum(dim=1) / there.sum(dim=1)
        square = (x**2 * there).sum(dim=1) / there.sum(dim=1)
        return torch.stack([mean[:, 0], mean[:, 1] * square[:, 0], square[:, 1]], dim=1) @ self.weight.T


def cases() -> dict[str, Case]:
    """Seven models that tell three classes of four samples apart, of six steps and two features, and one on events.

    >>> sorted(cases())
    ['bidirectional lstm', 'cnn', 'events', 'gru', 'mlp', 'residual cnn', 'transformer', 'white box']
    """
    with random_state_kept():
        torch.manual_seed(7)
        modules: dict[str, nn.Module] = {
            "gru": GRUClassifier(N_FEATURE, N_CLASS, n_hidden=6),
            "bidirectional lstm": LSTMClassifier(N_FEATURE, N_CLASS, n_hidden=6),
            "cnn": ConvClassifier(N_FEATURE, N_CLASS, channels=(8,), kernel=3),
            "residual cnn": ResNetClassifier(N_FEATURE, N_CLASS, channels=(8,), kernels=(3, 3)),
            "transformer": TransformerClassifier(N_FEATURE, N_CLASS, n_hidden=8, n_head=2, n_layer=1),
            "mlp": MLPClassifier(N_FEATURE, N_CLASS, n_time=LONGEST, hidden=(12,)),
            "white box": Formula(),
        }
        x = torch.randn(4, N_TIME, N_FEATURE)
        on_events = events_model(EventRecurrent("lstm", 5, N_CLASS, n_hidden=6))
    batch = from_tensors(x, layout="sample time feature", label=[0, 2, 1, 1], ids=["a", "b", "c", "d"])
    forward = {name: as_model(module) for name, module in modules.items() if name != "white box"}
    forward["white box"] = TorchModel(modules["white box"], lambda module, batch: module(batch.x, batch.exists))
    found = {name: Case(name, model, batch, Target.predicted()) for name, model in forward.items()}
    return found | {"events": Case("events", on_events, events(), Target.predicted())}
