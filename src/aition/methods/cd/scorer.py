"""Relevance: what contextual decomposition says of any group of cells, as a scorer of groups."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import get_args

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.model import Model, TorchModel, white_box
from aition.core.question import Question
from aition.impute.baseline import Baseline, ConstantBaseline, check_baseline
from aition.methods.cd.decompose import ROWS, decompose_signals
from aition.methods.cd.pairs import Company
from aition.methods.cd.sets import SETS, Name


@dataclass(frozen=True)
class Relevance:
    """What of the target is due to a group of cells, by contextual decomposition.

    The scorer of the published hierarchies; :class:`~aition.methods.AgglomerativeHierarchy` takes it as ``scorer``. It
    needs one pass a group, of about three times a forward pass, and never shows the network a series that it was not
    given. What two groups have beyond each is asked by itself, as :class:`~aition.methods.ContextualPairs` does.

    Args:
        rules: Of which rule set; see :func:`~aition.methods.cd.decompose.decompose`.
        company: Of two groups, "others": each is decomposed as if the other were absent from every operation; "all": as
            published, each among all other cells.
        baseline: What stands for absence.
        strict: Raise where an operation has no rule.

    Returns:
        From (model, batch, question) a function of places of samples, ``[row]``, and the cells of a group of each,
        ``[row, time, feature]``, to the relevance of each, ``[row]``, in units of the target. Of no cell it is 0; of
        everything f(x) less the constants: the baseline, biases where the rule set keeps them apart, and what a gate
        makes of no input.

    Raises:
        InputError: There is no such rule set or company.

    References:
        Singh, Murdoch and Yu, "Hierarchical interpretations for neural network predictions", ICLR 2019, section 3.1.
    """

    rules: Name = "shapley"
    company: Company = "others"
    baseline: Baseline = field(default_factory=ConstantBaseline)
    strict: bool = False

    def __post_init__(self) -> None:
        if self.rules not in SETS:
            raise InputError(f"rules must be one of {', '.join(SETS)}, but is {self.rules!r}")
        if self.company not in get_args(Company):
            raise InputError(f"company must be one of {', '.join(get_args(Company))}, but is {self.company!r}")
        check_baseline(self.baseline)

    def __call__(self, model: Model, batch: Batch, question: Question) -> Callable[[Tensor, Tensor], Tensor]:
        return Relevances(self, white_box(model, "Relevance", needs="a network", instead="Removal()"), batch, question)


@dataclass(frozen=True, eq=False)
class Relevances:
    """The relevance of groups of cells of some samples, and what two have beyond each.

    Args:
        scorer: How.
        model: The network.
        batch: The samples.
        question: What is asked.
    """

    scorer: Relevance
    model: TorchModel
    batch: Batch
    question: Question

    def __call__(self, rows: Tensor, cells: Tensor) -> Tensor:
        return self.of(rows, cells[:, None])[:, 0]

    def beyond(self, rows: Tensor, one: Tensor, other: Tensor) -> Tensor:
        """What two groups are relevant for together beyond each, ``[row]``."""
        both, first, second = self.of(rows, torch.stack([one | other, one, other], dim=1)).unbind(dim=1)
        return both - first - second

    def of(self, rows: Tensor, runs: Tensor) -> Tensor:
        """Relevance of runs of groups, ``[row, group]``, of cells ``[row, group, time, feature]``."""
        n_group = runs.shape[1]
        size = max(1, self.model.rows // (ROWS * n_group))
        nested = n_group if self.scorer.company == "others" else 1
        pieces = zip(rows.split(size), runs.split(size), strict=True)
        return torch.cat([self.asked(*piece, nested=nested) for piece in pieces])

    def asked(self, rows: Tensor, runs: Tensor, *, nested: int) -> Tensor:
        with torch.no_grad():
            parts = decompose_signals(
                self.model,
                self.batch.take(rows),
                {"x": runs.transpose(0, 1)},
                rules=self.scorer.rules,
                baseline=self.scorer.baseline,
                strict=self.scorer.strict,
                nested=nested,
            )
            return torch.stack([self.question.take(rows).score(one) for one in parts.relevant], dim=1)
