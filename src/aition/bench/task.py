"""Task: series with truth, a model of them, and how explanations are held against the truth."""

from dataclasses import dataclass, field

import torch
from torch import Tensor

from aition.bench.networks import Network, WhiteBox
from aition.core.errors import InputError
from aition.data.simulate.simulated import Simulated, Simulator


@dataclass(frozen=True)
class Task:
    """A benchmark task.

    Args:
        name: In kebab-case, as the command line takes it.
        about: One sentence: what is drawn, and what matters in it.
        simulator: The law.
        network: What is explained.
        n_fold: Parts of the series that are explained in turn while the others are trained on; 1 where nothing is
            trained, and all series are explained.
        most: Series explained at most; 0: all that are not trained on.
        pool: Whether the cells of all series are judged together, as most published tables do, or each series by itself
            and then averaged, as TimeX does.
    """

    name: str
    about: str
    simulator: Simulator
    network: Network = field(default_factory=WhiteBox)
    n_fold: int = 1
    most: int = 0
    pool: bool = True

    def parts(self, drawn: Simulated, *, seed: int, fold: int) -> tuple[Simulated, Simulated]:
        """The series to train on and those to explain; the same two where nothing is trained.

        Raises:
            InputError: There is no such fold.
        """
        if not 0 <= fold < self.n_fold:
            raise InputError(f"fold of {self.name} must be 0 to {self.n_fold - 1}, but is {fold}")
        order = torch.randperm(len(drawn), generator=torch.Generator().manual_seed(seed))
        if self.n_fold == 1:
            return drawn, drawn.take(self.limited(torch.arange(len(drawn))))
        parts = order.tensor_split(self.n_fold)
        rest = torch.cat([part for place, part in enumerate(parts) if place != fold])
        return drawn.take(rest), drawn.take(self.limited(parts[fold]))

    def limited(self, rows: Tensor) -> Tensor:
        """At most ``most`` of them."""
        return rows[: self.most or len(rows)]
