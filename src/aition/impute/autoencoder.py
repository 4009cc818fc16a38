"""The autoencoder imputer: how series depart from a Gaussian law, by a latent variable that knows what is kept."""

from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.impute.convolved import Convolution
from aition.impute.learned import ORDINARY, Course, Learned, drawn, learn

STEEPEST = 4.0
"""Largest size of the logarithm of a deviation."""


@dataclass(frozen=True)
class Coder:
    """Three networks of convolutions: of the latent numbers before and after the lost cells are seen, and of the cells.

    Args:
        latent: Latent numbers of each step.
        channels: Of the convolutions.
        dilations: Steps between what a convolution sees, one a convolution.
    """

    latent: int = 4
    channels: int = 32
    dilations: tuple[int, ...] = (1, 2, 4)

    def __post_init__(self) -> None:
        if min(self.latent, self.channels, len(self.dilations), *self.dilations) < 1:
            raise InputError(f"latent, channels and dilations must be 1 or more, but are {self}")

    def __call__(self, n_step: int, n_feature: int) -> nn.Module:
        return CoderNetwork(n_step, n_feature, self)


class CoderNetwork(nn.Module):
    """A variational autoencoder of lost cells given those that are kept.

    The last weights of all three networks are 0 at first: lost cells begin as standard normal numbers.
    """

    def __init__(self, n_step: int, n_feature: int, shape: Coder) -> None:
        super().__init__()
        made = partial(Convolution, channels=shape.channels, dilations=shape.dilations)
        self.latent, self.steps = n_step * shape.latent, n_step
        self.before = made(2 * n_feature, 2 * shape.latent)
        self.after = made(3 * n_feature, 2 * shape.latent)
        self.cells = made(2 * n_feature + shape.latent, 2 * n_feature)

    def loss(self, innovation: Tensor, lost: Tensor, seen: Tensor, white: Tensor) -> Tensor:
        """A bound above the negative log-density of innovations of lost cells, up to a constant, ``[row]``."""
        told = self.by_steps(seen, lost.to(seen))
        centre, log_scale = halves(self.before(told))
        change, log_change = halves(self.after(torch.cat([told, self.by_steps(innovation)], dim=2)))
        mean, log_spread = centre + change, log_scale + log_change
        latent = mean + log_spread.exp() * self.by_steps(white)
        guess, log_width = (part.flatten(1) for part in halves(self.cells(torch.cat([told, latent], dim=2))))
        misfit = ((innovation - guess) / log_width.exp()).square() / 2 + log_width
        apart = (change / log_scale.exp()).square() + (2 * log_change).exp() - 1 - 2 * log_change
        return torch.where(lost, misfit, 0.0).sum(dim=1) + apart.sum(dim=(1, 2)) / 2

    def innovation(self, white: Tensor, lost: Tensor, seen: Tensor, further: Tensor) -> Tensor:
        """Innovations of lost cells, ``[row, cell]``."""
        told = self.by_steps(seen, lost.to(seen))
        centre, log_scale = halves(self.before(told))
        latent = centre + log_scale.exp() * self.by_steps(further)
        guess, log_width = (part.flatten(1) for part in halves(self.cells(torch.cat([told, latent], dim=2))))
        return torch.where(lost, guess + log_width.exp() * white, 0.0)

    def by_steps(self, *parts: Tensor) -> Tensor:
        """Parts side by side, ``[row, step, channel]``."""
        return torch.cat([part.unflatten(1, (self.steps, -1)) for part in parts], dim=2)


def halves(value: Tensor) -> tuple[Tensor, Tensor]:
    """A mean, and the logarithm of a deviation within bounds.

    >>> [part.tolist() for part in halves(torch.tensor([[1.0, 1e9]]))]
    [[[1.0]], [[4.0]]]
    """
    mean, log_scale = value.chunk(2, dim=-1)
    return mean, STEEPEST * torch.tanh(log_scale / STEEPEST)


@dataclass(frozen=True, eq=False)
class AutoencoderImputer:
    """Draws from a variational autoencoder of the cells that are taken away, given those that are kept.

    Its prior hangs on what is kept, so a draw is one latent variable of it and then the cells. Like
    :class:`~aition.impute.flow.FlowImputer` it begins as :class:`~aition.impute.gaussian.GaussianImputer`, learns the
    conditional laws of masks at random, and departs as far as series that were held back bear out.

    Args:
        learned: The Gaussian law, and the weights of the networks.
        shape: Of the networks.
        seed: Of the draws.

    References:
        Ivanov, Figurnov and Vetrov, "Variational autoencoder with arbitrary conditioning", ICLR 2019, section 4.
    """

    learned: Learned
    shape: Coder = Coder()
    seed: int = 0

    @classmethod
    def fit(
        cls, background: Batch, *, shape: Coder = Coder(), course: Course = ORDINARY, seed: int = 0
    ) -> "AutoencoderImputer":
        """Moments of a background, and networks learned by the variational bound on hidden cells of it.

        Raises:
            InputError: The background has fewer than ten series, or never observed a feature.
        """
        return cls(learn(background, shape, course, seed=seed), shape, seed)

    @property
    def causal(self) -> bool:
        """Later cells tell of earlier ones."""
        return False

    def draw(self, batch: Batch, kept: Tensor, numbers: Tensor) -> Tensor:
        """Values given the kept cells, ``[sample, draw, time, feature]``."""
        return drawn(self.learned, self.shape, batch, kept, numbers, seed=self.seed)
