"""Models given values in deviations from a batch, so that units change nothing."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from torch import nn

from aition.core.batch import Batch
from aition.core.model import TorchModel


@dataclass(frozen=True)
class InDeviations:
    """A forward function that is given values in deviations; what was not observed is 0, the mean.

    Args:
        forward: What is called.
        mean: Of each feature.
        scale: The deviation of each feature.
    """

    forward: Callable[[nn.Module, Batch], Any]
    mean: tuple[float, ...]
    scale: tuple[float, ...]

    def __call__(self, module: nn.Module, batch: Batch) -> Any:
        deviations = (batch.x - batch.x.new_tensor(self.mean)) / batch.x.new_tensor(self.scale)
        return self.forward(module, batch.with_x(deviations.where(batch.observed & batch.cells, 0)))


def in_deviations(model: TorchModel, batch: Batch) -> TorchModel:
    """The model given values in deviations from a batch."""
    seen, x = batch.observed.double(), batch.x.double()
    count = seen.sum(dim=(0, 1)).clamp(min=1)
    mean = (x * seen).sum(dim=(0, 1)) / count
    scale = ((x - mean).square() * seen).sum(dim=(0, 1)).div(count).sqrt()
    flat = scale <= 1e-6 * mean.abs()
    forward = InDeviations(model.forward, tuple(mean.tolist()), tuple(scale.masked_fill(flat, 1.0).tolist()))
    return replace(model, forward=forward, head="none")
