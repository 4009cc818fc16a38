"""Imputers that put values of other series in place: any one, or one of those that are most alike."""

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.draws import uniform
from aition.core.errors import InputError
from aition.impute.background import Background, standardised
from aition.impute.laid import check_length, kept_steps, laid, put_back

NEAREST = 30
"""Donors that a draw is one of: the range of 5 values holds a further one 4 times in 6, of 30 values 29 times in 31."""


@dataclass(frozen=True, eq=False)
class MarginalRows:
    """All that is taken away comes from one other series, any of the background: draws from the marginal law.

    What is put in does not hang on what is kept, so series arise that there never were; what is kept carries no more
    than what it says by itself. In a series that is longer than all donors, a donor goes back the way it came.

    Args:
        donors: Series to draw from, ``[series, step, feature]``, in units of ``x``.
        seed: Of the draws.

    References:
        Štrumbelj and Kononenko, "Explaining prediction models and individual predictions with feature contributions",
        Knowledge and Information Systems 41, 2014, section 3.

    >>> from aition.core.assemble import from_tensors
    >>> from aition.impute.imputer import first_draws, imputed
    >>> imputer = MarginalRows.fit(from_tensors(torch.tensor([[[1.0], [2.0]], [[1.0], [2.0]]])))
    >>> batch = from_tensors(torch.tensor([[[7.0], [7.0]]]))
    >>> imputed(imputer, batch, torch.tensor([[[True], [False]]]), first_draws(batch, 1)).flatten().tolist()
    [7.0, 2.0]
    """

    donors: Tensor
    seed: int = 0

    def __post_init__(self) -> None:
        check_donors(self.donors)

    @classmethod
    def fit(cls, background: Batch, *, seed: int = 0) -> "MarginalRows":
        """All series of a background; what one has not observed is another's at the same step.

        Raises:
            InputError: The background has fewer than two series, or never observed a feature.
        """
        return cls(completed(Background.of(background), seed), seed)

    @property
    def causal(self) -> bool:
        """A draw hangs on nothing of the series."""
        return True

    def draw(self, batch: Batch, kept: Tensor, numbers: Tensor) -> Tensor:
        """The cells of one series a draw, ``[sample, draw, time, feature]``."""
        donors = self.donors.to(batch.x)
        longest = max(donors.shape[1], int(batch.lengths.max()) if len(batch) else 0)
        check_length(batch, longest, donors.shape[2])
        chance = uniform(batch.keys[:, None], self.seed, numbers)
        chosen = donors[(chance * len(donors)).long().clamp(max=len(donors) - 1)]
        return put_back(chosen[:, :, to_and_fro(longest, donors.shape[1]).to(donors.device)], batch)


