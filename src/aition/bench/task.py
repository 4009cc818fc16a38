"""Task: series with truth, a model of them, and how explanations are held against the truth."""

import hashlib
import json
from dataclasses import dataclass, field, replace

import torch

from aition.bench.figures import FIGURES
from aition.bench.networks import Network, WhiteBox
from aition.core.errors import InputError
from aition.core.provenance import described_setting
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
        lead: The figure that reports draw, one of :data:`aition.bench.figures.FIGURES`.
    """

    name: str
    about: str
    simulator: Simulator
    network: Network = field(default_factory=WhiteBox)
    n_fold: int = 1
    most: int = 0
    pool: bool = True
    lead: str = "auprc"

    def __post_init__(self) -> None:
        if self.n_fold < 1 or self.most < 0:
            raise InputError(f"n_fold must be 1 or more and most 0 or more, but are {self.n_fold} and {self.most}")
        if self.lead not in FIGURES:
            raise InputError(f"lead must be one of {', '.join(FIGURES)}, but is {self.lead!r}")

    def parts(self, drawn: Simulated, *, seed: int, fold: int) -> tuple[Simulated, Simulated]:
        """The series to train on and those to explain; all for both where there is one fold.

        Args:
            drawn: What the simulator drew.
            seed: Of the folds.
            fold: The part that is explained, from 0.

        Raises:
            InputError: There is no such fold.
        """
        if not 0 <= fold < self.n_fold:
            raise InputError(f"fold of {self.name} must be 0 to {self.n_fold - 1}, but is {fold}")
        most = self.most or len(drawn)
        if self.n_fold == 1:
            return drawn, drawn.take(torch.arange(len(drawn))[:most])
        order = torch.randperm(len(drawn), generator=torch.Generator().manual_seed(seed))
        parts = order.tensor_split(self.n_fold)
        rest = torch.cat([part for place, part in enumerate(parts) if place != fold])
        return drawn.take(rest), drawn.take(parts[fold][:most])

    @property
    def sizes(self) -> tuple[int, int, int]:
        """Series that are explained (of the first fold), their steps and features.

        A simulator that does not say its ``shape`` draws a few to tell.
        """
        shape = getattr(self.simulator, "shape", ())
        if not shape:
            few = replace(self.simulator, n_sample=4) if hasattr(self.simulator, "n_sample") else self.simulator  # type: ignore[type-var]
            shape = few(seed=0).batch.x.shape
        count = -(-getattr(self.simulator, "n_sample", shape[0]) // self.n_fold)
        return min(count, self.most or count), shape[-2], shape[-1]

    @property
    def recipe(self) -> str:
        """What the figures hang on beside the seed, in 12 hexadecimal digits: rows of two recipes never mix."""
        parts = (self.simulator, self.network, self.n_fold, self.most, self.pool)
        words = json.dumps([described_setting(part) for part in parts], sort_keys=True)
        return hashlib.sha256(words.encode()).hexdigest()[:12]
