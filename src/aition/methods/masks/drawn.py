"""A replacement that an imputer draws."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.draws import shifted, words
from aition.core.errors import InputError
from aition.impute.imputer import Imputer, imputed
from aition.methods.masks.replacement import Draws, mean_of


@dataclass(frozen=True)
class Drawn:
    """A whole series that an imputer draws knowing nothing of this one, another at every draw.

    A mask between 0 and 1 keeps a part of every value, so there are no kept cells of which the others could be told.
    But steps and features of a draw go together as they do in the background, while those of :class:`OwnStep` and
    :class:`DonorStep` are drawn step by step. For draws given what is kept, take ``Lex``, whose masks keep or lose.
    What is missing is the series' mean.

    Args:
        imputer: What draws.

    >>> from aition.core.assemble import from_tensors
    >>> from aition.impute.rows import MarginalRows
    >>> donors = MarginalRows.fit(from_tensors(torch.arange(3.0)[:, None, None].expand(3, 4, 1)))
    >>> values = Drawn(donors)(from_tensors(torch.zeros(1, 4, 1)), seed=0)(0).flatten()
    >>> bool((values == values[0]).all())
    True
    """

    imputer: Imputer
    redrawn: ClassVar[bool] = True
    needs_fit: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if isinstance(self.imputer, type) or not isinstance(self.imputer, Imputer):
            raise InputError(
                f"imputer must be one that was fitted, such as GaussianImputer.fit(background), but is {self.imputer!r}"
            )

    @property
    def absence(self) -> "Drawn":
        return self

    def __call__(self, batch: Batch, *, seed: int) -> Draws:
        nothing = torch.zeros_like(batch.observed)

        def drawn(draw: int) -> Tensor:
            number = shifted(words(batch.keys[:, None], seed, torch.tensor(draw, device=batch.x.device)), 1)
            return torch.where(batch.observed, imputed(self.imputer, batch, nothing, number)[:, 0], mean_of(batch))

        return drawn
