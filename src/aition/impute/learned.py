"""What learned imputers share: a Gaussian law of all cells, and a network that says how series depart from it."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import torch
from torch import Tensor, nn

from aition.core.batch import Batch
from aition.core.draws import normal, uniform
from aition.core.errors import InputError
from aition.core.freeze import random_state_kept
from aition.impute.background import Background, standardised
from aition.impute.conditioning import Law, told
from aition.impute.covariance import estimated, law_of
from aition.impute.hiding import hidden_cells
from aition.impute.laid import check_length, kept_steps, laid, noise, put_back
from aition.impute.whitening import innovated, restored

LEAST = 10
"""Series without which nothing is learned."""
HELD = 8
"""One in so many series is not learned from, and says when to stop."""
VIEWS = 4
"""Masks of each of these."""
CLIP = 1.0
"""Largest length of a gradient."""


class Conditional(Protocol):
    """A conditional density of innovations, which begins as the standard normal one."""

    latent: int
    """Further standard normal numbers that a draw takes."""

    def loss(self, innovation: Tensor, lost: Tensor, seen: Tensor, white: Tensor) -> Tensor:
        """Negative log-density of innovations, or a bound above it, up to a constant, ``[row]``.

        Args:
            innovation: ``[row, cell]``; 0 where a cell is kept.
            lost: ``[row, cell]``, bool.
            seen: What is kept, and the Gaussian conditional mean of the rest, in deviations, ``[row, cell]``.
            white: Standard normal numbers, ``[row, latent]``.
        """

    def innovation(self, white: Tensor, lost: Tensor, seen: Tensor, further: Tensor) -> Tensor:
        """Innovations made of standard normal numbers, ``[row, cell]`` of ``[row, cell]`` and ``[row, latent]``."""


Build = Callable[[int, int], nn.Module]
"""From numbers of steps and features to a :class:`Conditional`; what it draws comes from torch's global generator."""


@dataclass(frozen=True)
class Course:
    """How a network is learned.

    Args:
        epochs: At most; the weights of the epoch that was best on held series are kept.
        size: Series in a step.
        rate: Step size of Adam at first; it falls to nothing along half a cosine.
        patience: Epochs without a better one after which learning ends.
    """

    epochs: int = 40
    size: int = 64
    rate: float = 2e-3
    patience: int = 10

    def __post_init__(self) -> None:
        if min(self.epochs, self.size, self.patience) < 1 or not self.rate > 0:
            raise InputError(f"epochs, size and patience must be 1 or more, and rate above 0, but are {self}")


ORDINARY = Course()


@dataclass(frozen=True, eq=False)
class Learned:
    """A Gaussian law of all cells, and the weights of a network.

    Args:
        centre: Mean of each cell, ``[step, feature]``, in units of ``x``.
        deviation: Of each cell, ``[step, feature]``; 0: it never varies, holds its mean and tells nothing.
        correlation: ``[cell, cell]``, cells ordered by steps, then features.
        weights: Of the network, ``[weight]``.
        losses: Of the series that were held back, per hidden cell, before the first and after each epoch, ``[epoch]``,
            in nats; 0 is the level of a standard normal law that fits.
    """

    centre: Tensor
    deviation: Tensor
    correlation: Tensor
    weights: Tensor
    losses: Tensor

    def __post_init__(self) -> None:
        n_cell = self.centre.numel()
        if self.centre.ndim != 2 or self.deviation.shape != self.centre.shape:
            raise InputError(
                "centre and deviation must be [step feature], but are "
                f"{list(self.centre.shape)} and {list(self.deviation.shape)}"
            )
        if self.correlation.shape != (n_cell, n_cell):
            raise InputError(
                f"correlation must be [cell={n_cell} cell={n_cell}], but is {list(self.correlation.shape)}"
            )

    @cached_property
    def law(self) -> Law:
        """Of the standardised cells."""
        return Law.of(self.correlation)

    @cached_property
    def networks(self) -> dict[Build, nn.Module]:
        """Those that were asked for."""
        return {}

    def network(self, build: Build) -> nn.Module:
        """The network with its weights, the same at every call."""
        if build in self.networks:
            return self.networks[build]
        network = built(build, *self.centre.shape, seed=0)
        count = sum(part.numel() for part in network.parameters())
        if self.weights.shape != (count,):
            raise InputError(
                f"weights must be [weight={count}], as the settings say, but are {list(self.weights.shape)}"
            )
        nn.utils.vector_to_parameters(self.weights.clone(), network.parameters())
        self.networks[build] = network.requires_grad_(False)
        return network


def width_of(network: nn.Module) -> int:
    """The latent numbers of a network."""
    latent = network.latent
    if not isinstance(latent, int):
        raise InputError(f"latent must be a whole number, but is {latent!r}")
    return latent


def built(build: Build, n_step: int, n_feature: int, *, seed: int) -> nn.Module:
    """A network whose first weights hang on the seed alone."""
    with random_state_kept():
        torch.manual_seed(seed)
        return build(n_step, n_feature)


