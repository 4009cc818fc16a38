"""A reference network on measurements: values in their units, of which many are missing."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.events import is_events
from aition.core.model import TorchModel
from aition.models.padding import aligned
from aition.models.pooled import Pool, pooling
from aition.models.statics import check_moments, check_static


class MeasuredGRU(nn.Module):
    """A GRU on values in deviations from their means, and on which of them were measured.

    What was not measured is 0, the mean, whatever stands there in the data; so its gradient is 0. Static values are
    read beside the pooled state.

    Args:
        n_feature: Features of each step.
        n_class: Outputs.
        n_static: Static columns.
        n_hidden: Size of the state.
        pool: Which state is classified: "last", that of the last existing step, or "attention", the mean of all with
            learned weights.
        mean: Of each feature, then of each static column, in their units; all 0 where nothing is said.
        scale: What a deviation of 1 is, likewise; all 1 where nothing is said.

    Raises:
        InputError: There is not one mean and one positive scale for each feature and static column.
    """

    def __init__(
        self,
        n_feature: int,
        n_class: int,
        *,
        n_static: int = 0,
        n_hidden: int = 32,
        pool: Pool = "last",
        mean: Sequence[float] = (),
        scale: Sequence[float] = (),
    ) -> None:
        super().__init__()
        width = n_feature + n_static
        check_moments(width, mean, scale, what="feature and static column")
        self.mean: Tensor
        self.scale: Tensor
        self.register_buffer("mean", torch.tensor(mean or [0.0] * width, dtype=torch.float32))
        self.register_buffer("scale", torch.tensor(scale or [1.0] * width, dtype=torch.float32))
        self.n_feature, self.n_static = n_feature, n_static
        self.recurrent = nn.GRU(2 * n_feature, n_hidden, batch_first=True)
        self.pool = pooling(pool, n_hidden)
        self.head = nn.Linear(n_hidden + n_static, n_class)

    def forward(self, x: Tensor, observed: Tensor, exists: Tensor, static: Tensor) -> Tensor:
        """Logits ``[sample, class]``."""
        if x.shape[2] != self.n_feature:
            raise InputError(f"the network reads n_feature={self.n_feature} features, but the batch has {x.shape[2]}")
        check_static(self.n_static, static)
        mean, scales = (moment.split([self.n_feature, self.n_static]) for moment in (self.mean, self.scale))
        value = torch.where(observed, (x - mean[0]) / scales[0], x.new_zeros(()))
        moved, there = aligned(torch.cat([value, observed.to(x.dtype)], dim=2), exists, x.shape[1])
        state = self.pool(self.recurrent(moved)[0], there)
        logits: Tensor = self.head(torch.cat([state, (static - mean[1]) / scales[1]], dim=1))
        return logits


def forward_measured(module: nn.Module, batch: Batch) -> Any:
    """Call a module with the values, which were measured, which steps exist, and the static values.

    Raises:
        InputError: The batch is a list of events.
    """
    check_grid(batch)
    return module(batch.x, batch.observed, batch.exists, batch.static)


def check_grid(batch: Batch) -> None:
    """Raise where a batch holds a list of events in place of features at every step."""
    if is_events(batch):
        raise InputError(f"this network reads features at every step, but {batch!r} is a list of events")


def measured_model(network: nn.Module) -> TorchModel:
    """A network on measurements as a model.

    >>> from aition.core.assemble import from_tensors
    >>> batch = from_tensors(torch.tensor([[[80.0, float("nan")], [90.0, 5.0]]]), layout="sample time feature")
    >>> model = measured_model(MeasuredGRU(2, 3, mean=[85.0, 5.0], scale=[5.0, 1.0]))
    >>> model(batch).shape
    torch.Size([1, 3])
    """
    return TorchModel(network, forward_measured)


def moments(batch: Batch) -> tuple[list[float], list[float]]:
    """Mean and deviation of each feature over what was measured, then of each static column: for a ``MeasuredGRU``.

    A deviation of 0, as of a constant, is answered as 1.
    """
    seen = batch.observed.double()
    count = seen.sum(dim=(0, 1)).clamp(min=1)
    value = batch.x.double() * seen
    mean = value.sum(dim=(0, 1)) / count
    spread = (((batch.x.double() - mean) * seen).square().sum(dim=(0, 1)) / count).sqrt()
    static = batch.static.double()
    middle = static.sum(dim=0) / max(1, len(static))
    means = torch.cat([mean, middle])
    scales = torch.cat([spread, ((static - middle).square().sum(dim=0) / max(1, len(static))).sqrt()])
    return means.tolist(), torch.where(scales > 0, scales, 1.0).tolist()
