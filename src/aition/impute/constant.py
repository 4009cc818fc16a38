"""The constant imputer: every draw is the baseline."""

from dataclasses import dataclass, field

from torch import Tensor

from aition.core.batch import Batch
from aition.impute.baseline import Baseline, ConstantBaseline, FeatureBaseline, absence, check_baseline


@dataclass(frozen=True)
class ConstantImputer:
    """The same values at every draw, those of a baseline.

    A model sees which cells were taken away, for constants are seldom what stands there: a mask can then carry the
    answer by itself.

    Args:
        baseline: What is put there.

    References:
        Jethani, Sudarshan, Aphinyanaphongs and Ranganath, "Have we learned to explain?", AISTATS 2021, section 3.

    >>> import torch
    >>> from aition.core.assemble import from_tensors
    >>> from aition.impute.imputer import first_draws, imputed
    >>> batch = from_tensors(torch.tensor([[[1.0], [2.0]]]))
    >>> imputed(ConstantImputer(), batch, torch.tensor([[[True], [False]]]), first_draws(batch, 2)).flatten().tolist()
    [1.0, 0.0, 1.0, 0.0]
    """

    baseline: Baseline = field(default_factory=ConstantBaseline)

    def __post_init__(self) -> None:
        check_baseline(self.baseline)

    @classmethod
    def fit(cls, background: Batch) -> "ConstantImputer":
        """The means of a background."""
        return cls(FeatureBaseline.mean_of(background))

    @property
    def causal(self) -> bool:
        """Whether the baseline is known to read nothing of the series."""
        return isinstance(self.baseline, ConstantBaseline | FeatureBaseline)

    def draw(self, batch: Batch, kept: Tensor, numbers: Tensor) -> Tensor:
        """The baseline, ``[sample, draw, time, feature]``."""
        return absence(batch, self.baseline)["x"][:, None].expand(-1, numbers.shape[1], -1, -1)
