"""The Gaussian imputer: all cells of a series as one Gaussian vector, and draws of it given any of them."""

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.impute.background import Background, standardised
from aition.impute.conditioning import Law, told
from aition.impute.covariance import estimated
from aition.impute.laid import check_length, kept_steps, laid, noise, put_back


@dataclass(frozen=True, eq=False)
class GaussianImputer:
    """Draws from a Gaussian law of all cells, given those that are kept.

    Cells are counted from the first existing step. A draw is one of the joint law, moved by what the kept cells say of
    its error, so two masks of a sample share their noise. A cell that never varies holds its mean and tells nothing.

    Args:
        centre: Mean of each cell, ``[step, feature]``, in units of ``x``.
        covariance: ``[cell, cell]``, cells ordered by steps, then features.
        mean: Whether every draw is the conditional mean, without noise.
        seed: Of the draws.

    References:
        Doucet, "A note on efficient conditional simulation of Gaussian distributions", 2010 (Matheron's rule).

    >>> from aition.core.assemble import from_tensors
    >>> from aition.impute.imputer import first_draws, imputed
    >>> imputer = GaussianImputer(torch.zeros(2, 1), torch.tensor([[1.0, 0.5], [0.5, 1.0]]), mean=True)
    >>> batch = from_tensors(torch.tensor([[[2.0], [7.0]]]))
    >>> imputed(imputer, batch, torch.tensor([[[True], [False]]]), first_draws(batch, 1)).flatten().tolist()
    [2.0, 1.0]
    """

    centre: Tensor
    covariance: Tensor
    mean: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        if self.centre.ndim != 2:
            raise InputError(f"centre must be [step feature], but is {list(self.centre.shape)}")
        n_cell = self.centre.numel()
        if self.covariance.shape != (n_cell, n_cell):
            raise InputError(f"covariance must be [cell={n_cell} cell={n_cell}], but is {list(self.covariance.shape)}")
        if not bool(torch.isfinite(self.covariance).all() & torch.isfinite(self.centre).all()):
            raise InputError("centre and covariance must be finite, but hold NaN or Inf")
        if bool((self.covariance.diagonal() < 0).any()) or not torch.allclose(self.covariance, self.covariance.T):
            raise InputError("covariance must be symmetric with no variance below 0, but is not")

    @classmethod
    def fit(cls, background: Batch, *, mean: bool = False, seed: int = 0) -> "GaussianImputer":
        """Moments of a background, its correlations shrunk as Ledoit and Wolf say; of missing values by EM.

        Raises:
            InputError: The background has fewer than two series, or never observed a feature.
        """
        rows = Background.of(background)
        centre, deviation = rows.moments()
        value = standardised(rows.value, centre, deviation).flatten(1)
        shift, correlation = estimated(value, rows.seen.flatten(1) & (deviation > 0).flatten())
        scale = deviation.flatten()
        return cls(centre + shift.reshape(centre.shape) * deviation, correlation * scale * scale[:, None], mean, seed)

    @property
    def causal(self) -> bool:
        """Later cells tell of earlier ones."""
        return False

    @cached_property
    def deviation(self) -> Tensor:
        """Of each cell, ``[step, feature]``; 0 where it never varies."""
        return self.covariance.diagonal().sqrt().reshape(self.centre.shape).double()

    @cached_property
    def law(self) -> Law:
        """Of the standardised cells."""
        return Law.of(correlation_of(self.covariance.double()))

    def draw(self, batch: Batch, kept: Tensor, numbers: Tensor) -> Tensor:
        """Values given the kept cells, ``[sample, draw, time, feature]``."""
        n_step, n_feature = self.centre.shape
        check_length(batch, n_step, n_feature)
        law = self.law.to(batch.x.device)
        centre, deviation = self.centre.double().to(batch.x.device), self.deviation.to(batch.x.device)
        known = (kept_steps(kept, batch, n_step) & (deviation > 0)).flatten(1)
        value = standardised(laid(batch.x, batch, n_step).double(), centre, deviation).flatten(1)[:, None]
        if self.mean:
            drawn = told(law, value, known).expand(-1, numbers.shape[1], -1)
        else:
            joint = noise(batch, self.seed, numbers, n_step).flatten(2).to(law.root) @ law.root.T
            drawn = joint + told(law, value - joint, known)
        whole = drawn.unflatten(2, (n_step, n_feature)) * deviation + centre
        return put_back(whole, batch).to(batch.x)


def correlation_of(covariance: Tensor) -> Tensor:
    """Correlations; a cell that never varies has none with others."""
    scale = covariance.diagonal().sqrt()
    scale = torch.where(scale > 0, scale, torch.inf)
    correlation = covariance / scale / scale[:, None]
    correlation.diagonal().fill_(1.0)
    return correlation
