"""Objectives inside a model: what one of its layers says."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from hashlib import sha256
from typing import ClassVar

import torch
from torch import Tensor

from aition.core.errors import InputError
from aition.dream.seen import Seen


@dataclass(frozen=True)
class Inside(ABC):
    """What one layer of a network says, whatever class that is about.

    Args:
        layer: Its name in ``dict(module.named_modules())``.
    """

    classes: ClassVar[tuple[int, int]] = (-1, -1)

    layer: str

    @property
    def layers(self) -> tuple[str, ...]:
        return (self.layer,)

    @property
    def name(self) -> str:
        return self.layer

    @abstractmethod
    def measured(self, seen: Seen) -> Tensor:
        """How large it is, ``[draw]``."""


@dataclass(frozen=True)
class Neuron(Inside):
    """One number of a layer.

    Args:
        layer: Its name in ``dict(module.named_modules())``.
        place: Where it stands in what the layer says, behind the axis of samples.
    """

    place: tuple[int, ...]

    @property
    def name(self) -> str:
        return f"{self.layer}[{', '.join(map(str, self.place))}]"

    def measured(self, seen: Seen) -> Tensor:
        said = seen.layer(self.layer)
        if len(self.place) != said.ndim - 1 or any(
            not -size <= one < size for one, size in zip(self.place, said.shape[1:], strict=False)
        ):
            raise InputError(
                f"place must lie in {list(said.shape[1:])}, as {self.layer!r} says, but is {list(self.place)}"
            )
        for one in self.place:
            said = said[:, one]
        return said


@dataclass(frozen=True)
class Channel(Inside):
    """The mean of one channel of a layer over all its places.

    Args:
        layer: Its name in ``dict(module.named_modules())``.
        channel: The channel, from 0.
        axis: The axis of channels in what the layer says, that of samples being 0: 1 for convolutions, -1 for
            recurrent layers and transformers.
    """

    channel: int
    axis: int = 1

    @property
    def name(self) -> str:
        return f"{self.layer} channel {self.channel}{along(self.axis)}"

    def measured(self, seen: Seen) -> Tensor:
        return channels(seen.layer(self.layer), self.axis, self.layer, least=self.channel)[:, self.channel]


@dataclass(frozen=True)
class Layer(Inside):
    """The mean square of all that a layer says.

    Args:
        layer: Its name in ``dict(module.named_modules())``.
    """

    def measured(self, seen: Seen) -> Tensor:
        return seen.layer(self.layer).flatten(1).square().mean(dim=1)


@dataclass(frozen=True, eq=False)
class Direction(Inside):
    """A direction among a layer's channels, ``⟨a, v⟩ max(.1, cos(a, v))^p``, with ``a`` the mean over its places.

    Its name has six digits of a hash of the vector, so that several of one layer are told apart.

    Args:
        layer: Its name in ``dict(module.named_modules())``.
        vector: ``v``, ``[channel]``.
        power: ``p``, 0 or more: how much the angle counts beside the length.
        axis: As in :class:`Channel`.

    References:
        Carter et al., "Activation atlas", Distill 2019: the objective.
    """

    vector: Tensor
    power: float = 2.0
    axis: int = 1

    def __post_init__(self) -> None:
        if self.vector.ndim != 1 or not float(self.vector.norm()) > 0:
            raise InputError(f"vector must be [channel] and not 0, but is {list(self.vector.shape)}")
        if not 0 <= self.power < float("inf"):
            raise InputError(f"power must be 0 or more and finite, but is {self.power}")

    @property
    def name(self) -> str:
        sign = sha256(self.vector.detach().cpu().float().contiguous().numpy().tobytes()).hexdigest()[:6]
        power = "" if self.power == 2 else f" power {self.power:g}"
        return f"direction {sign} of {self.layer}{power}{along(self.axis)}"

    def measured(self, seen: Seen) -> Tensor:
        said = channels(seen.layer(self.layer), self.axis, self.layer, least=len(self.vector) - 1)
        if said.shape[1] != len(self.vector):
            raise InputError(f"vector must be [channel={said.shape[1]}], but is [{len(self.vector)}]")
        vector = self.vector.to(said)
        return said @ vector * torch.cosine_similarity(said, vector[None], dim=1).clamp(min=0.1) ** self.power


def along(axis: int) -> str:
    """An axis of channels in words, where it is not the usual one.

    >>> along(1), along(-1)
    ('', ' along axis -1')
    """
    return "" if axis == 1 else f" along axis {axis}"


def channels(said: Tensor, axis: int, layer: str, *, least: int) -> Tensor:
    """Means over all places but the channel, ``[draw, channel]``.

    Raises:
        InputError: There is no such axis or channel.
    """
    if axis % said.ndim == 0 or not -said.ndim < axis < said.ndim:
        raise InputError(f"axis must be one of {said.ndim - 1} behind that of samples, but is {axis}")
    moved = said.movedim(axis, 1).flatten(2) if said.ndim > 2 else said[:, :, None]
    if not 0 <= least < moved.shape[1]:
        raise InputError(f"channel must be 0 to {moved.shape[1] - 1} in {layer!r}, but is {least}")
    return moved.mean(dim=2)
