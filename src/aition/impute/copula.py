"""The copula imputer: each cell by its ranks, and what the cells have to do with each other by a Gaussian law."""

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.impute.background import Background
from aition.impute.conditioning import Law, told
from aition.impute.covariance import estimated, law_of
from aition.impute.laid import check_length, kept_steps, laid, noise, put_back
from aition.impute.rows import completed


@dataclass(frozen=True, eq=False)
class CopulaImputer:
    """Draws from a Gaussian copula of all cells, given those that are kept; each cell has the law that it has.

    A value counts as the normal score of its rank, r / (n + 1), equal values sharing the mean of theirs; a drawn score
    is turned into the value of its rank, so all that is put in is a value that the background has at that step.

    Args:
        ordered: Values of each cell, rising, infinite behind the last, ``[step, feature, rank]``, in units of ``x``.
        scale: Deviation of the normal scores of each cell, ``[step, feature]``: less than 1 where values are equal.
        correlation: Of the scores, ``[cell, cell]``, cells ordered by steps, then features.
        seed: Of the draws.

    References:
        Hoff, "Extending the rank likelihood for semiparametric copula estimation", Annals of Applied Statistics 1,
        2007, section 1 (normal scores); Nelsen, "An introduction to copulas", 2nd edition, 2006, section 2.3.

    >>> from aition.core.assemble import from_tensors
    >>> from aition.impute.imputer import first_draws, imputed
    >>> flags = from_tensors(torch.tensor([[[0.0], [0.0]], [[1.0], [1.0]], [[0.0], [1.0]], [[1.0], [0.0]]]))
    >>> drawn = imputed(CopulaImputer.fit(flags), flags, ~flags.cells, first_draws(flags, 50))
    >>> sorted(set(drawn.flatten().tolist()))
    [0.0, 1.0]
    """

    ordered: Tensor
    scale: Tensor
    correlation: Tensor
    seed: int = 0

    def __post_init__(self) -> None:
        if self.ordered.ndim != 3 or not bool(torch.isfinite(self.ordered[:, :, :1]).all()):
            raise InputError(f"ordered must be [step feature rank], finite first, but is {list(self.ordered.shape)}")
        n_cell = self.ordered.shape[0] * self.ordered.shape[1]
        if self.scale.shape != self.ordered.shape[:2] or self.correlation.shape != (n_cell, n_cell):
            raise InputError(
                f"scale must be {list(self.ordered.shape[:2])} and correlation {[n_cell, n_cell]}, but are "
                f"{list(self.scale.shape)} and {list(self.correlation.shape)}"
            )

    @classmethod
    def fit(cls, background: Batch, *, seed: int = 0) -> "CopulaImputer":
        """Ranks of a background, and the correlations of their normal scores as :class:`GaussianImputer` finds them.

        Raises:
            InputError: The background has fewer than two series, or never observed a feature.
        """
        rows = Background.of(background)
        few = rows.seen.sum(dim=0) < 2
        value = torch.where(few, completed(rows, seed), rows.value)
        ordered = torch.where(rows.seen | few, value, torch.inf).sort(dim=0).values.permute(1, 2, 0).contiguous()
        score = Ranks.of(ordered).scores(rows.value.flatten(1)).masked_fill(~rows.seen.flatten(1), 0.0)
        count = rows.seen.sum(dim=0).flatten().clamp(min=1)
        scale = (score.square().sum(dim=0) / count).sqrt()
        scale = torch.where(scale > 1e-9, scale, 0.0)
        value = torch.where(scale > 0, score / scale.clamp(min=1e-9), 0.0)
        _, covariance = estimated(value, rows.seen.flatten(1) & (scale > 0))
        return cls(ordered, scale.reshape(few.shape), law_of(covariance).covariance, seed)

    @property
    def causal(self) -> bool:
        """Later cells tell of earlier ones."""
        return False

    @cached_property
    def law(self) -> Law:
        """Of the scores."""
        return Law.of(self.correlation)

    @cached_property
    def ranks(self) -> "Ranks":
        """Of the values of each cell."""
        return Ranks.of(self.ordered)

    def draw(self, batch: Batch, kept: Tensor, numbers: Tensor) -> Tensor:
        """Values given the kept cells, ``[sample, draw, time, feature]``."""
        n_step, n_feature, _ = self.ordered.shape
        check_length(batch, n_step, n_feature)
        device = batch.x.device
        law, scale, ranks = self.law.to(device), self.scale.to(device), self.ranks.to(device)
        known = (kept_steps(kept, batch, n_step) & (scale > 0)).flatten(1)
        score = ranks.scores(laid(batch.x, batch, n_step).flatten(1)) / scale.clamp(min=1e-9).flatten()
        joint = noise(batch, self.seed, numbers, n_step).flatten(2).to(law.root) @ law.root.T
        drawn = joint + told(law, score[:, None] - joint, known)
        return put_back(ranks.values_of(drawn).unflatten(2, (n_step, n_feature)), batch).to(batch.x)


@dataclass(frozen=True, eq=False)
class Ranks:
    """Normal scores of values by their mean rank among those of their cell, and the values of scores.

    Args:
        values: Of each cell, rising, infinite behind the last, ``[cell, rank]``.
        count: How many there are, ``[cell]``.
        there: The score of each, ``[cell, rank]``.
        between: The score of what lies before each, and behind the last, ``[cell, rank + 1]``.

    >>> ranks = Ranks.of(torch.tensor([[[1.0, 2.0, 2.0]]]))
    >>> ranks.scores(torch.tensor([[1.0], [1.5], [2.0]])).round(decimals=4).flatten().tolist()
    [-0.6745, -0.3186, 0.3186]
    """

    values: Tensor
    count: Tensor
    there: Tensor
    between: Tensor

    @classmethod
    def of(cls, ordered: Tensor) -> "Ranks":
        """Of ``[step, feature, rank]``; passes through all values, which a draw can't afford each time."""
        values = ordered.flatten(0, 1)
        count = torch.isfinite(values).sum(dim=1)
        below, up_to = (torch.searchsorted(values, values, right=right) for right in (False, True))
        before = torch.arange(values.shape[1] + 1, device=values.device)
        twice = (below + up_to, (2 * before).expand(len(values), -1))
        most = count[:, None].to(torch.float32 if values.device.type == "mps" else torch.float64)
        there, between = (torch.special.ndtri((one.minimum(2 * count[:, None]) + 1) / 2 / (most + 1)) for one in twice)
        return cls(values, count, there, between)

    def to(self, device: torch.device) -> "Ranks":
        """The same on a device."""
        return Ranks(*(part.to(device) for part in (self.values, self.count, self.there, self.between)))

    def scores(self, value: Tensor) -> Tensor:
        """Of values, ``[row, cell]``; one that the cell has several times has the mean of their ranks."""
        columns = value.T.contiguous().to(self.values)
        place = torch.searchsorted(self.values, columns)
        near = place.clamp(max=self.values.shape[1] - 1)
        same = self.values.gather(1, near) == columns
        return torch.where(same, self.there.gather(1, near), self.between.gather(1, place)).T

    def values_of(self, score: Tensor) -> Tensor:
        """The value that each cell has at the rank of a score, ``[row, draw, cell]``."""
        rank = torch.minimum((torch.special.ndtr(score) * self.count).long(), self.count - 1)
        return self.values[torch.arange(len(self.values), device=rank.device), rank]
