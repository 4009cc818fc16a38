"""What a task explains: the law itself, or a network trained on what it drew."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from aition.core.model import TorchModel
from aition.data.simulate.simulated import Simulated
from aition.models import create, fit


class Network(Protocol):
    """From the series that may be trained on, and a seed, to the model that a task explains: a frozen dataclass."""

    def __call__(self, train: Simulated, *, seed: int) -> TorchModel:
        """The model."""


@dataclass(frozen=True)
class WhiteBox:
    """The law itself, which reads the true cells and no others."""

    def __call__(self, train: Simulated, *, seed: int) -> TorchModel:
        return train.white_box


@dataclass(frozen=True)
class TrainedNetwork:
    """A reference network trained on the labels.

    Args:
        builder: As :func:`aition.models.create` names it.
        settings: Of the builder, beside ``n_feature``.
        epochs: Passes over the training series.
        lr: Step of Adam.
        batch_size: Series a step.
        weight_decay: Decoupled decay of the weights a step, in units of ``lr``.
    """

    builder: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    epochs: int = 20
    lr: float = 3e-3
    batch_size: int = 32
    weight_decay: float = 0.0

    def __call__(self, train: Simulated, *, seed: int) -> TorchModel:
        return fit(
            create(self.builder, seed=seed, **self.built_from(train)),
            train.batch,
            epochs=self.epochs,
            seed=seed,
            lr=self.lr,
            batch_size=self.batch_size,
            weight_decay=self.weight_decay,
            progress="off",
        ).model

    def built_from(self, train: Simulated) -> dict[str, Any]:
        """All that the builder takes."""
        return {"n_feature": train.batch.n_feature, **self.settings}
