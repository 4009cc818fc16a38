"""Replacements that are learned: a recurrent network writes what stands where a mask takes a value away."""

import math
from dataclasses import dataclass, field
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from aition.core.batch import Batch
from aition.core.errors import RefusalError
from aition.impute.baseline import Baseline, ConstantBaseline
from aition.methods.masks.replacement import Draws, Fixed


class RecurrentGenerator(nn.Module):
    """A recurrent layer, its states brought to length 1, and a linear layer: a value for every cell of a series.

    Padding on either side changes nothing: series are read from their first existing step, and back from their last.

    Args:
        n_feature: Features in and out, and hidden states in each direction.
        causal: Read forwards only, so that no value depends on the future.
        seed: Of the first weights, uniform within ±1/√(inputs of the layer) as torch's own are; the global generator is
            not touched.

    References:
        Enguehard, "Learning perturbations to explain time series predictions", ICML 2023.
    """

    def __init__(self, n_feature: int, *, causal: bool, seed: int) -> None:
        super().__init__()
        n_state = n_feature if causal else 2 * n_feature
        self.forwards = bare_gru(n_feature)
        self.backwards = nn.ModuleList([] if causal else [bare_gru(n_feature)])
        self.linear = nn.utils.skip_init(nn.Linear, n_state, n_feature)
        random = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for weight in (*self.forwards.parameters(), *self.backwards.parameters()):
                weight.uniform_(-1 / math.sqrt(n_feature), 1 / math.sqrt(n_feature), generator=random)
            for weight in self.linear.parameters():
                weight.uniform_(-1 / math.sqrt(n_state), 1 / math.sqrt(n_state), generator=random)

    def forward(self, x: Tensor, exists: Tensor) -> Tensor:
        start, length = exists.int().argmax(dim=1, keepdim=True), exists.sum(dim=1, keepdim=True)
        step = torch.arange(x.shape[1], device=x.device)[None]
        states = [moved(self.forwards(moved(x, start + step))[0], step - start)]
        for layer in self.backwards:
            states.append(moved(layer(moved(x, start + length - 1 - step))[0], start + length - 1 - step))
        value: Tensor = self.linear(functional.normalize(torch.cat(states, dim=2), dim=2))
        return value


@dataclass(frozen=True)
class Learned:
    """A replacement still to be learned, by ``ExtremalMask.fit`` or, in the published setting, jointly with the masks.

    Args:
        causal: Read forwards only, so that a replacement does not know the future.
        baseline: What is taken from ``x`` before it is read, and what stands for absence.
    """

    causal: bool = False
    baseline: Baseline = field(default_factory=ConstantBaseline)
    redrawn: ClassVar[bool] = False
    needs_fit: ClassVar[bool] = True

    @property
    def absence(self) -> Fixed:
        return Fixed(self.baseline)

    def __call__(self, batch: Batch, *, seed: int) -> Draws:
        raise RefusalError(
            "this replacement is still to be learned; call fit(model, background, target) and explain with what it "
            "returns, or learn it jointly (together=100, as in the published setting)"
        )

    def fresh(self, batch: Batch, *, seed: int) -> "Generated":
        """A generator with random weights, in a batch's features, dtype and device."""
        module = RecurrentGenerator(batch.n_feature, causal=self.causal, seed=seed)
        return Generated(module.to(batch.x.device, batch.x.dtype), self.baseline)


@dataclass(frozen=True, eq=False)
class Generated:
    """A learned replacement: what a generator says of the series, ``NN(x - b)``.

    Args:
        module: From ``(x [sample, time, feature], exists [sample, time])`` to values in the shape of ``x``.
        baseline: What is taken from ``x`` before it is read, and what stands for absence.
    """

    module: nn.Module
    baseline: Baseline = field(default_factory=ConstantBaseline)
    redrawn: ClassVar[bool] = False
    needs_fit: ClassVar[bool] = False

    @property
    def absence(self) -> Fixed:
        return Fixed(self.baseline)

    def __call__(self, batch: Batch, *, seed: int) -> Draws:
        x = batch.x - self.absence(batch, seed=seed)(0)
        return lambda _draw: self.module(x, batch.exists)


def bare_gru(n_feature: int) -> nn.GRU:
    """A recurrent layer whose weights are still to be drawn."""
    layer: nn.GRU = nn.GRU(n_feature, n_feature, batch_first=True, device="meta").to_empty(device="cpu")
    return layer


def moved(value: Tensor, place: Tensor) -> Tensor:
    """``value [sample, time, feature]`` with the step at ``place [sample, time]`` at each time, or the nearest."""
    index = place.clamp(0, value.shape[1] - 1).expand(value.shape[:2])
    return value.gather(1, index[:, :, None].expand(value.shape))
