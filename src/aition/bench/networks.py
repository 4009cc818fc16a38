"""What a task explains: the law itself, or a network trained on what it drew."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from aition.core.batch import Batch
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


@dataclass(frozen=True)
class Standardised:
    """A reference network that standardises the values it is given, so that their units change nothing.

    Args:
        network: Trained on values of mean 0 and deviation 1, feature by feature.
    """

    network: TrainedNetwork

    def __call__(self, train: Simulated, *, seed: int) -> TorchModel:
        return self.around(self.network(self.prepared(train), seed=seed), train)

    def prepared(self, train: Simulated) -> Simulated:
        """The series as the network inside is given them."""
        mean, deviation = units_of(train.batch)
        return replace(train, batch=train.batch.with_x((train.batch.x - mean) / deviation))

    def around(self, inner: TorchModel, train: Simulated) -> TorchModel:
        """The trained network behind what it is given."""
        mean, deviation = units_of(train.batch)
        return replace(inner, forward=partial(standardising, forward=inner.forward, mean=mean, deviation=deviation))


def units_of(batch: Batch) -> tuple[Tensor, Tensor]:
    """Mean and deviation of what was measured, ``[feature]`` each; a deviation of 0 is taken for 1."""
    seen = (batch.observed & batch.cells).double()
    count = seen.sum(dim=(0, 1)).clamp(min=1)
    x = batch.x.double()
    mean = (x * seen).sum(dim=(0, 1)) / count
    deviation = (((x - mean) ** 2 * seen).sum(dim=(0, 1)) / count).sqrt()
    return mean.to(batch.x), torch.where(deviation > 0, deviation, 1).to(batch.x)


def standardising(
    module: nn.Module, batch: Batch, *, forward: Callable[[nn.Module, Batch], Any], mean: Tensor, deviation: Tensor
) -> Any:
    """What a module says of values in deviations from their mean."""
    return forward(module, batch.with_x((batch.x - mean.to(batch.x)) / deviation.to(batch.x)))
