"""Latent numbers of a small variational autoencoder as parameters."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from aition.core.draws import normal
from aition.core.errors import InputError
from aition.core.freeze import random_state_kept
from aition.dream.frame import Frame
from aition.dream.parameterisations.parameterisation import Canvas
from aition.dream.parameterisations.principal import PrincipalComponents, Whitened, of_length, shortened


@dataclass(frozen=True)
class Latent:
    """What a variational autoencoder of real series makes of latent numbers.

    It reads and writes whitened principal components. Latent numbers begin with the length that a quarter of the real
    ones stay below, and never get longer than three quarters of them are. It can be curved where components are
    straight, and smooths as autoencoders do.

    Args:
        size: Latent numbers.
        hidden: Units of the hidden layers.
        epochs: Passes over the real series.
        weight: Of the divergence from a standard normal law (β).
        most: Quantile of the real lengths at most.

    References:
        Kingma and Welling, "Auto-encoding variational Bayes", ICLR 2014. Higgins et al., "β-VAE", ICLR 2017.
    """

    size: int = 8
    hidden: int = 64
    epochs: int = 150
    weight: float = 0.2
    most: float = 0.75

    def __post_init__(self) -> None:
        for name in ("size", "hidden", "epochs"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise InputError(f"{name} must be a whole number, 1 or more, but is {value!r}")
        if not 0 < self.most <= 1 or not 0 < self.weight < float("inf"):
            raise InputError(f"most must be in (0, 1] and weight above 0, but are {self.most} and {self.weight}")

    def fit(self, frame: Frame, seed: int) -> "Decoded":
        linear = PrincipalComponents(most=1.0).fit(frame, seed)
        rows = linear.scores(frame.real)
        with random_state_kept(), torch.enable_grad():
            torch.manual_seed(seed)
            network = Autoencoder(rows.shape[1], self.hidden, self.size).to(rows)
            self.learn(network, rows, seed)
        network.eval().requires_grad_(False)
        length = network.encoded(rows)[0].norm(dim=1)
        first = of_length(frame, seed, self.size, length=float(length.quantile(0.25)))
        return Decoded(first, linear, network, float(length.quantile(self.most)))

    def learn(self, network: "Autoencoder", rows: Tensor, seed: int) -> None:
        """Maximise the variational bound."""
        optimizer = torch.optim.Adam(network.parameters(), lr=2e-3)
        for epoch, some in enumerate(self.batches(rows, seed)):
            middle, spread = network.encoded(some)
            place = torch.arange(some.numel() // some.shape[1], device=some.device)[:, None]
            chance = normal(place, seed + epoch, torch.arange(self.size, device=some.device)[None]).to(some)
            back = network.decoded(middle + chance * (0.5 * spread).exp())
            missed = (back - some).square().sum(dim=1)
            apart = 0.5 * (middle.square() + spread.exp() - 1 - spread).sum(dim=1)
            loss = (missed + self.weight * apart).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    def batches(self, rows: Tensor, seed: int) -> Iterator[Tensor]:
        """Real series in another order at each pass, 64 at a time."""
        chance = torch.Generator().manual_seed(seed)
        for _ in range(self.epochs):
            for some in torch.randperm(len(rows), generator=chance).split(64):
                yield rows[some.to(rows.device)]


class Autoencoder(nn.Module):
    """Two layers each way.

    Args:
        width: Numbers that it reads and writes.
        hidden: Units of the hidden layers.
        size: Latent numbers.
    """

    def __init__(self, width: int, hidden: int, size: int) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(width, hidden), nn.SiLU(), nn.Linear(hidden, 2 * size))
        self.decoder = nn.Sequential(nn.Linear(size, hidden), nn.SiLU(), nn.Linear(hidden, width))

    def encoded(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Means and logarithms of variances, ``[series, size]`` each."""
        middle, spread = self.encoder(rows).chunk(2, dim=1)
        return middle, spread.clamp(-8, 4)

    def decoded(self, latent: Tensor) -> Tensor:
        """What latent numbers stand for, ``[series, width]``."""
        rows: Tensor = self.decoder(latent)
        return rows


@dataclass(frozen=True, eq=False)
class Decoded(Canvas):
    """The canvas of :class:`Latent`: latent numbers ``[draw, size]``.

    Args:
        linear: From components to series.
        network: From latent numbers to components.
        most: Their length at most.
    """

    linear: Whitened
    network: Autoencoder
    most: float

    def series(self, parameter: Tensor) -> Tensor:
        return self.linear.series(self.network.decoded(parameter))

    def held(self, parameter: Tensor) -> Tensor:
        return shortened(parameter, self.most)