def learn(background: Batch, build: Build, course: Course, *, seed: int) -> Learned:
    """The moments of a background, and a network learned on hidden cells of it.

    One series in eight is held back, and the weights kept that do best on these; the first ones count too, so nothing
    is learned that does not carry over. Gaps are filled by a draw of the Gaussian law, anew in each epoch: the law of
    the other cells given what is kept is the same whatever they are filled by.

    Raises:
        InputError: The background has fewer than ten series, or never observed a feature.
    """
    rows = Background.of(background)
    if len(rows.value) < LEAST:
        raise InputError(
            f"a network is learned on {LEAST} series or more, but the background has {len(rows.value)}; give more, or "
            "take GaussianImputer"
        )
    mean, spread = rows.moments()
    value = standardised(rows.value, mean, spread).flatten(1)
    seen = rows.seen.flatten(1) & (spread > 0).flatten()
    order = uniform(rows.keys, seed).argsort()
    held, used = order[: len(order) // HELD], order[len(order) // HELD :]
    shift, covariance = estimated(value[used], seen[used])
    scale = covariance.diagonal().sqrt()
    law = law_of(covariance)
    lesson = Lesson(law, (value - shift) / scale, seen, rows.keys, (mean.shape[0], mean.shape[1]), seed)
    network = built(build, *mean.shape, seed=seed).to(value.device)
    weights, losses = taught(network, lesson, used, held, course)
    centre = mean + shift.reshape(mean.shape) * spread
    return Learned(centre, spread * scale.reshape(mean.shape), law.covariance, weights, losses)


@dataclass(frozen=True, eq=False)
class Lesson:
    """Series to learn from, in deviations of the law."""

    law: Law
    value: Tensor
    seen: Tensor
    keys: Tensor
    shape: tuple[int, int]
    seed: int

    def loss(self, network: nn.Module, rows: Tensor, number: int) -> Tensor:
        """Of some series with the cells hidden that a number says, each over its lost cells, ``[row]``."""
        keys, seen = self.keys[rows], self.seen[rows]
        place = torch.arange(seen.shape[1], device=seen.device)
        joint = normal(keys[:, None], self.seed, torch.as_tensor(number, device=keys.device), place) @ self.law.root.T
        value = joint + told(self.law, (self.value[rows] - joint)[:, None], seen)[:, 0]
        kept = seen & ~hidden_cells(keys, self.shape, seed=self.seed, number=number).flatten(1)
        mean = told(self.law, value[:, None], kept)[:, 0]
        innovation = innovated(self.law, (value - mean)[:, None], ~kept)[:, 0]
        further = torch.arange(width_of(network), device=keys.device) - width_of(network)
        white = normal(keys[:, None], self.seed, torch.as_tensor(number, device=keys.device), further)
        # A normal law that fits has the loss 1/2 a cell, which is taken off.
        loss = network.loss(innovation.float(), ~kept, mean.float(), white.float()) - (~kept).sum(dim=1) / 2  # type: ignore[operator]
        answer: Tensor = loss / (~kept).sum(dim=1).clamp(min=1)
        return answer


def taught(network: nn.Module, lesson: Lesson, used: Tensor, held: Tensor, course: Course) -> tuple[Tensor, Tensor]:
    """The best weights on series that were held back, and the losses of these."""
    optimiser = torch.optim.Adam(network.parameters(), lr=course.rate)
    judged = [held_loss(network, lesson, held)]
    best = nn.utils.parameters_to_vector(network.parameters()).detach().clone()
    for epoch in range(course.epochs):
        for group in optimiser.param_groups:
            group["lr"] = course.rate * (1 + math.cos(math.pi * epoch / course.epochs)) / 2
        number = torch.as_tensor(epoch, device=used.device)
        order = used[uniform(lesson.keys[used], lesson.seed, number).argsort()]
        for part in order.split(course.size):
            optimiser.zero_grad()
            lesson.loss(network, part, epoch).mean().backward()
            nn.utils.clip_grad_norm_(network.parameters(), CLIP)
            optimiser.step()
        judged.append(held_loss(network, lesson, held))
        if judged[-1] == min(judged):
            best = nn.utils.parameters_to_vector(network.parameters()).detach().clone()
        if len(judged) - judged.index(min(judged)) > course.patience:
            break
    return best, torch.tensor(judged, dtype=torch.float64)


def held_loss(network: nn.Module, lesson: Lesson, held: Tensor) -> float:
    """Mean loss of series that are not learned from, with masks of their own."""
    with torch.no_grad():
        return float(torch.cat([lesson.loss(network, held, -1 - view) for view in range(VIEWS)]).mean())


def drawn(learned: Learned, build: Build, batch: Batch, kept: Tensor, numbers: Tensor, *, seed: int) -> Tensor:
    """Values given the kept cells, ``[sample, draw, time, feature]``."""
    n_step, n_feature = learned.centre.shape
    check_length(batch, n_step, n_feature)
    device = batch.x.device
    here, network = learned.law.to(device), learned.network(build).to(device)
    centre, deviation = learned.centre.to(device), learned.deviation.to(device)
    known = (kept_steps(kept, batch, n_step) & (deviation > 0)).flatten(1)
    value = standardised(laid(batch.x, batch, n_step).double(), centre, deviation).flatten(1)
    mean = told(here, value[:, None], known)
    white = noise(batch, seed, numbers, n_step).flatten(2)
    latent = width_of(network)
    place = torch.arange(latent, device=device) - latent
    further = normal(batch.keys[:, None, None], seed, numbers[:, :, None], place)
    n_draw = numbers.shape[1]
    rows = [part.flatten(0, 1) for part in (white, further)]
    with torch.no_grad():
        innovation = network.innovation(  # type: ignore[operator]
            rows[0].float(),
            (~known).repeat_interleave(n_draw, dim=0),
            mean[:, 0].float().repeat_interleave(n_draw, dim=0),
            rows[1].float(),
        )
    gap = restored(here, innovation.to(mean).unflatten(0, (len(batch), n_draw)), ~known)
    whole = (mean + gap).unflatten(2, (n_step, n_feature)) * deviation + centre
    return put_back(whole, batch).to(batch.x)
