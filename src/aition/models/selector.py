"""Selectors: small networks that say, of every cell of a series, how much it is wanted."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

from aition.core.batch import Batch
from aition.core.errors import InputError, RefusalError
from aition.core.freeze import random_state_kept
from aition.core.numbers import check_sizes, check_whole
from aition.core.precision import doubled
from aition.models.attention import places
from aition.models.padding import aligned, restored, turned


class Body(Protocol):
    """The settings of a network from ``[sample, time, channel]`` to logits ``[sample, time, feature]``."""

    @property
    def causal(self) -> bool:
        """Whether no logit hangs on what comes later than its own step."""

    def layers(self, n_channel: int, n_feature: int, n_time: int) -> nn.Module:
        """The network, called with values moved to step 0 and with which steps exist."""


class Selector(nn.Module):
    """A body that reads a series in deviations from its training data, so that units change nothing.

    What was not observed is read as the mean, with a channel that says so; static columns stand beside every step.

    Args:
        body: From ``(values [sample, time, channel], exists [sample, time])`` to ``[sample, time, feature]``.
        background: What the means and deviations are of.
    """

    def __init__(self, body: nn.Module, background: Batch) -> None:
        super().__init__()
        self.body = body
        self.misses = bool((background.cells & ~background.observed).any())
        known = background.observed & background.cells
        for name, value, there in (
            ("x", background.x, known),
            ("static", background.static, torch.ones_like(background.static, dtype=torch.bool)),
        ):
            along = list(range(value.ndim - 1))
            wide = doubled(torch.where(there, value, 0))
            here = there.to(wide.device)
            count = here.sum(dim=along).clamp(min=1)
            mean = wide.sum(dim=along) / count
            scale = ((wide - mean).masked_fill(~here, 0).square().sum(dim=along) / count).sqrt()
            flat = scale <= 1e-6 * mean.abs()
            self.register_buffer(f"mean_{name}", mean.to(value))
            self.register_buffer(f"scale_{name}", scale.masked_fill(flat, 1.0).to(value))

    def forward(self, batch: Batch) -> Tensor:
        """Logits of the cells, ``[sample, time, feature]``; without meaning in the padding."""
        held = dict(self.named_buffers())
        known = batch.observed & batch.cells
        parts = [torch.where(known, (batch.x - held["mean_x"]) / held["scale_x"], 0)]
        if self.misses:
            parts.append(known.to(batch.x.dtype))
        if batch.static.shape[1]:
            static = (batch.static - held["mean_static"]) / held["scale_static"]
            parts.append(static[:, None].expand(-1, batch.n_time, -1))
        value, there = aligned(torch.cat(parts, dim=2), batch.exists, batch.n_time)
        return restored(self.body(value, there), batch.exists)


def selector_of(body: Body, background: Batch, *, seed: int, longest: int = 0) -> Selector:
    """A selector with fresh weights that hang on the seed alone, where the background is.

    Args:
        body: Its settings.
        background: What means and deviations are of.
        seed: Of the weights.
        longest: Steps that it must be able to read, where they are more than those of the background.
    """
    with random_state_kept():
        torch.manual_seed(seed)
        steps = max(longest, int(background.lengths.max()))
        layers = body.layers(channels_of(background), background.n_feature, steps)
    return Selector(layers.to(background.x.device, background.x.dtype), background)


def channels_of(background: Batch) -> int:
    """How many numbers a selector that learns from a background reads at each step."""
    misses = bool((background.cells & ~background.observed).any())
    return background.n_feature * (1 + misses) + background.static.shape[1]


def logits_of(selector: nn.Module, batch: Batch) -> Tensor:
    """What a selector that was learned says of every cell, ``[sample, time, feature]``, without gradients.

    Raises:
        RefusalError: Series have other features or static columns than those it was learned from.
    """
    held = dict(selector.named_buffers())
    learned, given = (len(held["mean_x"]), len(held["mean_static"])), (batch.n_feature, batch.static.shape[1])
    if learned != given:
        raise RefusalError(
            f"the selector was learned from {learned[0]} features and {learned[1]} static columns, but the batch "
            f"has {given[0]} and {given[1]}; fit it on such series"
        )
    weight = next(selector.parameters())
    with torch.no_grad():
        said: Tensor = selector(batch.to(device=weight.device, dtype=weight.dtype)).to(batch.x)
    return said


@dataclass(frozen=True)
class DenseSelector:
    """Linear layers and ReLUs over all steps at once; series may be no longer than those of the training data.

    Args:
        hidden: Sizes of the hidden layers.
    """

    hidden: tuple[int, ...] = (100, 100)

    def __post_init__(self) -> None:
        check_sizes("hidden", self.hidden)

    @property
    def causal(self) -> bool:
        return False

    def layers(self, n_channel: int, n_feature: int, n_time: int) -> nn.Module:
        return DenseLayers(n_channel, n_feature, n_time=n_time, hidden=self.hidden)


@dataclass(frozen=True)
class ConvolutionalSelector:
    """Dilated convolutions: each layer sees twice as far as the one before.

    Args:
        channels: Channels of each layer.
        kernel: Steps that one convolution sees; odd unless ``causal``.
        causal: Look back only.

    References:
        Bai, Kolter and Koltun, "An empirical evaluation of generic convolutional and recurrent networks for sequence
        modeling", 2018, section 3.
    """

    channels: tuple[int, ...] = (48, 48, 48)
    kernel: int = 5
    causal: bool = False

    def __post_init__(self) -> None:
        check_sizes("channels", self.channels)
        check_whole(self, ("kernel",))
        if not self.causal and self.kernel % 2 == 0:
            raise InputError(f"kernel must be odd unless causal, but is {self.kernel}")

    def layers(self, n_channel: int, n_feature: int, n_time: int) -> nn.Module:
        return ConvolutionalLayers(n_channel, n_feature, self.channels, kernel=self.kernel, causal=self.causal)


@dataclass(frozen=True)
class RecurrentSelector:
    """A GRU from the first step, and one from the last.

    Args:
        n_hidden: Size of each direction's state.
        causal: Forwards only.
    """

    n_hidden: int = 48
    causal: bool = False

    def __post_init__(self) -> None:
        check_whole(self, ("n_hidden",))

    def layers(self, n_channel: int, n_feature: int, n_time: int) -> nn.Module:
        return RecurrentLayers(n_channel, n_feature, n_hidden=self.n_hidden, causal=self.causal)


@dataclass(frozen=True)
class AttentionSelector:
    """A transformer over the steps.

    Args:
        n_hidden: Size of each step's state; even, and a multiple of ``n_head``.
        n_head: Attention heads.
        n_layer: Encoder layers.
        causal: Look back only.
    """

    n_hidden: int = 48
    n_head: int = 4
    n_layer: int = 2
    causal: bool = False

    def __post_init__(self) -> None:
        check_whole(self, ("n_hidden", "n_head", "n_layer"))
        if self.n_hidden % 2 or self.n_hidden % self.n_head:
            raise InputError(f"n_hidden must be even and a multiple of n_head={self.n_head}, but is {self.n_hidden}")

    def layers(self, n_channel: int, n_feature: int, n_time: int) -> nn.Module:
        return AttentionLayers(
            n_channel, n_feature, n_hidden=self.n_hidden, n_head=self.n_head, n_layer=self.n_layer, causal=self.causal
        )


class DenseLayers(nn.Module):
    """A multilayer perceptron over whole series."""

    def __init__(self, n_channel: int, n_feature: int, *, n_time: int, hidden: Sequence[int]) -> None:
        super().__init__()
        self.n_time, self.n_feature = n_time, n_feature
        sizes = [n_time * n_channel, *hidden, n_time * n_feature]
        self.linear = nn.ModuleList(nn.Linear(before, after) for before, after in pairwise(sizes))

    def forward(self, value: Tensor, there: Tensor) -> Tensor:
        if (longest := int(there.sum(dim=1).max())) > self.n_time:
            raise InputError(
                f"series must have at most the {self.n_time} steps of the training data, but one has {longest}; take "
                "ConvolutionalSelector(), RecurrentSelector() or AttentionSelector()"
            )
        n_step = value.shape[1]
        wide = functional.pad(value, (0, 0, 0, max(0, self.n_time - n_step)))[:, : self.n_time]
        states = wide.flatten(1)
        for layer in self.linear[:-1]:
            states = torch.relu(layer(states))
        logits = self.linear[-1](states).unflatten(1, (self.n_time, self.n_feature))
        return functional.pad(logits, (0, 0, 0, max(0, n_step - self.n_time)))[:, :n_step]


class ConvolutionalLayers(nn.Module):
    """Dilated convolutions over the steps."""

    def __init__(self, n_channel: int, n_feature: int, channels: Sequence[int], *, kernel: int, causal: bool) -> None:
        super().__init__()
        sizes = [n_channel, *channels]
        self.spans = [(kernel - 1) * 2**place for place in range(len(channels))]
        self.causal = causal
        self.convolutions = nn.ModuleList(
            nn.Conv1d(before, after, kernel, dilation=2**place) for place, (before, after) in enumerate(pairwise(sizes))
        )
        self.head = nn.Linear(sizes[-1] + n_channel, n_feature)

    def forward(self, value: Tensor, there: Tensor) -> Tensor:
        states = value.transpose(1, 2)
        for layer, span in zip(self.convolutions, self.spans, strict=True):
            before = span if self.causal else span // 2
            after = torch.relu(layer(functional.pad(states, (before, span - before)))) * there[:, None]
            states = after + states if after.shape == states.shape else after
        logits: Tensor = self.head(torch.cat([states.transpose(1, 2), value], dim=2))
        return logits


class RecurrentLayers(nn.Module):
    """One GRU or two."""

    def __init__(self, n_channel: int, n_feature: int, *, n_hidden: int, causal: bool) -> None:
        super().__init__()
        self.onward = nn.GRU(n_channel, n_hidden, batch_first=True)
        self.back = nn.ModuleList([] if causal else [nn.GRU(n_channel, n_hidden, batch_first=True)])
        self.head = nn.Linear(n_hidden * (1 + len(self.back)), n_feature)

    def forward(self, value: Tensor, there: Tensor) -> Tensor:
        states = [self.onward(value)[0]]
        for layer in self.back:
            states.append(turned(layer(turned(value, there))[0], there))
        logits: Tensor = self.head(torch.cat(states, dim=2))
        return logits


class AttentionLayers(nn.Module):
    """A transformer encoder over the steps."""

    def __init__(
        self, n_channel: int, n_feature: int, *, n_hidden: int, n_head: int, n_layer: int, causal: bool
    ) -> None:
        super().__init__()
        self.causal = causal
        self.project = nn.Linear(n_channel, n_hidden)
        layer = nn.TransformerEncoderLayer(n_hidden, n_head, 2 * n_hidden, 0.0, batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, n_layer, enable_nested_tensor=False)
        self.head = nn.Linear(n_hidden, n_feature)

    def forward(self, value: Tensor, there: Tensor) -> Tensor:
        states = self.project(value)
        later = torch.ones(2 * (value.shape[1],), dtype=torch.bool, device=value.device).triu(1)
        states = self.encoder(states + places(states), mask=later if self.causal else None, src_key_padding_mask=~there)
        logits: Tensor = self.head(states)
        return logits