@dataclass(frozen=True, eq=False)
class HotDeck:
    """All that is taken away comes from one other series, any of those nearest by what is kept.

    Distances are means of squared differences in deviations of each cell, over the cells that are kept and that the
    donor has observed; a sample is never its own donor.

    Args:
        donors: Series to draw from, ``[series, step, feature]``, in units of ``x``.
        seen: What of them was observed, ``[series, step, feature]``; the rest was put in and counts for no distance.
        deviation: Of each cell, ``[step, feature]``; 0: it counts for no distance.
        keys: Of the donors, ``[series]``.
        nearest: How many series a draw is one of, at most: of fewer donors all. Few are nearer, but are few values: no
            interval of their draws holds more than their range.
        seed: Of the draws.

    References:
        Andridge and Little, "A review of hot deck imputation for survey non-response", International Statistical Review
        78, 2010, section 3.
    """

    donors: Tensor
    seen: Tensor
    deviation: Tensor
    keys: Tensor
    nearest: int = NEAREST
    seed: int = 0

    def __post_init__(self) -> None:
        check_donors(self.donors)
        if self.nearest < 1:
            raise InputError(f"nearest must be 1 or more, but is {self.nearest}")

    @classmethod
    def fit(cls, background: Batch, *, nearest: int = NEAREST, seed: int = 0) -> "HotDeck":
        """All series of a background; what one has not observed is another's at the same step.

        Raises:
            InputError: The background has fewer than two series, or never observed a feature.
        """
        rows = Background.of(background)
        return cls(completed(rows, seed), rows.seen, rows.moments()[1], rows.keys, nearest, seed)

    @property
    def causal(self) -> bool:
        """What is kept of later steps decides who is near."""
        return False

    @cached_property
    def side(self) -> tuple[Tensor, Tensor, Tensor]:
        """Of the donors' cells which count, their values and squares, in deviations, ``[series, cell]`` each.

        Where the same count of all donors, the first has one row.
        """
        counted = (self.seen & (self.deviation > 0)).flatten(1).to(self.donors)
        theirs = standardised(self.donors, torch.zeros_like(self.deviation), self.deviation).flatten(1)
        alike = bool((counted == counted[:1]).all())
        return counted[:1] if alike else counted, theirs * counted, theirs.square() * counted

    def draw(self, batch: Batch, kept: Tensor, numbers: Tensor) -> Tensor:
        """The cells of one series a draw, ``[sample, draw, time, feature]``."""
        n_step = self.donors.shape[1]
        check_length(batch, *self.donors.shape[1:])
        donors, deviation, keys = (part.to(batch.x.device) for part in (self.donors, self.deviation, self.keys))
        counted, theirs, squared = (part.to(batch.x.device) for part in self.side)
        zero = torch.zeros_like(deviation)
        known = kept_steps(kept, batch, n_step).flatten(1)
        own = standardised(laid(batch.x, batch, n_step).to(donors), zero, deviation).flatten(1).masked_fill(~known, 0.0)
        weight = known.to(theirs)
        square = own.square() @ counted.T - 2 * own @ theirs.T + weight @ squared.T
        common = weight @ counted.T
        nothing = torch.where(weight @ counted.amax(dim=0) > 0, torch.inf, 0.0)[:, None]
        distance = torch.where(common > 0, square.clamp(min=0) / common.clamp(min=1), nothing.to(square))
        itself = batch.keys[:, None] == keys
        count = min(self.nearest, len(donors))
        least = distance.masked_fill(itself, torch.inf).topk(count, dim=1, largest=False, sorted=False).values
        limit = least.amax(dim=1, keepdim=True)
        near = (distance <= limit * (1 + 1e-9) + 1e-12) & ~itself
        chance = uniform(batch.keys[:, None], self.seed, numbers)
        place = (chance * near.sum(dim=1, keepdim=True)).long()
        return put_back(donors[torch.searchsorted(near.cumsum(dim=1), place + 1)], batch)


def to_and_fro(n_step: int, n_there: int) -> Tensor:
    """Steps below ``n_there``, forwards and then backwards and so on, ``[step]``.

    >>> to_and_fro(8, 3).tolist()
    [0, 1, 2, 1, 0, 1, 2, 1]
    """
    turn = max(1, 2 * n_there - 2)
    step = torch.arange(n_step) % turn
    return torch.minimum(step, turn - step)


def completed(rows: Background, seed: int) -> Tensor:
    """Series without gaps: what one has not observed is that of another at the same step, else at any step."""
    value, seen = rows.value, rows.seen
    n_series, n_step, n_feature = value.shape
    feature = torch.arange(n_feature, device=value.device)
    step = torch.arange(n_step, device=value.device)[:, None]
    chance = uniform(rows.keys[:, None, None], seed, step, feature)
    others = picked(seen, chance)
    anywhere = seen.reshape(n_series * n_step, n_feature)
    elsewhere = picked(anywhere, chance.reshape(n_series * n_step, n_feature)).reshape(value.shape)
    same = value.gather(0, others)
    any_step = value.reshape(n_series * n_step, n_feature).gather(0, elsewhere.flatten(0, 1)).reshape(value.shape)
    return torch.where(seen, value, torch.where(seen.any(dim=0), same, any_step))


def picked(seen: Tensor, chance: Tensor) -> Tensor:
    """For each number in (0, 1) the place, along the first axis, of one of those that were seen; any where none was."""
    order = seen.to(torch.int8).argsort(dim=0, descending=True, stable=True)
    return order.gather(0, (chance * seen.sum(dim=0)).long())


def check_donors(donors: Tensor) -> None:
    """Raise unless donors are two or more series without gaps."""
    if donors.ndim != 3 or len(donors) < 2 or not donors.is_floating_point():
        raise InputError(
            f"donors must be two or more series [series step feature], but are {donors.dtype} {list(donors.shape)}"
        )
    if not bool(torch.isfinite(donors).all()):
        raise InputError("donors must be finite, but hold NaN or Inf; take fit(), which fills them from other series")
