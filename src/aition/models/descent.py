"""Descent: weights that lower an error step by step, of which those of the best epoch are kept."""

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, Self, TypeVar

import torch
from torch import Tensor, nn

from aition.core.draws import FRESH
from aition.core.errors import ModelError


class Rows(Protocol):
    """Samples with what is asked of them."""

    def __len__(self) -> int:
        """How many samples."""

    def take(self, rows: Tensor) -> Self:
        """Pick samples."""


Some = TypeVar("Some", bound=Rows)


@dataclass(frozen=True)
class Pace:
    """How long and how fast is learned.

    Args:
        epochs: Passes over the samples.
        batch_size: Samples a step.
        rate: Step of Adam; it falls to 0 along a cosine.
        seed: Of the order.
    """

    epochs: int
    batch_size: int
    rate: float
    seed: int


def descended(
    modules: Sequence[nn.Module],
    error: Callable[[Some, int], Tensor],
    *,
    learn: Some,
    held: Some,
    pace: Pace,
    tick: Callable[[int], None],
) -> None:
    """Change the weights of modules so that an error falls; at the end they are those of the best epoch.

    Args:
        modules: What is trained; left in evaluation mode.
        error: From samples and the number of the step, which says what is drawn, to the mean error, one number; of
            samples that are held out, the step is ``FRESH``.
        learn: What is learned from.
        held: What the best epoch is chosen by.
        pace: How long and how fast.
        tick: To be told of each pass.

    Raises:
        ModelError: The error is not finite, or does not hang on the weights.
    """
    optimizer = torch.optim.Adam([weight for one in modules for weight in one.parameters()], lr=pace.rate)
    shuffle = torch.Generator().manual_seed(pace.seed)
    best, states, step = math.inf, [copy.deepcopy(one.state_dict()) for one in modules], 0
    for epoch in range(pace.epochs):
        for one in modules:
            one.train()
        pieces = torch.randperm(len(learn), generator=shuffle).split(pace.batch_size)
        for place, rows in enumerate(pieces):
            share = (epoch + place / len(pieces)) / pace.epochs
            optimizer.param_groups[0]["lr"] = pace.rate * 0.5 * (1 + math.cos(math.pi * share))
            with torch.enable_grad():
                cost = error(learn.take(rows), step)
                optimizer.zero_grad()
                if cost.requires_grad:
                    cost.backward()
            check_heard(modules)
            optimizer.step()
            step += 1
        for one in modules:
            one.eval()
        parts = torch.arange(len(held)).split(pace.batch_size)
        with torch.no_grad():
            found = sum(float(error(held.take(rows), FRESH)) * len(rows) for rows in parts) / len(held)
        if not math.isfinite(found):
            raise ModelError(f"the error became {found} in epoch {epoch + 1}; take a smaller rate than {pace.rate}")
        if found < best:
            best, states = found, [copy.deepcopy(one.state_dict()) for one in modules]
        tick(1)
    for one, state in zip(modules, states, strict=True):
        one.load_state_dict(state)


def check_heard(modules: Sequence[nn.Module]) -> None:
    """Raise where the weights of a module were not asked for what was said."""
    for one in modules:
        weights = list(one.parameters())
        if weights and all(weight.grad is None for weight in weights):
            raise ModelError(
                "what is said must hang on the weights of the module that the model is called with, but does not; let "
                "forward=lambda module, batch: … use its module"
            )
