"""The flow imputer: a normalising flow of all cells, told which are kept and what they hold."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any

import torch
from torch import Tensor, nn

from aition.core.batch import Batch
from aition.core.errors import InputError, MissingExtraError, ModelError
from aition.impute.background import Background, standardised
from aition.impute.laid import check_length, kept_steps, laid, noise, put_back
from aition.impute.mixture import filled

CLIP = 5.0
"""Largest norm of a gradient."""


@dataclass(frozen=True, eq=False)
class FlowImputer:
    """Draws from a normalising flow of all cells that is given the kept ones: laws of any shape, learned.

    It is trained on masks of every size. A flow has as many outputs as inputs, so in place of the cells that are kept
    it learns plain noise, which is thrown away: what it is told it need not say.

    Args:
        module: From what is kept and which cells these are, ``[row, 2 * cell]``, to a distribution of all cells.
        mean: Of each cell, ``[step, feature]``, in units of ``x``.
        deviation: Of each cell, ``[step, feature]``; 0: it never varies, holds its mean and tells nothing.
        seed: Of the draws.

    References:
        Durkan, Bekasov, Murray and Papamakarios, "Neural spline flows", NeurIPS 2019; Li, Akbar and Oliva, "ACFlow:
        flow models for arbitrary conditional likelihoods", ICML 2020, for flows given any of their cells.
    """

    module: nn.Module
    mean: Tensor
    deviation: Tensor
    seed: int = 0

    def __post_init__(self) -> None:
        if self.mean.ndim != 2 or self.mean.shape != self.deviation.shape:
            raise InputError(
                f"mean and deviation must be [step feature] alike, but are {list(self.mean.shape)} and "
                f"{list(self.deviation.shape)}"
            )

    @classmethod
    def fit(
        cls,
        background: Batch,
        *,
        epochs: int = 100,
        n_transform: int = 4,
        n_hidden: int = 128,
        lr: float = 2e-3,
        seed: int = 0,
    ) -> "FlowImputer":
        """A neural spline flow of couplings; gaps of the background are filled by a draw of one Gaussian law.

        Args:
            background: The series.
            epochs: Passes over the series, each with masks of its own.
            n_transform: Couplings.
            n_hidden: Width of both hidden layers of each.
            lr: First step of Adam, which falls to 0.
            seed: Of the weights, the masks and the draws.

        Raises:
            InputError: The background has fewer than two series, or never observed a feature; or a setting is below 1.
            MissingExtraError: zuko is not installed.
            ModelError: The loss is not finite.
        """
        if min(epochs, n_transform, n_hidden) < 1:
            raise InputError(
                f"epochs, n_transform and n_hidden must be 1 or more, but are {epochs}, {n_transform} and {n_hidden}"
            )
        rows = Background.of(background)
        mean, deviation = rows.moments()
        value = filled(rows, mean, deviation, seed).float()
        flows = package()
        n_cell = value.shape[1]
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            module = flows.NSF(
                n_cell, 2 * n_cell, transforms=n_transform, passes=2, hidden_features=(n_hidden, n_hidden)
            )
        trained(module.to(value.device), value, epochs=epochs, lr=lr, seed=seed)
        return cls(module.eval().requires_grad_(requires_grad=False), mean, deviation, seed)

    @property
    def causal(self) -> bool:
        """Later cells tell of earlier ones."""
        return False

    def draw(self, batch: Batch, kept: Tensor, numbers: Tensor) -> Tensor:
        """Values given the kept cells, ``[sample, draw, time, feature]``."""
        n_step, n_feature = self.mean.shape
        check_length(batch, n_step, n_feature)
        weight = next(self.module.parameters())
        mean, deviation = (part.double().to(batch.x.device) for part in (self.mean, self.deviation))
        known = (kept_steps(kept, batch, n_step) & (deviation > 0)).flatten(1)
        value = standardised(laid(batch.x, batch, n_step).double(), mean, deviation).flatten(1)
        given = context(value.to(weight), known)
        white = noise(batch, self.seed, numbers, n_step).flatten(2).to(weight)
        n_draw = numbers.shape[1]
        with torch.no_grad():
            law = self.module(given.repeat_interleave(n_draw, dim=0))
            drawn = law.transform.inv(white.flatten(0, 1))
        whole = drawn.double().to(batch.x.device).unflatten(0, (len(batch), n_draw)).unflatten(2, (n_step, n_feature))
        return put_back(whole * deviation + mean, batch).to(batch.x)


def context(value: Tensor, kept: Tensor) -> Tensor:
    """What a flow is told, ``[row, 2 * cell]``: the values that are kept, and which these are."""
    return torch.cat([torch.where(kept, value, 0.0), kept.to(value)], dim=1)


def trained(module: nn.Module, value: Tensor, *, epochs: int, lr: float, seed: int) -> None:
    """Train a flow, in place, on series in rows, ``[series, cell]``, and on masks that keep any share of the cells."""
    chance = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.Adam(module.parameters(), lr=lr)
    size = min(256, len(value))
    per_epoch = -(-len(value) // size)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, epochs * per_epoch)
    for _ in range(epochs):
        for part in torch.randperm(len(value), generator=chance).split(size):
            rows = value[part.to(value.device)]
            share = torch.rand(len(rows), 1, generator=chance)
            kept = (torch.rand(rows.shape, generator=chance) < share).to(rows.device)
            blank = torch.randn(rows.shape, generator=chance).to(rows)
            loss = -module(context(rows, kept)).log_prob(torch.where(kept, blank, rows)).mean()
            if not bool(torch.isfinite(loss)):
                raise ModelError("the loss of the flow must be finite, but is not; take a smaller lr")
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(module.parameters(), CLIP)
            optimiser.step()
            schedule.step()


def package() -> Any:
    """The flows of zuko.

    Raises:
        MissingExtraError: It is not installed.
    """
    try:
        return import_module("zuko.flows")
    except ImportError as error:
        raise MissingExtraError(
            "FlowImputer.fit needs zuko, which is not installed: pip install 'aition[impute]'"
        ) from error
